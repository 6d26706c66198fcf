//! Checkpoints: moving pages from the write-ahead log to the database, beside the writer and not in its way.
//!
//! A passive checkpoint on a thread of its own follows the writer. Under unbroken load the log never comes to its end by
//! that, so past a limit the writer itself makes the log begin anew between two commits; little is left to copy by then.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::failure::During;
use super::schema;
use crate::Error;

/// Rows between two checkpoints, roughly: some 4 MiB of log.
const ROWS: usize = 4096;
/// What was written is checkpointed after this time at the latest.
const AT_LATEST: Duration = Duration::from_mins(1);
/// Pages of log past which it begins anew: 16 MiB, so that the same pages of the file are written again and again.
const LOG_PAGES: i64 = 4 * 1024;

/// The writer's side: says when there is something to do.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Absent while it is dropped.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    rows: usize,
    overdue: Arc<AtomicBool>,
}

impl Checkpoints {
    /// Starts the thread. Dropping this waits until it has ended.
    pub(super) fn start(file: &Path) -> Result<Self, Error> {
        let connection = schema::open_checkpointer(file)?;
        let (wake, woken) = mpsc::sync_channel(1);
        let overdue = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&overdue);
        let thread = thread::Builder::new()
            .name("waypost-checkpoint".into())
            .spawn(move || serve(&connection, &woken, &flag))
            .map_err(|error| Error::Unavailable {
                reason: format!("no thread for checkpoints: {error}"),
            })?;
        Ok(Self {
            wake: Some(wake),
            thread: Some(thread),
            rows: 0,
            overdue,
        })
    }

    /// About so many rows were written.
    pub(super) fn note(&mut self, rows: usize) {
        self.rows += rows;
        if self.rows >= ROWS {
            self.rows = 0;
            // If it is woken already, that is enough.
            let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
        }
    }

    /// Whether the log has grown so long that the writer has to act.
    pub(super) fn is_overdue(&self) -> bool {
        self.overdue.load(Ordering::Relaxed)
    }

    /// Makes the log begin anew, on the writer's own connection.
    pub(super) fn run_inline(&self, connection: &Connection) {
        self.overdue.store(false, Ordering::Relaxed);
        if let Err(error) = checkpoint(connection, "RESTART") {
            tracing::warn!(%error, "the log did not begin anew");
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the thread itself.
            drop(thread.join());
        }
    }
}

fn serve(connection: &Connection, woken: &Receiver<()>, overdue: &AtomicBool) {
    loop {
        match woken.recv_timeout(AT_LATEST) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        match checkpoint(connection, "PASSIVE") {
            Ok(pages) if pages > LOG_PAGES => overdue.store(true, Ordering::Relaxed),
            Ok(_) => {}
            // The writer meets the same trouble and says so to those concerned; here it only means a longer log.
            Err(error) => tracing::debug!(%error, "a checkpoint failed"),
        }
    }
}

/// Moves what is in the log to the database; the answer is the log's length in pages.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> Result<i64, Error> {
    connection
        .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            row.get(1)
        })
        .during("checkpoint the log")
}
