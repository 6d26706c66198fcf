//! What Waypost remembers: a handful of traits whose methods are whole business transactions.
//!
//! No transaction handle crosses a trait. A method either happened entirely and durably when it returns `Ok`, or not at
//! all. One conformance suite ([`conformance`]) runs against every store.
//!
//! | store | for |
//! |---|---|
//! | [`sqlite`] | the default: one file, one process, an OS lock on the data directory |
//! | [`memory`] | tests and simulation |
//!
//! **Invariant:** SQL and its driver occur in this crate only.

mod claim;
pub mod conformance;
mod error;
mod fresh;
mod hooks;
mod list;
pub mod memory;
mod query;
mod queues;
mod replays;
mod rows;
pub mod sqlite;
mod stats;
mod transaction;
mod turns;
mod upkeep;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Notify, watch};
use waypost_core::delivery::DeliveryView;
use waypost_core::event::{NewEvent, StoredEvent};
use waypost_core::hook::HookId;
use waypost_core::id::{EventId, OutboxId};
use waypost_core::message::{MessageView, NewMessage};
use waypost_core::time::UnixMillis;

pub use claim::{
    DeliveryClaim, DeliverySettlement, Demand, HookNews, Lease, NoPace, Pace, RedeliveryOf,
    ReplayOf, SendClaim, SendSettlement,
};
pub use error::Error;
pub use hooks::{Hooks, Redelivered, Skipped};
pub use memory::MemoryStore;
pub use query::{DeliveryQuery, EventQuery, MessageQuery, Page};
pub use replays::{Candidate, Candidates, Replays, Step, StepItem};
pub use sqlite::SqliteStore;
pub use stats::{Distribution, HookBacklog, Stats};
pub use upkeep::{Forget, Forgotten, KEYS_KEPT_MS, Space, Upkeep};

/// Where webhooks arrive.
#[async_trait]
pub trait Inbox {
    /// Stores events with their de-duplication keys and deliveries, settles the statuses among them, in one durable
    /// transaction, in the order given. The answer has one entry for each event.
    ///
    /// An event whose key was seen before (at least ten days back) is not stored again and gets no delivery.
    async fn accept(&self, now: UnixMillis, events: Vec<NewEvent>) -> Result<Vec<Accepted>, Error>;
}

/// What became of one event given to [`Inbox::accept`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Its id, or that of the event it repeats (absent if retention has removed that one).
    pub id: Option<EventId>,
    /// Whether it repeats an event seen before.
    pub duplicate: bool,
}

/// The queue of deliveries: claim with a lease, act outside any transaction, settle with the lease as fence.
#[async_trait]
pub trait Deliveries {
    /// Claims the heads of due lanes: for each hook at most as many as it has room for, hooks in turn, and within a hook
    /// lanes in turn. A claimed lane is nobody else's until it is settled.
    async fn claim_deliveries(
        &self,
        now: UnixMillis,
        demand: &[Demand<HookId>],
    ) -> Result<Vec<DeliveryClaim>, Error>;

    /// Records attempts and what they mean, and puts replies into the outbox and notices among the events: for each
    /// settlement all of it or nothing, durably. A settlement whose lease is void changes nothing and is counted
    /// (`Stats::fenced`).
    async fn settle_deliveries(
        &self,
        now: UnixMillis,
        settlements: Vec<DeliverySettlement>,
    ) -> Result<(), Error>;

    /// The hook answers again: what is parked for it is due now, before everything else of its lanes, in order, and so are
    /// the heads that wait for a later attempt.
    async fn recover_hook(&self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error>;

    /// When the next lane of any of these hooks falls due; `UnixMillis::ZERO` if one is due already.
    fn next_delivery_due(&self, hooks: &[HookId]) -> Option<UnixMillis>;

    /// Deliveries, oldest first.
    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<DeliveryView>, Error>;
}

/// The queue of messages on their way to Meta. Lanes are (account, recipient); claims are by account.
#[async_trait]
pub trait Outbox {
    /// Stores messages to be sent, in order. With an idempotency key already used for the same content, answers the ids
    /// of then; for different content, [`Error::IdempotencyConflict`].
    async fn enqueue(
        &self,
        now: UnixMillis,
        messages: Vec<NewMessage>,
        idempotency: Option<Idempotency>,
    ) -> Result<Vec<OutboxId>, Error>;

