//! What waits, and who holds it: the turns of both queues in memory, for the stores that one process owns.
//!
//! **Invariant:** this mirrors what is committed and nothing else. A transaction only notes [`Effect`]s; they are applied
//! after its commit, in order.
//!
//! **Invariant:** a lease is known here from its claim to its settlement, so a lease of an earlier opening is void.

mod effect;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use waypost_core::account::AccountId;
use waypost_core::event::StoredEvent;
use waypost_core::hook::{HookId, Standing};
use waypost_core::id::{DeliveryId, OutboxId};
use waypost_core::lane::{LaneKey, Lanes, Release, Turn};
use waypost_core::message::MessageState;
use waypost_core::time::UnixMillis;

pub(crate) use self::effect::Effect;
use crate::fresh::Fresh;
use crate::{Demand, HookBacklog, Lease, Pace, Ready, Stats};

/// A turn that was taken: the right to act on one row.
#[derive(Debug)]
pub(crate) struct Taken<Owner, Id> {
    pub(crate) lease: Lease,
    pub(crate) owner: Owner,
    pub(crate) id: Id,
    pub(crate) lane: LaneKey,
    pub(crate) parked: bool,
    /// The event, if it is still at hand and this is the first attempt.
    pub(crate) fresh: Option<Arc<StoredEvent>>,
}

/// Both queues.
#[derive(Debug)]
pub(crate) struct Queues {
    /// Added to every lease, so that those of another opening mean nothing here.
    epoch: u64,
    deliveries: Lanes,
    sends: Lanes,
    claimed_deliveries: HashMap<u64, DeliveryId>,
    claimed_sends: HashMap<u64, OutboxId>,
    hooks: HashMap<HookId, u32>,
    accounts: HashMap<AccountId, u32>,
    merged: HashMap<LaneKey, LaneKey>,
    standings: HashMap<HookId, Standing>,
    fresh: Fresh,
    stats: Stats,
}

impl Queues {
    /// Nothing waits. `epoch` is random.
    pub(crate) fn new(epoch: u64, event_cache_bytes: usize) -> Self {
        Self {
            epoch,
            deliveries: Lanes::new(),
            sends: Lanes::new(),
            claimed_deliveries: HashMap::new(),
            claimed_sends: HashMap::new(),
            hooks: HashMap::new(),
            accounts: HashMap::new(),
            merged: HashMap::new(),
            standings: HashMap::new(),
            fresh: Fresh::new(event_cache_bytes),
            stats: Stats::default(),
        }
    }

    /// Takes the turns of due deliveries: hooks in turn, as far as each has room.
    pub(crate) fn take_deliveries(
        &mut self,
        now: UnixMillis,
        demand: &[Demand<HookId>],
    ) -> Vec<Taken<HookId, DeliveryId>> {
        let at_once = |_: &HookId, _| UnixMillis::ZERO;
        let turns = turns(&mut self.deliveries, now, demand, &self.hooks, at_once);
        let mut taken = Vec::with_capacity(turns.len());
        for (owner, turn) in turns {
            let id = DeliveryId(turn.item);
            self.claimed_deliveries.insert(turn.lease, id);
            taken.push(Taken {
                lease: Lease(self.epoch.wrapping_add(turn.lease)),
                owner,
                id,
                lane: turn.lane,
                parked: turn.parked,
                fresh: self.fresh.take(id),
            });
        }
        taken
    }

    /// Takes the turns of due messages: accounts in turn. A lane that rests is left until it opens, without a trace on disk.
    pub(crate) fn take_sends(
        &mut self,
        now: UnixMillis,
        demand: &[Demand<AccountId>],
        pace: &dyn Pace,
    ) -> Vec<Taken<AccountId, OutboxId>> {
        let opens_at = |account: &AccountId, lane| pace.opens_at(now, account, lane);
        let turns = turns(&mut self.sends, now, demand, &self.accounts, opens_at);
        let mut taken = Vec::with_capacity(turns.len());
        for (owner, turn) in turns {
            let id = OutboxId(turn.item);
            self.claimed_sends.insert(turn.lease, id);
            taken.push(Taken {
                lease: Lease(self.epoch.wrapping_add(turn.lease)),
                owner,
                id,
                lane: turn.lane,
                parked: turn.parked,
                fresh: None,
            });
        }
        taken
    }

