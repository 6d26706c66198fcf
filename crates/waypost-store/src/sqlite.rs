//! SQLite: one file, one process, one writer thread with group commit, readers beside it.
//!
//! | part | does |
//! |---|---|
//! | `directory` | the data directory and its lock |
//! | `schema` | connections, versions |
//! | `writer` | group commit |
//! | `session` | rows as the transactions see them |
//! | `seen`, `filter` | de-duplication at a flat cost |
//! | `checkpoint` | moves the log into the database |
//! | `ballast` | room to remove things in, when the disk is full |
//! | `restore`, `waiting` | what a start finds |
//! | `readers`, `read`, `list`, `replays` | reading |
//!
//! **Invariant:** `synchronous=FULL`: every commit is synced before its callers are answered.

mod ballast;
mod checkpoint;
mod claims;
mod directory;
mod failure;
mod filter;
mod list;
mod read;
mod readers;
mod replays;
mod restore;
mod schema;
mod seen;
mod session;
mod store;
mod waiting;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex};

use waypost_core::id::IdSource;

use self::ballast::Ballast;
use self::checkpoint::Checkpoints;
use self::readers::Readers;
use self::seen::Seen;
use self::session::Session;
use self::waiting::Young;
use self::writer::Writer;
use crate::queues::Queues;
use crate::{Error, Ready};

/// A store in one directory.
///
/// Dropping it finishes what was given to it, and leaves a database without a log. Fields are dropped in their order: the readers
/// first, so that whoever closes last may write, and the lock last.
#[derive(Debug)]
pub struct SqliteStore {
    readers: Readers,
    /// Absent when opened for reading only.
    writer: Option<Writer>,
    seen: Option<Arc<Seen>>,
    queues: Arc<Mutex<Queues>>,
    ready: Ready,
    ballast: Arc<Ballast>,
    file: directory::Opened,
    _ownership: Option<directory::Ownership>,
}

/// How a store is opened. The defaults are right for production.
#[derive(Debug, Clone)]
pub struct Options {
    /// At most this many pages of 4 KiB in the database file: makes a full disk in tests.
    pub max_page_count: Option<u32>,
    /// De-duplication keys in one segment.
    pub segment_keys: usize,
    /// The newest deliveries, found at the next opening by reading them; of older ones only what waits is read.
    pub young_deliveries: usize,
    /// Bytes of recently accepted events kept at hand for prompt delivery.
    pub event_cache_bytes: usize,
    /// Bytes of the file that is given back when the disk is full; it is made by [`Upkeep::keep_ballast`](crate::Upkeep).
    pub ballast_bytes: u64,
    /// Read connections, each with a thread; at least one.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_page_count: None,
            segment_keys: 128 * 1024,
            young_deliveries: 100_000,
            event_cache_bytes: 8 << 20,
            ballast_bytes: 16 << 20,
            readers: 2,
        }
    }
}

impl SqliteStore {
    /// Opens or makes the store in `directory`, which this process then owns until the store is dropped. What was being
    /// sent when the store was last closed is uncertain from now on.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Directory`], [`Error::Newer`], or what the database said.
    pub fn open(directory: &Path, options: &Options) -> Result<Self, Error> {
        let ownership = directory::own(directory)?;
        let file = directory.join(directory::DATABASE);
        let ballast = Arc::new(Ballast::new(directory, options.ballast_bytes));
        let restored = match Restored::from(&file, options) {
            Err(Error::Full) => {
                make_room(&file, &ballast)?;
                Restored::from(&file, options)?
            }
            restored => restored?,
        };
        let Restored {
            connection,
            ids,
            seen,
            queues,
        } = restored;
        let ready = Ready::default();
        ready.deliveries.notify_one();
        ready.sends.notify_one();
        ready
            .events
            .send_replace(restore::newest_event(&connection)?);
        let young = Young::restore(&connection, options.young_deliveries)?;
        let session = Session::new(connection, Arc::clone(&seen), young, ids);
        let checkpoints = Checkpoints::start(&file)?;
        Ok(Self {
            readers: Readers::start(&file, options.readers)?,
            writer: Some(Writer::start(
                session,
                Arc::clone(&queues),
                ready.clone(),
                checkpoints,
                Arc::clone(&ballast),
            )?),
            seen: Some(seen),
            queues,
            ready,
            ballast,
            file: directory::Opened::of(file),
            _ownership: Some(ownership),
        })
    }

    /// Opens the store for lists and look-ups only, whether or not a gateway is using it. Writes answer
    /// [`Error::Unavailable`], and nothing waits.
    ///
    /// # Errors
    /// [`Error::Directory`] if there is no store, [`Error::Newer`], or what the database said.
    pub fn open_read_only(directory: &Path) -> Result<Self, Error> {
        let file = directory::existing(directory)?;
        Ok(Self {
            writer: None,
            readers: Readers::start(&file, 1)?,
            seen: None,
            queues: Arc::new(Mutex::new(Queues::new(0, 0))),
            ready: Ready::default(),
            ballast: Arc::new(Ballast::new(directory, 0)),
            file: directory::Opened::of(file),
            _ownership: None,
        })
    }
}

/// What is known from the file when a store is opened. Some of it is written down at once, which takes room.
struct Restored {
    connection: rusqlite::Connection,
    ids: IdSource,
    seen: Arc<Seen>,
    queues: Arc<Mutex<Queues>>,
}

impl Restored {
    fn from(file: &Path, options: &Options) -> Result<Self, Error> {
        let connection = schema::open_writer(file, options.max_page_count)?;
        let ids = restore::ids(&connection)?;
        let seen = Arc::new(Seen::restore(&connection, options.segment_keys)?);
        let mut queues = Queues::new(epoch()?, options.event_cache_bytes);
        restore::queues(&connection, &mut queues)?;
        Ok(Self {
            connection,
            ids,
            seen,
            queues: Arc::new(Mutex::new(queues)),
        })
    }
}

/// The disk is full: gives all of the ballast back, and moves what a crash left in the log to the database, so that the log's own
/// room can be written again.
fn make_room(file: &Path, ballast: &Ballast) -> Result<(), Error> {
    tracing::error!("the disk is full: nothing new is accepted until what is old made room");
    ballast.give_up();
    let connection = schema::open_checkpointer(file)?;
    checkpoint::checkpoint(&connection, "RESTART").map(drop)
}

/// Random, so that a lease of an earlier opening is void.
fn epoch() -> Result<u64, Error> {
    getrandom::u64().map_err(|error| Error::Unavailable {
        reason: format!("no random bits: {error}"),
    })
}
