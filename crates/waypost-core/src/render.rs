//! From a stored event to what others see of it: hook bodies in their three formats, and the API's events.
//!
//! Everything is read from the event's own text again, so that one event shows the same in every format and at every
//! attempt. What Meta sent is embedded as it was written, never decoded and written anew.
//!
//! **Invariant:** whatever a stored text holds, what comes out is valid JSON.

mod flat;

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use whatsapp_cloud::webhook::{Payload, Update, UpdateKind, parse};

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
        Format::Flat => {
            let read = Read::of(event);
            let data = read.data(account);
            if event.event_type == EventType::MessageReceived {
                to_bytes(&data)
            } else {
                to_bytes(&Named {
                    event_type: event.event_type,
                    timestamp: event.timestamp.rfc3339(),
                    data,
                })
            }
        }
        Format::Event => {
            let read = Read::of(event);
            to_bytes(&Envelope {
                id: event.id,
                event_type: event.event_type,
                api_version: "1",
                account_id: &event.account_id,
                timestamp: event.timestamp.rfc3339(),
                contact: read.contact(),
                data: read.data(account),
                raw: read.raw(),
            })
        }
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
    let read = Read::of(event);
    let mut data = to_raw(&read.data(account));
    if too_large && data.get().len() > LISTED_RAW_BYTES && !is_flat(event.event_type) {
        data = to_raw(&flat::Value::without(event));
    }
    to_raw(&ApiEvent {
        id: event.id,
        event_type: event.event_type,
        account_id: &event.account_id,
        timestamp: event.timestamp.rfc3339(),
        received_at: event.received_at.rfc3339(),
        contact: read.contact(),
        message_id: event.message_id.as_deref(),
        data: &data,
        raw: (!too_large).then(|| read.raw()),
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

/// Who an event is from or to, and the group it happened in: what a reply to it answers.
pub fn party(event: &StoredEvent) -> (Handles, Option<String>) {
    let read = Read::of(event);
    let group = read
        .update()
        .and_then(|update| update.head.group_id.as_deref());
    (read.handles(), group.map(str::to_owned))
}

/// An event and what its text says, read once for all that is made of it.
struct Read<'a> {
    event: &'a StoredEvent,
    /// Absent for the gateway's own events, and for a text that is no JSON, which no event of ours has.
    payload: Option<Payload<'a>>,
}

impl<'a> Read<'a> {
    fn of(event: &'a StoredEvent) -> Self {
        let payload = (!is_own(event.event_type)).then(|| parse(&event.body.text));
        Self {
            event,
            payload: payload.and_then(Result::ok),
        }
    }

    fn update(&self) -> Option<&Update<'a>> {
        self.payload.as_ref()?.updates().first()
    }

    fn handles(&self) -> Handles {
        let update = self.update();
        update.map_or_else(Handles::default, |update| handles(&update.head.person))
    }

    fn contact(&self) -> Option<Contact> {
        let (id, handles) = (self.event.contact_id, self.handles());
        let is_known = id.is_some() || !handles.is_empty();
        is_known.then_some(Contact {
            id,
            wa_id: handles.wa_id,
            user_id: handles.user_id,
            parent_user_id: handles.parent_user_id,
            username: handles.username,
            name: handles.name,
        })
    }

    /// The flat message for messages, the flat status for statuses, otherwise `account_id`, `field` and Meta's `value` as it
    /// came. For the gateway's own events, what they were stored with.
    fn data<'r>(&'r self, account: Option<&'r Account>) -> Data<'r> {
        let event = self.event;
        let Some(payload) = &self.payload else {
            return Data::Raw(self.raw());
        };
        match payload.updates() {
            [update] if update.fault().is_none() => match update.kind {
                UpdateKind::Message | UpdateKind::Echo | UpdateKind::History => {
                    Data::Message(Box::new(flat::Message::of(event, update, account)))
                }
                UpdateKind::Status => Data::Status(flat::Status::of(event, update)),
                _ => Data::Value(flat::Value::of(event, update.field(), update.value())),
            },
            _ => Data::Value(flat::Value::of(event, "", self.text())),
        }
    }

    /// The original element. A text that is no JSON becomes a JSON string.
    fn raw(&self) -> Cow<'a, RawValue> {
        let text = self.text();
        serde_json::from_str::<&RawValue>(text)
            .map_or_else(|_| Cow::Owned(to_raw(&text)), Cow::Borrowed)
    }

    fn text(&self) -> &'a str {
        std::str::from_utf8(self.event.body.raw()).unwrap_or_default()
    }
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

/// What an event says, by its kind.
#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Message(Box<flat::Message<'a>>),
    Status(flat::Status<'a>),
    Value(flat::Value<'a>),
    Raw(Cow<'a, RawValue>),
}

#[derive(Serialize)]
struct Named<'a> {
    event_type: EventType,
    timestamp: String,
    data: Data<'a>,
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
    data: Data<'a>,
    raw: Cow<'a, RawValue>,
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
    data: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, RawValue>>,
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

fn to_raw(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn to_bytes(value: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()))
}

#[cfg(test)]
mod tests;
