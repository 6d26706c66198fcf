//! The slow work beside the pumps: one task, small steps, driven by the clock.
//!
//! | module | for |
//! |---|---|
//! | `replay` | stored events queued once more, as fast as their hooks take them |
//! | `retention` | what is old is removed, and its room goes back to the disk |
//! | `quota` | what is beyond a hook's backlog quota is given up |
//!
//! **Invariant:** a step is one short transaction, so that whoever accepts or settles meanwhile hardly waits for it.

mod quota;
mod replay;
mod retention;

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use waypost_core::directory::Directory;
use waypost_core::time::UnixMillis;
use waypost_store::{Error, Store};

use crate::clock::Clock;
use crate::tasks::Pulse;

pub use retention::Retention;

use replay::Running;
use retention::Progress;

/// After a step that failed.
const REST: Duration = Duration::from_secs(1);

/// The upkeep.
pub(crate) struct Upkeep {
    store: Arc<dyn Store>,
    directory: Arc<ArcSwap<Directory>>,
    clock: Arc<dyn Clock>,
    rules: Retention,
    wake: Notify,
    agenda: Mutex<Agenda>,
    /// Held over a step.
    retention: tokio::sync::Mutex<Progress>,
}

/// What there is to do.
#[derive(Debug)]
struct Agenda {
    /// Replays under way, as of their last steps; `None` if they are to be looked up.
    running: Option<Vec<Running>>,
    /// How often they had to be looked up anew.
    changes: u64,
    /// When the next step of the retention is due.
    retention_due: UnixMillis,
    /// When the backlogs are looked at.
    quota_due: UnixMillis,
    /// Nothing is done before this time, because the last step failed.
    rest_until: UnixMillis,
}

impl Upkeep {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        directory: Arc<ArcSwap<Directory>>,
        clock: Arc<dyn Clock>,
        rules: Retention,
    ) -> Self {
        let now = clock.now();
        Self {
            store,
            directory,
            clock,
            rules,
            wake: Notify::new(),
            retention: tokio::sync::Mutex::new(Progress::new(now)),
            agenda: Mutex::new(Agenda {
                running: None,
                changes: 0,
                retention_due: now,
                quota_due: now,
                rest_until: UnixMillis::ZERO,
            }),
        }
    }

    /// Runs until `stop`.
    pub(crate) async fn run(&self, pulse: &Arc<Pulse>, stop: &CancellationToken) {
        let settled = Arc::clone(&self.store.ready().settled);
        while !stop.is_cancelled() {
            // Registered before looking, so that nothing that happens meanwhile is missed.
            let mut woken = pin!(self.wake.notified());
            let mut room = pin!(settled.notified());
            woken.as_mut().enable();
            room.as_mut().enable();
            let now = self.clock.now();
            if self.is_due(now) {
                let busy = pulse.enter();
                if let Err(error) = self.turn(now).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "upkeep failed, trying again soon"
                    );
                    self.agenda().rest_until = now.plus(REST);
                }
                drop(busy);
                continue;
            }
            let wake_at = self.wake_at();
            tokio::select! {
                () = stop.cancelled() => return,
                () = woken => {}
                () = room, if self.is_paced() => {}
                () = self.sleep_until(wake_at) => {}
            }
        }
    }

    /// Whether a step could be made now.
    pub(crate) fn is_due(&self, now: UnixMillis) -> bool {
        let agenda = self.agenda();
        if agenda.rest_until > now {
            return false;
        }
        let could_step = |one: &Running| one.next <= now && self.has_room(one);
        let running = agenda.running.as_ref();
        agenda.retention_due <= now
            || agenda.quota_due <= now
            || running.is_none_or(|running| running.iter().any(could_step))
    }

    /// What there is to do may have changed.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// One step of everything that is due.
    async fn turn(&self, now: UnixMillis) -> Result<(), Error> {
        self.expire(now).await?;
        self.retain(now).await?;
        self.replay(now).await
    }

    /// Whether something only waits for hooks to take what they have.
    fn is_paced(&self) -> bool {
        let now = self.clock.now();
        let agenda = self.agenda();
        let mut running = agenda.running.iter().flatten();
        running.any(|one| one.next <= now)
    }

    fn wake_at(&self) -> Option<UnixMillis> {
        let now = self.clock.now();
        let agenda = self.agenda();
        let others = [agenda.rest_until, agenda.retention_due, agenda.quota_due];
        let steps = agenda.running.iter().flatten().map(|one| one.next);
        steps.chain(others).filter(|at| *at > now).min()
    }

    async fn sleep_until(&self, moment: Option<UnixMillis>) {
        match moment {
            Some(moment) => self.clock.sleep_until(moment).await,
            None => std::future::pending().await,
        }
    }

    fn set_retention_due(&self, at: UnixMillis) {
        self.agenda().retention_due = at;
    }

    fn quota_due(&self) -> UnixMillis {
        self.agenda().quota_due
    }

    fn set_quota_due(&self, at: UnixMillis) {
        self.agenda().quota_due = at;
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda> {
        // A panic while it was held leaves nothing half done.
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
