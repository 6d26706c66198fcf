//! Whom a message object is for: `to`, `recipient` and `recipient_type`, understood and written as Meta wants them.

use serde_json::{Map, Value};

use super::{Problem, problem};
use crate::event::Handles;
use crate::message::Recipient;

/// Whom a message goes to, and the fields that say so.
pub(super) struct Addressed {
    pub(super) recipient: Recipient,
    pub(super) fields: Map<String, Value>,
}

/// Takes the recipient out of a message object.
pub(super) fn take(object: &mut Map<String, Value>) -> Result<Addressed, Problem> {
    const TO: &str =
        "write a phone number with its country code, or a user id such as \"US.1A2b3C\"";
    let recipient_type = match object.shift_remove("recipient_type") {
        None | Some(Value::Null) => "individual".to_owned(),
        Some(Value::String(kind)) => kind,
        Some(_) => {
            return problem(
                "recipient_type",
                "is no text",
                "write \"individual\" or \"group\", or leave it out",
            );
        }
    };
    let to =
        text_or_number(object.shift_remove("to")).or_else(|()| problem("to", "is no text", TO))?;
    let user = text_or_number(object.shift_remove("recipient")).or_else(|()| {
        problem(
            "recipient",
            "is no text",
            "write a user id such as \"US.1A2b3C\"",
        )
    })?;
    let mut fields = Map::new();
    let mut field = |name: &str, value: &str| fields.insert(name.to_owned(), value.into());
    field("recipient_type", &recipient_type);
    if recipient_type == "group" {
        let Some(group) = to else {
            return problem("to", "is missing", "write the group's id");
        };
        field("to", &group);
        return Ok(Addressed {
            recipient: Recipient::Group(group),
            fields,
        });
    }
    let mut handles = Handles::default();
    if to.is_none() && user.is_none() {
        return problem("to", "is missing", TO);
    }
    if let Some(to) = to {
        match name(&to) {
            Some(Name::Phone(digits)) => {
                field("to", &digits);
                handles.wa_id = Some(digits);
            }
            Some(Name::User(id)) => handles.user_id = Some(id),
            Some(Name::ParentUser(id)) => handles.parent_user_id = Some(id),
            None => return problem("to", "is neither a phone number nor a user id", TO),
        }
    }
    if let Some(user) = user {
        match name(&user) {
            Some(Name::User(id)) => handles.user_id = Some(id),
            Some(Name::ParentUser(id)) => handles.parent_user_id = Some(id),
            _ => {
                return problem(
                    "recipient",
                    "is no user id",
                    "write a phone number as `to`, and here a user id such as \"US.1A2b3C\"",
                );
            }
        }
    }
    if let Some(id) = handles.user_id.as_ref().or(handles.parent_user_id.as_ref()) {
        field("recipient", id);
    }
    Ok(Addressed {
        recipient: Recipient::Contact(handles),
        fields,
    })
}

/// Whom a text names.
pub(super) fn named(text: &str) -> Recipient {
    let text = text.trim();
    let mut handles = Handles::default();
    match name(text) {
        Some(Name::Phone(digits)) => handles.wa_id = Some(digits),
        Some(Name::User(id)) => handles.user_id = Some(id),
        Some(Name::ParentUser(id)) => handles.parent_user_id = Some(id),
        None => return Recipient::Group(text.to_owned()),
    }
    Recipient::Contact(handles)
}

/// A text that says something, or a number written without quotes.
fn text_or_number(value: Option<Value>) -> Result<Option<String>, ()> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(()),
    }
}

/// What a handle names, once it is understood.
enum Name {
    Phone(String),
    User(String),
    ParentUser(String),
}

fn name(text: &str) -> Option<Name> {
    if text
        .chars()
        .all(|c| c.is_ascii_digit() || "+-() .\u{a0}".contains(c))
    {
        let dialled: String = text.chars().filter(char::is_ascii_digit).collect();
        // `00` is what much of the world dials for `+`; no country code begins with a zero.
        let digits = dialled.strip_prefix("00").unwrap_or(&dialled);
        // Meta's own test numbers are shorter than any of the world's, and the longest have fifteen digits; ids a few more.
        return (5..=20)
            .contains(&digits.len())
            .then(|| Name::Phone(digits.to_owned()));
    }
    // Two letters of a country, a dot, for a parent "ENT" and a dot, then what only Meta knows.
    let (country, rest) = text.split_once('.')?;
    let is_country = country.len() == 2 && country.chars().all(|c| c.is_ascii_uppercase());
    let is_id = (1..=200).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_graphic());
    match (is_country && is_id, rest.starts_with("ENT.")) {
        (false, _) => None,
        (true, false) => Some(Name::User(text.to_owned())),
        (true, true) => Some(Name::ParentUser(text.to_owned())),
    }
}
