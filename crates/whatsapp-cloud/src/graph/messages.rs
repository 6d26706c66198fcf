//! `POST /{phone_number_id}/messages`: sends a message, marks one as read, shows "typing…"; and its two neighbours, marketing
//! messages and encrypted ones.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
//!
//! There is no idempotency key. A caller that must not send twice puts its own id into `biz_opaque_callback_data`, which
//! comes back with every status of the message.

mod encrypted;
mod marketing;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::Method;
use memchr::memmem;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

pub use encrypted::{SendEncrypted, SentEncrypted};
pub use marketing::{ProductPolicy, SendMarketing};
pub use read::{MarkRead, ReadReceipt, TypingIndicator};

pub use super::Done;
use super::answer::loose_text;
use super::{Endpoint, segment};
use crate::error::error_of;
use crate::limits::Invalid;
use crate::message::Message;
use crate::open::Text;
use crate::raw;

/// The longest `biz_opaque_callback_data` Meta takes, in characters.
pub const CALLBACK_DATA_MAX_CHARS: usize = 512;

/// Sends one message.
#[derive(Clone)]
pub struct SendMessage {
    phone_number_id: String,
    // Values are kept as the text they came as, so that a raw message goes out as it was written.
    fields: BTreeMap<String, Box<RawValue>>,
}

impl SendMessage {
    /// From the number with this id. Refuses what Meta would refuse, with every reason at once; see
    /// [`Message::raw`] and [`SendMessage::raw`] for the ways around.
    pub fn new(phone_number_id: impl Into<String>, message: &Message) -> Result<Self, Invalid> {
        let members = message.checked()?.into_iter();
        // A value always becomes text: no member is ever left out.
        let fields = members.filter_map(|(name, value)| Some((name, to_raw_value(&value).ok()?)));
        Ok(Self {
            phone_number_id: phone_number_id.into(),
            fields: fields.collect(),
        })
    }

    /// From the number with this id, a message object as Meta documents it, unchecked. `messaging_product` is added if it
    /// is missing.
    pub fn raw(
        phone_number_id: impl Into<String>,
        message: &str,
    ) -> Result<Self, serde_json::Error> {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(message)?;
        if !fields.contains_key("messaging_product") {
            let whatsapp = to_raw_value("whatsapp")?;
            fields.insert("messaging_product".to_owned(), whatsapp);
        }
        Ok(Self {
            phone_number_id: phone_number_id.into(),
            fields,
        })
    }

    /// The same message with this `biz_opaque_callback_data` in place of any it had. At most
    /// [`CALLBACK_DATA_MAX_CHARS`], or Meta refuses.
    pub fn with_callback_data(mut self, data: &str) -> Result<Self, serde_json::Error> {
        let data = to_raw_value(data)?;
        self.fields
            .insert("biz_opaque_callback_data".to_owned(), data);
        Ok(self)
    }

    /// The `biz_opaque_callback_data` it carries.
    pub fn callback_data(&self) -> Option<String> {
        serde_json::from_str(self.fields.get("biz_opaque_callback_data")?.get()).ok()
    }
}

impl Endpoint for SendMessage {
    type Response = Sent;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        format!("{}/messages", segment(&self.phone_number_id))
    }

    fn body(&self) -> Option<Bytes> {
        json(&self.fields)
    }

    fn decode(&self, body: &[u8]) -> Result<Sent, serde_json::Error> {
        Sent::read(body)
    }
}

/// Holds a recipient and a text: shows which fields are there, never what they are.
impl fmt::Debug for SendMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMessage")
            .field("phone_number_id", &self.phone_number_id)
            .field("fields", &self.fields.keys())
            .finish()
    }
}

/// Meta took a message. That does not mean it will arrive: its statuses tell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Meta's id of the message.
    pub wamid: String,
    /// Whom Meta understood the recipient to be.
    pub contacts: Vec<SentContact>,
    /// `accepted`, `held_for_quality_assessment`, `paused`, or what Meta invents next.
    pub message_status: Option<String>,
}

