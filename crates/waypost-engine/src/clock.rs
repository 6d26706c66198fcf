//! The clock: the one place that knows what time it is.
//!
//! **Invariant:** nothing else in the gateway reads the system's clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use waypost_core::time::UnixMillis;

/// Tells the time, and when a time has come.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> UnixMillis;

    /// Completes once `now()` is at or past `moment`.
    fn sleep_until(&self, moment: UnixMillis) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// Waits are cut into pieces, so that a clock that was set, or a machine that slept, is noticed within this time.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is handed"
    )]
    fn now(&self) -> UnixMillis {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMillis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, moment: UnixMillis) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let left = moment.since(self.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
            }
        })
    }
}

/// A clock that stands still until it is told otherwise: for tests.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    moved: Notify,
}

impl ManualClock {
    /// Stands at `now`.
    pub fn new(now: UnixMillis) -> Self {
        Self {
            now: AtomicI64::new(now.0),
            moved: Notify::new(),
        }
    }

    /// Goes on by `span`, and wakes whoever waited for that.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
    }

    /// Stands at `now` from here on, even if that lies in the past.
    pub fn set(&self, now: UnixMillis) {
        self.now.store(now.0, Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, moment: UnixMillis) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let mut moved = std::pin::pin!(self.moved.notified());
                moved.as_mut().enable();
                if self.now() >= moment {
                    return;
                }
                moved.await;
            }
        })
    }
}
