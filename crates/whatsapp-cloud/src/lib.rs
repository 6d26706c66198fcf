#![doc = include_str!("../README.md")]

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
