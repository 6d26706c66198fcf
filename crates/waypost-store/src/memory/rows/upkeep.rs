//! What is old, found and removed.

use waypost_core::delivery::DeliveryState;
use waypost_core::id::{ContactId, DeliveryId, EventId, OutboxId, ReplayId};
use waypost_core::message::MessageState;
use waypost_core::replay::State;
use waypost_core::time::UnixMillis;

use super::MemoryRows;
use crate::Error;
use crate::rows::UpkeepRows;
use crate::upkeep::KEYS_KEPT_MS;

impl UpkeepRows for MemoryRows {
    fn old_events(
        &mut self,
        after: EventId,
        before: EventId,
        limit: usize,
    ) -> Result<Vec<EventId>, Error> {
        let old = self
            .events
            .keys()
            .filter(|id| **id > after && **id < before);
        Ok(old.take(limit).copied().collect())
    }

    fn has_event(&mut self, event: EventId) -> Result<bool, Error> {
        Ok(self.events.contains_key(&event))
    }

    fn deliveries_of(&mut self, event: EventId) -> Result<Vec<(DeliveryId, DeliveryState)>, Error> {
        let of_event = self.deliveries.iter().filter(|(_, row)| row.event == event);
        Ok(of_event.map(|(&id, row)| (id, row.state)).collect())
    }

    fn remove_event(&mut self, event: EventId, deliveries: &[DeliveryId]) -> Result<(), Error> {
        self.events.remove(&event);
        for id in deliveries {
            self.deliveries.remove(id);
        }
        Ok(())
    }

    fn remove_others(&mut self, now: UnixMillis, before: EventId, _: usize) -> Result<(), Error> {
        let has_ended = |state| {
            !matches!(
                state,
                MessageState::Queued | MessageState::Sending | MessageState::Uncertain
            )
        };
        self.messages
            .retain(|&id, row| id >= OutboxId(before.0) || !has_ended(row.state));
        self.replays
            .retain(|&id, replay| id >= ReplayId(before.0) || replay.state == State::Running);
        let kept_from = EventId::floor(UnixMillis(now.0 - KEYS_KEPT_MS));
        self.seen.retain(|_, event| *event >= kept_from);
        let events = &self.events;
        let is_used = |contact: ContactId| {
            contact >= ContactId(before.0)
                || events
                    .values()
                    .any(|event| event.contact_id == Some(contact))
        };
        self.handles.retain(|_, contact| is_used(*contact));
        Ok(())
    }

    fn give_back(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn note_use(&mut self, _: ContactId, _: UnixMillis) -> Result<(), Error> {
        // What uses a contact is found by looking.
        Ok(())
    }
}
