//! The receiving end, whatever the server: from a request's parts to a proved notification, or to what to answer instead.
//!
//! [`tower`](super::tower) and [`axum`](super::axum) are made of it; a server of another kind calls [`Receiver::receive`] and
//! [`Receiver::handshake`] itself.
//!
//! **Invariant:** size before proof, proof before reading: a byte that Meta did not sign is never parsed.

#[cfg(any(feature = "axum", feature = "tower"))]
pub(super) mod body;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::received::Notification;
use super::split::Error;
use super::verify::{Handshake, SIGNATURE_HEADER, handshake, verify_any};
use crate::secret::{AppSecret, VerifyToken};

/// The largest body taken unless told otherwise: Meta posts at most 3 MB.
pub const MAX_BODY_BYTES: usize = 4 << 20;

/// Whose signatures and whose handshakes count, and how large a body may be. Cheap to clone.
#[derive(Clone)]
pub struct Receiver(Arc<Settings>);

#[derive(Clone)]
struct Settings {
    secrets: Vec<AppSecret>,
    tokens: Vec<VerifyToken>,
    max_bytes: usize,
}

impl Receiver {
    /// Takes what this app's secret signed, and answers the handshake to whoever knows the token.
    pub fn new(secret: AppSecret, token: VerifyToken) -> Self {
        Self(Arc::new(Settings {
            secrets: vec![secret],
            tokens: vec![token],
            max_bytes: MAX_BODY_BYTES,
        }))
    }

    /// Takes what this secret signed, too: of another app, or while a secret is being changed.
    #[must_use]
    pub fn with_secret(mut self, secret: AppSecret) -> Self {
        Arc::make_mut(&mut self.0).secrets.push(secret);
        self
    }

    /// Answers the handshake to whoever knows this token, too.
    #[must_use]
    pub fn with_token(mut self, token: VerifyToken) -> Self {
        Arc::make_mut(&mut self.0).tokens.push(token);
        self
    }

    /// Takes bodies of at most this many bytes.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        Arc::make_mut(&mut self.0).max_bytes = max_bytes;
        self
    }

    /// The largest body taken.
    pub fn max_bytes(&self) -> usize {
        self.0.max_bytes
    }

    /// A `POST`: its headers and its body, byte by byte as it arrived.
    pub fn receive(&self, headers: &HeaderMap, body: Bytes) -> Result<Notification, Rejection> {
        if body.len() > self.0.max_bytes {
            return Err(Rejection::TooLarge);
        }
        // Of two signatures it could not be said which one was meant.
        let mut signatures = headers.get_all(SIGNATURE_HEADER).iter();
        let (Some(signature), None) = (signatures.next(), signatures.next()) else {
            return Err(Rejection::Unproved);
        };
        let signature = signature.to_str().map_err(|_| Rejection::Unproved)?;
        verify_any(&self.0.secrets, &body, signature).ok_or(Rejection::Unproved)?;
        Notification::read(body).map_err(Rejection::NotJson)
    }

    /// A `GET`: its query, as it stands in the URL. What comes back is the challenge, to be answered as `text/plain`.
    pub fn handshake(&self, query: &str) -> Result<String, Rejection> {
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find_map(|(key, value)| (key == name).then_some(value))
        };
        let (mode, token) = (value("hub.mode"), value("hub.verify_token"));
        let challenge = value("hub.challenge");
        match handshake(
            mode.as_deref(),
            token.as_deref(),
            challenge.as_deref(),
            &self.0.tokens,
        ) {
            Handshake::Accepted(challenge) => Ok(challenge.to_owned()),
            Handshake::Refused => Err(Rejection::Refused),
            Handshake::Missing(parameter) => Err(Rejection::Missing(parameter)),
        }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("secrets", &self.0.secrets.len())
            .field("tokens", &self.0.tokens.len())
            .field("max_bytes", &self.0.max_bytes)
            .finish()
    }
}

/// Why a request is not taken. [`Rejection::status`] says what to answer; the text says nothing that is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// 401: no signature, more than one, or one that no secret made of these bytes.
    Unproved,
    /// 413: the body is larger than is taken.
    TooLarge,
    /// 400: Meta signed it, and it is no JSON.
    NotJson(Error),
    /// 400: the body broke off.
    Broken,
    /// 403: the handshake names another mode or a token nobody configured.
    Refused,
    /// 400: the handshake lacks this parameter.
    Missing(&'static str),
    /// 405: neither `GET` nor `POST`.
    Method,
}

impl Rejection {
    /// What to answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unproved => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson(_) | Self::Broken | Self::Missing(_) => StatusCode::BAD_REQUEST,
            Self::Refused => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unproved => f.write_str("the signature does not prove this body"),
            Self::TooLarge => f.write_str("the body is too large"),
            Self::NotJson(error) => error.fmt(f),
            Self::Broken => f.write_str("the body broke off"),
            Self::Refused => f.write_str("the handshake is refused"),
            Self::Missing(parameter) => write!(f, "the parameter {parameter} is missing"),
            Self::Method => f.write_str("only GET and POST are answered"),
        }
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests;
