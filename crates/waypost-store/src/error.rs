//! What a store can answer instead of doing what it was asked.

use std::path::PathBuf;

/// Why a store did not do what it was asked. Nothing of it happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The disk is full. Nothing was stored; the same call succeeds once there is room.
    #[error("the disk that holds the store is full")]
    Full,
    /// The store cannot be reached or written at all right now.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// In words.
        reason: String,
    },
    /// The idempotency key was used before, for something else.
    #[error("this idempotency key was used before, for different content")]
    IdempotencyConflict,
    /// A cursor that this store did not give out.
    #[error("not a cursor of this list")]
    Cursor,
    /// Another process has the data directory.
    #[error("another gateway is using {path}", path = .path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The data directory cannot be used.
    #[error("cannot use {path}", path = .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The store was written by a newer Waypost.
    #[error(
        "the store has schema {found}, and this version knows {known}: run the version that wrote it, or a newer one"
    )]
    Newer {
        /// The schema of the file.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// The database failed in a way that is none of the above.
    #[error("the database failed while it was to {act}")]
    Database {
        /// What was attempted.
        act: &'static str,
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
