//! Who may be called now, and how many times at once: one gate for each hook, and one for each account towards Meta.
//!
//! A gate is shut by a pause, by a `Retry-After` and by an open breaker, and it narrows while the other side is overloaded. Work
//! waits before it; waiting costs nothing.
//!
//! A place is free again when the call ends; what came of the call is stored after that, and a gate lets through no more than
//! [`UNSETTLED`] times its width of which nothing is stored yet, since that is what a crash repeats.
//!
//! **Invariant:** calls under way are counted by [`Slot`]s, so that a task that is aborted or panics gives its place back.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use waypost_core::breaker::{Admission, Breaker};
use waypost_core::hook::{Pause, Standing};
use waypost_core::retry::LONGEST_RETRY_AFTER;
use waypost_core::time::UnixMillis;

use crate::figures::Figures;

/// A gate narrows at most once within this time, so that one burst of failures counts once.
const NARROWS_EVERY: Duration = Duration::from_secs(1);
/// So many widths of a gate are claimed and not yet settled at most.
const UNSETTLED: usize = 2;

/// All gates of one kind.
#[derive(Debug)]
pub(crate) struct Gates<K> {
    by_key: Mutex<HashMap<K, Gate>>,
    /// Woken when a gate opens by something other than a call's end.
    changed: Notify,
    started: UnixMillis,
}

/// One gate.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) breaker: Breaker,
    /// Calls under way.
    pub(crate) in_flight: usize,
    /// Claims of which nothing is stored yet: the calls under way, and those that have ended since.
    pub(crate) unsettled: usize,
    pub(crate) paused: Option<Pause>,
    /// The other side has just come back; shut until what waited for that is in line, so that nothing slips in before it.
    pub(crate) recovering: bool,
    /// Shut before this time, because the other side asked for it.
    pub(crate) not_before: UnixMillis,
    pub(crate) last_error: Option<String>,
    pub(crate) last_failure_at: Option<UnixMillis>,
    pub(crate) last_success_at: Option<UnixMillis>,
    pub(crate) figures: Figures,
    width: Width,
}

/// What a gate lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// This many more.
    Now(usize),
    /// One, to see whether the other side is there again.
    Probe,
    /// None before this time.
    At(UnixMillis),
    /// None until a call ends or someone opens it.
    None,
}

impl<K: Clone + Eq + Hash> Gates<K> {
    pub(crate) fn new(started: UnixMillis) -> Self {
        Self {
            by_key: Mutex::new(HashMap::new()),
            changed: Notify::new(),
            started,
        }
    }

    /// Looks at, or changes, one gate.
    pub(crate) fn with<T>(&self, key: &K, look: impl FnOnce(&mut Gate) -> T) -> T {
        let mut gates = self.lock();
        if let Some(gate) = gates.get_mut(key) {
            return look(gate);
        }
        look(
            gates
                .entry(key.clone())
                .or_insert_with(|| Gate::new(self.started)),
        )
    }

    /// Changes every gate there is.
    pub(crate) fn with_all(&self, mut change: impl FnMut(&mut Gate)) {
        self.lock().values_mut().for_each(&mut change);
    }

    /// Tells the pump to look again.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    pub(crate) fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }

