//! The business transactions, written once over [`Rows`] for the stores that one process owns.
//!
//! A transaction reads and writes rows, and notes in its [`Batch`] what the commit will change in memory. It may be run
//! again from the start if its batch had to be rolled back, so it must change nothing but rows and batch.
//!
//! **Invariant:** a transaction that answers [`Error::IdempotencyConflict`] has written nothing.

mod accept;
mod contact;
mod send;
mod settle;
mod status;

use std::collections::HashSet;
use std::sync::Mutex;

use waypost_core::hook::HookId;
use waypost_core::time::UnixMillis;

use crate::queues::{Effect, Queues};
use crate::rows::Rows;
use crate::{Error, Lease};

/// One business transaction under way.
pub(crate) struct Transaction<'a> {
    pub(crate) rows: &'a mut dyn Rows,
    pub(crate) queues: &'a Mutex<Queues>,
    pub(crate) batch: &'a mut Batch,
}

/// What the transactions of one commit change in memory, once it is durable.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// In order.
    pub(crate) effects: Vec<Effect>,
    /// Leases settled in this batch, which nothing else in it may settle again. Each queue counts its own leases.
    spent: HashSet<(Queue, Lease)>,
}

/// The two queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Queue {
    Deliveries,
    Sends,
}

impl Transaction<'_> {
    /// See [`crate::Deliveries::recover_hook`].
    pub(crate) fn recover_hook(&mut self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error> {
        let hook = self.rows.hook_number(hook_id)?;
        self.rows.recover_hook(hook, now)?;
        self.note(Effect::HookRecovered { hook, now });
        Ok(())
    }

    fn note(&mut self, effect: Effect) {
        self.batch.effects.push(effect);
    }
}
