//! A transport that keeps to Meta's pace: so many messages a second for a number, and one every six seconds for a recipient.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>
//!
//! It wraps another transport and makes sends wait for their turn; it repeats nothing, and refuses only what would leave after its
//! caller gave it up ([`TimeLeft`]). Where Meta still answers that a pair is too fast (131056), the pair waits 4^X seconds, X being
//! how often that happened in a row.
//!
//! A send waits for its pair first and takes its place among the number's sends then, so that what is told is when it leaves.
//!
//! **Invariant:** one recipient's wait holds no other recipient up; a turn of a send that is given up before it leaves is given back.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use serde::Deserialize as _;
use serde_json::Value;

use super::{CallFuture, Deadline, Error, TimeLeft, Transport};
use crate::client::Clock;
use crate::open::Text;
use crate::raw;

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

/// What waits for a turn.
struct Waiting {
    number: String,
    /// Where it can be known.
    recipient: Option<String>,
}

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

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a turn of a pair, and says when it comes.
    fn pair_turn<'a>(&'a self, pair: &'a Pair) -> (Turn<'a>, Duration) {
        let now = self.clock.now();
        let mut state = self.state();
        if state.pairs.len() >= MAX_IDLE_PAIRS {
            state.pairs.retain(|_, pace| !pace.is_idle(now));
        }
        let pace = state.pairs.entry(pair.clone()).or_default();
        let at = now + pace.take(now, self.rates);
        (self.taken(Place::Pair(pair)), at)
    }

    /// Takes a turn of a number, and says when it comes.
    fn number_turn<'a>(&'a self, number: &'a str) -> (Turn<'a>, Duration) {
        let now = self.clock.now();
        let mut state = self.state();
        let pace = state.numbers.entry(number.to_owned()).or_default();
        let at = pace.take(now, self.rates.messages_per_second);
        (self.taken(Place::Number(number, at)), at)
    }

    fn taken<'a>(&'a self, place: Place<'a>) -> Turn<'a> {
        Turn {
            throttle: self,
            place,
            has_left: false,
        }
    }

    /// Waits, if there is time for it.
    async fn wait_until(&self, at: Duration, ends_at: Option<Duration>) -> Result<(), Error> {
        if ends_at.is_some_and(|ends_at| at >= ends_at) {
            return Err(Error::not_sent("its turn comes after the call's deadline"));
        }
        let wait = at.saturating_sub(self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        Ok(())
    }

    async fn send(
        &self,
        waiting: Waiting,
        mut request: Request<Bytes>,
    ) -> Result<http::Response<Bytes>, Error> {
        let left = request.extensions().get::<TimeLeft>();
        let ends_at = left.map(|TimeLeft(left)| self.clock.now().saturating_add(*left));
        let Waiting { number, recipient } = waiting;
        let pair = recipient.map(|recipient| (number.clone(), recipient));
        let mut of_pair = None;
        if let Some(pair) = &pair {
            let (turn, at) = self.pair_turn(pair);
            of_pair = Some(turn);
            self.wait_until(at, ends_at).await?;
        }
        let (mut of_number, at) = self.number_turn(&number);
        self.wait_until(at, ends_at).await?;
        if let Some(ends_at) = ends_at {
            shorten(&mut request, ends_at.saturating_sub(self.clock.now()))?;
        }
        of_number.has_left = true;
        if let Some(turn) = &mut of_pair {
            turn.has_left = true;
        }
        let answer = self.inner.call(request).await?;
        if let Some(pair) = &pair {
            let now = self.clock.now();
            if let Some(pace) = self.state().pairs.get_mut(pair) {
                pace.settle(now, says_too_fast(&answer));
            }
        }
        Ok(answer)
    }
}

/// What is left of a request's time after its wait.
fn shorten(request: &mut Request<Bytes>, left: Duration) -> Result<(), Error> {
    if left.is_zero() {
        return Err(Error::not_sent("the call's deadline has passed"));
    }
    let extensions = request.extensions_mut();
    extensions.insert(TimeLeft(left));
    if let Some(Deadline(of_request)) = extensions.get_mut() {
        *of_request = left.min(*of_request);
    }
    Ok(())
}

/// A turn that was taken: unless its send leaves, it is given back.
struct Turn<'a> {
    throttle: &'a Throttle,
    place: Place<'a>,
    has_left: bool,
}

/// Where a turn was taken: from a pair, or from a number, where it comes then.
enum Place<'a> {
    Pair(&'a Pair),
    Number(&'a str, Duration),
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.has_left {
            return;
        }
        let mut state = self.throttle.state();
        match self.place {
            Place::Pair(pair) => {
                if let Some(pace) = state.pairs.get_mut(pair) {
                    pace.pace.give_back(self.throttle.rates.pair_interval);
                }
            }
            Place::Number(number, at) => {
                if let Some(pace) = state.numbers.get_mut(number) {
                    pace.give_back(at);
                }
            }
        }
    }
}

impl Transport for Throttle {
    fn call(&self, request: Request<Bytes>) -> CallFuture<'_> {
        match waiting(&request) {
            Some(waiting) => Box::pin(self.send(waiting, request)),
            None => self.inner.call(request),
        }
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

/// When the last messages of a number go, in order: one more goes a second after the first of as many as may go in a second.
#[derive(Debug, Default)]
struct NumberPace {
    last: VecDeque<Duration>,
}

impl NumberPace {
    /// When the turn comes.
    fn take(&mut self, now: Duration, per_second: u32) -> Duration {
        let second = Duration::from_secs(1);
        while self.last.front().is_some_and(|at| *at + second <= now) {
            self.last.pop_front();
        }
        let per_second = usize::try_from(per_second.max(1)).unwrap_or(usize::MAX);
        let first = self.last.len().checked_sub(per_second);
        let free_at = first.map_or(now, |first| self.last[first] + second);
        // Turns that were given back may leave room before the last one: it stays the last.
        let at = free_at
            .max(now)
            .max(self.last.back().copied().unwrap_or_default());
        self.last.push_back(at);
        at
    }

    fn give_back(&mut self, at: Duration) {
        if let Some(place) = self.last.iter().rposition(|other| *other == at) {
            self.last.remove(place);
        }
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

    fn give_back(&mut self, interval: Duration) {
        self.whole_at = self.whole_at.saturating_sub(interval);
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

/// Whom a send is from and to; `None` for anything else, a read mark included. Whom an encrypted one is to, nobody here can read.
fn waiting(request: &Request<Bytes>) -> Option<Waiting> {
    if request.method() != Method::POST {
        return None;
    }
    let mut segments = request.uri().path().rsplit('/');
    let kind = segments.next()?;
    let number = segments.next()?.to_owned();
    let recipient = match kind {
        "messages_encrypted" => None,
        "messages" | "marketing_messages" => {
            let send: Value = raw::read(request.body()).ok()?;
            let told = |name| send.get(name).filter(|whom| !whom.is_null());
            let whom = told("to").or_else(|| told("recipient"))?;
            // A number written without quotes is one all the same.
            let whom = Text::deserialize(whom).ok();
            whom.map(|whom| one_spelling(whom.into_string()))
        }
        _ => return None,
    };
    Some(Waiting { number, recipient })
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
