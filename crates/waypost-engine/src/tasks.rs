//! Tasks that belong to the engine: named, kept alive, and counted while they are busy.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Notify;

/// Runs `body` for as long as it does not return. A panic is logged, and it is begun anew: a gateway that accepts and no longer
/// delivers would be worse.
pub(crate) async fn keep_running<F>(name: &'static str, mut body: impl FnMut() -> F)
where
    F: Future<Output = ()>,
{
    while AssertUnwindSafe(body()).catch_unwind().await.is_err() {
        tracing::error!(task = name, "a task panicked and is started again: {name}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Knows whether anything is under way.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    busy: AtomicUsize,
    /// How often something began.
    begun: AtomicUsize,
    quiet: Notify,
}

impl Pulse {
    /// Something is under way until the answer is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        Busy(Arc::clone(self))
    }

    /// If nothing is under way: how often something has begun so far, which tells whether anything happened since.
    pub(crate) fn quiet_at(&self) -> Option<usize> {
        let begun = self.begun.load(Ordering::SeqCst);
        (self.busy.load(Ordering::SeqCst) == 0).then_some(begun)
    }

    /// Completes when things become quiet, or may have. Enable it before looking.
    pub(crate) fn quiet(&self) -> tokio::sync::futures::Notified<'_> {
        self.quiet.notified()
    }

    /// Lets whoever waits look again.
    pub(crate) fn look_again(&self) {
        self.quiet.notify_waiters();
    }
}

/// Something under way.
pub(crate) struct Busy(Arc<Pulse>);

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.busy.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.look_again();
        }
    }
}
