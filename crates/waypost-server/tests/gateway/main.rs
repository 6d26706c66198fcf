//! The whole gateway through its public doors: real sockets on loopback ports, real SQLite files, a simulator as Meta.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on panics, and says what it measured or skipped"
)]

mod api;
mod bodies;
mod corpus;
mod hooks;
mod house;
mod lifecycle;
mod messages;
mod openapi;
mod replay;
mod sink;
mod stream;
mod thread;
mod trace;
mod webhooks;
