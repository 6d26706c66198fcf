//! Accepting an event: recognise it, find whose it is, store it, queue its deliveries, settle what it says of a message.

use std::sync::Arc;

use waypost_core::event::{DedupeKey, NewEvent, StoredEvent};
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::lane::LaneKey;
use waypost_core::normalise::subject;
use waypost_core::time::UnixMillis;

use super::Transaction;
use crate::queues::Effect;
use crate::{Accepted, Error};

impl Transaction<'_> {
    /// See [`crate::Inbox::accept`].
    pub(crate) fn accept(
        &mut self,
        now: UnixMillis,
        events: &[NewEvent],
    ) -> Result<Vec<Accepted>, Error> {
        events
            .iter()
            .map(|event| self.accept_one(now, event))
            .collect()
    }

    /// One event of it.
    pub(super) fn accept_one(
        &mut self,
        now: UnixMillis,
        event: &NewEvent,
    ) -> Result<Accepted, Error> {
        if let Some(key) = event.key
            && let Some(id) = self.rows.seen(key)?
        {
            self.note(Effect::DuplicateSeen);
            return Ok(Accepted {
                id: Some(id),
                duplicate: true,
            });
        }
        let stored = Arc::new(self.store_event(now, event)?);
        self.queue_deliveries(now, event, &stored)?;
        if let Some(change) = &event.status {
            self.apply_status(now, &stored.account_id, change)?;
        }
        Ok(Accepted {
            id: Some(stored.id),
            duplicate: false,
        })
    }

    fn store_event(&mut self, now: UnixMillis, event: &NewEvent) -> Result<StoredEvent, Error> {
        let account = self.rows.account_number(&event.account_id)?;
        let contact_id = self.contact(now, account, &event.account_id, &event.handles)?;
        let id = EventId(self.rows.next_id(now));
        let stored = StoredEvent {
            id,
            event_type: event.event_type,
            account_id: event.account_id.clone(),
            timestamp: event.timestamp,
            received_at: id.time(),
            message_id: event.message_id.clone(),
            contact_id,
            body: event.body.clone(),
            foreign: event.foreign,
            quarantined: event.quarantined.clone(),
        };
        self.rows.insert_event(account, &stored)?;
        if let Some(key) = findable_by(event, id) {
            self.rows.remember(key, id)?;
        }
        self.note(Effect::EventStored { id });
        Ok(stored)
    }

    fn queue_deliveries(
        &mut self,
        now: UnixMillis,
        event: &NewEvent,
        stored: &Arc<StoredEvent>,
    ) -> Result<(), Error> {
        for target in &event.targets {
            let hook = self.rows.hook_number(&target.hook_id)?;
            let lane = LaneKey::of_delivery(
                &target.hook_id,
                &stored.account_id,
                &event.scope,
                stored.contact_id,
                target.order,
                stored.id,
            );
            let id = DeliveryId(self.rows.next_id(now));
            self.rows.insert_delivery(id, stored.id, hook, lane)?;
            self.note(Effect::Deliver {
                hook: (hook, target.hook_id.clone()),
                lane,
                id,
                event: Arc::clone(stored),
            });
        }
        Ok(())
    }
}

/// The key under which an event is remembered. The gateway's own events have none; those about a message get one that
/// never repeats, so that they are found by the message all the same.
fn findable_by(event: &NewEvent, id: EventId) -> Option<DedupeKey> {
    event.key.or_else(|| {
        event.message_id.as_deref().map(|message_id| DedupeKey {
            subject: subject(event.account_id.as_str(), message_id),
            digest: id.0,
        })
    })
}
