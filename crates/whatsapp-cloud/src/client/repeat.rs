//! One call with its repetitions: until it is done, refused, or out of time.
//!
//! **Invariant:** once a try of a call that changes something may have been taken, nothing that a later try is told says that it was
//! not.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::Method;

use super::Client;
use super::retry::Retrying;
use crate::error::Error;
use crate::graph::Endpoint;

/// What is known of a call before it is made.
#[derive(Clone, Copy)]
pub(super) struct Nature {
    pub(super) name: &'static str,
    /// Making it twice does what making it once does.
    pub(super) is_repeatable: bool,
    /// Making it once does something.
    pub(super) is_change: bool,
}

impl Nature {
    pub(super) fn of<E: Endpoint>(endpoint: &E) -> Self {
        Self {
            name: endpoint.name(),
            is_repeatable: endpoint.is_repeatable(),
            is_change: endpoint.method() != Method::GET,
        }
    }
}

impl Client {
    /// Tries, and tries again as the policy has it and while there is time.
    pub(super) async fn repeat<T, F>(
        &self,
        nature: Nature,
        mut once: impl FnMut() -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let Some(retrying) = &self.retrying else {
            return once().await;
        };
        let clock = retrying.clock();
        let ends_at = clock.now().saturating_add(self.time_for_all(retrying));
        let (mut repetitions, mut is_in_doubt) = (0, false);
        loop {
            let left = ends_at.saturating_sub(clock.now());
            let outcome = match select(pin!(once()), clock.sleep(left)).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => Err(Error::ambiguous("no answer before the call's deadline")),
            };
            let error = match outcome {
                Ok(answer) => {
                    retrying.succeeded();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let left = ends_at.saturating_sub(clock.now());
            let wait = retrying.wait(repetitions, &error, nature.is_repeatable, left);
            let Some(wait) = wait else {
                return Err(if is_in_doubt {
                    error.after_a_doubt()
                } else {
                    error
                });
            };
            is_in_doubt |= nature.is_change && error.is_ambiguous();
            repetitions += 1;
            tracing::debug!(
                endpoint = nature.name,
                repetitions,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                %error,
                "calling again"
            );
            clock.sleep(wait).await;
        }
    }

    /// For all tries of a call together. One try may always take as long as it was given.
    fn time_for_all(&self, retrying: &Retrying) -> Duration {
        let of_one = self.timeout.unwrap_or_default();
        self.deadline
            .unwrap_or_else(|| retrying.deadline().max(of_one))
    }

    /// For one try; where there is only one, the deadline of all is its own.
    pub(super) fn time_for_one(&self) -> Option<Duration> {
        let of_all = self.deadline.filter(|_| self.retrying.is_none());
        self.timeout.into_iter().chain(of_all).min()
    }
}
