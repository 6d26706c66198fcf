//! Trying a hook out: one signed call with an event made for it, which nobody stores.
//!
//! **Invariant:** a trial changes nothing: not the hook's gate, not its figures, not the store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use serde_json::json;
use tokio::time::Instant;
use waypost_core::account::AccountId;
use waypost_core::directory::Directory;
use waypost_core::event::{Body, EventType, StoredEvent};
use waypost_core::hook::{Format, Hook};
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::time::UnixMillis;
use waypost_store::{DeliveryClaim, Lease};

use super::{Deliver, judge, request};

/// What a trial came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// `ok`, or what went wrong, as in [`AttemptReport::outcome`](crate::AttemptReport::outcome).
    pub outcome: &'static str,
    /// The `webhook-id` of the call.
    pub event_id: EventId,
    /// The hook's HTTP status, if it answered.
    pub status: Option<u16>,
    /// What went wrong, for people.
    pub error: Option<String>,
    /// How long the call took.
    pub duration: Duration,
    /// The beginning of the answer, cut at 4 KiB.
    pub response: Option<String>,
}

impl Deliver {
    /// Calls the hook once, whether it is paused or not, at an address that a delivery would be allowed to call.
    pub(crate) async fn try_out(&self, hook: &Hook) -> Trial {
        let now = self.clock.now();
        let directory = self.directory.load_full();
        let event = event(hook, &directory, now);
        let event_id = event.id;
        let claim = DeliveryClaim {
            lease: Lease(0),
            id: DeliveryId(0),
            hook_id: hook.id.clone(),
            event: Arc::new(event),
            attempts: 0,
            first_attempt_at: None,
            blocked_ms: 0,
            last_attempt_at: None,
            parked: false,
            redelivery: None,
            replay: None,
        };
        let began = Instant::now();
        let result = match request::build(&claim, hook, &directory, now) {
            Ok(mut call) => {
                let yes = HeaderValue::from_static("true");
                call.headers.insert("waypost-test", yes);
                self.client.call(call).await
            }
            Err(failure) => Err(failure),
        };
        let duration = began.elapsed();
        let judged = judge::judge(&result, now);
        Trial {
            outcome: judged.word,
            event_id,
            status: result.as_ref().ok().map(|answer| answer.status),
            error: judged.error,
            duration,
            response: result.as_ref().ok().and_then(judge::beginning),
        }
    }
}

/// A `hook.test` event; for hooks that take only what Meta sends, a notification of a field that Meta has not.
fn event(hook: &Hook, directory: &Directory, now: UnixMillis) -> StoredEvent {
    let first = directory.accounts.first().map(|account| &account.id);
    let account_id = hook.accounts.first().or(first);
    let account_id = account_id.map_or_else(|| AccountId::from("test"), AccountId::clone);
    let data = json!({
        "account_id": account_id.as_str(),
        "hook_id": hook.id.as_str(),
        "text": "This is a test of the hook. It is no event of a customer's.",
    });
    let text = match hook.format {
        Format::Flat | Format::Event => data.to_string(),
        Format::Meta => json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": "0", "changes": [{"field": "hook_test", "value": data}]}],
        })
        .to_string(),
    };
    StoredEvent {
        // The last id of this millisecond: a store would need a thousand others to come so far.
        id: EventId(EventId::floor(now.plus(Duration::from_millis(1))).0 - 1),
        event_type: EventType::HookTest,
        account_id,
        timestamp: now,
        received_at: now,
        message_id: None,
        contact_id: None,
        body: Body {
            raw: 0..text.len(),
            text: Bytes::from(text),
        },
        foreign: false,
        quarantined: None,
    }
}
