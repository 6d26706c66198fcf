//! Events about hooks: `hook.triggered`, `hook.success`, `hook.failed`, for the hooks that subscribe to them by name.
//!
//! **Invariant:** never about a delivery of such an event, and never for the hook it speaks of; so they cannot beget one another.

use bytes::Bytes;
use serde::Serialize;
use waypost_core::delivery::{Attempt, Verdict};
use waypost_core::directory::Directory;
use waypost_core::event::{Body, EventType, Handles, NewEvent, Scope};
use waypost_core::hook::Hook;
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::route;
use waypost_core::time::UnixMillis;
use waypost_store::DeliveryClaim;

/// The `data` of a notice.
#[derive(Serialize)]
struct Data<'a> {
    account_id: &'a str,
    hook_id: &'a str,
    event_id: EventId,
    event_type: EventType,
    delivery_id: DeliveryId,
    attempt: u32,
    status: Option<u16>,
    error: Option<&'a str>,
    state: &'static str,
}

/// What is to be told of an attempt.
pub(super) fn notices(
    claim: &DeliveryClaim,
    hook: &Hook,
    attempt: &Attempt,
    verdict: &Verdict,
    directory: &Directory,
    now: UnixMillis,
) -> Vec<NewEvent> {
    let event = &claim.event;
    if event.event_type.is_about_a_hook() {
        return Vec::new();
    }
    let outcome = match verdict {
        Verdict::Delivered => EventType::HookSuccess,
        Verdict::Retry(_) | Verdict::Park { .. } | Verdict::Dead { .. } => EventType::HookFailed,
    };
    let first = (attempt.number == 1).then_some((EventType::HookTriggered, attempt.at));
    let mut notices = Vec::new();
    for (event_type, at) in first.into_iter().chain([(outcome, now)]) {
        if !route::is_notice_wanted(event_type, &hook.id, directory) {
            continue;
        }
        let triggered = event_type == EventType::HookTriggered;
        let data = Data {
            account_id: event.account_id.as_str(),
            hook_id: hook.id.as_str(),
            event_id: event.id,
            event_type: event.event_type,
            delivery_id: claim.id,
            attempt: attempt.number,
            status: attempt.status.filter(|_| !triggered),
            error: attempt.error.as_deref().filter(|_| !triggered),
            state: match verdict {
                _ if triggered => "delivering",
                Verdict::Delivered => "delivered",
                Verdict::Retry(_) => "pending",
                Verdict::Park { .. } => "parked",
                Verdict::Dead { .. } => "dead",
            },
        };
        // Ids, numbers and text: there is nothing in it that JSON cannot hold.
        let Ok(text) = serde_json::to_vec(&data) else {
            continue;
        };
        let mut notice = NewEvent {
            event_type,
            account_id: event.account_id.clone(),
            timestamp: at,
            message_id: None,
            key: None,
            handles: Handles::default(),
            scope: Scope::Field(format!("hook/{}", hook.id)),
            status: None,
            body: Body {
                raw: 0..text.len(),
                text: Bytes::from(text),
            },
            foreign: false,
            quarantined: None,
            targets: Vec::new(),
        };
        route::route_notice(&mut notice, &hook.id, directory);
        if !notice.targets.is_empty() {
            notices.push(notice);
        }
    }
    notices
}
