//! What transactions do to the queues.

use std::sync::Arc;

use waypost_core::account::AccountId;
use waypost_core::event::StoredEvent;
use waypost_core::hook::{HookId, Pause};
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::lane::{LaneKey, Release};
use waypost_core::message::MessageState;
use waypost_core::time::UnixMillis;

use crate::Lease;

/// What a committed transaction changes in memory.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A delivery waits.
    Deliver {
        hook: (u32, HookId),
        lane: LaneKey,
        id: DeliveryId,
        event: Arc<StoredEvent>,
    },
    /// A delivery claim is settled.
    DeliverySettled { lease: Lease, release: Release },
    /// What is parked for this hook is due.
    HookRecovered { hook: u32, now: UnixMillis },
    /// A delivery by hand or of a replay waits, from a time on. One with a time gives way to first attempts.
    Redeliver {
        hook: (u32, HookId),
        lane: LaneKey,
        id: DeliveryId,
        due: UnixMillis,
    },
    /// A delivery that waited was given up.
    DeliveryKilled {
        hook: u32,
        lane: LaneKey,
        id: DeliveryId,
    },
    /// A hook is paused, unless it was.
    HookPaused { hook_id: HookId, pause: Pause },
    /// A hook is not to be called before a time.
    HookHeld {
        hook_id: HookId,
        not_before: UnixMillis,
    },
    /// Nothing keeps a hook from being called.
    HookReleased { hook_id: HookId },
    /// A message waits.
    Send {
        account: (u32, AccountId),
        lane: LaneKey,
        id: OutboxId,
    },
    /// A send claim is settled.
    SendSettled { lease: Lease, release: Release },
    /// A message failed without a call: Meta refused its like lately.
    SendSuppressed,
    /// A message's fate is known, so its lane need not wait for it.
    SendDecided {
        account: u32,
        lane: LaneKey,
        id: OutboxId,
    },
    /// A held message is to be sent again.
    SendAgain { id: OutboxId, at: UnixMillis },
    /// Two delivery lanes of a hook became one.
    DeliveryLanesMerged {
        hook: u32,
        from: LaneKey,
        into: LaneKey,
    },
    /// Two send lanes of an account became one.
    SendLanesMerged {
        account: u32,
        from: LaneKey,
        into: LaneKey,
    },
    /// A message changed its state.
    MessageState {
        from: Option<MessageState>,
        to: MessageState,
    },
    /// A delivery that waited was given up because too many did.
    Expired,
    /// An event was stored.
    EventStored { id: EventId },
    /// An event was recognised.
    DuplicateSeen,
    /// A settlement came with a void lease.
    Fenced,
}

impl Effect {
    /// Whether a delivery may be due now that was not before.
    pub(super) fn concerns_deliveries(&self) -> bool {
        matches!(
            self,
            Self::Deliver { .. }
                | Self::Redeliver { .. }
                | Self::DeliveryKilled { .. }
                | Self::DeliverySettled { .. }
                | Self::HookRecovered { .. }
                | Self::DeliveryLanesMerged { .. }
        )
    }

    /// Whether less may be waiting for a hook than before.
    pub(super) fn empties_a_lane(&self) -> bool {
        matches!(
            self,
            Self::DeliverySettled { .. } | Self::DeliveryKilled { .. }
        )
    }

    /// Whether a message may be due now that was not before.
    pub(super) fn concerns_sends(&self) -> bool {
        matches!(
            self,
            Self::Send { .. }
                | Self::SendSettled { .. }
                | Self::SendDecided { .. }
                | Self::SendAgain { .. }
                | Self::SendLanesMerged { .. }
        )
    }
}
