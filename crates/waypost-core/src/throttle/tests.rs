use std::time::Duration;

use proptest::prelude::{any, prop, prop_assert, proptest};

use super::{NumberPace, PairPace};
use crate::time::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn after(ms: u64) -> UnixMillis {
    NOW.plus(Duration::from_millis(ms))
}

/// Sends as much as it may, looking each `step_ms`, for a while; what went when.
fn run(pace: &mut NumberPace, throughput: u32, from_ms: u64, ms: u64, step_ms: u64) -> Vec<u64> {
    let mut went = Vec::new();
    let mut at = from_ms;
    while at < from_ms + ms {
        while let Ok(room) = pace.room(after(at), throughput) {
            assert!(room > 0);
            pace.take(after(at));
            went.push(at);
        }
        at += step_ms;
    }
    went
}

/// The most of these moments in any one second.
fn densest(went: &[u64], window_ms: u64) -> usize {
    let ends = went.iter().enumerate();
    let counts = ends.map(|(end, at)| {
        let begin = went.partition_point(|other| other + window_ms <= *at);
        end + 1 - begin
    });
    counts.max().unwrap_or(0)
}

#[test]
fn a_number_goes_as_fast_as_it_may_and_no_faster() {
    for throughput in [20, 80, 1_000] {
        let went = run(&mut NumberPace::default(), throughput, 0, 10_000, 3);
        assert_eq!(densest(&went, 1_000), throughput as usize);
        assert!(went.len() >= 9 * throughput as usize, "{}", went.len());
    }
}

#[test]
fn a_refusal_halves_the_rate_and_a_minute_brings_it_back() {
    let mut pace = NumberPace::default();
    pace.refused(NOW, NOW, None, 0.5);
    assert_eq!(pace.room(NOW, 80), Err(after(1_000)));
    // Calls under way meanwhile say nothing new.
    for _ in 0..16 {
        pace.refused(after(5), UnixMillis(NOW.0 - 1), None, 0.5);
    }
    assert_eq!(pace.rate(NOW, 80), 40);
    assert!(pace.room(after(1_000), 80).is_ok_and(|room| room == 41));
    assert_eq!(pace.rate(after(15_000), 80), 60);
    pace.answered(after(31_000), after(30_000));
    assert_eq!(pace.rate(after(31_000), 80), 80);
}

