//! Recently accepted events, kept at hand so that a prompt delivery reads nothing from disk.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use waypost_core::event::StoredEvent;
use waypost_core::id::DeliveryId;

/// Events of deliveries not yet attempted, the newest that fit in a number of bytes.
#[derive(Debug)]
pub(crate) struct Fresh {
    events: HashMap<DeliveryId, Arc<StoredEvent>>,
    /// In the order they came; some have been taken since.
    order: VecDeque<DeliveryId>,
    bytes: usize,
    limit: usize,
}

impl Fresh {
    /// Holds nothing yet, and never more than `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            events: HashMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            limit,
        }
    }

    /// Keeps an event until its first attempt, or until it is the oldest and room is needed.
    pub(crate) fn put(&mut self, id: DeliveryId, event: Arc<StoredEvent>) {
        self.bytes += weight(&event);
        self.events.insert(id, event);
        self.order.push_back(id);
        while self.bytes > self.limit {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            self.take(oldest);
        }
        if self.order.len() > 2 * self.events.len() + 1024 {
            self.order.retain(|id| self.events.contains_key(id));
        }
    }

    /// Hands the event over, if it is at hand.
    pub(crate) fn take(&mut self, id: DeliveryId) -> Option<Arc<StoredEvent>> {
        let event = self.events.remove(&id)?;
        self.bytes -= weight(&event);
        Some(event)
    }
}

/// What an event costs to keep, in bytes. Shared by several deliveries it counts for each of them.
fn weight(event: &StoredEvent) -> usize {
    event.body.text.len() + 256
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use waypost_core::event::{Body, EventType};
    use waypost_core::id::EventId;
    use waypost_core::time::UnixMillis;

    use super::*;

    fn event(size: usize) -> Arc<StoredEvent> {
        Arc::new(StoredEvent {
            id: EventId(1),
            event_type: EventType::MessageReceived,
            account_id: "main".into(),
            timestamp: UnixMillis(0),
            received_at: UnixMillis(0),
            message_id: None,
            contact_id: None,
            body: Body {
                text: Bytes::from(vec![b' '; size]),
                raw: 0..size,
            },
            foreign: false,
            quarantined: None,
        })
    }

    #[test]
    fn the_oldest_make_room_and_what_was_taken_costs_nothing() {
        let mut fresh = Fresh::new(3 * (1000 + 256));
        for id in 1..=4 {
            fresh.put(DeliveryId(id), event(1000));
        }
        assert!(fresh.take(DeliveryId(1)).is_none());
        assert!(fresh.take(DeliveryId(2)).is_some());
        fresh.put(DeliveryId(5), event(1000));
        assert!(fresh.take(DeliveryId(3)).is_some());
        assert!(fresh.take(DeliveryId(2)).is_none());
    }

    #[test]
    fn a_long_life_leaves_nothing_behind() {
        let mut fresh = Fresh::new(1 << 20);
        for id in 0..100_000 {
            fresh.put(DeliveryId(id), event(10));
            assert!(fresh.take(DeliveryId(id)).is_some());
        }
        assert_eq!(fresh.bytes, 0);
        assert!(fresh.order.len() <= 1025);
    }
}