    /// Whether this lease is in force for this delivery.
    pub(crate) fn holds_delivery(&self, lease: Lease, id: DeliveryId) -> bool {
        self.claimed_deliveries.get(&self.turn(lease)) == Some(&id)
    }

    /// Whether this lease is in force for this message.
    pub(crate) fn holds_send(&self, lease: Lease, id: OutboxId) -> bool {
        self.claimed_sends.get(&self.turn(lease)) == Some(&id)
    }

    /// Ends a delivery claim. False if its lease is void.
    pub(crate) fn release_delivery(&mut self, lease: Lease, release: Release) -> bool {
        let turn = self.turn(lease);
        self.claimed_deliveries.remove(&turn).is_some() && self.deliveries.release(turn, release)
    }

    /// Ends a send claim. False if its lease is void.
    pub(crate) fn release_send(&mut self, lease: Lease, release: Release) -> bool {
        let turn = self.turn(lease);
        self.claimed_sends.remove(&turn).is_some() && self.sends.release(turn, release)
    }

    /// When a lane of any of these hooks falls due.
    pub(crate) fn next_delivery_due(&self, hooks: &[HookId]) -> Option<UnixMillis> {
        let numbers = hooks.iter().filter_map(|hook| self.hooks.get(hook));
        numbers
            .filter_map(|&hook| self.deliveries.next_due(hook))
            .min()
    }

    /// When a lane of any of these accounts falls due.
    pub(crate) fn next_send_due(&self, accounts: &[AccountId]) -> Option<UnixMillis> {
        let numbers = accounts
            .iter()
            .filter_map(|account| self.accounts.get(account));
        numbers
            .filter_map(|&account| self.sends.next_due(account))
            .min()
    }

