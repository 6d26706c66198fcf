//! Business transactions on their way through the writing thread.

use std::sync::mpsc::Receiver;

use tokio::sync::oneshot;

use crate::Error;
use crate::transaction::Transaction;

/// Rows in one commit, roughly; what waits beyond that is in the next.
const BATCH_ROWS: usize = 2048;
/// A business transaction and whoever waits for it.
pub(super) trait Job: Send {
    /// About how many rows it touches.
    fn rows(&self) -> usize;
    /// Runs it. It may be run again after a rollback.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Error>;
    /// Tells whoever waits.
    fn answer(self: Box<Self>, outcome: Result<(), Error>);
}

/// A transaction that answers with a `T`.
pub(super) struct Call<T, F> {
    pub(super) rows: usize,
    pub(super) transact: F,
    /// Of the last run.
    pub(super) value: Option<T>,
    pub(super) reply: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Job for Call<T, F>
where
    T: Send,
    F: FnMut(&mut Transaction<'_>) -> Result<T, Error> + Send,
{
    fn rows(&self) -> usize {
        self.rows
    }

    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        self.value = None;
        self.value = Some((self.transact)(transaction)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), Error>) {
        let value = self.value.ok_or_else(|| Error::Unavailable {
            reason: "the transaction was not run".into(),
        });
        // Whoever does not wait any more does not mind.
        drop(self.reply.send(outcome.and(value)));
    }
}

/// The first one and all that wait behind it, up to the size of a batch.
pub(super) fn gather(first: Box<dyn Job>, waiting: &Receiver<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    let mut rows = first.rows();
    let mut jobs = vec![first];
    while rows < BATCH_ROWS
        && let Ok(next) = waiting.try_recv()
    {
        rows += next.rows();
        jobs.push(next);
    }
    jobs
}
