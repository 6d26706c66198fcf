//! The simulator as a gateway meets it: over real sockets, with the SDK on the other side.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod business;
mod caller;
mod classes;
mod control;
mod encrypted;
mod flows_and_groups;
mod identity;
#[path = "../jwe/mod.rs"]
mod jwe;
mod kinds;
mod media;
mod numbers;
mod receiver;
mod refusals;
mod rules;
mod sends;
mod templates;
mod traffic;
mod webhooks;
