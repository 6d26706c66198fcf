//! Whoever looks on from outside: told of each event that is stored, each call of a hook and each call of Meta, such as to
//! make traces of them.

use std::sync::Arc;
use std::time::Duration;

use waypost_core::account::AccountId;
use waypost_core::event::{EventType, NewEvent};
use waypost_core::id::EventId;
use waypost_engine::{AttemptReport, Observer, SendReport};
use waypost_store::Accepted;

/// Told after the fact. Must not block.
pub trait Watch: Observer {
    /// An event was stored, and its webhook is answered 200.
    fn stored(&self, report: &StoredReport<'_>);
}

/// One stored event. Holds ids only, no personal data.
#[derive(Debug, Clone)]
pub struct StoredReport<'a> {
    /// Whose event it is.
    pub account_id: &'a AccountId,
    /// Which.
    pub event_id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// From the webhook's first line to the answer; the same for all events of one.
    pub duration: Duration,
}

/// What is said of events as they come, kept until they are stored; nothing if nobody looks on.
pub(crate) struct Seen(Vec<(AccountId, EventType)>);

impl Seen {
    pub(crate) fn of(events: &[NewEvent], watch: Option<&Arc<dyn Watch>>) -> Self {
        let said = |event: &NewEvent| (event.account_id.clone(), event.event_type);
        Self(watch.map_or_else(Vec::new, |_| events.iter().map(said).collect()))
    }

    /// Tells of those that were stored now.
    pub(crate) fn tell(&self, accepted: &[Accepted], duration: Duration, watch: &dyn Watch) {
        for ((account_id, event_type), accepted) in self.0.iter().zip(accepted) {
            if let (Some(event_id), false) = (accepted.id, accepted.duplicate) {
                watch.stored(&StoredReport {
                    account_id,
                    event_id,
                    event_type: *event_type,
                    duration,
                });
            }
        }
    }
}

/// Two that look on.
pub(crate) struct Both(pub(crate) Arc<dyn Observer>, pub(crate) Arc<dyn Watch>);

impl Observer for Both {
    fn attempt(&self, report: &AttemptReport<'_>) {
        self.0.attempt(report);
        self.1.attempt(report);
    }

    fn send(&self, report: &SendReport<'_>) {
        self.0.send(report);
        self.1.send(report);
    }

    fn sender_held(&self, account_id: &AccountId, held: bool) {
        self.0.sender_held(account_id, held);
        self.1.sender_held(account_id, held);
    }
}
