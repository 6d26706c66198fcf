//! Whether a hook is up: one small memory of its successes and failures, from which it follows when it may be called.
//!
//! A hook is *in trouble* from a failure until its next success, whichever deliveries they belong to. In trouble for long
//! enough, with more than one delivery failing, its breaker *opens*: from then on one probe at a time is let through, at growing
//! distances, until one succeeds. One poisonous delivery that fails alone never opens it.
//!
//! The same memory answers how long the hook was *up* within a span, which is the only time that counts against a delivery
//! that holds its lane (see [`crate::retry`]).
//!
//! **Invariant:** a success closes the breaker, whoever it came from; nothing else does but a person.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::UnixMillis;

/// Failures in a row that open the breaker.
const FAILURES: u32 = 5;
/// Failures in a row that open it if they span [`FAILING_FOR`].
const FEW_FAILURES: u32 = 3;
/// See [`FEW_FAILURES`].
const FAILING_FOR: Duration = Duration::from_secs(30);
/// From opening to the first probe; doubled after each probe that fails.
const FIRST_PROBE: Duration = Duration::from_secs(1);
/// The longest distance between probes.
const LONGEST_PROBE: Duration = Duration::from_mins(1);
/// Trouble shorter than this is no outage.
const OUTAGE: Duration = Duration::from_secs(30);
/// Trouble shorter than this is forgotten: it would not move a bound of minutes.
const WORTH_REMEMBERING: Duration = Duration::from_secs(1);
/// Spans of trouble remembered, so that the memory of a hook stays small.
const REMEMBERED: usize = 256;

/// How a hook fared lately.
#[derive(Debug, Clone)]
pub struct Breaker {
    known_from: UnixMillis,
    past: VecDeque<(UnixMillis, UnixMillis)>,
    trouble: Option<Trouble>,
}

#[derive(Debug, Clone)]
struct Trouble {
    since: UnixMillis,
    failures: u32,
    first: i64,
    /// More than one delivery failed.
    several: bool,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    probe_at: UnixMillis,
    distance: Duration,
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// As many as there is room for.
    Free,
    /// One, if none is under way.
    Probe,
    /// None before this time.
    Wait(UnixMillis),
}

impl Breaker {
    /// Nothing is known of the time before `now`; the hook is taken to be up.
    pub fn new(now: UnixMillis) -> Self {
        Self {
            known_from: now,
            past: VecDeque::new(),
            trouble: None,
        }
    }

    /// Whether a call may be made at `now`.
    pub fn admission(&self, now: UnixMillis) -> Admission {
        match self.trouble.as_ref().and_then(|trouble| trouble.open) {
            None => Admission::Free,
            Some(open) if now >= open.probe_at => Admission::Probe,
            Some(open) => Admission::Wait(open.probe_at),
        }
    }

    /// Since when nothing succeeded, if the breaker is open.
    pub fn open_since(&self) -> Option<UnixMillis> {
        let trouble = self.trouble.as_ref()?;
        trouble.open.map(|_| trouble.since)
    }

    /// Since when nothing succeeded, if something failed since the last success.
    pub fn in_trouble_since(&self) -> Option<UnixMillis> {
        self.trouble.as_ref().map(|trouble| trouble.since)
    }

    /// A call succeeded. Answers whether that ended an outage: the breaker was open, and nothing had succeeded for so long that
    /// what waits has waited for that. After less everything keeps its own schedule, or a few events that always fail would
    /// have one another tried again and again.
    pub fn succeeded(&mut self, now: UnixMillis) -> bool {
        let Some(trouble) = self.trouble.take() else {
            return false;
        };
        if now.since(trouble.since) >= WORTH_REMEMBERING {
            self.past.push_back((trouble.since, now));
        }
        if self.past.len() > REMEMBERED
            && let Some((_, end)) = self.past.pop_front()
        {
            self.known_from = self.known_from.max(end);
        }
        trouble.open.is_some() && now.since(trouble.since) >= OUTAGE
    }

    /// A call failed. `subject` tells deliveries apart.
    pub fn failed(&mut self, now: UnixMillis, subject: i64) {
        let trouble = self.trouble.get_or_insert(Trouble {
            since: now,
            failures: 0,
            first: subject,
            several: false,
            open: None,
        });
        trouble.failures = trouble.failures.saturating_add(1);
        trouble.several |= trouble.first != subject;
        match &mut trouble.open {
            // A call that was under way when the breaker opened is no probe.
            Some(open) if now >= open.probe_at => {
                open.distance = (open.distance * 2).min(LONGEST_PROBE);
                open.probe_at = now.plus(open.distance);
            }
            Some(_) => {}
            None => {
                let long = now.since(trouble.since) >= FAILING_FOR;
                let enough = if long { FEW_FAILURES } else { FAILURES };
                if trouble.several && trouble.failures >= enough {
                    trouble.open = Some(Open {
                        probe_at: now.plus(FIRST_PROBE),
                        distance: FIRST_PROBE,
                    });
                }
            }
        }
    }

