//! Replays: stored events delivered once more, many at a time. See [`waypost_core::replay`] for what they are.

use async_trait::async_trait;
use waypost_core::account::AccountId;
use waypost_core::delivery::DeliveryState;
use waypost_core::event::Scope;
use waypost_core::event::{NewEvent, StoredEvent, Target};
use waypost_core::hook::HookId;
use waypost_core::id::{ContactId, EventId, ReplayId};
use waypost_core::replay::{Counts, Replay, Request, State};
use waypost_core::time::UnixMillis;

use crate::{Error, Page};

/// Where replays are remembered, and what they look at.
#[async_trait]
pub trait Replays {
    /// Begins a replay of everything stored before this moment.
    async fn start_replay(&self, now: UnixMillis, request: Request) -> Result<Replay, Error>;

    /// Queues what one step chose and moves the replay's place, in one transaction; the answer is the replay afterwards.
    /// A step of a replay that has ended, or that is not where the step begins, changes nothing.
    async fn step_replay(&self, now: UnixMillis, step: Step) -> Result<Option<Replay>, Error>;

    /// Stops a replay for good; what it has queued stays queued. The answer is the replay afterwards, if there is one.
    async fn cancel_replay(&self, now: UnixMillis, id: ReplayId) -> Result<Option<Replay>, Error>;

    /// One replay.
    async fn replay(&self, id: ReplayId) -> Result<Option<Replay>, Error>;

    /// Replays, oldest first, from after a cursor.
    async fn replays(&self, limit: usize, after: Option<&str>) -> Result<Page<Replay>, Error>;

    /// Replays that have not ended, oldest first.
    async fn running_replays(&self) -> Result<Vec<Replay>, Error>;

    /// The next events that a request admits by their own columns, oldest first: at most `limit` of those after `place` and
    /// before `end`, with how their deliveries stand. Looks at a bounded number of rows, so it may find none and still not
    /// be at the end.
    async fn candidates(
        &self,
        request: &Request,
        place: EventId,
        end: EventId,
        limit: usize,
    ) -> Result<Candidates, Error>;

    /// Everyone known by this id of ours, phone number, user id or parent user id, under every id they ever had here.
    async fn contacts(
        &self,
        account_id: Option<&AccountId>,
        handle: &str,
    ) -> Result<Vec<ContactId>, Error>;
}

/// What [`Replays::candidates`] found.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// Oldest first.
    pub events: Vec<Candidate>,
    /// Events looked at; of the account that the request names, if it names one.
    pub looked_at: u64,
    /// The last of them: where the next search begins.
    pub place: EventId,
    /// Nothing more comes before `end`.
    pub is_end: bool,
}

/// An event that may be replayed.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The event.
    pub event: StoredEvent,
    /// How its deliveries stand, oldest first.
    pub deliveries: Vec<(HookId, DeliveryState)>,
}

/// One step of a replay.
#[derive(Debug, Clone)]
pub struct Step {
    /// Of which replay.
    pub id: ReplayId,
    /// Where the replay has to be.
    pub from: EventId,
    /// Where it is afterwards.
    pub to: EventId,
    /// Where the replay is then.
    pub state: State,
    /// What the step adds to the replay's counts.
    pub counts: Counts,
    /// What it queues, in this order.
    pub items: Vec<StepItem>,
}

/// An event that is delivered once more.
#[derive(Debug, Clone)]
pub struct StepItem {
    /// Which.
    pub event: StoredEvent,
    /// What it is ordered by.
    pub scope: Scope,
    /// To whom.
    pub targets: Vec<Target>,
    /// It could not be read when it was stored, and this is what it is: stored in place of what was there.
    pub read: Option<Box<NewEvent>>,
}
