//! From a stored event to what others see of it: hook bodies in their three formats, and the API's events.
//!
//! Everything is read from the event's own text again, so that one event shows the same in every format and at every
//! attempt. What Meta sent is embedded as it was written, never decoded and written anew.
//!
//! **Invariant:** whatever a stored text holds, what comes out is valid JSON.

mod flat;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use whatsapp_cloud::webhook::{Update, UpdateKind, parse};

use crate::account::{Account, AccountId};
use crate::event::{EventType, Handles, StoredEvent};
use crate::hook::{Format, Hook};
use crate::id::{ContactId, EventId};
use crate::normalise::handles;

/// A list shows no `raw` above this, only its size.
pub const LISTED_RAW_BYTES: usize = 64 << 10;

const JSON: &str = "application/json";

/// A hook's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The body's bytes: what is signed and sent.
    pub body: Bytes,
    /// Its `Content-Type`.
    pub content_type: &'static str,
}

/// The body of an event for a hook, in the hook's format. `account` is the event's, if it is still configured: it says
/// what the business's own number is.
pub fn render(event: &StoredEvent, hook: &Hook, account: Option<&Account>) -> Rendered {
    let body = match hook.format {
        Format::Meta => event.body.text.clone(),
        Format::Flat if event.event_type == EventType::MessageReceived => {
            to_bytes(&data(event, account))
        }
        Format::Flat => to_bytes(&Named {
            event_type: event.event_type,
            timestamp: event.timestamp.rfc3339(),
            data: data(event, account),
        }),
        Format::Event => to_bytes(&Envelope {
            id: event.id,
            event_type: event.event_type,
            api_version: "1",
            account_id: &event.account_id,
            timestamp: event.timestamp.rfc3339(),
            contact: contact(event),
            data: data(event, account),
            raw: raw(event),
        }),
    };
    Rendered {
        body,
        content_type: JSON,
    }
}

/// How much of an event's `raw` the API shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawLimit {
    /// All of it: one event.
    Whole,
    /// A `raw` above [`LISTED_RAW_BYTES`] is replaced by `raw_bytes`, its size: lists.
    Listed,
}

/// An event as the API shows it: `id, type, account_id, timestamp, received_at, contact, data, raw`, and `foreign` and
/// `quarantined` where they apply. Where `raw` is too large for a list and `data` would only repeat it, `data` has no `value`.
///
/// The text may hold line breaks where Meta's did; where one event must be one line, compact it.
pub fn api_event(event: &StoredEvent, account: Option<&Account>, limit: RawLimit) -> Box<RawValue> {
    let bytes = event.body.raw().len();
    let too_large = limit == RawLimit::Listed && bytes > LISTED_RAW_BYTES;
    let mut data = data(event, account);
    if too_large && data.get().len() > LISTED_RAW_BYTES && !is_flat(event.event_type) {
        data = to_raw(&flat::Value::without(event));
    }
    to_raw(&ApiEvent {
        id: event.id,
        event_type: event.event_type,
        account_id: &event.account_id,
        timestamp: event.timestamp.rfc3339(),
        received_at: event.received_at.rfc3339(),
        contact: contact(event),
        message_id: event.message_id.as_deref(),
        data,
        raw: (!too_large).then(|| raw(event)),
        raw_bytes: too_large.then_some(bytes),
        foreign: event.foreign,
        quarantined: event.quarantined.as_deref(),
    })
}

/// Whether an event's `data` says in its own words what `raw` says, and does not repeat it.
fn is_flat(event_type: EventType) -> bool {
    use EventType as E;
    matches!(
        event_type,
        E::MessageReceived
            | E::MessageSent
            | E::MessageDelivered
            | E::MessageRead
            | E::MessagePlayed
            | E::MessageFailed
            | E::MessageStatus
            | E::MessageEcho
            | E::HistoryReceived
            | E::SenderRefused
    )
}

/// An event's `data`: the flat message for messages, the flat status for statuses, otherwise `account_id`, `field` and
/// Meta's `value` as it came. For the gateway's own events, what they were stored with.
pub fn data(event: &StoredEvent, account: Option<&Account>) -> Box<RawValue> {
    if is_own(event.event_type) {
        return raw(event);
    }
    let Ok(payload) = parse(&event.body.text) else {
        return raw(event);
    };
    match payload.updates() {
        [update] if update.fault().is_none() => match update.kind {
            UpdateKind::Message | UpdateKind::Echo | UpdateKind::History => {
                to_raw(&flat::Message::of(event, update, account))
            }
            UpdateKind::Status => to_raw(&flat::Status::of(event, update)),
            _ => to_raw(&flat::Value::of(event, update.field(), update.value())),
        },
        _ => to_raw(&flat::Value::of(event, "", event_text(event))),
    }
}

/// Who an event is from or to, and the group it happened in: what a reply to it answers.
pub fn party(event: &StoredEvent) -> (Handles, Option<String>) {
    let read = |update: &Update<'_>| {
        let group = update.head.group_id.as_deref().map(str::to_owned);
        (handles(&update.head.person), group)
    };
    if is_own(event.event_type) {
        return (Handles::default(), None);
    }
    let payload = parse(&event.body.text).ok();
    payload
        .as_ref()
        .and_then(|payload| payload.updates().first())
        .map(read)
        .unwrap_or_default()
}

/// Whether the gateway itself tells this, not Meta: its text is its `data`, no notification.
fn is_own(event_type: EventType) -> bool {
    event_type.is_about_a_hook()
        || matches!(
            event_type,
            EventType::MessageUncertain
                | EventType::WhatsappConnected
                | EventType::WhatsappDisconnected
                | EventType::WhatsappQrCode
                | EventType::WhatsappQrTimeout
                | EventType::WhatsappQrError
        )
}

#[derive(Serialize)]
struct Named {
    event_type: EventType,
    timestamp: String,
    data: Box<RawValue>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    id: EventId,
    #[serde(rename = "type")]
    event_type: EventType,
    api_version: &'static str,
    account_id: &'a AccountId,
    timestamp: String,
    contact: Option<Contact>,
    data: Box<RawValue>,
    raw: Box<RawValue>,
}

#[derive(Serialize)]
struct ApiEvent<'a> {
    id: EventId,
    #[serde(rename = "type")]
    event_type: EventType,
    account_id: &'a AccountId,
    timestamp: String,
    received_at: String,
    contact: Option<Contact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    data: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<usize>,
    #[serde(skip_serializing_if = "is_false")]
    foreign: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantined: Option<&'a str>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// A contact as hooks and the API see it. What is not known is not there.
#[derive(Serialize)]
struct Contact {
    id: Option<ContactId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

fn contact(event: &StoredEvent) -> Option<Contact> {
    let (handles, _) = party(event);
    if handles.is_empty() && event.contact_id.is_none() {
        return None;
    }
    Some(Contact {
        id: event.contact_id,
        wa_id: handles.wa_id,
        user_id: handles.user_id,
        parent_user_id: handles.parent_user_id,
        username: handles.username,
        name: handles.name,
    })
}

/// The original element. A text that is no JSON, which no event of ours has, becomes a JSON string.
fn raw(event: &StoredEvent) -> Box<RawValue> {
    let text = event_text(event);
    serde_json::from_str::<&RawValue>(text).map_or_else(|_| to_raw(&text), ToOwned::to_owned)
}

fn event_text(event: &StoredEvent) -> &str {
    std::str::from_utf8(event.body.raw()).unwrap_or_default()
}

fn to_raw(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn to_bytes(value: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()))
}

#[cfg(test)]
mod tests;
