//! From a Cloud API message object, as people and hooks write it, to messages the outbox can hold.
//!
//! What Meta would refuse for its shape alone is refused here, with the place and the remedy; what can only be meant in one
//! way is completed; everything else, types and fields of tomorrow included, goes to Meta as it came.
//!
//! **Invariant:** a problem names a place and a remedy, and repeats nothing of the content.

mod recipient;

use serde_json::{Map, Value};

use crate::account::AccountId;
use crate::callback;
use crate::message::{NewMessage, Origin, Recipient};
use crate::split::{self, TEXT_LIMIT};

/// Types of message this version knows, each with its content under its own name.
const TYPES: [&str; 12] = [
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

/// Why an object is no message that could be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` {reason}; {remedy}")]
pub struct Problem {
    /// Where, in dots: `text.body`.
    pub path: String,
    /// What is wrong there, as the rest of a sentence about it.
    pub reason: &'static str,
    /// What to write instead.
    pub remedy: &'static str,
}

fn problem<T>(path: &str, reason: &'static str, remedy: &'static str) -> Result<T, Problem> {
    let path = path.to_owned();
    Err(Problem {
        path,
        reason,
        remedy,
    })
}

/// Makes an object ready to be sent: one message, or several where a text is longer than one may be (the first of them
/// keeps `context`). `account_id` in it is dropped: it has been read.
///
/// - `messaging_product` may be left out; so may `recipient_type`, and a `type` that the content shows.
/// - `to` takes a phone number in any spelling that keeps the country code (`+49…`, `0049…`, `49…`), a user id (which moves to `recipient`), or with
///   `recipient_type: group` the group's id. `recipient` takes user ids only.
pub fn compose(
    account_id: &AccountId,
    mut object: Map<String, Value>,
    origin: Origin,
) -> Result<Vec<NewMessage>, Problem> {
    object.shift_remove("account_id");
    if object.contains_key("status") && !object.contains_key("type") {
        return problem(
            "status",
            "makes this a receipt, which is no message",
            "send a message object with `to` and `type`",
        );
    }
    match object.shift_remove("messaging_product") {
        None | Some(Value::Null) => {}
        Some(Value::String(product)) if product == "whatsapp" => {}
        Some(_) => {
            return problem(
                "messaging_product",
                "is not \"whatsapp\"",
                "leave it out, or write \"whatsapp\"",
            );
        }
    }
    let addressed = recipient::take(&mut object)?;
    let kind = kind(&mut object)?;
    let pieces = content(&mut object, &kind)?;
    check_rest(&object)?;

    let mut envelope = Map::new();
    envelope.insert("messaging_product".to_owned(), "whatsapp".into());
    envelope.extend(addressed.fields);
    envelope.insert("type".to_owned(), kind.into());
    envelope.extend(object);
    let message = |body: Value| NewMessage {
        account_id: account_id.clone(),
        recipient: addressed.recipient.clone(),
        body: body.to_string(),
        origin,
    };
    if pieces.is_empty() {
        return Ok(vec![message(Value::Object(envelope))]);
    }
    let mut messages = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let mut one = envelope.clone();
        if let Some(Value::Object(text)) = one.get_mut("text") {
            text.insert("body".to_owned(), piece.into());
        }
        messages.push(message(Value::Object(one)));
        envelope.shift_remove("context");
    }
    Ok(messages)
}

/// Whom a text names, as `to` and `recipient` do: a phone number in any spelling that keeps the country code, a user id, or
/// else a group.
pub fn recipient_named(text: &str) -> Recipient {
    recipient::named(text)
}

/// The name of the template in a message object, if it is one of a template.
pub fn template_of(body: &str) -> Option<String> {
    // Most messages are texts; those need not be read.
    if !body.contains("\"template\"") {
        return None;
    }
    let body: Value = serde_json::from_str(body).ok()?;
    if body.get("type")?.as_str()? != "template" {
        return None;
    }
    Some(body.get("template")?.get("name")?.as_str()?.to_owned())
}

/// The message's type, as it says or as its content shows.
fn kind(object: &mut Map<String, Value>) -> Result<String, Problem> {
    match object.shift_remove("type") {
        None | Some(Value::Null) => {
            let mut present = TYPES.iter().filter(|kind| object.contains_key(**kind));
            match (present.next(), present.next()) {
                (Some(only), None) => Ok((*only).to_owned()),
                (None, _) => problem(
                    "type",
                    "is missing",
                    "write the message's type, such as \"text\", and its content under that name",
                ),
                (Some(_), Some(_)) => problem(
                    "type",
                    "is missing, and there are contents of several types",
                    "write which one is meant",
                ),
            }
        }
        Some(Value::String(kind)) if !kind.is_empty() => Ok(kind),
        Some(_) => problem(
            "type",
            "is no text",
            "write the message's type, such as \"text\"",
        ),
    }
}

/// Checks the content; answers the pieces of a text that is too long for one message.
fn content(object: &mut Map<String, Value>, kind: &str) -> Result<Vec<String>, Problem> {
    if !TYPES.contains(&kind) {
        return Ok(Vec::new());
    }
    let Some(content) = object.get_mut(kind).filter(|content| !content.is_null()) else {
        return problem(
            kind,
            "is missing",
            "put the message's content under the name of its type",
        );
    };
    if kind == "text" {
        return text(content);
    }
    let is_right = if kind == "contacts" {
        content.is_array()
    } else {
        content.is_object()
    };
    if is_right {
        Ok(Vec::new())
    } else if kind == "contacts" {
        problem(kind, "is no list", "write a list of contact objects")
    } else {
        problem(
            kind,
            "is no object",
            "write an object as in Meta's reference of this message type",
        )
    }
}

fn text(content: &mut Value) -> Result<Vec<String>, Problem> {
    let Value::Object(fields) = content else {
        return problem("text", "is no object", "write {\"body\": \"…\"}");
    };
    match fields.get("body") {
        Some(Value::String(body)) if !body.trim().is_empty() => {
            let pieces = split::split(body, TEXT_LIMIT);
            Ok(if pieces.len() > 1 { pieces } else { Vec::new() })
        }
        Some(Value::String(_)) => {
            problem("text.body", "is empty", "write what the message is to say")
        }
        Some(_) => problem(
            "text.body",
            "is no text",
            "write what the message is to say, in quotes",
        ),
        None => problem(
            "text.body",
            "is missing",
            "write what the message is to say",
        ),
    }
}

fn check_rest(object: &Map<String, Value>) -> Result<(), Problem> {
    const CONTEXT: &str =
        "write {\"message_id\": \"wamid.…\"} of the message answered, or leave it out";
    match object.get("context") {
        None => {}
        Some(Value::Object(context)) if context.get("message_id").is_some_and(Value::is_string) => {
        }
        Some(Value::Object(_)) => return problem("context.message_id", "is missing", CONTEXT),
        Some(_) => return problem("context", "is no object", CONTEXT),
    }
    match object.get("biz_opaque_callback_data") {
        None => Ok(()),
        Some(Value::String(data)) if data.chars().count() <= callback::MAX_CHARS => Ok(()),
        Some(Value::String(_)) => problem(
            "biz_opaque_callback_data",
            "is too long",
            "Meta takes 512 characters",
        ),
        Some(_) => problem(
            "biz_opaque_callback_data",
            "is no text",
            "write it in quotes, or leave it out",
        ),
    }
}

#[cfg(test)]
pub(crate) mod tests;
