//! How each account's sending fares: its pace, the paces of its pairs, and whether it is held.
//!
//! The policies are [`waypost_core::throttle`] and [`waypost_core::sender`]; here they are kept for each account and asked
//! together.
//!
//! **Invariant:** nothing here waits, and nothing here calls the store.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use waypost_core::account::AccountId;
use waypost_core::lane::LaneKey;
use waypost_core::sender::{Health, Hold};
use waypost_core::throttle::{NumberPace, PairPace};
use waypost_core::time::UnixMillis;
use waypost_store::Pace;

use crate::gate::Room;

/// Pairs remembered before those that owe nothing are forgotten.
const PAIRS: usize = 1_024;

/// Every account that has sent or been asked for.
#[derive(Debug, Default)]
pub(crate) struct Senders {
    by_account: Mutex<HashMap<AccountId, Sender>>,
}

/// One account.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    pub(crate) number: NumberPace,
    pub(crate) health: Health,
    /// What was stored last of the hold in force.
    pub(crate) published: Option<Hold>,
    pairs: HashMap<LaneKey, PairPace>,
    /// Pairs at which to look for idle ones.
    tidy_at: usize,
}

impl Senders {
    /// Looks at, or changes, one account.
    pub(crate) fn with<T>(&self, account_id: &AccountId, look: impl FnOnce(&mut Sender) -> T) -> T {
        let mut senders = self.lock();
        if let Some(sender) = senders.get_mut(account_id) {
            return look(sender);
        }
        look(senders.entry(account_id.clone()).or_default())
    }

    /// Someone changed the accounts: whatever is shut is tried at once.
    pub(crate) fn open_all(&self, now: UnixMillis) {
        for sender in self.lock().values_mut() {
            sender.number.open();
            sender.health.probe_now(now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Sender>> {
        // A panic while it was held leaves a pace at worst a little off.
        self.by_account
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sender {
    /// What may go at `now`, of what the account's gate lets through.
    pub(crate) fn room(
        &mut self,
        now: UnixMillis,
        gate: usize,
        in_flight: usize,
        throughput: u32,
    ) -> Room {
        let gate = match self.health.hold() {
            Some(hold) if hold.probe_at > now => return Room::At(hold.probe_at),
            // One probe at a time.
            Some(_) if in_flight > 0 => return Room::None,
            Some(_) => 1,
            None => gate,
        };
        match self.number.room(now, throughput) {
            Ok(room) => Room::Now(room.min(gate)),
            Err(opens) => Room::At(opens),
        }
    }

    /// A message of this lane goes now.
    pub(crate) fn take(&mut self, now: UnixMillis, lane: LaneKey) {
        self.number.take(now);
        if self.pairs.len() >= self.tidy_at.max(PAIRS) {
            self.pairs.retain(|_, pair| !pair.is_idle(now));
            self.tidy_at = self.pairs.len() * 2;
        }
        self.pairs.entry(lane).or_default().take(now);
    }

    /// The pace of this lane's pair.
    pub(crate) fn pair(&mut self, lane: LaneKey) -> &mut PairPace {
        self.pairs.entry(lane).or_default()
    }
}

impl Pace for Senders {
    fn opens_at(&self, now: UnixMillis, account_id: &AccountId, lane: LaneKey) -> UnixMillis {
        let senders = self.lock();
        let pair = senders
            .get(account_id)
            .and_then(|sender| sender.pairs.get(&lane));
        pair.map_or(UnixMillis::ZERO, |pair| pair.opens_at(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn pairs_that_owe_nothing_are_forgotten() {
        let senders = Senders::default();
        let account = AccountId::from("main");
        senders.with(&account, |sender| {
            for step in 0..20_000 {
                let now = NOW.plus(Duration::from_millis(13 * step));
                sender.take(now, LaneKey(i64::try_from(step).unwrap()));
            }
            assert!(sender.pairs.len() < 3 * PAIRS, "{}", sender.pairs.len());
        });
    }
}
