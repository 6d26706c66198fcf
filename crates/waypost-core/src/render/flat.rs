//! The flat objects: WhatsHooked's messages and statuses, with what this project adds.

use std::borrow::Cow;

use serde::Serialize;
use whatsapp_cloud::raw::{Json, Object};
use whatsapp_cloud::webhook::{Update, UpdateKind};

use crate::account::{Account, AccountId};
use crate::event::{EventType, StoredEvent};

/// A message. The fields up to `media` are WhatsHooked's and always there; the rest is there where the message has it.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "these are the names on the wire")]
pub(super) struct Message<'a> {
    account_id: &'a AccountId,
    message_id: Cow<'a, str>,
    from: Cow<'a, str>,
    to: Cow<'a, str>,
    text: Cow<'a, str>,
    timestamp: String,
    is_group: bool,
    sender_name: Cow<'a, str>,
    message_type: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Media<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interactive: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reaction: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Json<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral: Option<Json<'a>>,
}

impl<'a> Message<'a> {
    pub(super) fn of(
        event: &'a StoredEvent,
        update: &'a Update<'a>,
        account: Option<&'a Account>,
    ) -> Self {
        let message = object(update.raw);
        let head = &update.head;
        let person = &head.person;
        let customer = person
            .wa_id
            .as_deref()
            .or(person.user_id.as_deref())
            .unwrap_or_default();
        let business = update
            .display_phone_number()
            .or_else(|| account.and_then(|account| account.phone_number.as_deref()))
            .or_else(|| update.phone_number_id())
            .unwrap_or_default();
        // Of the business's own phone, an echo always is; of the past, whatever the customer did not write.
        let by_business = match update.kind {
            UpdateKind::Echo => true,
            UpdateKind::History => head.from.as_deref().is_some_and(|from| from != customer),
            _ => false,
        };
        let (from, to) = if by_business {
            (head.from.as_deref().unwrap_or(business), customer)
        } else {
            (customer, business)
        };
        let kind = head.kind.as_deref().unwrap_or("unknown");
        let name = person
            .name
            .as_deref()
            .filter(|_| !by_business)
            .unwrap_or_default();
        Self {
            account_id: &event.account_id,
            message_id: head.id.as_deref().unwrap_or_default().into(),
            from: from.into(),
            to: to.into(),
            text: text(kind, &message).unwrap_or_default(),
            timestamp: event.timestamp.rfc3339(),
            is_group: head.group_id.is_some(),
            sender_name: name.into(),
            message_type: kind.into(),
            media: Media::of(kind, &message),
            user_id: person.user_id.as_deref().map(Cow::from),
            username: person.username.as_deref().map(Cow::from),
            group_id: head.group_id.as_deref().map(Cow::from),
            context: message.get("context"),
            interactive: message.get("interactive"),
            reaction: message.get("reaction"),
            order: message.get("order"),
            contacts: message.get("contacts"),
            location: message.get("location"),
            referral: message.get("referral"),
        }
    }
}

/// A message's file. Where it can be had is the media store's to say.
#[derive(Serialize)]
struct Media<'a> {
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    mime_type: Cow<'a, str>,
    filename: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<Cow<'a, str>>,
}

impl<'a> Media<'a> {
    fn of(kind: &'a str, message: &Object<'a>) -> Option<Self> {
        const KINDS: [&str; 6] = ["image", "video", "audio", "voice", "document", "sticker"];
        let file = message.object(kind).filter(|_| KINDS.contains(&kind))?;
        Some(Self {
            kind: kind.into(),
            mime_type: file.text("mime_type").unwrap_or_default(),
            filename: file.text("filename").unwrap_or_default(),
            id: file.text("id"),
            sha256: file.text("sha256"),
            caption: file.text("caption"),
        })
    }
}

/// A status. `from` is whom the message went to.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "these are the names on the wire")]
pub(super) struct Status<'a> {
    account_id: &'a AccountId,
    message_id: &'a str,
    from: &'a str,
    timestamp: String,
    /// Only where the event's type does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Json<'a>>,
}

impl<'a> Status<'a> {
    pub(super) fn of(event: &'a StoredEvent, update: &'a Update<'a>) -> Self {
        let head = &update.head;
        let person = &head.person;
        Self {
            account_id: &event.account_id,
            message_id: head.id.as_deref().unwrap_or_default(),
            from: person
                .wa_id
                .as_deref()
                .or(person.user_id.as_deref())
                .unwrap_or_default(),
            timestamp: event.timestamp.rfc3339(),
            status: head
                .status
                .as_deref()
                .filter(|_| event.event_type == EventType::MessageStatus),
            group_id: head.group_id.as_deref(),
            errors: head.errors,
        }
    }
}

/// Everything else: Meta's own words.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "these are the names on the wire")]
pub(super) struct Value<'a> {
    account_id: &'a AccountId,
    #[serde(skip_serializing_if = "str::is_empty")]
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json<'a>>,
}

impl<'a> Value<'a> {
    /// Of a value too large to be repeated.
    pub(super) fn without(event: &'a StoredEvent) -> Self {
        Self {
            account_id: &event.account_id,
            field: "",
            value: None,
        }
    }

    pub(super) fn of(event: &'a StoredEvent, field: &'a str, value: &'a str) -> Self {
        Self {
            account_id: &event.account_id,
            field,
            value: Some(Json::parse(value).unwrap_or(Json::NULL)),
        }
    }
}

/// What a message says in words, if it says anything.
fn text<'a>(kind: &str, message: &Object<'a>) -> Option<Cow<'a, str>> {
    let content = message.object(kind)?;
    match kind {
        "text" | "system" => content.text("body"),
        "button" | "order" => content.text("text"),
        "reaction" => content.text("emoji"),
        "interactive" => {
            let reply = ["button_reply", "list_reply"]
                .iter()
                .find_map(|reply| content.object(reply));
            match reply {
                Some(reply) => reply.text("title"),
                None => content.object("nfm_reply")?.text("body"),
            }
        }
        "location" => Some(location(&content).into()),
        "edit" => edited(&content.object("message")?),
        _ => content.text("caption"),
    }
}

/// What an edited message says now. One step deep: an edit of an edit says nothing.
fn edited<'a>(message: &Object<'a>) -> Option<Cow<'a, str>> {
    match message.text("type") {
        Some(kind) if kind != "edit" => text(&kind, message),
        _ => None,
    }
}

/// `Location: NAME (ADDRESS) - LAT, LON`, with what is there.
fn location(content: &Object<'_>) -> String {
    let part = |key| content.text(key).filter(|text| !text.is_empty());
    let place = match (part("name"), part("address")) {
        (Some(name), Some(address)) => format!("{name} ({address})"),
        (Some(only), None) | (None, Some(only)) => only.into_owned(),
        (None, None) => String::new(),
    };
    let degrees = |key| {
        part(key)?
            .parse::<f64>()
            .ok()
            .filter(|degrees| degrees.is_finite())
    };
    let point = match (degrees("latitude"), degrees("longitude")) {
        (Some(latitude), Some(longitude)) => format!("{latitude:.6}, {longitude:.6}"),
        _ => String::new(),
    };
    let between = if place.is_empty() || point.is_empty() {
        ""
    } else {
        " - "
    };
    format!("Location: {place}{between}{point}")
}

fn object(raw: &str) -> Object<'_> {
    Json::parse(raw)
        .ok()
        .and_then(Object::read)
        .unwrap_or_default()
}