    /// Takes a place of `width`; it is given back when the call ends, and at the latest when the slot is dropped.
    pub(crate) fn enter(self: &Arc<Self>, key: &K, width: usize) -> Slot<K> {
        self.with(key, |gate| {
            gate.in_flight += 1;
            gate.unsettled += 1;
        });
        Slot {
            gates: Arc::clone(self),
            key: key.clone(),
            width,
            is_calling: true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Gate>> {
        // A panic while it was held leaves counters at worst a little off.
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    fn new(now: UnixMillis) -> Self {
        Self {
            breaker: Breaker::new(now),
            in_flight: 0,
            unsettled: 0,
            paused: None,
            recovering: false,
            not_before: UnixMillis::ZERO,
            last_error: None,
            last_failure_at: None,
            last_success_at: None,
            figures: Figures::default(),
            width: Width::default(),
        }
    }

    /// What may go through at `now`, where `cap` is the most there may ever be.
    pub(crate) fn room(&self, now: UnixMillis, cap: usize) -> Room {
        if self.paused.is_some() || self.recovering {
            return Room::None;
        }
        if self.not_before > now {
            return Room::At(self.not_before);
        }
        let room = match self.breaker.admission(now) {
            Admission::Wait(until) => return Room::At(until),
            Admission::Probe if self.unsettled == 0 => return Room::Probe,
            Admission::Probe => 0,
            Admission::Free => {
                let limit = self.limit(cap);
                let free = limit.saturating_sub(self.in_flight);
                free.min((limit * UNSETTLED).saturating_sub(self.unsettled))
            }
        };
        if room == 0 {
            Room::None
        } else {
            Room::Now(room)
        }
    }

    /// Calls there may be at once now.
    pub(crate) fn limit(&self, cap: usize) -> usize {
        self.width.limit.unwrap_or(cap).min(cap).max(1)
    }

    /// A call succeeded. Answers whether that ended an outage.
    pub(crate) fn succeeded(&mut self, now: UnixMillis, cap: usize) -> bool {
        self.last_success_at = Some(now);
        self.width.widen(cap);
        self.breaker.succeeded(now)
    }

    /// The other side is there, and will not take this. Answers whether that ended an outage.
    pub(crate) fn refused(&mut self, now: UnixMillis, error: &str) -> bool {
        self.last_failure_at = Some(now);
        self.last_error = Some(error.to_owned());
        self.breaker.succeeded(now)
    }

    /// A call failed. `subject` tells deliveries apart; `overload` narrows the gate.
    pub(crate) fn failed(
        &mut self,
        now: UnixMillis,
        subject: i64,
        error: &str,
        overload: bool,
        cap: usize,
    ) {
        self.last_failure_at = Some(now);
        self.last_error = Some(error.to_owned());
        self.breaker.failed(now, subject);
        if overload {
            self.width.narrow(now, cap);
        }
    }

    /// As it was left before a restart.
    pub(crate) fn restore(&mut self, now: UnixMillis, standing: Standing) {
        self.paused = standing.paused;
        // Whatever the clock did meanwhile, nobody is believed for longer than this.
        self.not_before = standing.not_before.min(now.plus(LONGEST_RETRY_AFTER));
    }

    /// Opens it, whatever shut it.
    pub(crate) fn open(&mut self, now: UnixMillis) {
        self.paused = None;
        self.not_before = UnixMillis::ZERO;
        self.breaker.reset(now);
    }
}

/// How wide a gate stands: halved by overload, widened again by successes, one place for each round of them.
#[derive(Debug, Clone, Default)]
struct Width {
    limit: Option<usize>,
    successes: usize,
    narrowed_at: UnixMillis,
}

impl Width {
    fn narrow(&mut self, now: UnixMillis, cap: usize) {
        if now.since(self.narrowed_at) < NARROWS_EVERY {
            return;
        }
        self.limit = Some((self.limit.unwrap_or(cap).min(cap) / 2).max(1));
        self.successes = 0;
        self.narrowed_at = now;
    }

    fn widen(&mut self, cap: usize) {
        let Some(limit) = self.limit else {
            return;
        };
        self.successes += 1;
        if self.successes >= limit {
            self.successes = 0;
            self.limit = Some(limit + 1).filter(|limit| *limit < cap);
        }
    }
}

/// A place in a gate, until what came of the call is stored.
pub(crate) struct Slot<K: Clone + Eq + Hash> {
    gates: Arc<Gates<K>>,
    key: K,
    width: usize,
    is_calling: bool,
}

impl<K: Clone + Eq + Hash> Slot<K> {
    /// The call has ended: another may begin. Where places are free already, whoever claims is not woken for one more: it will
    /// be when what came of this call is stored.
    pub(crate) fn call_ended(&mut self) {
        self.is_calling = false;
        let worthwhile = self.width - self.width.div_ceil(4);
        let is_worthwhile = self.gates.with(&self.key, |gate| {
            gate.in_flight = gate.in_flight.saturating_sub(1);
            gate.in_flight == worthwhile
        });
        if is_worthwhile {
            self.gates.wake();
        }
    }
}

impl<K: Clone + Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        self.gates.with(&self.key, |gate| {
            gate.unsettled = gate.unsettled.saturating_sub(1);
            if self.is_calling {
                gate.in_flight = gate.in_flight.saturating_sub(1);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use waypost_core::time::UnixMillis;

    use waypost_core::hook::Pause;

    use super::{Gates, Room};

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn a_gate_holds_no_more_than_its_cap_and_gets_its_places_back() {
        let gates = Arc::new(Gates::<u8>::new(NOW));
        let room = |gates: &Gates<u8>| gates.with(&1, |gate| gate.room(NOW, 2));
        let first = gates.enter(&1, 2);
        assert_eq!(room(&gates), Room::Now(1));
        let second = gates.enter(&1, 2);
        assert_eq!(room(&gates), Room::None);
        drop(first);
        drop(second);
        assert_eq!(room(&gates), Room::Now(2));
    }

    #[test]
    fn a_place_is_free_when_its_call_ends_but_not_much_is_left_to_be_stored() {
        let gates = Arc::new(Gates::<u8>::new(NOW));
        let room = |gates: &Gates<u8>| gates.with(&1, |gate| gate.room(NOW, 2));
        let mut unsettled = Vec::new();
        for left in [2, 2, 1] {
            let mut slot = gates.enter(&1, 2);
            slot.call_ended();
            unsettled.push(slot);
            assert_eq!(room(&gates), Room::Now(left));
        }
        unsettled.push(gates.enter(&1, 2));
        assert_eq!(room(&gates), Room::None);
        unsettled.pop();
        assert_eq!(room(&gates), Room::Now(1));
    }

    #[test]
    fn overload_halves_it_once_a_second_and_successes_widen_it_again() {
        let gates = Gates::<u8>::new(NOW);
        gates.with(&1, |gate| {
            for subject in 0..4 {
                gate.failed(NOW, subject, "status: 503", true, 32);
            }
            assert_eq!(gate.limit(32), 16);
            gate.failed(NOW.plus(Duration::from_secs(1)), 1, "timeout", true, 32);
            assert_eq!(gate.limit(32), 8);
            for _ in 0..8 {
                gate.succeeded(NOW, 32);
            }
            assert_eq!(gate.limit(32), 9);
            for _ in 0..1000 {
                gate.succeeded(NOW, 32);
            }
            assert_eq!(gate.limit(32), 32);
        });
    }

    #[test]
    fn an_open_breaker_lets_one_probe_through() {
        let gates = Arc::new(Gates::<u8>::new(NOW));
        let later = NOW.plus(Duration::from_secs(1));
        gates.with(&1, |gate| {
            for subject in 0..5 {
                gate.failed(NOW, subject, "connect", false, 32);
            }
            assert_eq!(gate.room(NOW, 32), Room::At(later));
            assert_eq!(gate.room(later, 32), Room::Probe);
        });
        let _probe = gates.enter(&1, 2);
        assert_eq!(gates.with(&1, |gate| gate.room(later, 32)), Room::None);
    }

    #[test]
    fn a_paused_gate_opens_by_hand_only() {
        let gates = Gates::<u8>::new(NOW);
        gates.with(&1, |gate| {
            gate.paused = Some(Pause {
                since: NOW,
                reason: "410 Gone".to_owned(),
                by_hook: true,
            });
            gate.not_before = NOW.plus(Duration::from_hours(1));
            assert_eq!(gate.room(NOW, 32), Room::None);
            gate.open(NOW);
            assert_eq!(gate.room(NOW, 32), Room::Now(32));
        });
    }
}
