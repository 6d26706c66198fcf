//! Hooks as a whole: paused, resumed, skipped; and deliveries done again by hand.

use std::ops::Range;

use async_trait::async_trait;
use waypost_core::hook::{HookId, Pause, Standing};
use waypost_core::id::DeliveryId;
use waypost_core::time::UnixMillis;

use crate::Error;

/// What people do to hooks and to settled deliveries.
#[async_trait]
pub trait Hooks {
    /// What keeps hooks from being called: those with nothing remembered are not named.
    fn standings(&self) -> Vec<(HookId, Standing)>;

    /// Remembers durably that this hook is paused. Pausing it again changes nothing.
    async fn pause_hook(&self, hook_id: &HookId, pause: Pause) -> Result<(), Error>;

    /// Forgets durably what kept this hook from being called, and has it recover
    /// (see [`Deliveries::recover_hook`](crate::Deliveries::recover_hook)), in one transaction.
    async fn resume_hook(&self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error>;

    /// Makes deliveries dead that wait for this hook, those of `range`, oldest first: one small step. What is under way is
    /// left alone.
    ///
    /// To be called while nothing is claimed for the hook.
    async fn skip_backlog(
        &self,
        hook_id: &HookId,
        range: Range<DeliveryId>,
        reason: &str,
    ) -> Result<Skipped, Error>;

    /// Delivers again what was delivered or is dead: a new delivery of the same event, at the end of its lane. The answer
    /// has one entry for each id.
    async fn redeliver(
        &self,
        now: UnixMillis,
        ids: Vec<DeliveryId>,
    ) -> Result<Vec<Redelivered>, Error>;
}

/// One step of [`Hooks::skip_backlog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// Deliveries made dead.
    pub count: usize,
    /// Where the next step begins; absent when no more wait.
    pub next: Option<DeliveryId>,
}

/// What became of a wish for redelivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redelivered {
    /// It waits in its lane as this new delivery.
    As(DeliveryId),
    /// This one did it again before; only the last of such a chain can be done again.
    Before(DeliveryId),
    /// It is still on its way.
    Open,
    /// There is no such delivery, or retention has removed its event.
    Missing,
}