#[test]
fn refusals_in_a_row_double_the_pause_and_metas_own_wish_outlasts_it() {
    let mut pace = NumberPace::default();
    let mut now = NOW;
    let mut pauses = Vec::new();
    for _ in 0..8 {
        pace.refused(now, now, None, 0.5);
        let opens = pace.room(now, 80).unwrap_err();
        pauses.push(opens.since(now).as_secs());
        now = opens;
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    pace.refused(now, now, Some(Duration::from_mins(5)), 0.5);
    let opens = pace.room(now, 80).unwrap_err();
    assert_eq!(opens.since(now), Duration::from_mins(5));
    assert!(pace.rate(opens, 80) >= 4, "it never stops altogether");
}

#[test]
fn an_allowance_that_runs_out_slows_the_number_and_a_spent_one_shuts_it() {
    let mut pace = NumberPace::default();
    pace.heed(NOW, 79, None);
    assert_eq!(pace.rate(NOW, 80), 80);
    pace.heed(NOW, 90, None);
    assert_eq!(pace.rate(NOW, 80), 40);
    pace.heed(NOW, 100, Some(Duration::from_mins(3)));
    assert_eq!(pace.room(NOW, 80), Err(after(180_000)));
    pace.heed(after(180_000), 10, None);
    assert_eq!(pace.room(after(180_000), 80), Ok(80));
}

#[test]
fn a_clock_set_back_shuts_nothing_for_long() {
    let mut number = NumberPace::default();
    let mut pair = PairPace::default();
    let ahead = NOW.plus(Duration::from_hours(5));
    for _ in 0..80 {
        number.take(ahead);
    }
    for _ in 0..45 {
        pair.take(ahead);
    }
    assert_eq!(number.room(NOW, 80), Err(after(1_000)));
    assert!(pair.opens_at(NOW) <= after(6_000));
}

#[test]
fn a_pair_may_borrow_forty_five_and_then_gets_one_each_six_seconds() {
    let mut pair = PairPace::default();
    for message in 0..45 {
        assert!(pair.opens_at(NOW) <= NOW, "{message}");
        pair.take(NOW);
    }
    let mut now = NOW;
    for message in 1..5 {
        now = pair.opens_at(now);
        assert_eq!(now, after(message * 6_000));
        pair.take(now);
    }
    assert!(!pair.is_idle(after(270_000)));
    assert!(pair.is_idle(after(300_000)));
}

#[test]
fn a_refused_pair_waits_four_to_the_x_seconds() {
    let mut pair = PairPace::default();
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..8 {
        pair.take(now);
        let again = pair.refused(now);
        assert_eq!(pair.opens_at(now), again);
        waits.push(again.since(now).as_secs());
        now = again;
    }
    assert_eq!(waits, [1, 4, 16, 64, 256, 1_024, 4_096, 4_096]);
    pair.take(now);
    pair.answered();
    assert_eq!(
        pair.opens_at(now),
        now.plus(Duration::from_secs(6)),
        "no credit is left"
    );
    pair.refused(now);
    assert_eq!(pair.opens_at(now), now.plus(Duration::from_secs(1)));
}

proptest! {
    #[test]
    fn no_second_holds_more_than_the_throughput_whatever_happens(
        throughput in 1u32..200,
        news in prop::collection::vec((0u64..400, 0u8..8, 0u32..120), 1..200),
    ) {
        let mut pace = NumberPace::default();
        let mut at = 0;
        let mut went = Vec::new();
        for (step, what, number) in news {
            at += step;
            let now = after(at);
            match what {
                0 => pace.refused(now, now, None, 0.3),
                1 => pace.heed(now, number, None),
                2 => pace.answered(now, now),
                _ => {
                    for _ in 0..number {
                        if pace.room(now, throughput).is_ok() {
                            pace.take(now);
                            went.push(at);
                        }
                    }
                }
            }
        }
        prop_assert!(densest(&went, 1_000) <= throughput as usize);
    }

    #[test]
    fn a_number_never_starves(
        throughput in 1u32..2_000,
        news in prop::collection::vec((0u64..90_000, any::<bool>(), 0u32..120), 0..50),
    ) {
        let mut pace = NumberPace::default();
        let mut now = NOW;
        for (step, refused, used) in news {
            now = now.plus(Duration::from_millis(step));
            if refused {
                pace.refused(now, now, None, 0.9);
            } else {
                pace.heed(now, used, None);
            }
            let opens = pace.room(now, throughput).err().unwrap_or(now);
            prop_assert!(opens.since(now) <= Duration::from_secs(72));
            prop_assert!(pace.room(opens, throughput).is_ok());
        }
    }

    #[test]
    fn no_pair_exceeds_its_rate_in_any_span_and_none_starves(
        steps in prop::collection::vec((0u64..20_000, any::<u8>()), 1..300),
    ) {
        let mut pair = PairPace::default();
        let mut at = 0;
        let mut went: Vec<u64> = Vec::new();
        for (step, dice) in steps {
            at += step;
            if pair.opens_at(after(at)) <= after(at) {
                pair.take(after(at));
                went.push(at);
                match dice {
                    0..8 => drop(pair.refused(after(at))),
                    _ => pair.answered(),
                }
            }
            prop_assert!(pair.opens_at(after(at)) <= after(at + 4_096_000));
        }
        for (first, begin) in went.iter().enumerate() {
            for (last, end) in went.iter().enumerate().skip(first) {
                let most = 45 + (end - begin) / 6_000;
                prop_assert!((last - first + 1) as u64 <= most);
            }
        }
    }
}
