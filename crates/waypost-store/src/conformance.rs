//! One suite, every store: what a store has to do to be one.
//!
//! A store passes if [`run`] returns; it panics with the effect that is missing. A store that outlives its process also has
//! to pass [`run_reopening`].
#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

mod deliveries;
mod hooks;
mod inbox;
mod outbox;
mod people;
mod recipients;
mod reopening;
mod replays;
mod samples;
mod upkeep;

use std::sync::Arc;

pub use reopening::{Reopen, run as run_reopening};

use crate::Store;

/// Runs every case on an empty store of its own.
pub async fn run(mut make: impl FnMut() -> Arc<dyn Store>) {
    inbox::run(&mut make).await;
    deliveries::run(&mut make).await;
    hooks::run(&mut make).await;
    replays::run(&mut make).await;
    upkeep::run(&mut make).await;
    outbox::run(&mut make).await;
    people::run(&mut make).await;
    recipients::run(&mut make).await;
}
