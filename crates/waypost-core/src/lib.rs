//! What Waypost decides: the vocabulary every other room speaks, and the policies that act on it.
//!
//! Everything here is pure. A policy takes data, the time and, where it needs one, a random number, and returns a
//! decision; it never waits, reads a clock, rolls dice, logs, or opens anything.
//!
//! **Invariant:** this crate has no runtime, no socket and no file in its dependencies.

pub mod account;
pub mod address;
pub mod advice;
pub mod breaker;
pub mod callback;
pub mod contact;
pub mod delivery;
pub mod directory;
pub mod event;
pub mod hook;
pub mod id;
pub mod lane;
pub mod message;
pub mod normalise;
pub mod outgoing;
pub mod refusal;
pub mod render;
pub mod replay;
pub mod reply;
pub mod retry;
pub mod route;
pub mod sender;
pub mod sign;
pub mod split;
pub mod status;
pub mod throttle;
pub mod time;
