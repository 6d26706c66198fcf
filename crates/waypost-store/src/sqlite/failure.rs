//! What the database's errors mean to whoever asked.

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

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
    // The log's index finds no room: to the database that is no full disk, to us it is.
    let extended = error.sqlite_error().map(|error| error.extended_code);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full,
        _ if extended == Some(SQLITE_IOERR_SHMSIZE) => Error::Full,
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

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_disk_without_room_for_the_logs_index_is_a_full_disk() {
        let failed = |code| {
            meaning(
                rusqlite::Error::SqliteFailure(ffi::Error::new(code), None),
                "x",
            )
        };
        assert!(matches!(failed(ffi::SQLITE_FULL), Error::Full));
        assert!(matches!(failed(ffi::SQLITE_IOERR_SHMSIZE), Error::Full));
        assert!(matches!(
            failed(ffi::SQLITE_IOERR_READ),
            Error::Unavailable { .. }
        ));
    }
}
