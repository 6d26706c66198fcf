//! Time and chance, handed in so that tests can drive them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// What [`Clock::sleep`] returns.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time, waits, and rolls dice.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Since some fixed moment; never goes back.
    fn now(&self) -> Duration;

    /// Waits.
    fn sleep(&self, wait: Duration) -> Sleep;

    /// From 0 up to 1.
    fn chance(&self) -> f64;
}

/// Tokio's clock, and chance from the standard library's seeds.
#[cfg(feature = "client")]
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    start: tokio::time::Instant,
}

#[cfg(feature = "client")]
impl TokioClock {
    /// A clock that starts now.
    pub fn new() -> Self {
        Self {
            start: tokio::time::Instant::now(),
        }
    }
}

#[cfg(feature = "client")]
impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "client")]
impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(wait))
    }

    fn chance(&self) -> f64 {
        // 32 bits are exact in a float, and plenty for spreading waits.
        let bits = u32::try_from(random_bits() >> 32).unwrap_or_default();
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

/// 64 bits that nobody outside can guess: the standard library seeds its hashers from the system.
pub(super) fn random_bits() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish()
}
