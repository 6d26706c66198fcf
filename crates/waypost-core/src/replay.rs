//! Replays: stored events delivered once more, many at a time, in the order in which they were accepted.
//!
//! A replay is a filter over what is stored and a place in it. It looks at the events between the two, oldest first, and
//! queues what it chooses in small steps; each step moves the place in the transaction that queues, so that a crash repeats
//! nothing and leaves nothing out. What it queues are deliveries like any other, of the same event under the same id.
//!
//! **Invariant:** a replay ends at the event that was the newest when it began.

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::delivery::DeliveryState;
use crate::directory::Directory;
use crate::event::{EventType, Handles, NewEvent, Scope, StoredEvent};
use crate::hook::{Hook, HookId};
use crate::id::{ContactId, EventId, ReplayId};
use crate::normalise;
use crate::route;
use crate::time::UnixMillis;

/// What to deliver once more, to whom, and how. What is absent does not narrow it down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// To this hook alone, whether or not it ever had the events; else to every hook that would get them today.
    pub hook_id: Option<HookId>,
    /// This event alone.
    pub event_id: Option<EventId>,
    /// Events of this conversation: one contact, under all the ids it had before it turned out to be one.
    pub contacts: Vec<ContactId>,
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// Of this type. `hook.*` events are never replayed.
    pub event_type: Option<EventType>,
    /// Only where the hook's last delivery of it stands like this. Without it, what is still on its way is left alone.
    pub status: Option<Status>,
    /// Accepted at this time or later.
    pub from: Option<UnixMillis>,
    /// Accepted before this time.
    pub until: Option<UnixMillis>,
    /// What could not be read is read again, and delivered if it can be read now; nothing else.
    pub quarantined: bool,
    /// At most so many events a second.
    pub rate: Option<u32>,
    /// What the hooks answer is sent.
    pub replies: bool,
}

/// How the last delivery of an event to a hook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The hook took it.
    Delivered,
    /// Given up.
    Dead,
    /// Out of line, still being tried; the replay delivers it in line, beside that.
    Parked,
    /// There is none: the hook was not there, or did not want it.
    None,
}

/// Where a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It goes on, also after a restart.
    Running,
    /// Everything it chose is queued.
    Done,
    /// Somebody stopped it; what it had queued stays queued.
    Cancelled,
    /// The hook it was for left the configuration, or is not active any more: it ended where it was.
    HookGone,
}

/// What a replay has done, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Events looked at.
    pub looked_at: u64,
    /// Events chosen.
    pub events: u64,
    /// Deliveries queued: one for each event chosen and hook it goes to.
    pub deliveries: u64,
    /// Deliveries not queued because the event is still on its way to that hook.
    pub open: u64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            looked_at: self.looked_at + more.looked_at,
            events: self.events + more.events,
            deliveries: self.deliveries + more.deliveries,
            open: self.open + more.open,
        }
    }
}

/// A replay as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Ours. Every event it looks at is older.
    pub id: ReplayId,
    /// What was asked for.
    pub request: Request,
    /// Where it is.
    pub state: State,
    /// The first and the last event stored in its range when it began; none if there was none.
    pub span: Option<Span>,
    /// The last event it looked at.
    pub place: EventId,
    /// What it has done so far.
    pub counts: Counts,
    /// When it last did something.
    pub updated_at: UnixMillis,
}

/// Two events, and the time between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The older one.
    pub first: EventId,
    /// The newer one, or the same.
    pub last: EventId,
}

impl Replay {
    /// How far it has come through the time in which its events were accepted, from 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.state == State::Done {
            return 1.0;
        }
        let Some(Span { first, last }) = self.span.filter(|span| self.place >= span.first) else {
            return 0.0;
        };
        // The last one, once looked at, is the whole of it, also where it is the only one.
        let (whole, done) = (last.0 - first.0 + 1, self.place.0 - first.0 + 1);
        #[expect(clippy::cast_precision_loss, reason = "it is shown as a percentage")]
        let share = done as f64 / whole as f64;
        share.min(1.0)
    }
}

impl Request {
    /// Ids of the events that a replay of this id looks at.
    pub fn range(&self, id: ReplayId) -> std::ops::Range<EventId> {
        let from = self.from.map_or(EventId(1), EventId::floor);
        let until = self.until.map_or(EventId(id.0), EventId::floor);
        match self.event_id {
            Some(event) => event..EventId(event.0.saturating_add(1).min(id.0)),
            None => from..until.min(EventId(id.0)),
        }
    }

