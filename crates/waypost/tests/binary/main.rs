//! The real binary, run as people run it: every test starts processes, talks to real sockets and reads real files.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "these are tests throughout, and say on standard output what they skip and measure"
)]

mod app;
mod demo;
mod durability;
mod failures;
mod follow;
mod help;
mod hooks;
mod lifecycle;
#[cfg(feature = "otlp-test")]
mod otlp;
mod program;
mod redeliver;
mod replay;
mod sim;
mod templates;
mod thread;
