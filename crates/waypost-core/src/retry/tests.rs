use std::time::Duration;

use proptest::prelude::{Just, any, prop_oneof, proptest};

use super::{BOUND, Case, Decision, LONGEST_RETRY_AFTER, Outcome, decide, retry_after};
use crate::delivery::Verdict;
use crate::hook::{Order, RetrySchedule};
use crate::time::UnixMillis;

const DAY: u64 = 86_400;

fn at(seconds: u64) -> UnixMillis {
    UnixMillis(1_800_000_000_000).plus(Duration::from_secs(seconds))
}

fn trouble() -> Outcome {
    Outcome::Trouble { retry_after: None }
}

fn case(schedule: &RetrySchedule) -> Case<'_> {
    Case {
        outcome: trouble(),
        error: "status: 503",
        schedule,
        order: Order::Bounded,
        attempts: 1,
        first_attempt_at: at(0),
        now: at(0),
        jitter: 0.5,
        parked: false,
        blocked_ms: 0,
        hook_up: Duration::ZERO,
        hook_down: false,
    }
}

/// Fails on until something other than a retry comes of it; answers the seconds at which attempts were made, and the end.
fn fail_on(order: Order, hook_is_up: bool) -> (Vec<u64>, Verdict) {
    let schedule = RetrySchedule::default();
    let mut made = vec![0];
    let mut now = case(&schedule);
    now.order = order;
    now.hook_down = !hook_is_up;
    loop {
        let Decision {
            verdict,
            blocked_ms,
        } = decide(&now);
        let (Verdict::Retry(next) | Verdict::Park { next, .. }) = &verdict else {
            return (made, verdict);
        };
        if matches!(verdict, Verdict::Park { .. }) && !now.parked {
            return (made, verdict);
        }
        now.hook_up = if hook_is_up {
            next.since(now.now)
        } else {
            Duration::ZERO
        };
        now.now = *next;
        now.blocked_ms = blocked_ms;
        now.attempts += 1;
        made.push(next.since(at(0)).as_secs());
    }
}

#[test]
fn a_head_that_fails_alone_is_parked_after_fifteen_minutes() {
    let (made, end) = fail_on(Order::Bounded, true);
    assert_eq!(made, [0, 1, 6, 36, 156, 756, 900]);
    let Verdict::Park { reason, .. } = end else {
        panic!("{end:?}")
    };
    assert_eq!(reason, "held its conversation for 15 minutes: status: 503");
}

#[test]
fn while_the_hook_is_down_nothing_is_parked_and_seven_days_are_the_end() {
    let (made, end) = fail_on(Order::Bounded, false);
    assert_eq!(*made.last().unwrap(), 7 * DAY);
    assert!(matches!(end, Verdict::Dead { .. }), "{end:?}");
}

#[test]
fn a_strict_lane_follows_the_schedule_to_its_end() {
    let (made, end) = fail_on(Order::Strict, true);
    assert_eq!(
        made,
        [
            0, 1, 6, 36, 156, 756, 2556, 6156, 13_356, 27_756, 56_556, 99_756, 186_156, 272_556,
            358_956, 445_356, 531_756, 604_800
        ]
    );
    let Verdict::Dead { reason } = end else {
        panic!("{end:?}")
    };
    assert_eq!(reason, "given up after 18 attempts; the last: status: 503");
}

#[test]
fn a_permanent_answer_parks_at_once_but_not_in_a_strict_lane_nor_while_the_hook_is_down() {
    let schedule = RetrySchedule::default();
    let mut refused = case(&schedule);
    refused.outcome = Outcome::of_status(422, None);
    refused.error = "status: 422";
    let Verdict::Park { next, reason } = decide(&refused).verdict else {
        panic!("not parked")
    };
    assert_eq!(
        (next, reason.as_str()),
        (at(1), "the hook will not take it: status: 422")
    );

    refused.order = Order::Strict;
    assert_eq!(decide(&refused).verdict, Verdict::Retry(at(1)));
    refused.order = Order::Bounded;
    refused.hook_down = true;
    assert_eq!(decide(&refused).verdict, Verdict::Retry(at(1)));
}

#[test]
fn what_is_parked_stays_parked_and_keeps_its_schedule() {
    let schedule = RetrySchedule::default();
    let mut parked = case(&schedule);
    parked.parked = true;
    parked.attempts = 7;
    parked.blocked_ms = 900_000;
    parked.hook_up = Duration::from_mins(30);
    let decision = decide(&parked);
    assert_eq!(decision.blocked_ms, 900_000);
    assert_eq!(
        decision.verdict,
        Verdict::Park {
            next: at(3600),
            reason: "status: 503".to_owned()
        }
    );
}