    /// Deliveries under way, in order.
    pub(crate) fn delivering(&self) -> Vec<DeliveryId> {
        let mut ids: Vec<_> = self.claimed_deliveries.values().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// A delivery that waited when the store was closed.
    pub(crate) fn restore_delivery(
        &mut self,
        hook: u32,
        lane: LaneKey,
        id: DeliveryId,
        due: UnixMillis,
        parked: bool,
    ) {
        let lane = self.lane(lane);
        if parked {
            self.deliveries.push_parked(hook, lane, id.0, due);
        } else {
            self.deliveries.push(hook, lane, id.0, due);
        }
    }

    /// A hook that recovered before the store was closed, once what it is owed is restored.
    pub(crate) fn restore_recovery(&mut self, hook: u32, recovered_at: UnixMillis) {
        self.deliveries.recover(hook, recovered_at);
    }

    /// A message that waited when the store was closed; `held` if its fate was unknown.
    pub(crate) fn restore_send(
        &mut self,
        account: u32,
        lane: LaneKey,
        id: OutboxId,
        due: UnixMillis,
        held: bool,
    ) {
        let lane = self.lane(lane);
        if held {
            self.sends.push_held(account, lane, id.0);
        } else {
            self.sends.push(account, lane, id.0, due);
        }
    }

    /// A hook that was known when the store was closed.
    pub(crate) fn restore_hook(&mut self, number: u32, id: HookId, standing: Standing) {
        if standing != Standing::default() {
            self.standings.insert(id.clone(), standing);
        }
        self.hooks.insert(id, number);
    }

    /// What keeps hooks from being called.
    pub(crate) fn standings(&self) -> Vec<(HookId, Standing)> {
        let all = self.standings.iter();
        all.map(|(id, standing)| (id.clone(), standing.clone()))
            .collect()
    }

    /// An account that was known when the store was closed.
    pub(crate) fn restore_account(&mut self, number: u32, id: AccountId) {
        self.accounts.insert(id, number);
    }

    /// Lanes that were merged before the store was closed. To be called before what waits is restored.
    pub(crate) fn restore_merged_lanes(&mut self, from: LaneKey, into: LaneKey) {
        self.merged.insert(from, into);
    }

    /// Messages that were open when the store was closed.
    pub(crate) fn restore_message_state(&mut self, state: MessageState) {
        self.count_state(state, true);
    }

    /// Applies what a commit changed, and wakes whom it concerns.
    pub(crate) fn apply(&mut self, effects: impl IntoIterator<Item = Effect>, ready: &Ready) {
        let (mut deliveries, mut sends, mut settled) = (false, false, false);
        let mut newest = None;
        for effect in effects {
            if let Effect::EventStored { id } = effect {
                newest = Some(id);
            }
            settled |= effect.empties_a_lane();
            deliveries |= effect.concerns_deliveries();
            sends |= effect.concerns_sends();
            self.apply_one(effect);
        }
        if deliveries {
            ready.deliveries.notify_one();
        }
        if sends {
            ready.sends.notify_one();
        }
        if settled {
            ready.settled.notify_one();
        }
        if let Some(id) = newest {
            ready.events.send_replace(id);
        }
    }

    /// Counts durable commits.
    pub(crate) fn count_commit(&mut self, transactions: u64, micros: u64) {
        self.stats.commits += 1;
        self.stats.transactions += transactions;
        self.stats.commit_micros.add(micros);
        self.stats.batch_sizes.add(transactions);
    }

    /// Counters, and what waits.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.stats.clone();
        for (hook_id, &number) in &self.hooks {
            let backlog = self.deliveries.backlog(number);
            stats.backlog.push(HookBacklog {
                hook_id: hook_id.clone(),
                waiting: (backlog.waiting + backlog.in_flight) as u64,
                in_flight: backlog.in_flight as u64,
                parked: backlog.parked as u64,
                lanes: backlog.lanes as u64,
                deepest: backlog.deepest as u64,
                oldest: backlog.oldest.map(|id| DeliveryId(id).time()),
            });
        }
        stats.backlog.sort_by(|a, b| a.hook_id.cmp(&b.hook_id));
        stats
    }

    fn apply_one(&mut self, effect: Effect) {
        match effect {
            Effect::Deliver {
                hook: (hook, hook_id),
                lane,
                id,
                event,
            } => {
                let lane = self.lane(lane);
                self.deliveries.push(hook, lane, id.0, UnixMillis::ZERO);
                self.hooks.entry(hook_id).or_insert(hook);
                self.fresh.put(id, event);
            }
            Effect::DeliverySettled { lease, release } => {
                self.release_delivery(lease, release);
            }
            Effect::HookRecovered { hook, now } => self.deliveries.recover(hook, now),
            Effect::Redeliver {
                hook: (hook, hook_id),
                lane,
                id,
                due,
            } => {
                let lane = self.lane(lane);
                self.deliveries.push(hook, lane, id.0, due);
                self.hooks.entry(hook_id).or_insert(hook);
            }
            Effect::DeliveryKilled { hook, lane, id } => self.kill(hook, lane, id),
            Effect::HookPaused { hook_id, pause } => {
                let standing = self.standings.entry(hook_id).or_default();
                standing.paused.get_or_insert(pause);
            }
            Effect::HookHeld {
                hook_id,
                not_before,
            } => {
                let standing = self.standings.entry(hook_id).or_default();
                standing.not_before = standing.not_before.max(not_before);
            }
            Effect::HookReleased { hook_id } => {
                self.standings.remove(&hook_id);
            }
            Effect::Send {
                account: (account, account_id),
                lane,
                id,
            } => {
                let lane = self.lane(lane);
                self.sends.push(account, lane, id.0, UnixMillis::ZERO);
                self.accounts.entry(account_id).or_insert(account);
            }
            Effect::SendSettled { lease, release } => {
                self.release_send(lease, release);
            }
            Effect::SendDecided { account, lane, id } => {
                let lane = self.lane(lane);
                // In flight, its holder still settles; held or waiting, it goes at once.
                if !self.sends.is_leased(id.0) && !self.sends.resume(id.0, Release::Done) {
                    self.sends.remove(account, lane, id.0);
                }
            }
            Effect::SendAgain { id, at } => {
                self.sends.resume(id.0, Release::Retry(at));
            }
            Effect::DeliveryLanesMerged { hook, from, into } => {
                self.merged.insert(from, into);
                self.deliveries.relane(hook, from, into);
            }
            Effect::SendLanesMerged {
                account,
                from,
                into,
            } => {
                self.merged.insert(from, into);
                self.sends.relane(account, from, into);
            }
            Effect::MessageState { from, to } => {
                if let Some(from) = from {
                    self.count_state(from, false);
                }
                self.count_state(to, true);
            }
            Effect::Expired => self.stats.expired += 1,
            Effect::EventStored { .. } => self.stats.events += 1,
            Effect::DuplicateSeen => self.stats.duplicates += 1,
            Effect::SendSuppressed => self.stats.suppressed += 1,
            Effect::Fenced => self.stats.fenced += 1,
        }
    }

