//! Webhooks: what Meta posts, proved and taken apart.
//!
//! `handshake` answers Meta's one `GET`. `verify` proves a `POST` over its raw bytes; then [`parse`] splits the body into
//! [`Update`]s, one for each message, status, echo, call, … and one for each account change. An update borrows from the
//! body and holds what routing needs; the whole of it is decoded on demand ([`Update::message`], [`Update::status`], …).
//!
//! To have all of that done: a `Receiver` holds the secrets and says what to answer, a [`Router`] hands each update to an
//! async handler, and `tower` and `axum` put both into a server.
//!
//! **Invariant:** a part that makes no sense becomes [`UpdateKind::Malformed`] and costs its neighbours nothing.
//! **Invariant:** an update's `raw` is a slice of the body: the bytes Meta signed, never a re-serialisation.

pub mod account;
pub mod activity;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "test-util")]
pub mod builder;
pub mod content;
mod decode;
mod element;
mod layout;
pub mod message;
mod notification;
mod person;
mod received;
#[cfg(feature = "webhook")]
mod receiver;
pub mod router;
mod split;
pub mod status;
pub mod template;
#[cfg(feature = "tower")]
pub mod tower;
mod update;
#[cfg(feature = "webhook")]
mod verify;

pub use crate::open;
pub use decode::{Decoded, TooDeep};
pub use person::Person;
pub use received::{Notification, Received};
#[cfg(feature = "webhook")]
pub use receiver::{MAX_BODY_BYTES, Receiver, Rejection};
pub use router::Router;
pub use split::{Error, MAX_REPEATED_BYTES, Payload, parse};
pub use update::{Fault, Head, Key, Update, UpdateKind};
#[cfg(feature = "webhook")]
pub use verify::{Handshake, SIGNATURE_HEADER, handshake, sign, verify, verify_any};