#[test]
fn statuses_mean_what_the_documentation_says() {
    for status in [200, 201, 204, 299] {
        assert_eq!(Outcome::of_status(status, None), Outcome::Success);
    }
    for status in [
        301, 302, 307, 401, 403, 404, 405, 408, 409, 425, 429, 500, 501, 502, 503, 504, 599,
    ] {
        assert_eq!(Outcome::of_status(status, None), trouble(), "{status}");
    }
    for status in [400, 402, 406, 411, 413, 414, 415, 418, 422, 431, 451] {
        assert_eq!(
            Outcome::of_status(status, None),
            Outcome::Permanent,
            "{status}"
        );
    }
    assert_eq!(Outcome::of_status(410, None), Outcome::Gone);
}

#[test]
fn retry_after_is_honoured_in_full_but_no_longer_than_a_day() {
    let schedule = RetrySchedule::default();
    let mut asked = case(&schedule);
    let after = |seconds| Outcome::Trouble {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    asked.outcome = after(3600);
    assert_eq!(decide(&asked).verdict, Verdict::Retry(at(3600)));
    asked.outcome = after(0);
    assert_eq!(decide(&asked).verdict, Verdict::Retry(at(1)));
    asked.outcome = after(30 * DAY);
    assert_eq!(decide(&asked).verdict, Verdict::Retry(at(DAY)));
}

#[test]
fn retry_after_reads_seconds_and_dates() {
    let now = UnixMillis(784_111_777_000);
    let read = |header: &str| retry_after(header, now).map(|span| span.as_secs());
    assert_eq!(read("120"), Some(120));
    assert_eq!(read(" 7 "), Some(7));
    assert_eq!(read("Sun, 06 Nov 1994 08:59:37 GMT"), Some(600));
    assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
    assert_eq!(read("Sun, 06 Nov 1994 08:39:37 GMT"), Some(0));
    assert_eq!(read("99999999999999999999999999"), Some(DAY));
    assert_eq!(read("soon"), None);
    assert_eq!(read(""), None);
    assert_eq!(read("-5"), None);
}

#[test]
fn the_schedule_of_one_delay_repeats_it() {
    let schedule = RetrySchedule {
        delays: vec![Duration::from_secs(3)],
        give_up_after: Duration::from_secs(10),
    };
    let mut again = case(&schedule);
    again.attempts = 3;
    again.now = at(6);
    assert_eq!(decide(&again).verdict, Verdict::Retry(at(9)));
    again.now = at(9);
    assert_eq!(decide(&again).verdict, Verdict::Retry(at(10)));
    again.now = at(10);
    assert!(matches!(decide(&again).verdict, Verdict::Dead { .. }));
}

proptest! {
    #[test]
    fn the_next_attempt_lies_ahead_and_within_the_jitter(
        attempts in 1u32..100, jitter in 0.0f64..=1.0, age in 0u64..7 * DAY, blocked in 0u64..2_000_000,
        parked in any::<bool>(), down in any::<bool>(),
        order in prop_oneof![Just(Order::Bounded), Just(Order::Strict), Just(Order::None)],
        status in 300u16..600,
    ) {
        let schedule = RetrySchedule::default();
        let mut any_case = case(&schedule);
        any_case.outcome = Outcome::of_status(status, None);
        any_case.attempts = attempts;
        any_case.jitter = jitter;
        any_case.now = at(age);
        any_case.blocked_ms = blocked;
        any_case.parked = parked;
        any_case.hook_down = down;
        any_case.order = order;
        let decision = decide(&any_case);
        match decision.verdict {
            Verdict::Retry(next) => {
                assert!(!parked);
                assert!(next > any_case.now);
                let longest = if order == Order::Bounded { BOUND } else { Duration::from_secs(DAY * 12 / 10) };
                assert!(next.since(any_case.now) <= longest);
            }
            Verdict::Park { next, .. } => {
                assert!(parked || order == Order::Bounded);
                assert!(parked || !down);
                assert!(next > any_case.now);
                assert!(next.since(any_case.now) <= Duration::from_secs(DAY * 12 / 10));
            }
            Verdict::Dead { .. } | Verdict::Delivered => panic!("younger than seven days, and failing"),
        }
        assert!(decision.blocked_ms >= blocked);
    }

    #[test]
    fn no_header_makes_anyone_wait_longer_than_a_day(header in ".*") {
        assert!(retry_after(&header, at(0)).is_none_or(|span| span <= LONGEST_RETRY_AFTER));
    }
}
