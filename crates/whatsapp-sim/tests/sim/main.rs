//! The simulator as a gateway meets it: over real sockets, with the SDK on the other side.

mod receiver;
mod sends;
mod webhooks;
