//! Turns on their way to whoever claims them.
//!
//! **Invariant:** a turn that does not reach its holder (a failed read, a claim that nobody waits for any more) goes back.

use std::sync::Mutex;

use waypost_core::lane::Release;
use waypost_core::time::UnixMillis;

use crate::Lease;
use crate::queues::{self, Queues};

/// Leases that go back unless they are handed over.
#[derive(Debug)]
pub(crate) struct Turns<'a> {
    queues: &'a Mutex<Queues>,
    leases: Vec<Lease>,
    release: fn(&mut Queues, Lease, Release) -> bool,
}

impl<'a> Turns<'a> {
    /// Turns of deliveries.
    pub(crate) fn of_deliveries(queues: &'a Mutex<Queues>, leases: Vec<Lease>) -> Self {
        Self {
            queues,
            leases,
            release: Queues::release_delivery,
        }
    }

    /// Turns of messages.
    pub(crate) fn of_sends(queues: &'a Mutex<Queues>, leases: Vec<Lease>) -> Self {
        Self {
            queues,
            leases,
            release: Queues::release_send,
        }
    }

    /// They reach their holder.
    pub(crate) fn hand_over(mut self) {
        self.leases.clear();
    }
}

impl Drop for Turns<'_> {
    fn drop(&mut self) {
        if self.leases.is_empty() {
            return;
        }
        let mut queues = queues::lock(self.queues);
        for &lease in &self.leases {
            (self.release)(&mut queues, lease, Release::Return(UnixMillis::ZERO));
        }
    }
}
