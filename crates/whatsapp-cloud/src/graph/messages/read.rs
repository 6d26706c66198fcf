//! Read receipts and "typing…".
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators>

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};

use super::{Done, Endpoint, json, segment};
use crate::open;

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

impl MarkRead {
    /// The body of the call.
    pub fn receipt(&self) -> ReadReceipt {
        ReadReceipt {
            messaging_product: "whatsapp".into(),
            status: "read".into(),
            message_id: self.wamid.as_str().into(),
            typing_indicator: self.typing.then(|| TypingIndicator {
                r#type: "text".into(),
            }),
        }
    }
}

impl Endpoint for MarkRead {
    type Response = Done;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        format!("{}/messages", segment(&self.phone_number_id))
    }

    fn body(&self) -> Option<Bytes> {
        json(&self.receipt())
    }

    /// What is read stays read, and "typing…" is shown for a while longer.
    fn is_repeatable(&self) -> bool {
        true
    }

    fn decode(&self, body: &[u8]) -> Result<Done, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

/// The body of a [`MarkRead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadReceipt {
    /// `whatsapp`.
    pub messaging_product: open::Text,
    /// `read`.
    pub status: open::Text,
    /// The message read.
    pub message_id: open::Text,
    /// Shows "typing…" as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typing_indicator: Option<TypingIndicator>,
}

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypingIndicator {
    /// `text`.
    pub r#type: open::Text,
}
