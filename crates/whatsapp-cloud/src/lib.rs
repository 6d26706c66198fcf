// What it shows needs the default features.
#![cfg_attr(all(feature = "client", feature = "webhook"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "webhook")),
    doc = "The WhatsApp Business Cloud API. Its README says what is here, and which feature brings what."
)]
#![deny(missing_docs)]

// Examples that unit tests share with the tests outside.
#[cfg(test)]
extern crate self as whatsapp_cloud;

pub mod client;
pub mod error;
#[cfg(feature = "flows")]
pub mod flow;
pub mod graph;
pub mod id;
pub mod limits;
pub mod message;
pub mod open;
pub mod raw;
pub mod secret;
pub mod template;
pub mod time;
pub mod transport;
pub mod webhook;

pub use client::Client;
pub use error::{ApiError, Error, ErrorClass, ErrorKind};
