//! What routing needs of one element: its ids, its kind, its people.
//!
//! Reads an element's top level once. What identifies it must be readable, and the content a known type promises must have
//! its shape; everything else is left to whoever decodes the element.

use std::borrow::Cow;

use super::person::{Person, handle, person};
use super::update::{Head, UpdateKind};
use crate::raw::{Json, Member, Object, text};

/// Why an element makes no sense: the member (none for the element itself), and what is wrong with it.
type Unread = (&'static str, &'static str);

/// Reads an element's head into `head`, which keeps what was readable when something is not.
pub(super) fn read<'a>(
    kind: &mut UpdateKind,
    head: &mut Head<'a>,
    object: &Object<'a>,
    business: Option<&str>,
) -> Result<(), Unread> {
    let mut found = Found::default();
    let scalars = found.read(head, object);
    match kind {
        UpdateKind::Message => {
            head.person = Person {
                wa_id: found.from,
                user_id: found.from_user,
                parent_user_id: found.from_parent,
                ..Person::default()
            };
        }
        UpdateKind::Status | UpdateKind::CallStatus => {
            // A call's status may come beside messages' statuses.
            if head.kind.as_deref() == Some("call") {
                *kind = UpdateKind::CallStatus;
            }
            status_person(head, found);
        }
        UpdateKind::Echo => {
            head.person = Person {
                wa_id: found.to,
                user_id: found.to_user,
                parent_user_id: found.to_parent,
                ..Person::default()
            };
            head.from = found.from;
        }
        UpdateKind::History | UpdateKind::Call => {
            let outgoing = object
                .text("direction")
                .is_some_and(|direction| direction == "BUSINESS_INITIATED")
                || found
                    .from
                    .as_deref()
                    .zip(business)
                    .is_some_and(|(from, business)| same_digits(from, business));
            let from = Person {
                wa_id: found.from.clone(),
                user_id: found.from_user,
                parent_user_id: found.from_parent,
                ..Person::default()
            };
            let to = Person {
                wa_id: found.to,
                user_id: found.to_user,
                parent_user_id: found.to_parent,
                ..Person::default()
            };
            head.person = if outgoing { to } else { from };
            head.from = found.from;
        }
        UpdateKind::StateSync => {
            let contact = object.object("contact").unwrap_or_default();
            head.person = person(&contact);
            if head.person.wa_id.is_none() {
                head.person.wa_id = handle(&contact, "phone_number");
            }
            head.person.name =
                handle(&contact, "full_name").or_else(|| handle(&contact, "first_name"));
            if head.timestamp.is_none() {
                head.timestamp = object
                    .object("metadata")
                    .and_then(|metadata| handle(&metadata, "timestamp"));
            }
        }
        UpdateKind::UserIdUpdate => {
            let current = |key| {
                object
                    .object(key)
                    .and_then(|change| handle(&change, "current"))
            };
            head.person = person(object);
            head.person.user_id = current("user_id").or(head.person.user_id.take());
            head.person.parent_user_id =
                current("parent_user_id").or(head.person.parent_user_id.take());
        }
        _ => head.person = person(object),
    }
    match kind {
        UpdateKind::Message | UpdateKind::Echo | UpdateKind::History => {
            scalars?;
            message_shape(head, object)
        }
        UpdateKind::Status => {
            scalars?;
            head.status
                .as_ref()
                .map(drop)
                .ok_or(("status", "is missing"))
        }
        _ => Ok(()),
    }
}

/// What a whole `value` says of itself, for the changes that are one update.
pub(super) fn value_head<'a>(value: &Object<'a>) -> Head<'a> {
    Head {
        event: handle(value, "event"),
        errors: value.get("errors"),
        ..Head::default()
    }
}

/// The handles an element names, whoever they turn out to be.
#[derive(Default)]
struct Found<'a> {
    from: Option<Cow<'a, str>>,
    from_user: Option<Cow<'a, str>>,
    from_parent: Option<Cow<'a, str>>,
    to: Option<Cow<'a, str>>,
    to_user: Option<Cow<'a, str>>,
    to_parent: Option<Cow<'a, str>>,
    recipient: Option<Cow<'a, str>>,
    recipient_user: Option<Cow<'a, str>>,
    recipient_parent: Option<Cow<'a, str>>,
    participant: Option<Cow<'a, str>>,
    participant_user: Option<Cow<'a, str>>,
    participant_parent: Option<Cow<'a, str>>,
    to_group: bool,
}

