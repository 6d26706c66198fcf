//! The one thread that writes. It takes all transactions that wait, runs them in one commit, and answers their callers.
//!
//! If one of them fails, the commit is rolled back and they run one by one, so that only the culprit fails. While nothing
//! can be written, the thread tries by itself whether it can again.
//!
//! **Invariant:** a caller is answered `Ok` only after the commit that holds its transaction is synced; what is in memory
//! changes between the two.

mod job;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use self::job::{Call, Job, gather};
use super::ballast::Ballast;
use super::checkpoint::Checkpoints;
use super::failure::During;
use super::seen::Step;
use super::session::Session;
use crate::queues::{self, Queues};
use crate::transaction::{Batch, Transaction};
use crate::{Error, Ready};

/// How long nothing has to happen before upkeep goes on by itself.
const IDLE: Duration = Duration::from_millis(20);
/// How often a store that could not write tries again.
const PROBE: Duration = Duration::from_secs(1);
/// Room that has to be there before the store counts as writable again, in bytes.
const PROBE_BYTES: u32 = 256 * 1024;

/// A handle on the writing thread. Dropping it finishes what was given and ends the thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    writable: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(
        session: Session,
        queues: Arc<Mutex<Queues>>,
        ready: Ready,
        checkpoints: Checkpoints,
        ballast: Arc<Ballast>,
    ) -> Result<Self, Error> {
        let (jobs, waiting) = mpsc::channel();
        let writable = Arc::new(AtomicBool::new(!ballast.is_scarce()));
        let thread = Thread {
            session,
            queues,
            ready,
            checkpoints,
            ballast,
            probed_at: Instant::now(),
            writable: Arc::clone(&writable),
        };
        let thread = thread::Builder::new()
            .name("waypost-writer".into())
            .spawn(move || thread.serve(&waiting))
            .map_err(|error| Error::Unavailable {
                reason: format!("no thread to write with: {error}"),
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            writable,
        })
    }

    /// Runs one business transaction of about `rows` rows; it may be run twice, and once it was given it happens even if
    /// nobody waits for it any more.
    pub(super) async fn run<T, F>(&self, rows: usize, transact: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        let gone = || Error::Unavailable {
            reason: "the writing thread has ended".into(),
        };
        let (reply, answer) = oneshot::channel();
        let call = Call {
            rows,
            transact,
            value: None,
            reply,
        };
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Box::new(call)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(super) fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the thread itself.
            drop(thread.join());
        }
    }
}

struct Thread {
    session: Session,
    queues: Arc<Mutex<Queues>>,
    ready: Ready,
    checkpoints: Checkpoints,
    ballast: Arc<Ballast>,
    /// When it was last seen whether there is room.
    probed_at: Instant,
    writable: Arc<AtomicBool>,
}

