//! What a hook's answer asks for.
//!
//! | answer | means |
//! |---|---|
//! | nothing, or white space | nothing |
//! | `{"send_message": true, "text": …}` | that text |
//! | `{"messages": [ … ]}` | these Cloud API message objects |
//! | anything else | nothing; recorded, and ignored with the reason |
//!
//! `to` defaults to the event's sender and `account_id` to its account, for the answer as a whole or for each message;
//! `"reply_to": true` quotes the message answered; long texts are split. One message that cannot be sent costs the others
//! nothing.
//!
//! **Invariant:** what answers a status, an echo, a `hook.*` event, or a redelivered, replayed or foreign event is not sent unless the
//! hook says `replies = "all"`. **Invariant:** the note repeats nothing of the answer.

use serde_json::{Map, Value, json};

use crate::account::AccountId;
use crate::directory::Directory;
use crate::event::{EventType, Handles, StoredEvent};
use crate::hook::{Hook, Replies};
use crate::id::DeliveryId;
use crate::message::{NewMessage, Origin};
use crate::outgoing;

/// What was asked of the hook.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The event it was given.
    pub event: &'a StoredEvent,
    /// Who that is from.
    pub sender: &'a Handles,
    /// The delivery that the answer belongs to.
    pub delivery_id: DeliveryId,
    /// Why the hook was given the event once more on purpose, if what it answers is not wanted twice.
    pub again: Option<Again>,
}

/// What gave a hook an event once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// A redelivery of what it had taken, and answered.
    Redelivery,
    /// A replay without `replies`.
    Replay,
}

/// What an answer comes to.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// To be queued, in this order.
    pub messages: Vec<NewMessage>,
    /// How many are queued, or why none is, for people. None if the hook answered nothing.
    pub note: Option<String>,
}

/// Reads a hook's successful answer.
pub fn parse(body: &[u8], question: &Question<'_>, hook: &Hook, directory: &Directory) -> Reply {
    if body.trim_ascii().is_empty() {
        return Reply::default();
    }
    let wanted = match read(body) {
        Ok(wanted) => wanted,
        Err(reason) => return Reply::ignored(reason),
    };
    if let Some(reason) = suppressed(question, hook) {
        return Reply {
            messages: Vec::new(),
            note: Some(format!("not sent: {reason}")),
        };
    }
    let mut messages = Vec::new();
    let mut problems = Vec::new();
    for (place, object) in wanted.objects {
        match one(object, &wanted.defaults, question, directory) {
            Ok(more) => messages.extend(more),
            Err(problem) => problems.push(format!("{place}{problem}")),
        }
    }
    let queued = match messages.len() {
        0 => "none queued".to_owned(),
        1 => "1 message queued".to_owned(),
        many => format!("{many} messages queued"),
    };
    let note = std::iter::once(queued)
        .chain(problems)
        .collect::<Vec<_>>()
        .join("; ");
    Reply {
        messages,
        note: Some(note),
    }
}

impl Reply {
    fn ignored(reason: &str) -> Self {
        Self {
            messages: Vec::new(),
            note: Some(format!("ignored: {reason}")),
        }
    }
}

/// Message objects, each with what to say before its problem, and what they lack.
struct Wanted {
    objects: Vec<(String, Value)>,
    defaults: Map<String, Value>,
}

fn read(body: &[u8]) -> Result<Wanted, &'static str> {
    let mut answer = match serde_json::from_slice(body) {
        Ok(Value::Object(answer)) => answer,
        Ok(_) => return Err("the answer is JSON, but no object"),
        Err(_) => return Err("the answer is not JSON"),
    };
    let mut objects = Vec::new();
    match answer.shift_remove("send_message") {
        Some(Value::Bool(true)) => {
            let mut object = Map::new();
            object.insert("type".to_owned(), "text".into());
            if let Some(text) = answer.shift_remove("text") {
                object.insert("text".to_owned(), json!({ "body": text }));
            }
            objects.push((String::new(), Value::Object(object)));
        }
        Some(Value::Bool(false)) => return Err("`send_message` is false"),
        Some(_) => return Err("`send_message` is neither true nor false"),
        None => {}
    }
    match answer.shift_remove("messages") {
        Some(Value::Array(messages)) => {
            for (number, message) in messages.into_iter().enumerate() {
                objects.push((format!("messages[{number}]: "), message));
            }
        }
        Some(_) => return Err("`messages` is no list"),
        None => {}
    }
    if objects.is_empty() {
        return Err("the answer has neither `\"send_message\": true` nor `messages`");
    }
    Ok(Wanted {
        objects,
        defaults: answer,
    })
}

