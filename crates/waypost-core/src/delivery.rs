//! Deliveries: one event on its way to one hook, and every attempt at it.

use serde::{Deserialize, Serialize};

use crate::hook::HookId;
use crate::id::{DeliveryId, EventId, ReplayId};
use crate::time::UnixMillis;

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Waiting: for its turn in the lane, or for its next attempt.
    Pending,
    /// An attempt is under way. Never stored: it is a lease, and a restart voids it.
    Delivering,
    /// The hook answered 2xx.
    Delivered,
    /// Out of its lane's way, still being tried.
    Parked,
    /// Given up; kept, and can be delivered again by hand.
    Dead,
}

/// One call of a hook, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// When the call began.
    pub at: UnixMillis,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// The hook's HTTP status, if it answered.
    pub status: Option<u16>,
    /// What went wrong, as a stable word (`timeout`, `connect`, `status`, …) and a sentence: `timeout: no answer within 15 s`.
    pub error: Option<String>,
    /// The beginning of the answer, cut at 4 KiB.
    pub response: Option<String>,
    /// What became of the answer as a reply: how many messages were queued, or why none were.
    pub reply: Option<String>,
}

/// A delivery as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// Ours.
    pub id: DeliveryId,
    /// What is delivered.
    pub event_id: EventId,
    /// To whom.
    pub hook_id: HookId,
    /// Where it is.
    pub state: DeliveryState,
    /// Why it is parked or dead.
    pub reason: Option<String>,
    /// When it is tried next, if it is waiting for that and not for its turn.
    pub next_attempt_at: Option<UnixMillis>,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// The delivery that this one does again, by hand.
    pub redelivery_of: Option<DeliveryId>,
    /// The delivery that does this one again.
    pub redelivered_as: Option<DeliveryId>,
    /// The replay that made this one.
    pub replay_id: Option<ReplayId>,
}

/// What an attempt means for its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Delivered,
    /// Again at this time, holding the lane.
    Retry(UnixMillis),
    /// Again at this time, out of the lane's way.
    Park {
        /// When it is tried next.
        next: UnixMillis,
        /// Why, for people.
        reason: String,
    },
    /// Never again by itself.
    Dead {
        /// Why, for people.
        reason: String,
    },
}
