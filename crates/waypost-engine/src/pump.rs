//! The one loop: claim with a lease, act outside any transaction, settle with the lease as fence.
//!
//! Deliveries and sends are two kinds of [`Work`] for it. Each claim becomes a task of its own, so that nothing waits for
//! anything but its own lane and its own gate.
//!
//! **Invariant:** the loop itself never waits for a call; it waits for wake-ups, for the clock, and for the store to claim.

use std::fmt::Debug;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use waypost_core::time::UnixMillis;
use waypost_store::{Demand, Error};

use crate::clock::Clock;
use crate::gate::{Gates, Room};
use crate::tasks::Pulse;

/// After a failed claim, and when what was due turns out not to be claimable.
const REST: Duration = Duration::from_millis(500);
/// The longest pause between two tries to store a settlement.
const LONGEST_SETTLE_REST: Duration = Duration::from_secs(5);

/// A kind of work.
#[async_trait]
pub(crate) trait Work: Send + Sync + 'static {
    /// By whom claims are counted: a hook, an account.
    type Key: Clone + Eq + Hash + Debug + Send + Sync;
    /// What is claimed.
    type Claim: Send + Sync;
    /// What came of it: the settlement, and what is told afterwards.
    type Done: Send + Sync;

    /// For logs.
    const NAME: &'static str;

    fn gates(&self) -> &Arc<Gates<Self::Key>>;

    /// Whom to work for, and the most calls each may have at once.
    fn keys(&self) -> Vec<(Self::Key, usize)>;

    fn key_of(claim: &Self::Claim) -> &Self::Key;

    /// What may be claimed for one of them now.
    fn room(&self, key: &Self::Key, now: UnixMillis, cap: usize) -> Room {
        self.gates().with(key, |gate| gate.room(now, cap))
    }

    /// A claim was made, and its call begins.
    fn begins(&self, _claim: &Self::Claim, _now: UnixMillis) {}

    /// When work of any of these falls due.
    fn next_due(&self, keys: &[Self::Key]) -> Option<UnixMillis>;

    /// Woken by the store.
    fn ready(&self) -> Arc<Notify>;

    async fn claim(
        &self,
        now: UnixMillis,
        demand: &[Demand<Self::Key>],
    ) -> Result<Vec<Self::Claim>, Error>;

    /// Makes the call and judges it.
    async fn act(&self, claim: &Self::Claim) -> Self::Done;

    /// What to settle with when `act` panicked.
    fn broken(&self, claim: &Self::Claim) -> Self::Done;

    /// Stores what came of it.
    async fn settle(&self, done: &Self::Done) -> Result<(), Error>;

    /// It is stored: tells whoever wants to know.
    async fn settled(&self, claim: &Self::Claim, done: &Self::Done);
}

/// Runs until `stop`, and then until everything under way is settled.
pub(crate) async fn run<W: Work>(
    work: Arc<W>,
    clock: Arc<dyn Clock>,
    pulse: Arc<Pulse>,
    stop: CancellationToken,
) {
    let ready = work.ready();
    let mut tasks = JoinSet::new();
    while !stop.is_cancelled() {
        // Calls end in bursts, since many are settled in one commit: all of a burst make room before the next claim.
        tokio::task::yield_now().await;
        while tasks.try_join_next().is_some() {}
        // Registered before looking, so that nothing that happens meanwhile is missed.
        let mut woken = pin!(ready.notified());
        let mut changed = pin!(work.gates().changed());
        woken.as_mut().enable();
        changed.as_mut().enable();

        let now = clock.now();
        let outlook = outlook(&*work, now);
        let mut wake_at = outlook.wake_at;
        if outlook.is_due(now) {
            let busy = pulse.enter();
            match work.claim(now, &outlook.demand).await {
                Ok(claims) if claims.is_empty() => wake_at = Some(now.plus(REST)),
                Ok(claims) => {
                    let now = clock.now();
                    for claim in claims {
                        work.begins(&claim, now);
                        let mut slot = work
                            .gates()
                            .enter(W::key_of(&claim), outlook.width(W::key_of(&claim)));
                        let (work, clock, busy) =
                            (Arc::clone(&work), Arc::clone(&clock), pulse.enter());
                        tasks.spawn(async move {
                            let done = attempt(&*work, &claim).await;
                            slot.call_ended();
                            conclude(&*work, &*clock, &claim, &done).await;
                            drop((slot, busy));
                        });
                    }
                    continue;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "cannot claim {}, trying again soon",
                        W::NAME
                    );
                    wake_at = Some(now.plus(REST));
                }
            }
            drop(busy);
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = woken => {}
            () = changed => {}
            _ = tasks.join_next(), if !tasks.is_empty() => {}
            () = sleep_until(&*clock, wake_at) => {}
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// What a pump could do at a time, and when to look again.
pub(crate) struct Outlook<K> {
    demand: Vec<Demand<K>>,
    /// When something falls due that may be claimed then.
    wake_at: Option<UnixMillis>,
}

impl<K: Eq> Outlook<K> {
    /// How many of these there may be at once.
    fn width(&self, key: &K) -> usize {
        let demand = self.demand.iter().find(|one| one.of == *key);
        demand.map_or(1, |one| one.width)
    }

    pub(crate) fn is_due(&self, now: UnixMillis) -> bool {
        self.wake_at.is_some_and(|at| at <= now)
    }
}

pub(crate) fn outlook<W: Work>(work: &W, now: UnixMillis) -> Outlook<W::Key> {
    let mut demand = Vec::new();
    let mut open = Vec::new();
    let mut wake_at: Option<UnixMillis> = None;
    for (key, cap) in work.keys() {
        match work.room(&key, now, cap) {
            room @ (Room::Now(_) | Room::Probe) => {
                open.push(key.clone());
                let width = work.gates().with(&key, |gate| gate.limit(cap));
                let (room, probes) = match room {
                    Room::Now(room) => (room, false),
                    _ => (1, true),
                };
                demand.push(Demand {
                    of: key,
                    room,
                    width,
                    probes,
                });
            }
            Room::At(opens) => {
                let due = work.next_due(std::slice::from_ref(&key));
                wake_at = earlier(wake_at, due.map(|due| due.max(opens)));
            }
            Room::None => {}
        }
    }
    if !open.is_empty() {
        wake_at = earlier(wake_at, work.next_due(&open));
    }
    Outlook { demand, wake_at }
}

fn earlier(one: Option<UnixMillis>, other: Option<UnixMillis>) -> Option<UnixMillis> {
    [one, other].into_iter().flatten().min()
}

async fn sleep_until(clock: &dyn Clock, moment: Option<UnixMillis>) {
    match moment {
        Some(moment) => clock.sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

async fn attempt<W: Work>(work: &W, claim: &W::Claim) -> W::Done {
    let acted = AssertUnwindSafe(work.act(claim)).catch_unwind().await;
    acted.unwrap_or_else(|_| work.broken(claim))
}

/// Settles a claim, however long the store needs to take it.
async fn conclude<W: Work>(work: &W, clock: &dyn Clock, claim: &W::Claim, done: &W::Done) {
    let mut rest = Duration::from_millis(50);
    while let Err(error) = work.settle(done).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "cannot settle {}, trying again in {} ms",
            W::NAME,
            rest.as_millis()
        );
        clock.sleep_until(clock.now().plus(rest)).await;
        rest = (rest * 2).min(LONGEST_SETTLE_REST);
    }
    work.settled(claim, done).await;
}
