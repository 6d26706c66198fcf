//! What only SQLite has to prove, on a real disk.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod durability;
mod sample;
mod upkeep;
