//! Hooks as a whole, and deliveries done again by hand.

use std::ops::Range;

use waypost_core::delivery::DeliveryState;
use waypost_core::hook::Pause;
use waypost_core::id::DeliveryId;
use waypost_core::lane::LaneKey;
use waypost_core::time::UnixMillis;

use super::MemoryRows;
use crate::Error;
use crate::rows::{HookRows, Repeatable, Rows as _};

impl HookRows for MemoryRows {
    // What keeps a hook from being called: the queues know it, and nothing here outlives them.
    fn pause_hook(&mut self, _: u32, _: &Pause) -> Result<(), Error> {
        Ok(())
    }

    fn hold_hook(&mut self, _: u32, _: UnixMillis) -> Result<(), Error> {
        Ok(())
    }

    fn release_hook(&mut self, _: u32) -> Result<(), Error> {
        Ok(())
    }

    fn waiting(
        &mut self,
        hook: u32,
        range: Range<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<(DeliveryId, LaneKey)>, Error> {
        let waits = |state| matches!(state, DeliveryState::Pending | DeliveryState::Parked);
        let of_hook = self
            .deliveries
            .range(range)
            .filter(|(_, row)| row.hook == hook && waits(row.state));
        Ok(of_hook
            .map(|(&id, row)| (id, row.lane))
            .take(limit)
            .collect())
    }

    fn kill_delivery(&mut self, id: DeliveryId, reason: &str) -> Result<(), Error> {
        if let Some(row) = self.deliveries.get_mut(&id) {
            row.state = DeliveryState::Dead;
            row.reason = Some(reason.to_owned());
        }
        Ok(())
    }

    fn repeatable(&mut self, id: DeliveryId) -> Result<Option<Repeatable>, Error> {
        let row = self.deliveries.get(&id);
        let row = row.filter(|row| self.events.contains_key(&row.event));
        Ok(row.and_then(|row| {
            Some(Repeatable {
                event: row.event,
                hook: row.hook,
                hook_id: self.hook(row.hook)?.clone(),
                lane: row.lane,
                state: row.state,
                redelivered_as: row.redelivered_as,
            })
        }))
    }

    fn insert_redelivery(
        &mut self,
        id: DeliveryId,
        of: DeliveryId,
        before: &Repeatable,
    ) -> Result<(), Error> {
        self.insert_delivery(id, before.event, before.hook, before.lane)?;
        if let Some(row) = self.deliveries.get_mut(&of) {
            row.redelivered_as = Some(id);
        }
        if let Some(row) = self.deliveries.get_mut(&id) {
            row.redelivery_of = Some(of);
        }
        Ok(())
    }
}
