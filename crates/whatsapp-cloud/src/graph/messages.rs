//! `POST /{phone_number_id}/messages`: sends a message, marks one as read, shows "typing…".
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
//!
//! There is no idempotency key. A caller that must not send twice puts its own id into `biz_opaque_callback_data`, which
//! comes back with every status of the message.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Endpoint;
use crate::message::Message;

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
    /// From the number with this id.
    pub fn new(
        phone_number_id: impl Into<String>,
        message: &Message,
    ) -> Result<Self, serde_json::Error> {
        Self::raw(phone_number_id, &serde_json::to_string(message)?)
    }

    /// From the number with this id, a message object as Meta documents it. `messaging_product` is added if it is missing.
    pub fn raw(
        phone_number_id: impl Into<String>,
        message: &str,
    ) -> Result<Self, serde_json::Error> {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(message)?;
        if !fields.contains_key("messaging_product") {
            let whatsapp = serde_json::value::to_raw_value("whatsapp")?;
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
        let data = serde_json::value::to_raw_value(data)?;
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
        format!("{}/messages", self.phone_number_id)
    }

    fn body(&self) -> Option<Bytes> {
        json(&self.fields)
    }

    fn decode(&self, body: &[u8]) -> Result<Sent, serde_json::Error> {
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
        let Answer {
            contacts,
            messages: [message],
        } = serde_json::from_slice(body)?;
        Ok(Sent {
            wamid: message.id,
            contacts,
            message_status: message.message_status,
        })
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

/// Whom Meta understood a recipient to be.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SentContact {
    /// As it was given.
    pub input: Option<String>,
    /// The phone number as WhatsApp writes it.
    pub wa_id: Option<String>,
    /// Business-scoped user id.
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

/// Marks a message, and all before it, as read; with `typing`, shows "typing…" until an answer or for 25 seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRead {
    /// Meta's id of our number.
    pub phone_number_id: String,
    /// The message read.
    pub wamid: String,
    /// Whether to show "typing…" as well.
    pub typing: bool,
}

impl Endpoint for MarkRead {
    type Response = Done;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        format!("{}/messages", self.phone_number_id)
    }

    fn body(&self) -> Option<Bytes> {
        #[derive(Serialize)]
        struct Body<'a> {
            messaging_product: &'static str,
            status: &'static str,
            message_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            typing_indicator: Option<Typing>,
        }
        #[derive(Serialize)]
        struct Typing {
            r#type: &'static str,
        }
        json(&Body {
            messaging_product: "whatsapp",
            status: "read",
            message_id: &self.wamid,
            typing_indicator: self.typing.then_some(Typing { r#type: "text" }),
        })
    }

    fn decode(&self, body: &[u8]) -> Result<Done, serde_json::Error> {
        serde_json::from_slice(body)
    }
}

/// Meta did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Done {
    /// Always true so far.
    pub success: bool,
}

/// Text keys and values that already are, or plainly become, JSON: there is nothing here that serialising can refuse.
fn json(body: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(body).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sent(endpoint: &impl Endpoint) -> (String, Value) {
        let body = endpoint.body().unwrap();
        (
            format!("{} {}", endpoint.method(), endpoint.path()),
            serde_json::from_slice(&body).unwrap(),
        )
    }

    #[test]
    fn a_text_goes_out_as_meta_documents_it() {
        let message = Message::text("491701234567", "good morning").in_reply_to("wamid.A");
        let call = SendMessage::new("123", &message).unwrap();
        let call = call.with_callback_data("msg_1").unwrap();
        assert_eq!(
            sent(&call),
            (
                "POST 123/messages".to_owned(),
                json!({
                    "messaging_product": "whatsapp",
                    "recipient_type": "individual",
                    "to": "491701234567",
                    "context": {"message_id": "wamid.A"},
                    "type": "text",
                    "text": {"body": "good morning"},
                    "biz_opaque_callback_data": "msg_1",
                })
            )
        );
        assert_eq!(call.callback_data().as_deref(), Some("msg_1"));
        assert!(!format!("{call:?}").contains("4917"));
    }

    #[test]
    fn a_raw_message_keeps_what_this_version_does_not_know() {
        let raw = r#"{"to":"1","type":"hologram","hologram":{"depth":1.10,"big":123456789012345678901234567890}}"#;
        let body = SendMessage::raw("9", raw).unwrap().body().unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.contains(r#"{"depth":1.10,"big":123456789012345678901234567890}"#));
        assert!(text.contains(r#""messaging_product":"whatsapp""#));
        assert!(SendMessage::raw("9", "[]").is_err());
    }

    #[test]
    fn reading_and_typing_are_one_call() {
        let mut call = MarkRead {
            phone_number_id: "123".to_owned(),
            wamid: "wamid.A".to_owned(),
            typing: true,
        };
        let expected = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A",
            "typing_indicator": {"type": "text"},
        });
        assert_eq!(sent(&call), ("POST 123/messages".to_owned(), expected));
        call.typing = false;
        assert_eq!(sent(&call).1.get("typing_indicator"), None);
    }

    #[test]
    fn an_answer_without_a_message_id_is_not_taken_for_success() {
        let call = SendMessage::raw("1", "{}").unwrap();
        let answer = br#"{"messaging_product":"whatsapp","contacts":[{"input":"+1","wa_id":"1"}],
            "messages":[{"id":"wamid.B","message_status":"accepted"}],"news":1}"#;
        let sent = call.decode(answer).unwrap();
        assert_eq!(sent.wamid, "wamid.B");
        assert_eq!(sent.message_status.as_deref(), Some("accepted"));
        assert_eq!(sent.contacts[0].wa_id.as_deref(), Some("1"));
        for answer in ["{}", "", r#"{"messages":[]}"#, r#"{"success":true}"#] {
            assert!(call.decode(answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
