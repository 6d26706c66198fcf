//! The business transactions, written once over [`Rows`] for the stores that one process owns.
//!
//! A transaction reads and writes rows, and notes in its [`Batch`] what the commit will change in memory. It may be run
//! again from the start if its batch had to be rolled back, so it must change nothing but rows and batch.
//!
//! **Invariant:** a transaction that answers [`Error::IdempotencyConflict`] has written nothing.

mod accept;
mod contact;
mod hook;
mod replay;
mod send;
mod settle;
mod status;
mod suppression;
mod upkeep;

use std::collections::HashSet;
use std::sync::Mutex;

use waypost_core::id::DeliveryId;

use crate::Lease;
use crate::queues::{Effect, Queues};
use crate::rows::Rows;

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
    /// Deliveries given up in this batch, which no settlement in it may revive.
    killed: HashSet<DeliveryId>,
}

/// The two queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Queue {
    Deliveries,
    Sends,
}

impl Transaction<'_> {
    fn note(&mut self, effect: Effect) {
        self.batch.effects.push(effect);
    }
}
