//! What an attempt means for its delivery: done, again later, parked, or dead.
//!
//! - Any 2xx is a success.
//! - An answer about *this* request (400, 406, 411, 413, 414, 415, 422, …) is *permanent*: repeating it soon will not help, so a
//!   bounded lane does not wait for it. It is parked at once and keeps its schedule. What says more about the hook than about
//!   the request (401, 403, 404, 405, 407, 408, 409, 421, 423, 424, 425, 429, redirects, 5xx, no answer) is tried again in line.
//! - While the hook as a whole is down, nothing is parked: its answers say nothing about one delivery.
//! - A head in a bounded lane holds it for at most [`BOUND`] of time in which its hook was up, and never sleeps past the end of
//!   that; a strict lane waits, and where there is no order nothing is held.
//! - `Retry-After` is honoured in full, up to [`LONGEST_RETRY_AFTER`].
//! - Past the schedule's `give_up_after`, with one last attempt at that time, a delivery is dead.
//!
//! **Invariant:** every decision is a function of its [`Case`]; a delivery that is not delivered is always retried, parked or dead.

use std::time::Duration;

use crate::delivery::Verdict;
use crate::hook::{Order, RetrySchedule};
use crate::time::UnixMillis;

/// How long a failing head may hold its lane, in time in which its hook was up.
pub const BOUND: Duration = Duration::from_mins(15);
/// The longest `Retry-After` that is believed.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);
/// A head near its bound is not tried more often than this on that account.
const SHORTEST_REST: Duration = Duration::from_mins(1);

/// What a hook's answer, or its absence, amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx.
    Success,
    /// It may work later.
    Trouble {
        /// What the hook asked for, as a span from now.
        retry_after: Option<Duration>,
    },
    /// This request will hardly ever be taken.
    Permanent,
    /// 410: the hook asks not to be called any more. It is paused; the delivery waits in line.
    Gone,
}

impl Outcome {
    /// What a status amounts to.
    pub fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            200..=299 => Self::Success,
            410 => Self::Gone,
            401 | 403 | 404 | 405 | 407 | 408 | 409 | 421 | 423 | 424 | 425 | 429 => {
                Self::Trouble { retry_after }
            }
            400..=499 => Self::Permanent,
            _ => Self::Trouble { retry_after },
        }
    }
}

/// Everything the decision depends on.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// What the attempt amounts to.
    pub outcome: Outcome,
    /// What went wrong, for people.
    pub error: &'a str,
    /// The hook's.
    pub schedule: &'a RetrySchedule,
    /// The hook's.
    pub order: Order,
    /// Attempts made, this one included.
    pub attempts: u32,
    /// When the first of them was made.
    pub first_attempt_at: UnixMillis,
    /// When this one ended.
    pub now: UnixMillis,
    /// A random number from 0 to 1.
    pub jitter: f64,
    /// Whether the delivery is parked already.
    pub parked: bool,
    /// How long it held its lane up before, in milliseconds.
    pub blocked_ms: u64,
    /// How long the hook was up since the previous attempt ended; zero at the first.
    pub hook_up: Duration,
    /// Whether the hook's breaker is open.
    pub hook_down: bool,
}

/// What to settle with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of the delivery.
    pub verdict: Verdict,
    /// Its `blocked_ms` from now on.
    pub blocked_ms: u64,
}

/// Decides.
pub fn decide(case: &Case<'_>) -> Decision {
    let holds_lane = case.order != Order::None && !case.parked;
    let blocked_ms = if holds_lane {
        let more = u64::try_from(case.hook_up.as_millis()).unwrap_or(u64::MAX);
        case.blocked_ms.saturating_add(more)
    } else {
        case.blocked_ms
    };
    Decision {
        verdict: verdict(case, Duration::from_millis(blocked_ms)),
        blocked_ms,
    }
}

fn verdict(case: &Case<'_>, blocked: Duration) -> Verdict {
    if case.outcome == Outcome::Success {
        return Verdict::Delivered;
    }
    let last_chance = case.first_attempt_at.plus(case.schedule.give_up_after);
    if case.now >= last_chance {
        return Verdict::Dead {
            reason: format!(
                "given up after {} attempts; the last: {}",
                case.attempts, case.error
            ),
        };
    }
    let next = next_attempt(case).min(last_chance);
    let retry_after = match case.outcome {
        Outcome::Trouble { retry_after } => retry_after.map(|span| span.min(LONGEST_RETRY_AFTER)),
        _ => None,
    };
    let asked = retry_after.map_or(UnixMillis::ZERO, |span| case.now.plus(span));

    if case.parked {
        return Verdict::Park {
            next: next.max(asked),
            reason: case.error.to_owned(),
        };
    }
    if case.order == Order::Bounded && !case.hook_down {
        let reason = match case.outcome {
            Outcome::Permanent => Some(format!("the hook will not take it: {}", case.error)),
            _ if blocked >= BOUND => Some(format!(
                "held its conversation for {} minutes: {}",
                BOUND.as_secs() / 60,
                case.error
            )),
            _ => None,
        };
        if let Some(reason) = reason {
            return Verdict::Park {
                next: next.max(asked),
                reason,
            };
        }
    }
    let in_line = match case.order {
        Order::Bounded => {
            let rest = BOUND.saturating_sub(blocked).max(SHORTEST_REST);
            next.min(case.now.plus(rest))
        }
        Order::Strict | Order::None => next,
    };
    Verdict::Retry(in_line.max(asked))
}

/// When the schedule has the next attempt, give or take a fifth.
fn next_attempt(case: &Case<'_>) -> UnixMillis {
    let delays = &case.schedule.delays;
    let place = (case.attempts.max(1) - 1) as usize;
    let delay = delays
        .get(place)
        .or(delays.last())
        .copied()
        .unwrap_or(Duration::from_mins(1));
    case.now.plus(jittered(delay, case.jitter))
}

/// `span` ± 20 %, by a random number from 0 to 1.
pub fn jittered(span: Duration, jitter: f64) -> Duration {
    span.mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0))
}

/// Reads `Retry-After`: seconds, or an HTTP date. Never more than [`LONGEST_RETRY_AFTER`]; a date in the past is no wait.
pub fn retry_after(header: &str, now: UnixMillis) -> Option<Duration> {
    let header = header.trim();
    let span = match header.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) => {
            LONGEST_RETRY_AFTER
        }
        Err(_) => {
            let date = jiff::fmt::rfc2822::DateTimeParser::new()
                .parse_timestamp(header)
                .ok()?;
            UnixMillis(date.as_millisecond()).since(now)
        }
    };
    Some(span.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests;