    /// Whether events of this account are asked for.
    pub fn is_of_account(&self, account_id: &str) -> bool {
        let wanted = self.account_id.as_ref();
        wanted.is_none_or(|wanted| wanted.as_str() == account_id)
    }

    /// Whether an event's own columns are what is asked for.
    pub fn admits(&self, event: &Outline<'_>) -> bool {
        !event.event_type.is_about_a_hook()
            && event.event_type != EventType::SenderRefused
            && (!self.quarantined || event.quarantined)
            && self
                .event_type
                .is_none_or(|wanted| wanted == event.event_type)
            && self.is_of_account(event.account_id)
            && (self.contacts.is_empty()
                || event
                    .contact_id
                    .is_some_and(|contact| self.contacts.contains(&contact)))
    }

    /// Which hooks get an event, given how its deliveries to hooks stand, the last of each hook last.
    pub fn choose<'d>(
        &self,
        event: &NewEvent,
        deliveries: &[(HookId, DeliveryState)],
        directory: &'d Directory,
    ) -> Choice<'d> {
        let mut choice = Choice::default();
        for hook in &directory.hooks {
            let asked = self
                .hook_id
                .as_ref()
                .is_none_or(|wanted| *wanted == hook.id);
            if !asked || !route::wants(hook, event) {
                continue;
            }
            let last = deliveries
                .iter()
                .rev()
                .find(|(of, _)| *of == hook.id)
                .map(|(_, state)| *state);
            match (self.status, last) {
                (Some(wanted), last) if wanted.is(last) => choice.hooks.push(hook),
                (Some(_), _) => {}
                (
                    None,
                    Some(
                        DeliveryState::Pending | DeliveryState::Parked | DeliveryState::Delivering,
                    ),
                ) => {
                    choice.open += 1;
                }
                // What was unreadable then, these took as it was.
                (None, Some(DeliveryState::Delivered)) if self.quarantined => {}
                (None, _) => choice.hooks.push(hook),
            }
        }
        choice
    }
}

impl Status {
    fn is(self, last: Option<DeliveryState>) -> bool {
        match self {
            Self::Delivered => last == Some(DeliveryState::Delivered),
            Self::Dead => last == Some(DeliveryState::Dead),
            Self::Parked => last == Some(DeliveryState::Parked),
            Self::None => last.is_none(),
        }
    }
}

/// Who gets an event once more.
#[derive(Debug, Default)]
pub struct Choice<'d> {
    /// In the order of the configuration.
    pub hooks: Vec<&'d Hook>,
    /// Hooks that are left out because the event is still on its way to them.
    pub open: u64,
}

/// The short columns of an event, which a search looks at first.
#[derive(Debug, Clone, Copy)]
pub struct Outline<'a> {
    /// What happened.
    pub event_type: EventType,
    /// To which account.
    pub account_id: &'a str,
    /// Who it is from or to.
    pub contact_id: Option<ContactId>,
    /// It could not be read.
    pub quarantined: bool,
}

/// A stored event as it would be accepted today, for routing: read again from its own text. What decides about it (type,
/// account, contact, whether it is foreign) stays what it was stored with; where `again` says so and its text can be read
/// now, it is what this version makes of it.
///
/// None if it was to be read again, and still cannot be.
pub fn as_new(
    event: &StoredEvent,
    directory: &Directory,
    again: bool,
    now: UnixMillis,
) -> Option<NewEvent> {
    let account = directory.account(event.account_id.as_str());
    let read = account
        .filter(|_| event.event_type.is_from_meta())
        .and_then(|account| normalise::read_again(&event.body.text, account, now));
    if again {
        let mut read = read.filter(|read| read.quarantined.is_none())?;
        read.foreign = event.foreign;
        if event.foreign {
            read.status = None;
        }
        return Some(read);
    }
    let scope = match read {
        Some(read) => read.scope,
        None if event.contact_id.is_some() => Scope::Contact,
        None => Scope::Field(event.event_type.as_str().to_owned()),
    };
    Some(NewEvent {
        event_type: event.event_type,
        account_id: event.account_id.clone(),
        timestamp: event.timestamp,
        message_id: event.message_id.clone(),
        key: None,
        handles: Handles::default(),
        scope,
        status: None,
        body: event.body.clone(),
        foreign: event.foreign,
        quarantined: event.quarantined.clone(),
        targets: Vec::new(),
    })
}