/// Why nothing that answers this question is sent, if nothing is.
fn suppressed(question: &Question<'_>, hook: &Hook) -> Option<&'static str> {
    let event = question.event;
    match hook.replies {
        Replies::None => Some("the hook's `replies` is \"none\""),
        Replies::Messages if question.again == Some(Again::Redelivery) => Some(
            "the event was redelivered to a hook that had answered it (`replies = \"all\"` sends it)",
        ),
        Replies::Messages if question.again == Some(Again::Replay) => {
            Some("the event was replayed (`replies = \"all\"` sends it)")
        }
        Replies::Messages if event.foreign => {
            Some("the event is of a number that no account has (`replies = \"all\"` sends it)")
        }
        Replies::Messages
            if event.event_type != EventType::MessageReceived || event.quarantined.is_some() =>
        {
            Some("the event is no message received (`replies = \"all\"` sends it)")
        }
        Replies::All | Replies::Messages => None,
    }
}

fn one(
    object: Value,
    defaults: &Map<String, Value>,
    question: &Question<'_>,
    directory: &Directory,
) -> Result<Vec<NewMessage>, String> {
    let Value::Object(mut object) = object else {
        return Err("it is no object".to_owned());
    };
    let account_id = account(
        object.shift_remove("account_id").as_ref(),
        defaults,
        question,
        directory,
    )?;
    if !is_addressed(&object) {
        for key in ["to", "recipient", "recipient_type"] {
            if let Some(value) = defaults.get(key) {
                object.insert(key.to_owned(), value.clone());
            }
        }
    }
    if !is_addressed(&object) {
        address_to_sender(&mut object, question.sender)?;
    }
    let quotes = object
        .shift_remove("reply_to")
        .or_else(|| defaults.get("reply_to").cloned());
    if let (Some(Value::Bool(true)), Some(message_id)) = (quotes, &question.event.message_id) {
        let context = || serde_json::json!({ "message_id": message_id });
        object.entry("context").or_insert_with(context);
    }
    let origin = Origin::Reply {
        event_id: question.event.id,
        delivery_id: question.delivery_id,
    };
    outgoing::compose(&account_id, object, origin).map_err(|problem| problem.to_string())
}

fn account(
    own: Option<&Value>,
    defaults: &Map<String, Value>,
    question: &Question<'_>,
    directory: &Directory,
) -> Result<AccountId, String> {
    let said = own
        .or(defaults.get("account_id"))
        .filter(|said| !is_blank(said));
    let name = match said {
        None => question.event.account_id.as_str(),
        Some(Value::String(name)) => name,
        Some(_) => return Err("`account_id` is no text".to_owned()),
    };
    match directory.account(name) {
        Some(account) if account.enabled => Ok(account.id.clone()),
        Some(_) => Err("`account_id` names an account that is disabled".to_owned()),
        None => Err("`account_id` names no account".to_owned()),
    }
}

fn is_addressed(object: &Map<String, Value>) -> bool {
    ["to", "recipient"]
        .iter()
        .any(|key| object.get(*key).is_some_and(|value| !is_blank(value)))
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// By phone number, else by user id.
fn address_to_sender(object: &mut Map<String, Value>, sender: &Handles) -> Result<(), String> {
    let (key, value) = match (
        &sender.wa_id,
        sender.user_id.as_ref().or(sender.parent_user_id.as_ref()),
    ) {
        (Some(number), _) => ("to", number),
        (None, Some(id)) => ("recipient", id),
        (None, None) => return Err("`to` is missing, and the event has no sender".to_owned()),
    };
    object.shift_remove("to");
    object.shift_remove("recipient");
    object.insert(key.to_owned(), value.as_str().into());
    // The sender is one person, whatever was said of groups.
    object.shift_remove("recipient_type");
    Ok(())
}

#[cfg(test)]
mod tests;
