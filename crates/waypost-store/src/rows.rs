//! What business transactions read and write, one row at a time: the seam between them and where the rows lie.
//!
//! The transactions of the stores that one process owns (SQLite, memory) are written once, in [`crate::transaction`], over
//! this trait. A store of several processes implements the public traits in its own way.
//!
//! **Invariant:** what one transaction writes, it and the later ones of its batch read; nobody else does before the commit.

use std::ops::Range;

use waypost_core::account::AccountId;
use waypost_core::contact::{Contact, HandleKind};
use waypost_core::delivery::{Attempt, DeliveryState};
use waypost_core::event::{DedupeKey, StoredEvent};
use waypost_core::hook::{HookId, Pause};
use waypost_core::id::{ContactId, DeliveryId, EventId, OutboxId, ReplayId};
use waypost_core::lane::LaneKey;
use waypost_core::message::MessageState;
use waypost_core::replay::{Replay, Span};
use waypost_core::time::UnixMillis;

use crate::{Error, Idempotency};

/// Rows, as one transaction sees them: names, events, deliveries, settings, and what follows.
pub(crate) trait Rows:
    HookRows + MessageRows + ContactRows + ReplayRows + UpkeepRows
{
    /// The next id of this store; every kind of row takes from this one source.
    fn next_id(&mut self, now: UnixMillis) -> i64;
    /// The small number that stands for an account in rows and lanes; given out at first use.
    fn account_number(&mut self, account_id: &AccountId) -> Result<u32, Error>;
    /// The small number that stands for a hook.
    fn hook_number(&mut self, hook_id: &HookId) -> Result<u32, Error>;
    /// Every hook that ever got a delivery.
    fn hooks(&mut self) -> Result<Vec<(u32, HookId)>, Error>;
    /// Remembers that this hook answers again.
    fn recover_hook(&mut self, hook: u32, now: UnixMillis) -> Result<(), Error>;

    /// The event with this key, if it was seen before.
    fn seen(&mut self, key: DedupeKey) -> Result<Option<EventId>, Error>;
    /// Makes an event found by its key and by its subject.
    fn remember(&mut self, key: DedupeKey, event: EventId) -> Result<(), Error>;
    /// Events about one subject, in no order.
    fn events_about(&mut self, subject: i64) -> Result<Vec<EventId>, Error>;
    /// One event.
    fn event(&mut self, id: EventId) -> Result<Option<StoredEvent>, Error>;
    /// Appends an event.
    fn insert_event(&mut self, account: u32, event: &StoredEvent) -> Result<(), Error>;

    /// Appends a delivery: pending, due at once, no attempts.
    fn insert_delivery(
        &mut self,
        id: DeliveryId,
        event: EventId,
        hook: u32,
        lane: LaneKey,
    ) -> Result<(), Error>;
    /// Writes what an attempt made of a delivery.
    fn change_delivery(&mut self, change: &DeliveryChange<'_>) -> Result<(), Error>;

    /// Stores a value.
    fn set_setting(&mut self, name: &str, value: &str) -> Result<(), Error>;
}

/// What people do to hooks and to deliveries.
pub(crate) trait HookRows {
    /// Remembers that a hook is paused, unless it is already.
    fn pause_hook(&mut self, hook: u32, pause: &Pause) -> Result<(), Error>;
    /// Remembers that a hook is not to be called before a time, unless a later one is known.
    fn hold_hook(&mut self, hook: u32, not_before: UnixMillis) -> Result<(), Error>;
    /// Forgets both.
    fn release_hook(&mut self, hook: u32) -> Result<(), Error>;

    /// What waits for a hook, parked or not, of these ids; the oldest come first.
    fn waiting(
        &mut self,
        hook: u32,
        range: Range<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<(DeliveryId, LaneKey)>, Error>;
    /// Gives a delivery up.
    fn kill_delivery(&mut self, id: DeliveryId, reason: &str) -> Result<(), Error>;

    /// A delivery that may be done again, if its event is still there.
    fn repeatable(&mut self, id: DeliveryId) -> Result<Option<Repeatable>, Error>;
    /// Appends a delivery that does another again: pending, due at once, no attempts.
    fn insert_redelivery(
        &mut self,
        id: DeliveryId,
        of: DeliveryId,
        before: &Repeatable,
    ) -> Result<(), Error>;
}

/// Replays, and what they queue.
pub(crate) trait ReplayRows {
    /// Appends a replay, or writes its changeable part: state, place, counts, time.
    fn put_replay(&mut self, replay: &Replay) -> Result<(), Error>;
    /// One replay.
    fn replay(&mut self, id: ReplayId) -> Result<Option<Replay>, Error>;
    /// The first and the last event of a range.
    fn span(&mut self, range: Range<EventId>) -> Result<Option<Span>, Error>;
    /// Appends a delivery that a replay makes: pending, due at `due`, no attempts.
    fn insert_replayed(
        &mut self,
        id: DeliveryId,
        event: EventId,
        hook: u32,
        lane: LaneKey,
        replay: ReplayId,
        due: UnixMillis,
    ) -> Result<(), Error>;
    /// Writes an event as this version reads it. Nothing of it is unreadable now.
    fn change_event(&mut self, event: &StoredEvent) -> Result<(), Error>;
}

/// What is old, found and removed.
pub(crate) trait UpkeepRows {
    /// Events between these two, oldest first.
    fn old_events(
        &mut self,
        after: EventId,
        before: EventId,
        limit: usize,
    ) -> Result<Vec<EventId>, Error>;
    /// Whether an event is there.
    fn has_event(&mut self, event: EventId) -> Result<bool, Error>;
    /// Every delivery of an event.
    fn deliveries_of(&mut self, event: EventId) -> Result<Vec<(DeliveryId, DeliveryState)>, Error>;
    /// Removes an event with its deliveries and their attempts.
    fn remove_event(&mut self, event: EventId, deliveries: &[DeliveryId]) -> Result<(), Error>;
    /// Removes some of what is older than an event and belongs to none.
    fn remove_others(
        &mut self,
        now: UnixMillis,
        before: EventId,
        limit: usize,
    ) -> Result<(), Error>;
    /// Gives some free pages back to the disk.
    fn give_back(&mut self) -> Result<(), Error>;
    /// Notes that an event was about this contact, if that has not been noted for a while.
    fn note_use(&mut self, contact: ContactId, now: UnixMillis) -> Result<(), Error>;
}

/// A delivery that may be done again.
#[derive(Debug, Clone)]
pub(crate) struct Repeatable {
    pub(crate) event: EventId,
    pub(crate) hook: u32,
    pub(crate) hook_id: HookId,
    /// As of when it was stored: see [`ContactRows::merge_lanes`].
    pub(crate) lane: LaneKey,
    pub(crate) state: DeliveryState,
    pub(crate) redelivered_as: Option<DeliveryId>,
}

/// The outbox.
pub(crate) trait MessageRows {
    /// Appends a message.
    fn insert_message(&mut self, message: &MessageRow) -> Result<(), Error>;
    /// One message.
    fn message(&mut self, id: OutboxId) -> Result<Option<MessageRow>, Error>;
    /// The message that Meta gave this id.
    fn message_by_wamid(&mut self, account: u32, wamid: &str) -> Result<Option<MessageRow>, Error>;
    /// Writes a message's changeable part: everything but lane, body and where it comes from.
    fn change_message(&mut self, message: &MessageRow) -> Result<(), Error>;

    /// Until when this recipient gets no more of this template, and why: Meta's error.
    fn suppression(
        &mut self,
        lane: LaneKey,
        template: &str,
    ) -> Result<Option<(UnixMillis, String)>, Error>;
    /// Remembers that, and forgets what is over.
    fn suppress(
        &mut self,
        now: UnixMillis,
        lane: LaneKey,
        template: &str,
        until: UnixMillis,
        error: &str,
    ) -> Result<(), Error>;

    /// What was stored under this idempotency key.
    fn submission(&mut self, key: &str) -> Result<Option<Submission>, Error>;
    /// Remembers a submission, and forgets a few that are older than a day.
    fn insert_submission(
        &mut self,
        now: UnixMillis,
        idempotency: &Idempotency,
        messages: &[OutboxId],
    ) -> Result<(), Error>;
}

/// Who is who.
pub(crate) trait ContactRows {
    /// Who is known by this handle.
    fn contact_by_handle(
        &mut self,
        account: u32,
        kind: HandleKind,
        value: &str,
    ) -> Result<Option<ContactId>, Error>;
    /// A contact, with the ids that tell it from others.
    fn contact(&mut self, id: ContactId) -> Result<Contact, Error>;
    /// Appends a contact.
    fn insert_contact(&mut self, account: u32, id: ContactId) -> Result<(), Error>;
    /// Gives a handle to a contact, taking it from whoever had it.
    fn give_handle(
        &mut self,
        account: u32,
        kind: HandleKind,
        value: &str,
        contact: ContactId,
    ) -> Result<(), Error>;
    /// Gives all handles of `younger` to `older`, and remembers that they are one.
    fn merge_contacts(&mut self, younger: ContactId, older: ContactId) -> Result<(), Error>;
    /// Remembers that what waits in one lane now waits in the other.
    fn merge_lanes(&mut self, from: LaneKey, into: LaneKey) -> Result<(), Error>;
}

/// What was stored under an idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) fingerprint: [u8; 32],
    pub(crate) messages: Vec<OutboxId>,
}

/// What an attempt made of a delivery.
#[derive(Debug)]
pub(crate) struct DeliveryChange<'a> {
    /// Which.
    pub(crate) id: DeliveryId,
    /// Never `Delivering`; absent keeps what is there.
    pub(crate) state: Option<DeliveryState>,
    /// When it is tried next.
    pub(crate) due: UnixMillis,
    /// For how long it has held its lane up, in milliseconds.
    pub(crate) blocked_ms: u64,
    /// Why it is parked or dead; absent keeps what is there.
    pub(crate) reason: Option<&'a str>,
    /// The call that was made, if one was.
    pub(crate) attempt: Option<&'a Attempt>,
}

/// A message of ours as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct MessageRow {
    pub(crate) id: OutboxId,
    pub(crate) account: u32,
    pub(crate) account_id: AccountId,
    /// As of when it was stored: see [`Rows::merge_lanes`].
    pub(crate) lane: LaneKey,
    pub(crate) state: MessageState,
    pub(crate) body: String,
    pub(crate) wamid: Option<String>,
    /// A JSON value.
    pub(crate) error: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) due: UnixMillis,
    pub(crate) event: Option<EventId>,
    pub(crate) delivery: Option<DeliveryId>,
    pub(crate) updated_at: UnixMillis,
    /// Uncertain for so long that it was told, and its lane went on.
    pub(crate) noticed: bool,
}
