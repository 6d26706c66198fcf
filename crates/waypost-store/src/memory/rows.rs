//! Rows in maps.

mod hooks;
mod replays;
mod upkeep;

use std::collections::{BTreeMap, HashMap};

use waypost_core::account::AccountId;
use waypost_core::contact::{Contact, HandleKind};
use waypost_core::delivery::{Attempt, DeliveryState};
use waypost_core::event::{DedupeKey, StoredEvent};
use waypost_core::hook::HookId;
use waypost_core::id::{ContactId, DeliveryId, EventId, IdSource, OutboxId, ReplayId};
use waypost_core::lane::{LaneKey, SendLane};
use waypost_core::message::Recipient;
use waypost_core::replay::Replay;
use waypost_core::time::UnixMillis;

use crate::rows::{ContactRows, DeliveryChange, MessageRow, MessageRows, Rows, Submission};
use crate::{Error, Idempotency, list};

/// Everything that is remembered. A memory never refuses, so nothing is ever rolled back.
#[derive(Debug)]
pub(super) struct MemoryRows {
    ids: IdSource,
    accounts: Vec<AccountId>,
    hooks: Vec<HookId>,
    pub(super) events: BTreeMap<EventId, StoredEvent>,
    pub(super) deliveries: BTreeMap<DeliveryId, DeliveryRow>,
    pub(super) messages: BTreeMap<OutboxId, MessageRow>,
    pub(super) replays: BTreeMap<ReplayId, Replay>,
    pub(super) settings: HashMap<String, String>,
    seen: BTreeMap<DedupeKey, EventId>,
    handles: HashMap<(u32, HandleKind, String), ContactId>,
    submissions: HashMap<String, Submission>,
    suppressions: HashMap<(LaneKey, String), (UnixMillis, String)>,
    /// Contacts that turned out to be older ones.
    merged: HashMap<ContactId, ContactId>,
}

/// A delivery.
#[derive(Debug, Clone)]
pub(super) struct DeliveryRow {
    pub(super) event: EventId,
    pub(super) hook: u32,
    pub(super) lane: LaneKey,
    pub(super) state: DeliveryState,
    pub(super) due: UnixMillis,
    pub(super) blocked_ms: u64,
    pub(super) reason: Option<String>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) redelivery_of: Option<DeliveryId>,
    pub(super) redelivered_as: Option<DeliveryId>,
    pub(super) replay: Option<ReplayId>,
}

impl MemoryRows {
    pub(super) fn new() -> Self {
        Self {
            ids: IdSource::new(0, 1),
            accounts: Vec::new(),
            hooks: Vec::new(),
            events: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            messages: BTreeMap::new(),
            replays: BTreeMap::new(),
            settings: HashMap::new(),
            seen: BTreeMap::new(),
            handles: HashMap::new(),
            submissions: HashMap::new(),
            suppressions: HashMap::new(),
            merged: HashMap::new(),
        }
    }

    /// Whom a handle leads to, in each account or in this one alone.
    pub(super) fn lanes_to(
        &self,
        account_id: Option<&AccountId>,
        recipient: &Recipient,
    ) -> Vec<LaneKey> {
        let accounts = (0u32..).zip(&self.accounts);
        let wanted = accounts.filter(|(_, account)| account_id.is_none_or(|id| id == *account));
        let lanes = wanted.filter_map(|(number, account)| match recipient {
            Recipient::Group(group) => Some(LaneKey::of_send(account, SendLane::Group(group))),
            Recipient::Contact(handles) => {
                let (kind, value) = list::first_handle(handles)?;
                let contact = self.handles.get(&(number, kind, value.to_owned()))?;
                Some(LaneKey::of_send(account, SendLane::Contact(*contact)))
            }
        });
        lanes.collect()
    }

    /// The hook that a number stands for.
    pub(super) fn hook(&self, number: u32) -> Option<&HookId> {
        self.hooks.get(number as usize)
    }
}

impl Rows for MemoryRows {
    fn next_id(&mut self, now: UnixMillis) -> i64 {
        self.ids.next(now)
    }

    fn account_number(&mut self, account_id: &AccountId) -> Result<u32, Error> {
        Ok(number(&mut self.accounts, account_id))
    }

    fn hook_number(&mut self, hook_id: &HookId) -> Result<u32, Error> {
        Ok(number(&mut self.hooks, hook_id))
    }

    fn hooks(&mut self) -> Result<Vec<(u32, HookId)>, Error> {
        Ok((0..).zip(self.hooks.iter().cloned()).collect())
    }

    fn recover_hook(&mut self, _: u32, _: UnixMillis) -> Result<(), Error> {
        // The queues know it, and nothing here outlives them.
        Ok(())
    }

    fn seen(&mut self, key: DedupeKey) -> Result<Option<EventId>, Error> {
        Ok(self.seen.get(&key).copied())
    }

    fn remember(&mut self, key: DedupeKey, event: EventId) -> Result<(), Error> {
        self.seen.insert(key, event);
        Ok(())
    }

    fn events_about(&mut self, subject: i64) -> Result<Vec<EventId>, Error> {
        let key = |digest| DedupeKey { subject, digest };
        let about = self.seen.range(key(i64::MIN)..=key(i64::MAX));
        Ok(about.map(|(_, &event)| event).collect())
    }

    fn event(&mut self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        Ok(self.events.get(&id).cloned())
    }