impl Thread {
    fn serve(mut self, waiting: &Receiver<Box<dyn Job>>) {
        loop {
            match waiting.recv_timeout(self.patience()) {
                Ok(first) => {
                    let jobs = gather(first, waiting);
                    self.commit(jobs);
                    // Removing what is old keeps the thread busy just then.
                    if self.ballast.is_scarce() && self.probed_at.elapsed() >= PROBE {
                        self.idle();
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.idle(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn patience(&self) -> Duration {
        if !self.writable.load(Ordering::Relaxed) {
            PROBE
        } else if self.session.seen.needs_upkeep() {
            IDLE
        } else {
            Duration::from_hours(1)
        }
    }

    fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let mut outcomes = Vec::new();
        match self.attempt(&mut jobs, true) {
            Ok(done) => outcomes = done,
            // Nothing can be written at all: it would be no better one by one.
            Err(Error::Unavailable { reason }) => {
                tracing::warn!(reason, "the store cannot write");
                outcomes.resize_with(jobs.len(), || {
                    Err(Error::Unavailable {
                        reason: reason.clone(),
                    })
                });
            }
            Err(_) => {
                for job in &mut jobs {
                    let outcome = self.attempt(std::slice::from_mut(job), false);
                    outcomes.push(outcome.and_then(|mut done| done.pop().unwrap_or(Ok(()))));
                }
            }
        }
        let failed = |outcome: &Result<(), Error>| {
            matches!(outcome, Err(Error::Full | Error::Unavailable { .. }))
        };
        let is_full = outcomes.iter().any(|one| matches!(one, Err(Error::Full)));
        if is_full && !self.ballast.is_scarce() && self.probe().is_err() {
            self.ballast.give_back();
            tracing::error!(
                "the disk is full: nothing new is accepted until what is old made room"
            );
        }
        let writable = !outcomes.iter().any(failed) && !self.ballast.is_scarce();
        if self.writable.swap(writable, Ordering::Relaxed) && !writable {
            tracing::warn!("the store refuses writes until there is room again");
        }
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            job.answer(outcome);
        }
        if self.checkpoints.is_overdue() {
            self.checkpoints.run_inline(&self.session.connection);
        }
    }

    /// Runs these in one commit. The answer has the outcome of each; an error means that nothing of them happened.
    fn attempt(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        upkeep: bool,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let mut batch = Batch::default();
        let mut outcomes = Vec::with_capacity(jobs.len());
        self.begin()?;
        for job in jobs.iter_mut() {
            let mut transaction = Transaction {
                rows: &mut self.session,
                queues: &self.queues,
                batch: &mut batch,
            };
            match job.run(&mut transaction) {
                // Refused before anything was written.
                Err(Error::IdempotencyConflict) => outcomes.push(Err(Error::IdempotencyConflict)),
                Err(error) => return Err(self.roll_back(error)),
                Ok(()) => outcomes.push(Ok(())),
            }
        }
        let mut step = None;
        if upkeep && self.session.seen.needs_upkeep() {
            let rows = 64 + 4 * self.session.new_key_count();
            match self.session.seen.upkeep(&self.session.connection, rows) {
                Ok(done) => step = done,
                Err(error) => return Err(self.roll_back(error)),
            }
        }
        if let Err(error) = self.session.finish() {
            return Err(self.roll_back(error));
        }
        let began = Instant::now();
        if let Err(error) = self.execute("COMMIT", "commit") {
            return Err(self.roll_back(error));
        }
        let took = began.elapsed();
        self.committed(batch, step, jobs.len(), took);
        let rows = jobs.iter().map(|job| job.rows()).sum();
        self.checkpoints.note(rows);
        Ok(outcomes)
    }

    fn committed(&mut self, batch: Batch, step: Option<Step>, jobs: usize, took: Duration) {
        self.session.keep();
        if let Some(step) = step {
            self.session.seen.done(step);
        }
        let mut queues = queues::lock(&self.queues);
        queues.count_commit(
            jobs as u64,
            u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        );
        queues.apply(batch.effects, &self.ready);
    }

    /// Upkeep in a quiet moment, or a look whether there is room again.
    fn idle(&mut self) {
        if !self.writable.load(Ordering::Relaxed) {
            self.probed_at = Instant::now();
            // What was removed is moved out of the log, so that its room is there.
            self.checkpoints.run_inline(&self.session.connection);
            if self.probe().is_ok() && self.ballast.regain().is_ok() {
                self.writable.store(true, Ordering::Relaxed);
                tracing::info!("the store takes writes again");
            }
            return;
        }
        let outcome = self.begin().and_then(|()| {
            let step = self.session.seen.upkeep(&self.session.connection, 2048)?;
            self.execute("COMMIT", "commit")?;
            Ok(step)
        });
        match outcome {
            Ok(step) => {
                if let Some(step) = step {
                    self.session.seen.done(step);
                }
                self.checkpoints.note(2048);
            }
            Err(error) => {
                let error = self.roll_back(error);
                tracing::warn!(%error, "upkeep of the store failed");
                self.writable.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Takes room and gives it back, durably.
    fn probe(&mut self) -> Result<(), Error> {
        let outcome = self.begin().and_then(|()| {
            self.session
                .connection
                .execute(
                    "INSERT OR REPLACE INTO segment (number, keys, last_event, filter) VALUES (-1, 0, 0, zeroblob(?))",
                    [PROBE_BYTES],
                )
                .during("see whether there is room")?;
            self.execute("DELETE FROM segment WHERE number = -1", "give room back")?;
            self.execute("COMMIT", "commit")
        });
        outcome.map_err(|error| self.roll_back(error))
    }

    fn begin(&self) -> Result<(), Error> {
        self.execute("BEGIN IMMEDIATE", "begin a transaction")
    }

    fn roll_back(&mut self, error: Error) -> Error {
        if !self.session.connection.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK", "roll back")
        {
            tracing::error!(%error, "a transaction was not rolled back");
        }
        self.session.forget();
        error
    }

    fn execute(&self, sql: &str, act: &'static str) -> Result<(), Error> {
        self.session
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .during(act)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.writable.store(false, Ordering::Relaxed);
    }
}
