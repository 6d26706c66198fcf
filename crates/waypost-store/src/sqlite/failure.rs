//! What the database's errors mean to whoever asked.

use rusqlite::ErrorCode;

use crate::Error;

/// Says what was attempted when the database failed.
pub(crate) trait During<T> {
    /// Turns the database's error into the store's; `act` completes "the database failed while it was to …".
    fn during(self, act: &'static str) -> Result<T, Error>;
}

impl<T> During<T> for Result<T, rusqlite::Error> {
    fn during(self, act: &'static str) -> Result<T, Error> {
        self.map_err(|error| meaning(error, act))
    }
}

fn meaning(error: rusqlite::Error, act: &'static str) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full,
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory,
        ) => Error::Unavailable {
            reason: format!("{act}: {error}"),
        },
        _ => Error::Database {
            act,
            source: Box::new(error),
        },
    }
}
