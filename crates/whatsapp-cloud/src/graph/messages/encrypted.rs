//! `POST /{phone_number_id}/messages_encrypted`: sends a message whose payload is encrypted for Meta's side of the number, where
//! the number's settings ask for `payload_encryption`.
//!
//! Meta's OpenAPI description, `sendEncryptedMessage`.

use std::fmt;

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use super::{Endpoint, json, segment};
use crate::open::{Text, open_structs};

/// Sends a message that its caller encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct SendEncrypted {
    /// Meta's id of our number.
    pub phone_number_id: String,
    /// The message as a compact JWE.
    pub encrypted_contents: String,
}

/// Shows how much there is, never what.
impl fmt::Debug for SendEncrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendEncrypted")
            .field("phone_number_id", &self.phone_number_id)
            .field("bytes", &self.encrypted_contents.len())
            .finish()
    }
}

impl Endpoint for SendEncrypted {
    type Response = SentEncrypted;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        format!("{}/messages_encrypted", segment(&self.phone_number_id))
    }

    fn body(&self) -> Option<Bytes> {
        #[derive(Serialize)]
        struct Body<'a> {
            messaging_product: &'static str,
            encrypted_contents: &'a str,
        }
        json(&Body {
            messaging_product: "whatsapp",
            encrypted_contents: &self.encrypted_contents,
        })
    }

    fn decode(&self, body: &[u8]) -> Result<SentEncrypted, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

open_structs! {
    /// Meta took a message; which, only the holder of the key can read.
    SentEncrypted {
        /// The answer of [`SendMessage`](super::SendMessage) as a compact JWE.
        encrypted_contents: Text,
    }
}