impl<'a> Found<'a> {
    fn read(&mut self, head: &mut Head<'a>, object: &Object<'a>) -> Result<(), Unread> {
        let mut outcome = Ok(());
        for member in object.members() {
            // The key as it was written: Meta escapes no letter of the keys read here, and whoever does is not Meta.
            let (place, name) = match member.key {
                "\"id\"" | "\"wacid\"" => (&mut head.id, "id"),
                "\"type\"" => (&mut head.kind, "type"),
                "\"status\"" => (&mut head.status, "status"),
                "\"event\"" => (&mut head.event, ""),
                "\"timestamp\"" => (&mut head.timestamp, ""),
                "\"group_id\"" => (&mut head.group_id, "group_id"),
                "\"biz_opaque_callback_data\"" => (&mut head.callback_data, ""),
                "\"from\"" => (&mut self.from, "from"),
                "\"from_user_id\"" => (&mut self.from_user, "from_user_id"),
                "\"from_parent_user_id\"" => (&mut self.from_parent, "from_parent_user_id"),
                "\"to\"" => (&mut self.to, "to"),
                "\"to_user_id\"" => (&mut self.to_user, "to_user_id"),
                "\"to_parent_user_id\"" => (&mut self.to_parent, "to_parent_user_id"),
                "\"recipient_id\"" => (&mut self.recipient, "recipient_id"),
                "\"recipient_user_id\"" => (&mut self.recipient_user, "recipient_user_id"),
                // Three spellings of Meta's own documentation.
                "\"recipient_parent_user_id\""
                | "\"parent_recipient_user_id\""
                | "\"parent_user_id\"" => (&mut self.recipient_parent, "recipient_parent_user_id"),
                "\"recipient_participant_id\"" | "\"participant_recipient_id\"" => {
                    (&mut self.participant, "recipient_participant_id")
                }
                "\"recipient_participant_user_id\"" => {
                    (&mut self.participant_user, "recipient_participant_user_id")
                }
                "\"recipient_participant_parent_user_id\"" => (
                    &mut self.participant_parent,
                    "recipient_participant_parent_user_id",
                ),
                "\"recipient_type\"" => {
                    self.to_group = text(member.value).is_some_and(|kind| kind == "group");
                    continue;
                }
                "\"errors\"" => {
                    head.errors = (member.value.get() != "null").then_some(member.value);
                    continue;
                }
                _ => continue,
            };
            let value = text(member.value);
            if value.is_none() && !name.is_empty() && !is_null(member) && outcome.is_ok() {
                outcome = Err((name, "is no text"));
            }
            *place = value.filter(|value| !value.is_empty());
        }
        outcome
    }
}

/// A status in a group names the group as its recipient, and the member it speaks of beside it.
fn status_person<'a>(head: &mut Head<'a>, found: Found<'a>) {
    let member = [
        &found.participant,
        &found.participant_user,
        &found.participant_parent,
    ];
    let member = member.into_iter().flatten().next().cloned();
    if found.to_group || member.is_some() {
        head.group_id = head.group_id.take().or(found.recipient);
        head.participant = member;
        head.person = Person {
            wa_id: found.participant,
            user_id: found.participant_user,
            parent_user_id: found.participant_parent,
            ..Person::default()
        };
    } else {
        head.person = Person {
            wa_id: found.recipient,
            user_id: found.recipient_user,
            parent_user_id: found.recipient_parent,
            ..Person::default()
        };
    }
}

/// The types whose content is an object under the type's own name.
const OBJECT_CONTENT: [&str; 15] = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "interactive",
    "button",
    "reaction",
    "order",
    "system",
    "edit",
    "revoke",
    "voice",
];

fn message_shape(head: &Head<'_>, object: &Object<'_>) -> Result<(), Unread> {
    let Some(kind) = head.kind.as_deref() else {
        return if head.id.is_some() {
            Ok(())
        } else {
            Err(("", "has neither id nor type"))
        };
    };
    let known = OBJECT_CONTENT
        .iter()
        .chain(&["contacts"])
        .find(|known| **known == kind);
    let Some((&known, content)) = known.and_then(|known| Some((known, object.get(known)?))) else {
        return Ok(());
    };
    let opening = content.get().as_bytes().first();
    match (known, opening) {
        ("contacts", Some(b'[')) => Ok(()),
        ("contacts", _) => Err((known, "is no list")),
        ("text", Some(b'{')) => text_shape(content),
        (_, Some(b'{')) => Ok(()),
        _ => Err((known, "is no object")),
    }
}

fn text_shape(content: Json<'_>) -> Result<(), Unread> {
    let body = Object::read(content).and_then(|content| content.get("body"));
    match body {
        Some(body) if text(body).is_none() => Err(("text.body", "is no text")),
        _ => Ok(()),
    }
}

fn is_null(member: &Member<'_>) -> bool {
    member.value.get() == "null"
}

fn same_digits(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    digits(one) == digits(other) && !digits(one).is_empty()
}
