//! The data endpoint of flows: what Meta posts to it, decrypted, and what it answers, encrypted (feature `flows`).
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint>
//!
//! First [`webhook::verify`](crate::webhook::verify) proves the body (432 if it fails); then [`Endpoint::answer`] decrypts it,
//! answers health checks and error notices by itself, hands the rest to a closure, and encrypts what that says. Parsing a key
//! costs far more than using it: make one [`Endpoint`] and keep it.
//!
//! **Invariant:** `Debug` shows neither keys nor what people entered.

mod key;

use std::fmt;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::aes::Aes128;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::open::{Extra, Text, open_enums, open_structs};
use crate::raw;
use crate::secret::AppSecret;
pub use key::{BadKey, PrivateKey};

type Cipher = AesGcm<Aes128, U16>;

open_enums! {
    /// Why Meta asks.
    Action {
        /// A health check.
        Ping = "ping",
        /// The flow was opened.
        Init = "INIT",
        /// Somebody went back.
        Back = "BACK",
        /// A screen was sent in.
        DataExchange = "data_exchange",
    }
}

open_structs! {
    /// What Meta asks.
    Ask {
        /// Of the data API: `3.0`, `4.0`.
        version: Text,
        action: Action,
        screen: Text,
        /// What the screen holds, or an error that the client met: `error` and `error_message`.
        data: Extra,
        flow_token: Text,
        /// From data API 4.0 on; see [`token_claims`].
        flow_token_signature: Text,
    }
}

impl Ask {
    /// The error that a client met with what was answered last, if this is a notice of one: its data are `error` and `error_message`.
    /// A screen whose fields include one named `error` is no notice.
    pub fn client_error(&self) -> Option<&str> {
        let data = &self.data.get()?.0;
        let is_notice = data.len() == 2 && data.contains_key("error_message");
        data.get("error").filter(|_| is_notice)?.as_str()
    }
}

/// What to answer.
#[derive(Clone, PartialEq)]
pub struct Reply {
    status: u16,
    body: Value,
}

impl Reply {
    /// Shows a screen with these data.
    pub fn screen(name: &str, data: impl Serialize) -> Self {
        let data = serde_json::to_value(data).unwrap_or_default();
        Self::ok(json!({"screen": name, "data": data}))
    }

    /// Ends the flow; the parameters come with the message that it leaves in the conversation.
    pub fn finish(flow_token: &str, mut params: Map<String, Value>) -> Self {
        params.insert("flow_token".to_owned(), flow_token.into());
        let data = json!({"extension_message_response": {"params": params}});
        Self::ok(json!({"screen": "SUCCESS", "data": data}))
    }

    /// The flow's token is not valid any more: the client shows this and closes.
    pub fn token_ended(message: &str) -> Self {
        Self {
            status: TOKEN_ENDED,
            body: json!({"error_msg": message}),
        }
    }

    /// Any other object.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }
}

/// May hold what people entered.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The body cannot be decrypted: the client fetches the public key anew and asks again.
pub const CANNOT_DECRYPT: u16 = 421;

/// The flow's token is not valid any more.
pub const TOKEN_ENDED: u16 = 427;

/// The body's signature is not Meta's.
pub const BAD_SIGNATURE: u16 = 432;

/// What goes back to Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as `text/plain`; empty if nothing could be decrypted.
    pub body: String,
}

/// The endpoint of the flows that encrypt with one key.
#[derive(Debug)]
pub struct Endpoint {
    key: PrivateKey,
}

impl Endpoint {
    /// The endpoint that has this key.
    pub fn new(key: PrivateKey) -> Self {
        Self { key }
    }

    /// Decrypts a body, has it answered, and encrypts the answer. Health checks and error notices never reach the closure.
    pub fn answer(&self, body: &[u8], handle: impl FnOnce(&Ask) -> Reply) -> Answer {
        let Ok(exchange) = self.open(body) else {
            return Answer {
                status: CANNOT_DECRYPT,
                body: String::new(),
            };
        };
        let reply = exchange
            .own_reply()
            .unwrap_or_else(|| handle(exchange.ask()));
        exchange.seal(&reply)
    }

