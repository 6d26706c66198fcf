//! Calling again: what, when, and how often. The policy decides from data and chance; the client acts.
//!
//! **Invariant:** a call that may have been taken is repeated only if making it twice does what making it once does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::clock::Clock;
use crate::error::{Error, ErrorClass, ErrorKind, Policy};

/// How patiently a client repeats calls by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Repetitions of one call.
    pub max_repetitions: u32,
    /// Before the first repetition at most this long; then twice as long each time, drawn evenly from nothing up to it.
    pub base: Duration,
    /// No drawn wait is longer.
    pub cap: Duration,
    /// If Meta asks for a longer wait, the error is returned instead: it says how long.
    pub patience: Duration,
    /// For all tries of one call and the waits between them, from the beginning of the first one; see [`Client::with_deadline`].
    ///
    /// [`Client::with_deadline`]: crate::Client::with_deadline
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    /// Four repetitions, from 500 ms up to 60 s, no wait above 60 s, and all of it within two minutes.
    fn default() -> Self {
        Self {
            max_repetitions: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_mins(1),
            patience: Duration::from_mins(1),
            deadline: Duration::from_mins(2),
        }
    }
}

impl RetryPolicy {
    /// How long to wait before the call is made again; `None` if it is not to be.
    ///
    /// `repetitions` is how often it was already repeated, `chance` is from 0 up to 1.
    pub fn wait(
        &self,
        repetitions: u32,
        error: &Error,
        is_repeatable: bool,
        chance: f64,
    ) -> Option<Duration> {
        if repetitions >= self.max_repetitions {
            return None;
        }
        let policy = match error.kind() {
            ErrorKind::NotSent if error.exceeds_limit() => return None,
            ErrorKind::NotSent => Policy::BackOff,
            ErrorKind::Ambiguous(api) => {
                let policy = api.as_ref().map_or(Policy::BackOff, |api| api.policy());
                if !is_repeatable {
                    return None;
                }
                policy
            }
            // It was refused, but not for what it says: only what may be done twice is done again without being asked.
            ErrorKind::Api(api) if api.class == ErrorClass::Transient && !is_repeatable => {
                return None;
            }
            ErrorKind::Api(api) => api.policy(),
            ErrorKind::Damaged => return None,
        };
        let drawn = self
            .base
            .saturating_mul(2_u32.saturating_pow(repetitions))
            .min(self.cap)
            .mul_f64(chance.clamp(0.0, 1.0));
        let wait = match policy {
            Policy::Never => return None,
            Policy::BackOff => drawn,
            Policy::BackOffPair => Duration::from_secs(4_u64.saturating_pow(repetitions)),
            Policy::After(least) => least + drawn,
        };
        // What Meta asks for is a least; the drawn part keeps callers from coming back together.
        let wait = error
            .retry_after()
            .map_or(wait, |asked| wait.max(asked.saturating_add(drawn)));
        let is_bearable = error
            .retry_after()
            .is_none_or(|asked| asked <= self.patience)
            && !matches!(policy, Policy::After(least) if least > self.patience);
        is_bearable.then_some(wait)
    }
}

/// A policy with its clock, and the allowance that keeps many failing calls from doubling the load on what fails.
#[derive(Debug, Clone)]
pub(super) struct Retrying {
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    allowance: Arc<AtomicU32>,
}

/// A repetition costs five; a success gives one back, up to this.
const ALLOWANCE: u32 = 500;
const COST: u32 = 5;

impl Retrying {
    pub(super) fn new(policy: RetryPolicy, clock: Arc<dyn Clock>) -> Self {
        Self {
            policy,
            clock,
            allowance: Arc::new(AtomicU32::new(ALLOWANCE)),
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(super) fn deadline(&self) -> Duration {
        self.policy.deadline
    }

    pub(super) fn succeeded(&self) {
        let add = |left: u32| (left < ALLOWANCE).then_some(left + 1);
        let _ = self
            .allowance
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// How long to wait before the call is made again; `None` if it is not to be, or if that would be after all the time `left`.
    pub(super) fn wait(
        &self,
        repetitions: u32,
        error: &Error,
        is_repeatable: bool,
        left: Duration,
    ) -> Option<Duration> {
        let chance = self.clock.chance();
        let wait = self
            .policy
            .wait(repetitions, error, is_repeatable, chance)
            .filter(|wait| *wait < left)?;
        let take = |left: u32| left.checked_sub(COST);
        self.allowance
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
            .then_some(wait)
    }
}

#[cfg(test)]
mod tests;
