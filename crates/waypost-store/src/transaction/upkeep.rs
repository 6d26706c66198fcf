//! Removing what is old, and giving up what has waited for too long.

use waypost_core::delivery::DeliveryState;
use waypost_core::hook::HookId;
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::time::UnixMillis;

use super::Transaction;
use crate::queues::{self, Effect};
use crate::{Error, Forget, Forgotten};

/// Rows of each other kind removed in one step.
const OTHERS: usize = 64;

impl Transaction<'_> {
    /// See [`crate::Upkeep::forget`].
    pub(crate) fn forget(&mut self, now: UnixMillis, step: &Forget) -> Result<Forgotten, Error> {
        let events = self.rows.old_events(step.after, step.before, step.limit)?;
        let mut forgotten = Forgotten {
            events: 0,
            place: events.last().copied().unwrap_or(step.after),
            is_end: events.len() < step.limit,
        };
        for event in events {
            let deliveries = self.rows.deliveries_of(event)?;
            let is_kept = |state: DeliveryState| match state {
                DeliveryState::Pending | DeliveryState::Parked | DeliveryState::Delivering => true,
                DeliveryState::Dead => !step.dead,
                DeliveryState::Delivered => false,
            };
            if deliveries.iter().any(|(_, state)| is_kept(*state)) {
                continue;
            }
            let ids: Vec<DeliveryId> = deliveries.iter().map(|(id, _)| *id).collect();
            self.rows.remove_event(event, &ids)?;
            forgotten.events += 1;
        }
        let reached = if forgotten.is_end {
            step.before
        } else {
            forgotten.place
        };
        self.rows.remove_others(now, reached, OTHERS)?;
        Ok(forgotten)
    }

    /// See [`crate::Upkeep::expire`].
    pub(crate) fn expire(
        &mut self,
        hook_id: &HookId,
        count: usize,
        reason: &str,
    ) -> Result<usize, Error> {
        let hook = self.rows.hook_number(hook_id)?;
        let under_way = queues::lock(self.queues).delivering();
        let all = DeliveryId(0)..DeliveryId(i64::MAX);
        // What is under way is among the oldest, and has to be looked past.
        let waiting = self
            .rows
            .waiting(hook, all, count.saturating_add(under_way.len()))?;
        let waiting = waiting.into_iter();
        let idle = waiting.filter(|(id, _)| under_way.binary_search(id).is_err());
        let mut expired = 0;
        for (id, lane) in idle.take(count) {
            self.rows.kill_delivery(id, reason)?;
            self.batch.killed.insert(id);
            self.note(Effect::DeliveryKilled { hook, lane, id });
            self.note(Effect::Expired);
            expired += 1;
        }
        Ok(expired)
    }

    /// Whether an event is there, and not removed by now.
    pub(super) fn is_there(&mut self, event: EventId) -> Result<bool, Error> {
        self.rows.has_event(event)
    }
}
