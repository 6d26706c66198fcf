//! Claims and settlements: the one shape both queues have.

use std::sync::Arc;

use waypost_core::account::AccountId;
use waypost_core::delivery::{Attempt, Verdict};
use waypost_core::event::{NewEvent, StoredEvent};
use waypost_core::hook::{HookId, Pause};
use waypost_core::id::{DeliveryId, OutboxId, ReplayId};
use waypost_core::lane::LaneKey;
use waypost_core::message::{NewMessage, SendVerdict};
use waypost_core::time::UnixMillis;

/// A right to act on one lane, until it is settled. Void after a restart; a settlement with a void lease changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease(pub u64);

/// How much someone can take on at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand<K> {
    /// Hook or account.
    pub of: K,
    /// Room for this many more.
    pub room: usize,
    /// How many it takes on at once in all. What is tried again may have all but a quarter of that.
    pub width: usize,
    /// Only to see whether it is there again: by what came last, since what has waited for long may be what it never takes.
    pub probes: bool,
}

/// A delivery to be attempted now, by the holder of the lease alone.
#[derive(Debug, Clone)]
pub struct DeliveryClaim {
    /// To settle with.
    pub lease: Lease,
    /// Which delivery.
    pub id: DeliveryId,
    /// To whom.
    pub hook_id: HookId,
    /// What.
    pub event: Arc<StoredEvent>,
    /// Attempts made before this one.
    pub attempts: u32,
    /// When the first attempt was made; absent if this is it.
    pub first_attempt_at: Option<UnixMillis>,
    /// How long it has held its lane up while its hook was otherwise up, in milliseconds.
    pub blocked_ms: u64,
    /// When the last attempt ended.
    pub last_attempt_at: Option<UnixMillis>,
    /// It is out of its lane's line, and says so to the hook.
    pub parked: bool,
    /// Somebody asked for it to be delivered again.
    pub redelivery: Option<RedeliveryOf>,
    /// A replay made it.
    pub replay: Option<ReplayOf>,
}

/// The replay that made a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayOf {
    /// Which.
    pub id: ReplayId,
    /// What the hook answers is sent.
    pub replies: bool,
}

/// What a redelivery does again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedeliveryOf {
    /// The delivery before it.
    pub id: DeliveryId,
    /// The hook had taken the event before, and has answered it.
    pub was_delivered: bool,
}

/// What came of a delivery claim.
#[derive(Debug, Clone)]
pub struct DeliverySettlement {
    /// From the claim.
    pub lease: Lease,
    /// From the claim.
    pub id: DeliveryId,
    /// The call that was made. Absent when none was made and the claim is only given back (a stop, an open breaker): then
    /// the verdict is `Retry` at the time it may be claimed again, and it costs nothing.
    pub attempt: Option<Attempt>,
    /// What it means.
    pub verdict: Verdict,
    /// The delivery's `blocked_ms` from now on.
    pub blocked_ms: u64,
    /// Messages the hook answered with.
    pub replies: Vec<NewMessage>,
    /// Events to tell of it (`hook.*`), for the hooks that subscribe to them.
    pub notices: Vec<NewEvent>,
    /// What the answer means for the hook as a whole.
    pub hook_news: Option<HookNews>,
}

/// What an answer means for a hook as a whole. Remembered with the attempt, so that a restart knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookNews {
    /// It asks not to be called any more (410). Changes nothing if it is paused already.
    Gone {
        /// Which hook.
        hook_id: HookId,
        /// What is remembered.
        pause: Pause,
    },
    /// It asks not to be called before a time (`Retry-After`).
    Busy {
        /// Which hook.
        hook_id: HookId,
        /// The time. An earlier one than is remembered changes nothing.
        not_before: UnixMillis,
    },
}

/// A message to be sent now, by the holder of the lease alone. It is stored as `sending`.
#[derive(Debug, Clone)]
pub struct SendClaim {
    /// To settle with.
    pub lease: Lease,
    /// Which message.
    pub id: OutboxId,
    /// Who sends it.
    pub account_id: AccountId,
    /// Which pair of sender and recipient it belongs to.
    pub lane: LaneKey,
    /// The Cloud API message object.
    pub body: String,
    /// Calls made before this one.
    pub attempts: u32,
    /// When it was stored.
    pub queued_at: UnixMillis,
}

/// How long lanes of messages rest although something in them is due.
pub trait Pace: Send + Sync {
    /// When the next message of this lane may go; not later than `now` if at once. Asked while the queues are locked: must
    /// not block, nor call the store.
    fn opens_at(&self, now: UnixMillis, account_id: &AccountId, lane: LaneKey) -> UnixMillis;
}

/// Every lane is open.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPace;

impl Pace for NoPace {
    fn opens_at(&self, _: UnixMillis, _: &AccountId, _: LaneKey) -> UnixMillis {
        UnixMillis::ZERO
    }
}

/// What came of a send claim.
#[derive(Debug, Clone)]
pub struct SendSettlement {
    /// From the claim.
    pub lease: Lease,
    /// From the claim.
    pub id: OutboxId,
    /// What it means.
    pub verdict: SendVerdict,
    /// Whether a call was made (it counts as an attempt), or the claim is only given back.
    pub attempted: bool,
}