    /// Decrypts a body, for those who answer it elsewhere.
    pub fn open(&self, body: &[u8]) -> Result<Exchange, CannotDecrypt> {
        #[derive(Deserialize)]
        struct Sealed {
            encrypted_flow_data: String,
            encrypted_aes_key: String,
            initial_vector: String,
        }
        let sealed: Sealed = serde_json::from_slice(body).map_err(|_| CannotDecrypt)?;
        let bytes = |text: &str| BASE64_STANDARD.decode(text).map_err(|_| CannotDecrypt);
        let key = self
            .key
            .unwrap_key(&bytes(&sealed.encrypted_aes_key)?)
            .ok_or(CannotDecrypt)?;
        let vector: [u8; 16] = bytes(&sealed.initial_vector)?
            .try_into()
            .map_err(|_| CannotDecrypt)?;
        let cipher = Cipher::new(&key.into());
        let plain = cipher
            .decrypt(
                &vector.into(),
                bytes(&sealed.encrypted_flow_data)?.as_slice(),
            )
            .map_err(|_| CannotDecrypt)?;
        let ask = raw::read(&plain).map_err(|_| CannotDecrypt)?;
        Ok(Exchange {
            ask,
            cipher,
            // An answer must not share the question's vector: every bit of it is turned.
            vector: vector.map(|byte| !byte),
        })
    }
}

/// A body that cannot be decrypted: answer [`CANNOT_DECRYPT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotDecrypt;

impl fmt::Display for CannotDecrypt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the flow's data cannot be decrypted with this key")
    }
}

impl std::error::Error for CannotDecrypt {}

/// A question, and what its answer is encrypted with.
pub struct Exchange {
    ask: Ask,
    cipher: Cipher,
    vector: [u8; 16],
}

impl Exchange {
    /// The question.
    pub fn ask(&self) -> &Ask {
        &self.ask
    }

    /// The answer that every endpoint gives alike: to a health check, and to a notice of an error.
    pub fn own_reply(&self) -> Option<Reply> {
        if self.ask.action.get() == Some(&Action::Ping) {
            return Some(Reply::ok(json!({"data": {"status": "active"}})));
        }
        self.ask
            .client_error()
            .map(|_| Reply::ok(json!({"data": {"acknowledged": true}})))
    }

    /// Encrypts the answer. The version asked in is added where the answer names none.
    pub fn seal(&self, reply: &Reply) -> Answer {
        let mut body = reply.body.clone();
        if let (Some(body), Some(version)) = (body.as_object_mut(), self.ask.version.get())
            && reply.status == 200
            && body.contains_key("screen")
        {
            body.entry("version")
                .or_insert_with(|| version.as_str().into());
        }
        let plain = body.to_string();
        let Ok(sealed) = self.cipher.encrypt(&self.vector.into(), plain.as_bytes()) else {
            // Longer than 64 GiB.
            return Answer {
                status: 500,
                body: String::new(),
            };
        };
        Answer {
            status: reply.status,
            body: BASE64_STANDARD.encode(sealed),
        }
    }
}

/// Holds a key and what people entered.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("action", &self.ask.action)
            .finish_non_exhaustive()
    }
}

/// Proves a `flow_token_signature`, a JSON web token that Meta signs with the app's secret (HS256), and tells its claims. `None`
/// if it is not Meta's. Whether the claims are about this flow token, and still in time, is the caller's to see.
pub fn token_claims(secret: &AppSecret, signature: &str) -> Option<Map<String, Value>> {
    // With an empty key anybody can sign.
    if secret.expose().is_empty() {
        return None;
    }
    let (signed, mac) = signature.rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
    let head: Map<String, Value> = serde_json::from_slice(&decode(head)?).ok()?;
    if head.get("alg")?.as_str()? != "HS256" {
        return None;
    }
    let mut expected =
        <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret.expose().as_bytes()).ok()?;
    expected.update(signed.as_bytes());
    expected.verify_slice(&decode(mac)?).ok()?;
    serde_json::from_slice(&decode(claims)?).ok()
}

#[cfg(test)]
mod tests;
