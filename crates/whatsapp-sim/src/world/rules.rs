//! Meta's rules for sends, as far as [`Behaviour`](crate::Behaviour) has them kept: throughput, the pair limit, the window.

use std::collections::HashMap;

use super::{State, World};
use crate::behaviour::Window;
use crate::fault::Fault;

const WINDOW_MS: u64 = 24 * 60 * 60 * 1000;
/// One send to one recipient every six seconds,
const PAIR_INTERVAL_MS: f64 = 6000.0;
/// and so many of the future's at once.
const PAIR_BURST: u32 = 45;

/// What was sent lately, per number and per pair.
#[derive(Debug, Default)]
pub(crate) struct Throughput {
    numbers: HashMap<usize, Meter>,
    pairs: HashMap<(usize, String), Meter>,
}

/// When all that was admitted will be paid off, in milliseconds since the Unix epoch.
#[derive(Debug, Default)]
struct Meter {
    paid_at_ms: f64,
}

impl Meter {
    fn has_room(&self, interval_ms: f64, burst: u32, now_ms: f64) -> bool {
        self.paid_at_ms - now_ms <= interval_ms * (f64::from(burst) - 1.0)
    }

    fn admit(&mut self, interval_ms: f64, now_ms: f64) {
        self.paid_at_ms = self.paid_at_ms.max(now_ms) + interval_ms;
    }
}

impl World {
    /// What the rules make of this send; none if they let it through.
    pub(crate) fn rule(&self, number: usize, recipient: &str, kind: &str) -> Option<Fault> {
        let now_ms = self.now_ms();
        let mut state = self.state();
        if let Some(code) = state.throttle(number, recipient, now_ms) {
            return Some(Fault::Throttled {
                code,
                regain_minutes: 1,
            });
        }
        if kind == "template" || state.is_window_open(number, recipient, now_ms) {
            return None;
        }
        match state.behaviour.window {
            Window::Ignored => None,
            Window::Refused => Some(Fault::Code(131_047)),
            Window::FailsLater => Some(Fault::FailsLater(131_047)),
        }
    }
}

impl State {
    pub(crate) fn is_window_open(&self, number: usize, recipient: &str, now_ms: u64) -> bool {
        let phone = self.by_handle.get(recipient);
        let written_at_ms = phone.and_then(|phone| self.last_written.get(&(number, *phone)));
        written_at_ms.is_some_and(|at_ms| now_ms.saturating_sub(*at_ms) < WINDOW_MS)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit into a float for some hundred thousand years"
    )]
    fn throttle(&mut self, number: usize, recipient: &str, now_ms: u64) -> Option<i64> {
        let now_ms = now_ms as f64;
        let per_second = self.behaviour.sends_per_second;
        let interval_ms = 1000.0 / f64::from(per_second.max(1));
        let of_number = self.throughput.numbers.entry(number).or_default();
        if per_second > 0 && !of_number.has_room(interval_ms, per_second, now_ms) {
            return Some(130_429);
        }
        if self.behaviour.pair_limit {
            let pair = (number, recipient.to_owned());
            let of_pair = self.throughput.pairs.entry(pair).or_default();
            if !of_pair.has_room(PAIR_INTERVAL_MS, PAIR_BURST, now_ms) {
                return Some(131_056);
            }
            of_pair.admit(PAIR_INTERVAL_MS, now_ms);
        }
        of_number.admit(interval_ms, now_ms);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::Behaviour;

    #[test]
    fn a_pair_borrows_forty_five_and_then_gets_one_every_six_seconds() {
        let mut state = State {
            behaviour: Behaviour {
                pair_limit: true,
                ..Behaviour::default()
            },
            ..State::default()
        };
        let mut admitted = |now_ms| state.throttle(0, "1", now_ms).is_none();
        assert_eq!((0..100).filter(|_| admitted(1_000_000)).count(), 45);
        assert!(!admitted(1_005_999));
        assert!(admitted(1_006_000) && !admitted(1_006_001));
        assert!(state.throttle(0, "2", 1_006_001).is_none());
    }

    #[test]
    fn a_number_makes_its_sends_a_second_and_no_more() {
        let mut state = State {
            behaviour: Behaviour {
                sends_per_second: 80,
                ..Behaviour::default()
            },
            ..State::default()
        };
        let mut admitted = |now_ms| {
            let refused = |n: &u64| state.throttle(0, &n.to_string(), now_ms).is_none();
            (0..200).filter(refused).count()
        };
        assert_eq!(admitted(5_000_000), 80);
        assert_eq!(admitted(5_000_500), 40);
        assert_eq!(admitted(5_010_000), 80);
    }
}
