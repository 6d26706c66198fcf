//! The whole gateway through its public doors: real sockets on loopback ports, real SQLite files, a simulator as Meta.

mod api;
mod corpus;
mod house;
mod lifecycle;
mod sink;
mod thread;
mod webhooks;