impl Sent {
    /// Whatever else is odd about an answer: if its `messages` name one, that was taken, and must not be sent again. An id elsewhere
    /// may be another message's, as in an error on one that is answered or reacted to.
    fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            contacts: Vec<SentContact>,
            messages: [AnswerMessage; 1],
        }
        #[derive(Deserialize)]
        struct AnswerMessage {
            id: String,
            message_status: Option<String>,
        }
        match serde_json::from_slice(body) {
            Ok(Answer {
                contacts,
                messages: [message],
            }) if !message.id.is_empty() => Ok(Self {
                wamid: message.id,
                contacts,
                message_status: message.message_status,
            }),
            read => Self::read_oddly(body).ok_or_else(|| match read {
                Err(error) => error,
                Ok(_) => serde_json::Error::custom("the message has no id"),
            }),
        }
    }

    fn read_oddly(body: &[u8]) -> Option<Self> {
        let Ok(answer) = raw::read::<Value>(body) else {
            return Some(Self {
                wamid: first_wamid(body)?,
                contacts: Vec::new(),
                message_status: None,
            });
        };
        let (wamid, message) = named(&answer).or_else(|| listed(&answer))?;
        Some(Self {
            wamid,
            contacts: elements(answer.get("contacts"))
                .filter_map(|contact| SentContact::deserialize(contact).ok())
                .collect(),
            message_status: message.get("message_status").and_then(text),
        })
    }
}

/// Whether an answer names a message that was taken, whatever else it says.
pub(crate) fn names_a_message(answer: &Value) -> bool {
    named(answer).is_some()
}

/// The first of an answer's messages with an id.
fn named(answer: &Value) -> Option<(String, &Value)> {
    let id = |message: &Value| text(message.get("id")?).filter(|id| !id.is_empty());
    elements(answer.get("messages")).find_map(|message| Some((id(message)?, message)))
}

/// The first of an answer's messages that is an id and nothing else; none beside an error.
fn listed(answer: &Value) -> Option<(String, &Value)> {
    let is_wamid = |message: &&Value| message.as_str().is_some_and(|id| id.starts_with("wamid."));
    let message = elements(answer.get("messages")).find(is_wamid)?;
    let id = text(message).filter(|_| error_of(answer).is_none())?;
    Some((id, message))
}

/// A string, or a number's digits.
fn text(value: &Value) -> Option<String> {
    Some(Text::deserialize(value).ok()?.into_string())
}

/// Of a list; or what stands in its place.
fn elements(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (several, one) = match list {
        Some(Value::Array(several)) => (several.as_slice(), None),
        one => (&[][..], one),
    };
    several.iter().chain(one)
}

/// Of a text that is no JSON, such as one cut short: the first `id` after `messages` that is a message's. None where it tells of an
/// error.
fn first_wamid(body: &[u8]) -> Option<String> {
    if memmem::find(body, b"\"error").is_some() {
        return None;
    }
    let messages = &body[memmem::find(body, b"\"messages\"")?..];
    memmem::find_iter(messages, b"\"id\"").find_map(|at| {
        let rest = messages[at + 4..].trim_ascii_start();
        let value = rest.strip_prefix(b":")?.trim_ascii_start();
        let mut strings = serde_json::Deserializer::from_slice(value).into_iter::<String>();
        let id = strings.next()?.ok()?;
        id.starts_with("wamid.").then_some(id)
    })
}

/// Whom Meta understood a recipient to be.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SentContact {
    /// As it was given.
    #[serde(default, deserialize_with = "loose_text")]
    pub input: Option<String>,
    /// The phone number as WhatsApp writes it.
    #[serde(default, deserialize_with = "loose_text")]
    pub wa_id: Option<String>,
    /// Business-scoped user id.
    #[serde(default, deserialize_with = "loose_text")]
    pub user_id: Option<String>,
}

/// Personal data: shows which handles are there, never what they are.
impl fmt::Debug for SentContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentContact")
            .field("wa_id", &self.wa_id.is_some())
            .field("user_id", &self.user_id.is_some())
            .finish_non_exhaustive()
    }
}

/// Text keys and values that already are, or plainly become, JSON: there is nothing here that serialising can refuse.
fn json(body: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(body).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests;
