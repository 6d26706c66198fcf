//! A transport that keeps to Meta's pace: so many messages a second for a number, and one every six seconds for a recipient.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>
//!
//! It wraps another transport and makes sends wait for their turn; it refuses and repeats nothing. Where Meta still answers that a
//! pair is too fast (131056), the pair waits 4^X seconds, X being how often that happened in a row.
//!
//! **Invariant:** one recipient's wait holds no other recipient up.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use serde::Deserialize;

use super::{CallFuture, Transport};
use crate::client::Clock;

/// How fast a number may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rates {
    /// Messages of one number within any second.
    pub messages_per_second: u32,
    /// Between two messages to one recipient, in the long run.
    pub pair_interval: Duration,
    /// How many messages to one recipient may go at once, borrowed from later.
    pub pair_burst: u32,
}

impl Rates {
    /// Most numbers: 80 a second.
    pub const STANDARD: Self = Self::of(80);
    /// Numbers of throughput level `HIGH`: 1,000 a second.
    pub const HIGH: Self = Self::of(1000);
    /// Numbers that are also in the WhatsApp Business app: 20 a second.
    pub const COEXISTENCE: Self = Self::of(20);

    /// So many messages a second; a recipient gets one in six seconds, 45 at once.
    pub const fn of(messages_per_second: u32) -> Self {
        Self {
            messages_per_second,
            pair_interval: Duration::from_secs(6),
            pair_burst: 45,
        }
    }
}

/// A transport that keeps to a pace.
pub struct Throttle {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    rates: Rates,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    numbers: HashMap<String, NumberPace>,
    pairs: HashMap<Pair, PairPace>,
}

type Pair = (String, String);

/// Pairs kept before those that need no waiting are dropped.
const MAX_IDLE_PAIRS: usize = 10_000;

impl Throttle {
    /// All numbers keep to these rates.
    pub fn new(inner: Arc<dyn Transport>, rates: Rates, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            clock,
            rates,
            state: Mutex::default(),
        }
    }

    /// Takes a turn, and says how long until it comes.
    fn turn(&self, pair: &Pair) -> Duration {
        let now = self.clock.now();
        let rates = self.rates;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.pairs.len() >= MAX_IDLE_PAIRS {
            state.pairs.retain(|_, pace| !pace.is_idle(now));
        }
        let number = state.numbers.entry(pair.0.clone()).or_default();
        let wait = number.take(now, rates.messages_per_second);
        let of_pair = state.pairs.entry(pair.clone()).or_default();
        wait.max(of_pair.take(now, rates))
    }

    fn settle(&self, pair: &Pair, was_too_fast: bool) {
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pace) = state.pairs.get_mut(pair) {
            pace.settle(now, was_too_fast);
        }
    }
}

impl Transport for Throttle {
    fn call(&self, request: Request<Bytes>) -> CallFuture<'_> {
        let Some(pair) = sender_and_recipient(&request) else {
            return self.inner.call(request);
        };
        Box::pin(async move {
            let wait = self.turn(&pair);
            if !wait.is_zero() {
                self.clock.sleep(wait).await;
            }
            let answer = self.inner.call(request).await?;
            self.settle(&pair, says_too_fast(&answer));
            Ok(answer)
        })
    }

    fn open(&self, request: Request<super::Body>) -> super::OpenFuture<'_> {
        self.inner.open(request)
    }
}

/// Recipients are personal data.
impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("inner", &self.inner)
            .field("rates", &self.rates)
            .finish_non_exhaustive()
    }
}

/// When the last messages of a number go, as many as it may send in a second: the next one goes a second after the first of them.
#[derive(Debug, Default)]
struct NumberPace {
    last: VecDeque<Duration>,
}

impl NumberPace {
    fn take(&mut self, now: Duration, per_second: u32) -> Duration {
        let is_full = self.last.len() >= usize::try_from(per_second.max(1)).unwrap_or(usize::MAX);
        let first = if is_full { self.last.pop_front() } else { None };
        let at = first.map_or(now, |first| now.max(first + Duration::from_secs(1)));
        self.last.push_back(at);
        at.saturating_sub(now)
    }
}

/// One flow of turns, as the generic cell rate algorithm has it: the moment at which the allowance is whole again.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    whole_at: Duration,
}

impl Pace {
    fn take(&mut self, now: Duration, interval: Duration, burst: u32) -> Duration {
        self.whole_at = self.whole_at.max(now) + interval;
        let allowed_at = self.whole_at.saturating_sub(interval.saturating_mul(burst));
        allowed_at.saturating_sub(now)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct PairPace {
    pace: Pace,
    held_until: Duration,
    refusals: u32,
}

impl PairPace {
    fn take(&mut self, now: Duration, rates: Rates) -> Duration {
        let wait = self.pace.take(now, rates.pair_interval, rates.pair_burst);
        wait.max(self.held_until.saturating_sub(now))
    }

    fn settle(&mut self, now: Duration, was_too_fast: bool) {
        if was_too_fast {
            self.held_until = now + Duration::from_secs(4_u64.saturating_pow(self.refusals));
            self.refusals = (self.refusals + 1).min(8);
        } else {
            self.refusals = 0;
        }
    }

    fn is_idle(&self, now: Duration) -> bool {
        self.pace.whole_at <= now && self.held_until <= now && self.refusals == 0
    }
}

/// Whom a send is from and to; `None` for anything else, a read mark included.
fn sender_and_recipient(request: &Request<Bytes>) -> Option<Pair> {
    #[derive(Deserialize)]
    struct Send {
        to: Option<String>,
        recipient: Option<String>,
    }
    if request.method() != Method::POST {
        return None;
    }
    let mut segments = request.uri().path().rsplit('/');
    if !matches!(segments.next()?, "messages" | "marketing_messages") {
        return None;
    }
    let number = segments.next()?.to_owned();
    let send: Send = serde_json::from_slice(request.body()).ok()?;
    Some((number, one_spelling(send.to.or(send.recipient)?)))
}

/// A phone number's digits, however it is written, since Meta counts the recipient and not the spelling; anything else as it is.
fn one_spelling(recipient: String) -> String {
    let is_dialled = |c: char| c.is_ascii_digit() || "+-(). /\u{a0}".contains(c);
    if !recipient.chars().all(is_dialled) {
        return recipient;
    }
    recipient.chars().filter(char::is_ascii_digit).collect()
}

fn says_too_fast(answer: &http::Response<Bytes>) -> bool {
    if answer.status().is_success() {
        return false;
    }
    let error = crate::ApiError::from_response(answer.status(), answer.headers(), answer.body());
    error.class == crate::ErrorClass::ThrottledPair
}

#[cfg(test)]
mod tests;