    /// Claims the heads of due lanes and durably marks them `sending`, so that a crash leaves them uncertain, never sent
    /// twice. Lanes that rest by their `pace` wait, which costs nothing and is not written. A template that Meta refused for
    /// its recipient lately ([`waypost_core::refusal::suppressed_for`]) fails instead of being claimed.
    async fn claim_sends(
        &self,
        now: UnixMillis,
        demand: &[Demand<waypost_core::account::AccountId>],
        pace: &dyn Pace,
    ) -> Result<Vec<SendClaim>, Error>;

    /// Records what Meta answered. A status webhook that came first is not undone by it.
    async fn settle_sends(
        &self,
        now: UnixMillis,
        settlements: Vec<SendSettlement>,
    ) -> Result<(), Error>;

    /// Messages that have been uncertain since before `since` and whose `message.uncertain` event has not gone out yet,
    /// oldest first.
    async fn overdue_uncertain(
        &self,
        since: UnixMillis,
        limit: usize,
    ) -> Result<Vec<MessageView>, Error>;

    /// The uncertain message's time is up: stores the notice, lets its lane go on, and either keeps it uncertain or
    /// queues it again (`resend`), durably. Nothing happens if its status arrived meanwhile.
    async fn resolve_uncertain(
        &self,
        now: UnixMillis,
        id: OutboxId,
        resend: bool,
        notice: NewEvent,
    ) -> Result<(), Error>;

    /// Which of these messages are queued behind an uncertain one of their lane that nobody was told of yet, and that one.
    async fn waits_behind(
        &self,
        ids: &[OutboxId],
    ) -> Result<BTreeMap<OutboxId, MessageView>, Error>;

    /// When the next send lane of any of these accounts falls due.
    fn next_send_due(&self, accounts: &[waypost_core::account::AccountId]) -> Option<UnixMillis>;

    /// One message.
    async fn message(&self, id: OutboxId) -> Result<Option<MessageView>, Error>;

    /// Messages, oldest first.
    async fn messages(&self, query: &MessageQuery) -> Result<Page<MessageView>, Error>;
}

/// A caller's promise that two submissions with one key are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key, with the caller's own name in front.
    pub key: String,
    /// Digest of the content.
    pub fingerprint: [u8; 32],
}

/// What was stored, for reading.
#[async_trait]
pub trait Events {
    /// Events, oldest first.
    async fn events(&self, query: &EventQuery) -> Result<Page<StoredEvent>, Error>;

    /// One event.
    async fn event(&self, id: EventId) -> Result<Option<StoredEvent>, Error>;
}

/// Small values that outlive a restart: key hashes, the schema's own facts.
#[async_trait]
pub trait Settings {
    /// The value under this name.
    async fn setting(&self, name: &str) -> Result<Option<String>, Error>;

    /// Stores a value durably.
    async fn set_setting(&self, name: &str, value: &str) -> Result<(), Error>;
}

/// Everything a gateway remembers.
pub trait Store:
    Inbox + Deliveries + Hooks + Replays + Outbox + Events + Settings + Upkeep + Send + Sync
{
    /// Wakes whoever waits for work. It saves waiting; it never carries truth.
    fn ready(&self) -> &Ready;

    /// What the store has done since it was opened, and what waits in it.
    fn stats(&self) -> Stats;

    /// Whether a durable write succeeds right now: what readiness asks.
    fn is_writable(&self) -> bool;
}

/// Wake-ups, one for each queue and one for whoever follows the events.
#[derive(Debug, Clone)]
pub struct Ready {
    /// A delivery may be due that was not before.
    pub deliveries: Arc<Notify>,
    /// A message may be due that was not before.
    pub sends: Arc<Notify>,
    /// A delivery was settled, so that less may be waiting than before.
    pub settled: Arc<Notify>,
    /// The newest event that is committed; `EventId(0)` before the first. Every event up to it is found by a list asked for
    /// afterwards, and none is ever added below it.
    pub events: watch::Sender<EventId>,
}

impl Default for Ready {
    fn default() -> Self {
        Self {
            deliveries: Arc::default(),
            sends: Arc::default(),
            settled: Arc::default(),
            events: watch::Sender::new(EventId(0)),
        }
    }
}
