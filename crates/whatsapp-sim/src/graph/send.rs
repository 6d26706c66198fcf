//! What `/messages` understands, and what it refuses.

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::example::FILES;
use crate::person::digits;
use crate::world::World;

const TEXT_MAX_CHARS: usize = 4096;
const CALLBACK_DATA_MAX_CHARS: usize = 512;

/// Types whose content stands under the type's own name.
const TYPES: &[&str] = &[
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "template",
    "interactive",
    "pin",
];

/// A request to `/messages`.
#[derive(Debug)]
pub(super) enum Request {
    /// Mark as read, perhaps with "typing…".
    Read { wamid: String, typing: bool },
    /// Send.
    Send(Send),
}

#[derive(Debug)]
pub(super) struct Send {
    /// Digits of a phone number, a user id or a group.
    pub(super) recipient: String,
    /// As the caller wrote it.
    pub(super) input: String,
    pub(super) body: Value,
}

impl Send {
    /// The message's type.
    pub(super) fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap_or("text")
    }
}

/// How Meta understood the recipient.
pub(super) fn contact(world: &World, recipient: &str, input: &str) -> Value {
    let state = world.state();
    let phone = state.by_handle.get(recipient);
    let mut contact = json!({"input": input});
    match phone.map(|phone| &state.phones[*phone].person) {
        Some(person) => {
            if let Some(number) = &person.phone_number {
                contact["wa_id"] = number.as_str().into();
            }
            contact["user_id"] = person.user_id.as_str().into();
        }
        None => contact["wa_id"] = recipient.into(),
    }
    contact
}

/// Reads a body, or says what is wrong with it as Meta would.
pub(super) fn read(world: &World, body: &[u8]) -> Result<Request, Refusal> {
    let body: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|_| Refusal::because(100, "The body is not a JSON object."))?;
    if text(&body, "messaging_product") != Some("whatsapp") {
        return Err(Refusal::because(
            100,
            "The parameter messaging_product is required and must be whatsapp.",
        ));
    }
    if text(&body, "status") == Some("read") {
        let wamid = text(&body, "message_id").ok_or_else(|| missing("message_id"))?;
        let typing = body.contains_key("typing_indicator");
        return Ok(Request::Read {
            wamid: wamid.to_owned(),
            typing,
        });
    }
    let (recipient, input) = recipient(&body)?;
    check_content(&body)?;
    check_media(world, &body)?;
    let data = body.get("biz_opaque_callback_data");
    if let Some(data) = data
        && data
            .as_str()
            .is_none_or(|data| data.chars().count() > CALLBACK_DATA_MAX_CHARS)
    {
        return Err(Refusal::because(
            100,
            "biz_opaque_callback_data must be a string of at most 512 characters.",
        ));
    }
    Ok(Request::Send(Send {
        recipient,
        input,
        body: body.into(),
    }))
}

/// `to` wins if both are there.
fn recipient(body: &Map<String, Value>) -> Result<(String, String), Refusal> {
    if let Some(to) = text(body, "to") {
        let is_group = text(body, "recipient_type") == Some("group");
        let recipient = if is_group { to.to_owned() } else { digits(to) };
        if recipient.is_empty() {
            return Err(Refusal::because(131_009, "to is not a phone number."));
        }
        return Ok((recipient, to.to_owned()));
    }
    let user = text(body, "recipient").ok_or_else(|| missing("to"))?;
    Ok((user.to_owned(), user.to_owned()))
}

fn check_content(body: &Map<String, Value>) -> Result<(), Refusal> {
    let kind = match body.get("type") {
        None => "text",
        Some(Value::String(kind)) if TYPES.contains(&kind.as_str()) => kind,
        Some(_) => return Err(Refusal::because(131_009, "type is not a message type.")),
    };
    let content = body.get(kind).ok_or_else(|| missing(kind))?;
    let required = match kind {
        "text" => Some("body"),
        "reaction" => Some("message_id"),
        "template" => Some("name"),
        "interactive" => Some("type"),
        _ => None,
    };
    if let Some(name) = required
        && content
            .get(name)
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
    {
        return Err(missing(&format!("{kind}['{name}']")));
    }
    let length = content
        .get("body")
        .and_then(Value::as_str)
        .map_or(0, |body| body.chars().count());
    if kind == "text" && length > TEXT_MAX_CHARS {
        return Err(Refusal::because(
            100,
            "Param text['body'] must be at most 4096 characters long.",
        ));
    }
    Ok(())
}

/// A file that is named must be there.
fn check_media(world: &World, body: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(kind) = text(body, "type").filter(|kind| FILES.contains(kind)) else {
        return Ok(());
    };
    let content = &body[kind];
    match (content["id"].as_str(), content["link"].as_str()) {
        (Some(id), _) if world.media(id).is_none() => {
            let details = format!("Param {kind}['id'] is not a valid media attachment id.");
            Err(Refusal::because(100, details))
        }
        (None, None) => Err(missing(&format!("{kind}['id']"))),
        _ => Ok(()),
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::because(131_008, format!("The parameter {name} is required."))
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