    fn insert_event(&mut self, _: u32, event: &StoredEvent) -> Result<(), Error> {
        self.events.insert(event.id, event.clone());
        Ok(())
    }

    fn insert_delivery(
        &mut self,
        id: DeliveryId,
        event: EventId,
        hook: u32,
        lane: LaneKey,
    ) -> Result<(), Error> {
        let row = DeliveryRow {
            event,
            hook,
            lane,
            state: DeliveryState::Pending,
            due: UnixMillis::ZERO,
            blocked_ms: 0,
            reason: None,
            attempts: Vec::new(),
            redelivery_of: None,
            redelivered_as: None,
            replay: None,
        };
        self.deliveries.insert(id, row);
        Ok(())
    }

    fn change_delivery(&mut self, change: &DeliveryChange<'_>) -> Result<(), Error> {
        if let Some(row) = self.deliveries.get_mut(&change.id) {
            row.state = change.state.unwrap_or(row.state);
            row.due = change.due;
            row.blocked_ms = change.blocked_ms;
            if let Some(reason) = change.reason {
                row.reason = Some(reason.to_owned());
            }
            row.attempts.extend(change.attempt.cloned());
        }
        Ok(())
    }

    fn set_setting(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.settings.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

impl MessageRows for MemoryRows {
    fn insert_message(&mut self, message: &MessageRow) -> Result<(), Error> {
        self.messages.insert(message.id, message.clone());
        Ok(())
    }

    fn message(&mut self, id: OutboxId) -> Result<Option<MessageRow>, Error> {
        Ok(self.messages.get(&id).cloned())
    }

    fn message_by_wamid(&mut self, account: u32, wamid: &str) -> Result<Option<MessageRow>, Error> {
        let is_it =
            |row: &&MessageRow| row.account == account && row.wamid.as_deref() == Some(wamid);
        Ok(self.messages.values().find(is_it).cloned())
    }

    fn change_message(&mut self, message: &MessageRow) -> Result<(), Error> {
        self.messages.insert(message.id, message.clone());
        Ok(())
    }

    fn suppression(
        &mut self,
        lane: LaneKey,
        template: &str,
    ) -> Result<Option<(UnixMillis, String)>, Error> {
        let known = self.suppressions.get(&(lane, template.to_owned()));
        Ok(known.cloned())
    }

    fn suppress(
        &mut self,
        now: UnixMillis,
        lane: LaneKey,
        template: &str,
        until: UnixMillis,
        error: &str,
    ) -> Result<(), Error> {
        self.suppressions.retain(|_, (until, _)| *until > now);
        let key = (lane, template.to_owned());
        self.suppressions.insert(key, (until, error.to_owned()));
        Ok(())
    }

    fn submission(&mut self, key: &str) -> Result<Option<Submission>, Error> {
        Ok(self.submissions.get(key).cloned())
    }

    fn insert_submission(
        &mut self,
        _: UnixMillis,
        idempotency: &Idempotency,
        messages: &[OutboxId],
    ) -> Result<(), Error> {
        let submission = Submission {
            fingerprint: idempotency.fingerprint,
            messages: messages.to_vec(),
        };
        self.submissions.insert(idempotency.key.clone(), submission);
        Ok(())
    }
}

impl ContactRows for MemoryRows {
    fn contact_by_handle(
        &mut self,
        account: u32,
        kind: HandleKind,
        value: &str,
    ) -> Result<Option<ContactId>, Error> {
        Ok(self
            .handles
            .get(&(account, kind, value.to_owned()))
            .copied())
    }

    fn contact(&mut self, id: ContactId) -> Result<Contact, Error> {
        let of_kind = |wanted| {
            let mine = self
                .handles
                .iter()
                .filter(move |(_, contact)| **contact == id);
            mine.filter(move |((_, kind, _), _)| *kind == wanted)
                .map(|((_, _, value), _)| value.clone())
                .collect()
        };
        Ok(Contact {
            id,
            user_ids: of_kind(HandleKind::UserId),
            parent_user_ids: of_kind(HandleKind::ParentUserId),
        })
    }

    fn insert_contact(&mut self, _: u32, _: ContactId) -> Result<(), Error> {
        Ok(())
    }

    fn give_handle(
        &mut self,
        account: u32,
        kind: HandleKind,
        value: &str,
        contact: ContactId,
    ) -> Result<(), Error> {
        self.handles
            .insert((account, kind, value.to_owned()), contact);
        Ok(())
    }

    fn merge_contacts(&mut self, younger: ContactId, older: ContactId) -> Result<(), Error> {
        let theirs = self.handles.values_mut();
        for contact in theirs.filter(|contact| **contact == younger) {
            *contact = older;
        }
        for contact in self
            .merged
            .values_mut()
            .filter(|contact| **contact == younger)
        {
            *contact = older;
        }
        self.merged.insert(younger, older);
        Ok(())
    }

    fn merge_lanes(&mut self, _: LaneKey, _: LaneKey) -> Result<(), Error> {
        // The queues know it, and nothing here outlives them.
        Ok(())
    }
}

/// The place of a name among those known; a new one comes last.
fn number<T: Clone + PartialEq>(names: &mut Vec<T>, name: &T) -> u32 {
    let known = names.iter().position(|known| known == name);
    let place = known.unwrap_or_else(|| {
        names.push(name.clone());
        names.len() - 1
    });
    u32::try_from(place).unwrap_or(u32::MAX)
}
