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
    /// Tries, and tries again as the policy has it and while there is time; each try is told how much is left.
    pub(super) async fn repeat<T, F>(
        &self,
        nature: Nature,
        mut once: impl FnMut(Option<Duration>) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let Some(retrying) = &self.retrying else {
            return match self.deadline {
                Some(Duration::ZERO) => Err(too_late()),
                left => once(left).await,
            };
        };
        let clock = retrying.clock();
        let ends_at = clock.now().saturating_add(self.time_for_all(retrying));
        if ends_at <= clock.now() {
            return Err(too_late());
        }
        let (mut repetitions, mut is_in_doubt) = (0, false);
        loop {
            let left = ends_at.saturating_sub(clock.now());
            let outcome = match select(pin!(once(Some(left))), clock.sleep(left)).await {
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
            let last_word = |error: Error| {
                if is_in_doubt {
                    error.after_a_doubt()
                } else {
                    error
                }
            };
            let Some(wait) = wait else {
                return Err(last_word(error));
            };
            repetitions += 1;
            tracing::debug!(
                endpoint = nature.name,
                repetitions,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                %error,
                "calling again"
            );
            clock.sleep(wait).await;
            if ends_at <= clock.now() {
                return Err(last_word(error));
            }
            is_in_doubt |= nature.is_change && error.is_ambiguous();
        }
    }

    /// For all tries of a call together. One try may always take as long as it was given.
    fn time_for_all(&self, retrying: &Retrying) -> Duration {
        let of_one = self.timeout.unwrap_or_default();
        self.deadline
            .unwrap_or_else(|| retrying.deadline().max(of_one))
    }

    /// When the deadline of a call that is made now comes, if it has one and time can be told.
    pub(super) fn ends_at(&self) -> Option<Duration> {
        let all = match &self.retrying {
            Some(retrying) => self.time_for_all(retrying),
            None => self.deadline?,
        };
        Some(self.now()?.saturating_add(all))
    }

    /// The same client with what is left until then.
    pub(super) fn ending_at(&self, ends_at: Option<Duration>) -> Self {
        match (ends_at, self.now()) {
            (Some(ends_at), Some(now)) => self.clone().with_deadline(ends_at.saturating_sub(now)),
            _ => self.clone(),
        }
    }

    fn now(&self) -> Option<Duration> {
        match &self.retrying {
            Some(retrying) => Some(retrying.clock().now()),
            None => Some(self.clock.as_ref()?.now()),
        }
    }

    /// For one try; where there is only one, the deadline of all is its own.
    pub(super) fn time_for_one(&self) -> Option<Duration> {
        let of_all = self.deadline.filter(|_| self.retrying.is_none());
        self.timeout.into_iter().chain(of_all).min()
    }
}

pub(super) fn too_late() -> Error {
    Error::not_sent("the call's deadline has passed")
}
