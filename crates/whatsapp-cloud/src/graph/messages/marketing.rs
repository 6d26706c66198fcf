//! `POST /{phone_number_id}/marketing_messages`: sends a marketing template by the Marketing Messages API, which chooses whom
//! and when it reaches best.
//!
//! <https://developers.facebook.com/docs/whatsapp/marketing-messages-lite-api/sending-messages>

use bytes::Bytes;
use http::Method;
use serde_json::value::to_raw_value;

use super::{Endpoint, SendMessage, Sent, segment};
use crate::limits::Invalid;
use crate::message::Message;

/// Sends a marketing template. Refused with 131055 where the template is no marketing template.
#[derive(Debug, Clone)]
pub struct SendMarketing(SendMessage);

/// What becomes of a message that cannot be sent by the Marketing Messages API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProductPolicy {
    /// It is sent by the Cloud API instead; so where none is chosen.
    CloudApiFallback,
    /// It fails.
    Strict,
}

impl SendMarketing {
    /// From the number with this id; the message's content is a template.
    pub fn new(phone_number_id: impl Into<String>, message: &Message) -> Result<Self, Invalid> {
        SendMessage::new(phone_number_id, message).map(Self)
    }

    /// The same, with what becomes of it where it cannot be sent so.
    #[must_use]
    pub fn product_policy(self, policy: ProductPolicy) -> Self {
        let word = match policy {
            ProductPolicy::CloudApiFallback => r#""CLOUD_API_FALLBACK""#,
            ProductPolicy::Strict => r#""STRICT""#,
        };
        self.with("product_policy", word)
    }

    /// The same, with whether Meta may learn what becomes of it; where not said, the business account's setting holds.
    #[must_use]
    pub fn message_activity_sharing(self, shared: bool) -> Self {
        let word = if shared { "true" } else { "false" };
        self.with("message_activity_sharing", word)
    }

    fn with(mut self, member: &str, json: &str) -> Self {
        // The words above are JSON: none is ever left out.
        if let Ok(value) =
            serde_json::from_str(json).and_then(|value: serde_json::Value| to_raw_value(&value))
        {
            self.0.fields.insert(member.to_owned(), value);
        }
        self
    }
}

impl Endpoint for SendMarketing {
    type Response = Sent;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        format!("{}/marketing_messages", segment(&self.0.phone_number_id))
    }

    fn body(&self) -> Option<Bytes> {
        self.0.body()
    }

    fn decode(&self, body: &[u8]) -> Result<Sent, serde_json::Error> {
        self.0.decode(body)
    }
}