    /// Takes a delivery out of its lane. One that was claimed just now is not its holder's any more.
    fn kill(&mut self, hook: u32, lane: LaneKey, id: DeliveryId) {
        let mut claimed = self.claimed_deliveries.iter();
        let turn = claimed
            .find(|(_, claimed)| **claimed == id)
            .map(|(turn, _)| *turn);
        if let Some(turn) = turn {
            self.claimed_deliveries.remove(&turn);
            self.deliveries.release(turn, Release::Done);
        } else {
            let lane = self.lane(lane);
            self.deliveries.remove(hook, lane, id.0);
        }
        self.fresh.take(id);
    }

    fn count_state(&mut self, state: MessageState, entered: bool) {
        let place = match state {
            MessageState::Queued => 0,
            MessageState::Sending => 1,
            MessageState::Uncertain => 2,
            _ => return,
        };
        let count = &mut self.stats.outbox_open[place];
        *count = if entered {
            *count + 1
        } else {
            count.saturating_sub(1)
        };
    }

    /// Where rows of this lane wait now.
    pub(crate) fn lane(&self, mut lane: LaneKey) -> LaneKey {
        while let Some(&into) = self.merged.get(&lane) {
            lane = into;
        }
        lane
    }

    fn turn(&self, lease: Lease) -> u64 {
        lease.0.wrapping_sub(self.epoch)
    }
}

/// The queues, behind their lock. A thread that panicked with it left nothing half done that the next one could not read.
pub(crate) fn lock(queues: &Mutex<Queues>) -> MutexGuard<'_, Queues> {
    queues.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Turns of the lanes of several owners, one of each in every round, until nobody has room or anything due. `opens_at` says
/// until when a lane rests although something in it is due.
fn turns<K: Clone + Eq + Hash>(
    lanes: &mut Lanes,
    now: UnixMillis,
    demand: &[Demand<K>],
    numbers: &HashMap<K, u32>,
    opens_at: impl Fn(&K, LaneKey) -> UnixMillis,
) -> Vec<(K, Turn)> {
    let mut open: Vec<_> = demand
        .iter()
        .filter_map(|one| Some((one, *numbers.get(&one.of)?, one.room)))
        .collect();
    let mut taken = Vec::new();
    while !open.is_empty() {
        open.retain_mut(|(one, number, room)| {
            while *room > 0 {
                let turn = if one.probes {
                    lanes.claim_newest(now, *number)
                } else {
                    lanes.claim_within(now, *number, one.width)
                };
                let Some(turn) = turn else {
                    return false;
                };
                let opens = opens_at(&one.of, turn.lane);
                if opens > now {
                    lanes.release(turn.lease, Release::Return(opens));
                    continue;
                }
                *room -= 1;
                taken.push((one.of.clone(), turn));
                return true;
            }
            false
        });
    }
    taken
}
