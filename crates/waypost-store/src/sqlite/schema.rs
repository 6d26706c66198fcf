//! Connections and the schema's versions.
//!
//! To change the schema: append a step to [`STEPS`]; never change one that was released. The file's `user_version` is the
//! number of steps it has seen.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure::During;
use crate::{Error, Space};

/// From an empty file to the schema this program knows.
const STEPS: &[&str] = &[include_str!("schema.sql")];

/// The newest schema this program knows.
const KNOWN: usize = STEPS.len();

/// How long a connection waits for another's lock. Only start, checkpoint and close ever hold one that matters.
const BUSY: Duration = Duration::from_secs(5);

/// What a reader keeps of the database, in bytes: the twenty pages that SQLite allocates once and in one piece. A reader
/// begins anew after every commit, and handing more pages than these back to the allocator each time, and from there to the
/// system, costs more than reading them again.
const READER_CACHE: i64 = 80 << 10;

/// The connection that writes. Makes the file if there is none and brings it to the known schema.
pub(super) fn open_writer(file: &Path, max_page_count: Option<u32>) -> Result<Connection, Error> {
    let mut connection = Connection::open(file).during("open the database")?;
    prepare(&connection, 8 << 20)?;
    let found = version(&connection)?;
    if found == 0 {
        // Decided before the first page is written: pages that become free can be given back to the disk, a few at a time.
        connection
            .pragma_update(None, "auto_vacuum", "INCREMENTAL")
            .during("set up the database")?;
    }
    connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))
        .during("switch to write-ahead logging")?;
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;",
        )
        .during("set up the database")?;
    migrate(&mut connection, found)?;
    if let Some(pages) = max_page_count {
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))
            .during("limit the database")?;
    }
    Ok(connection)
}

/// A connection that reads, beside the writer or without one.
pub(super) fn open_reader(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(file, flags).during("open the database for reading")?;
    prepare(&connection, READER_CACHE)?;
    version(&connection)?;
    Ok(connection)
}

/// A connection that moves pages from the log to the database.
pub(super) fn open_checkpointer(file: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(file).during("open the database for checkpoints")?;
    prepare(&connection, 1 << 20)?;
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")
        .during("set up checkpoints")?;
    Ok(connection)
}

/// How much room the database takes, and how much of that is free.
pub(super) fn space(connection: &Connection) -> Result<Space, Error> {
    let number = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .during("measure the database")
            .map(|number| u64::try_from(number).unwrap_or(0))
    };
    let (size, pages, free) = (
        number("page_size")?,
        number("page_count")?,
        number("freelist_count")?,
    );
    Ok(Space {
        used: pages.saturating_sub(free) * size,
        free: free * size,
    })
}

fn prepare(connection: &Connection, cache_bytes: i64) -> Result<(), Error> {
    connection.set_prepared_statement_cache_capacity(64);
    // A statement is planned once, not again for other values: the plans here depend on none.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .during("make plans stable")?;
    connection
        .busy_timeout(BUSY)
        .during("set the lock's patience")?;
    connection
        .pragma_update(None, "cache_size", -cache_bytes / 1024)
        .during("set the cache's size")
}

/// How many steps the file has seen, which must not be more than this program knows.
fn version(connection: &Connection) -> Result<usize, Error> {
    let found: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .during("read the schema's version")?;
    match usize::try_from(found) {
        Ok(found) if found <= KNOWN => Ok(found),
        _ => Err(Error::Newer {
            found,
            known: i64::try_from(KNOWN).unwrap_or(i64::MAX),
        }),
    }
}

fn migrate(connection: &mut Connection, found: usize) -> Result<(), Error> {
    for (step, number) in STEPS.iter().zip(1_i64..).skip(found) {
        let transaction = connection.transaction().during("begin a migration")?;
        transaction
            .execute_batch(step)
            .during("migrate the schema")?;
        transaction
            .pragma_update(None, "user_version", number)
            .during("record the schema's version")?;
        transaction.commit().during("commit a migration")?;
    }
    Ok(())
}
