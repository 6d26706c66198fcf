//! The simulator as a gateway meets it: over real sockets, with the SDK on the other side.

mod business;
mod caller;
mod control;
mod kinds;
mod media;
mod receiver;
mod rules;
mod sends;
mod traffic;
mod webhooks;