    /// A person says the hook is well: calls go out as usual until it fails again.
    pub fn reset(&mut self, now: UnixMillis) {
        self.succeeded(now);
    }

    /// How much of the time from `from` to `now` the hook is known to have been up. Before the gateway started, nothing is.
    pub fn up_between(&self, from: UnixMillis, now: UnixMillis) -> Duration {
        let from = from.max(self.known_from);
        let now_in_trouble = self.trouble.as_ref().map(|trouble| (trouble.since, now));
        let down: Duration = self
            .past
            .iter()
            .copied()
            .chain(now_in_trouble)
            .map(|(start, end)| end.min(now).since(start.max(from)))
            .sum();
        now.since(from).saturating_sub(down)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Admission, Breaker};
    use crate::time::UnixMillis;

    fn at(seconds: i64) -> UnixMillis {
        UnixMillis::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn opens_after_failures_of_several_deliveries_in_a_row() {
        let mut breaker = Breaker::new(at(0));
        for failure in 0..4 {
            breaker.failed(at(1), failure);
            assert_eq!(breaker.admission(at(1)), Admission::Free);
        }
        breaker.failed(at(1), 4);
        assert_eq!(breaker.admission(at(1)), Admission::Wait(at(2)));
        assert_eq!(breaker.admission(at(2)), Admission::Probe);
        assert_eq!(breaker.open_since(), Some(at(1)));
    }

    #[test]
    fn one_poisonous_delivery_never_opens_it() {
        let mut breaker = Breaker::new(at(0));
        for second in 0..1000 {
            breaker.failed(at(second), 7);
        }
        assert_eq!(breaker.admission(at(1000)), Admission::Free);
    }

    #[test]
    fn a_success_between_failures_keeps_it_closed() {
        let mut breaker = Breaker::new(at(0));
        for second in 0..100 {
            breaker.failed(at(second), second);
            assert!(!breaker.succeeded(at(second)));
        }
        assert_eq!(breaker.admission(at(100)), Admission::Free);
    }

    #[test]
    fn few_failures_over_a_long_time_open_it_too() {
        let mut breaker = Breaker::new(at(0));
        breaker.failed(at(0), 1);
        breaker.failed(at(10), 2);
        breaker.failed(at(29), 1);
        assert_eq!(breaker.admission(at(29)), Admission::Free);
        breaker.failed(at(30), 2);
        assert!(breaker.open_since().is_some());
    }

    #[test]
    fn probes_grow_apart_to_a_minute_and_a_success_closes() {
        let mut breaker = Breaker::new(at(0));
        for failure in 0..5 {
            breaker.failed(at(0), failure);
        }
        let mut gaps = Vec::new();
        let mut now = at(0);
        for probe in 0..9 {
            let Admission::Wait(next) = breaker.admission(now) else {
                panic!("a probe failed and the next one is due at once")
            };
            gaps.push(next.since(now).as_secs());
            now = next;
            breaker.failed(now, probe);
        }
        assert_eq!(gaps, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(breaker.succeeded(now));
        assert_eq!(breaker.admission(now), Admission::Free);
    }

    #[test]
    fn calls_under_way_when_it_opens_are_not_taken_for_probes() {
        let mut breaker = Breaker::new(at(0));
        for failure in 0..32 {
            breaker.failed(at(0), failure);
        }
        assert_eq!(breaker.admission(at(0)), Admission::Wait(at(1)));
    }

    #[test]
    fn time_in_trouble_is_not_time_up() {
        let mut breaker = Breaker::new(at(0));
        assert_eq!(breaker.up_between(at(-50), at(10)), Duration::from_secs(10));
        breaker.failed(at(10), 1);
        assert_eq!(breaker.up_between(at(0), at(100)), Duration::from_secs(10));
        breaker.succeeded(at(100));
        assert_eq!(breaker.up_between(at(0), at(160)), Duration::from_secs(70));
        assert_eq!(breaker.up_between(at(50), at(160)), Duration::from_mins(1));
        breaker.failed(at(160), 1);
        assert_eq!(
            breaker.up_between(at(150), at(400)),
            Duration::from_secs(10)
        );
    }

    #[test]
    fn what_is_forgotten_is_not_counted_as_up() {
        let mut breaker = Breaker::new(at(0));
        for round in 0..1000 {
            breaker.failed(at(round * 10), round);
            breaker.succeeded(at(round * 10 + 5));
        }
        let up = breaker.up_between(at(0), at(10_000));
        assert!(up <= Duration::from_secs(5000), "{up:?}");
        assert!(up > Duration::from_secs(1000), "{up:?}");
    }
}
