//! The writer's side of the database: rows as the transactions see them, with what is kept at hand for speed.
//!
//! **Invariant:** what is kept at hand agrees with the open transaction, or, after [`Session::forget`], with the database.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Params};
use waypost_core::account::AccountId;
use waypost_core::contact::{Contact, HandleKind};
use waypost_core::event::{DedupeKey, StoredEvent};
use waypost_core::hook::HookId;
use waypost_core::id::{ContactId, DeliveryId, EventId, IdSource, OutboxId};
use waypost_core::lane::LaneKey;
use waypost_core::time::UnixMillis;

use super::failure::During;
use super::read;
use super::seen::Seen;
use crate::rows::{DeliveryChange, MessageRow, Rows, Submission};
use crate::{Error, Idempotency};

/// How long an idempotency key is remembered at least.
const SUBMISSIONS_MS: i64 = 48 * 3_600_000;
/// Contacts kept at hand; past this many all are forgotten and found again.
const CONTACTS: usize = 50_000;

/// The writing connection and its memory.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) seen: Arc<Seen>,
    ids: IdSource,
    /// The greatest id of the last commit.
    committed_id: i64,
    accounts: HashMap<AccountId, u32>,
    hooks: HashMap<HookId, u32>,
    contacts: HashMap<(u32, HandleKind, String), ContactId>,
    /// Keys of the open transaction.
    keys: HashMap<DedupeKey, EventId>,
    new_keys: Vec<(DedupeKey, EventId)>,
}

impl Session {
    pub(super) fn new(connection: Connection, seen: Arc<Seen>, ids: IdSource) -> Self {
        Self {
            connection,
            seen,
            committed_id: ids.last(),
            ids,
            accounts: HashMap::new(),
            hooks: HashMap::new(),
            contacts: HashMap::new(),
            keys: HashMap::new(),
            new_keys: Vec::new(),
        }
    }

    /// The open transaction was committed.
    pub(super) fn keep(&mut self) {
        self.committed_id = self.ids.last();
        self.keys.clear();
        self.seen.add(&mut self.new_keys);
        if self.contacts.len() > CONTACTS {
            self.contacts.clear();
        }
    }

    /// The open transaction was rolled back.
    pub(super) fn forget(&mut self) {
        self.ids.rewind(self.committed_id);
        self.accounts.clear();
        self.hooks.clear();
        self.contacts.clear();
        self.keys.clear();
        self.new_keys.clear();
    }

    /// Keys that the open transaction remembers.
    pub(super) fn new_key_count(&self) -> usize {
        self.new_keys.len()
    }

    fn execute(&self, sql: &str, values: impl Params, act: &'static str) -> Result<usize, Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .during(act)
    }

    fn number(&self, select: &str, insert: &str, name: &str) -> Result<u32, Error> {
        let act = "number a name";
        let known = self
            .connection
            .prepare_cached(select)
            .and_then(|mut query| query.query_row([name], |row| row.get(0)).optional())
            .during(act)?;
        if let Some(number) = known {
            return Ok(number);
        }
        self.execute(insert, [name], act)?;
        u32::try_from(self.connection.last_insert_rowid()).map_err(|error| Error::Database {
            act,
            source: Box::new(error),
        })
    }
}

impl Rows for Session {
    fn next_id(&mut self, now: UnixMillis) -> i64 {
        self.ids.next(now)
    }

    fn account_number(&mut self, account_id: &AccountId) -> Result<u32, Error> {
        if let Some(&number) = self.accounts.get(account_id) {
            return Ok(number);
        }
        let number = self.number(
            "SELECT n FROM account WHERE id = ?",
            "INSERT INTO account (id) VALUES (?)",
            account_id.as_str(),
        )?;
        self.accounts.insert(account_id.clone(), number);
        Ok(number)
    }

    fn hook_number(&mut self, hook_id: &HookId) -> Result<u32, Error> {
        if let Some(&number) = self.hooks.get(hook_id) {
            return Ok(number);
        }
        let number = self.number(
            "SELECT n FROM hook WHERE id = ?",
            "INSERT INTO hook (id) VALUES (?)",
            hook_id.as_str(),
        )?;
        self.hooks.insert(hook_id.clone(), number);
        Ok(number)
    }

    fn hooks(&mut self) -> Result<Vec<(u32, HookId)>, Error> {
        let mut query = self
            .connection
            .prepare_cached("SELECT n, id FROM hook")
            .during("list the hooks")?;
        query
            .query_map([], |row| {
                Ok((row.get(0)?, row.get_ref(1)?.as_str()?.into()))
            })
            .and_then(Iterator::collect)
            .during("list the hooks")
    }

    fn recover_hook(&mut self, hook: u32, now: UnixMillis) -> Result<(), Error> {
        self.execute(
            "UPDATE hook SET recovered_at = ? WHERE n = ?",
            (now.0, hook),
            "recover a hook",
        )
        .map(drop)
    }

    fn seen(&mut self, key: DedupeKey) -> Result<Option<EventId>, Error> {
        match self.keys.get(&key) {
            Some(&event) => Ok(Some(event)),
            None => self.seen.find(&self.connection, key),
        }
    }

    fn remember(&mut self, key: DedupeKey, event: EventId) -> Result<(), Error> {
        self.execute(
            "INSERT INTO seen_log (event, subject, digest) VALUES (?, ?, ?)",
            (event.0, key.subject, key.digest),
            "remember a key",
        )?;
        self.keys.insert(key, event);
        self.new_keys.push((key, event));
        Ok(())
    }

    fn events_about(&mut self, subject: i64) -> Result<Vec<EventId>, Error> {
        let mut events = self.seen.about(&self.connection, subject)?;
        let new = self.new_keys.iter();
        events.extend(
            new.filter(|(key, _)| key.subject == subject)
                .map(|(_, event)| *event),
        );
        Ok(events)
    }

    fn event(&mut self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        read::event(&self.connection, id)
    }

    fn insert_event(&mut self, account: u32, event: &StoredEvent) -> Result<(), Error> {
        self.execute(
            "INSERT INTO event (id, type, account, timestamp, contact, is_foreign, raw_start, raw_end, message_id, \
             quarantined, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.id.0,
                event.event_type.as_str(),
                account,
                event.timestamp.0,
                event.contact_id.map(|contact| contact.0),
                event.foreign,
                offset(event.body.raw.start),
                offset(event.body.raw.end),
                &event.message_id,
                &event.quarantined,
                &event.body.text[..],
            ),
            "store an event",
        )
        .map(drop)
    }

    fn insert_delivery(
        &mut self,
        id: DeliveryId,
        event: EventId,
        hook: u32,
        lane: LaneKey,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO delivery (id, event, hook, lane) VALUES (?, ?, ?, ?)",
            (id.0, event.0, hook, lane.0),
            "queue a delivery",
        )
        .map(drop)
    }

    fn change_delivery(&mut self, change: &DeliveryChange<'_>) -> Result<(), Error> {
        let ended = |at: UnixMillis, ms: u32| at.0.saturating_add(i64::from(ms));
        let attempt = change.attempt;
        self.execute(
            "UPDATE delivery SET state = coalesce(?, state), due = ?, blocked_ms = ?, reason = coalesce(?, reason), \
             attempts = attempts + ?, first_attempt_at = coalesce(first_attempt_at, ?), \
             last_attempt_at = coalesce(?, last_attempt_at) WHERE id = ?",
            (
                change.state.map(read::delivery_state),
                change.due.0,
                i64::try_from(change.blocked_ms).unwrap_or(i64::MAX),
                change.reason,
                i64::from(attempt.is_some()),
                attempt.map(|attempt| attempt.at.0),
                attempt.map(|attempt| ended(attempt.at, attempt.duration_ms)),
                change.id.0,
            ),
            "settle a delivery",
        )?;
        let Some(attempt) = attempt else {
            return Ok(());
        };
        self.execute(
            "INSERT OR REPLACE INTO attempt (delivery, number, at, duration_ms, status, error, response, reply) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                change.id.0,
                attempt.number,
                attempt.at.0,
                attempt.duration_ms,
                attempt.status,
                &attempt.error,
                &attempt.response,
                &attempt.reply,
            ),
            "record an attempt",
        )
        .map(drop)
    }

    fn insert_message(&mut self, message: &MessageRow) -> Result<(), Error> {
        self.execute(
            "INSERT INTO outbox (id, account, lane, state, attempts, due, updated_at, noticed, event, delivery, wamid, \
             error, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message.id.0,
                message.account,
                message.lane.0,
                read::message_state(message.state),
                message.attempts,
                message.due.0,
                message.updated_at.0,
                message.noticed,
                message.event.map(|event| event.0),
                message.delivery.map(|delivery| delivery.0),
                &message.wamid,
                &message.error,
                &message.body,
            ),
            "queue a message",
        )
        .map(drop)
    }

    fn message(&mut self, id: OutboxId) -> Result<Option<MessageRow>, Error> {
        read::message(&self.connection, id)
    }

    fn message_by_wamid(&mut self, account: u32, wamid: &str) -> Result<Option<MessageRow>, Error> {
        let (columns, from) = (read::MESSAGE, read::MESSAGE_FROM);
        self.connection
            .prepare_cached(&format!(
                "SELECT {columns} FROM {from} WHERE outbox.wamid = ? AND outbox.account = ? LIMIT 1"
            ))
            .and_then(|mut query| {
                query
                    .query_row((wamid, account), read::message_of)
                    .optional()
            })
            .during("find a message by Meta's id")
    }

    fn change_message(&mut self, message: &MessageRow) -> Result<(), Error> {
        self.execute(
            "UPDATE outbox SET state = ?, attempts = ?, due = ?, updated_at = ?, noticed = ?, wamid = ?, error = ? \
             WHERE id = ?",
            (
                read::message_state(message.state),
                message.attempts,
                message.due.0,
                message.updated_at.0,
                message.noticed,
                &message.wamid,
                &message.error,
                message.id.0,
            ),
            "settle a message",
        )
        .map(drop)
    }

    fn contact_by_handle(
        &mut self,
        account: u32,
        kind: HandleKind,
        value: &str,
    ) -> Result<Option<ContactId>, Error> {
        let name = (account, kind, value.to_owned());
        if let Some(&contact) = self.contacts.get(&name) {
            return Ok(Some(contact));
        }
        let found = self
            .connection
            .prepare_cached(
                "SELECT contact FROM contact_handle WHERE account = ? AND kind = ? AND value = ?",
            )
            .and_then(|mut query| {
                query
                    .query_row((account, number_of(kind), value), |row| row.get(0))
                    .optional()
            })
            .during("find a contact")?
            .map(ContactId);
        if let Some(contact) = found {
            self.contacts.insert(name, contact);
        }
        Ok(found)
    }

    fn contact(&mut self, id: ContactId) -> Result<Contact, Error> {
        let mut query = self
            .connection
            .prepare_cached("SELECT kind, value FROM contact_handle WHERE contact = ? AND kind > 0")
            .during("read a contact")?;
        let rows = query
            .query_map([id.0], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
            .during("read a contact")?;
        let mut contact = Contact {
            id,
            user_ids: Vec::new(),
            parent_user_ids: Vec::new(),
        };
        for row in rows {
            let (kind, value) = row.during("read a contact")?;
            if kind == number_of(HandleKind::UserId) {
                contact.user_ids.push(value);
            } else {
                contact.parent_user_ids.push(value);
            }
        }
        Ok(contact)
    }

    fn insert_contact(&mut self, account: u32, id: ContactId) -> Result<(), Error> {
        self.execute(
            "INSERT INTO contact (id, account) VALUES (?, ?)",
            (id.0, account),
            "store a contact",
        )
        .map(drop)
    }

    fn give_handle(
        &mut self,
        account: u32,
        kind: HandleKind,
        value: &str,
        contact: ContactId,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO contact_handle (account, kind, value, contact) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO UPDATE SET contact = excluded.contact",
            (account, number_of(kind), value, contact.0),
            "store a contact's handle",
        )?;
        self.contacts
            .insert((account, kind, value.to_owned()), contact);
        Ok(())
    }

    fn merge_contacts(&mut self, younger: ContactId, older: ContactId) -> Result<(), Error> {
        let act = "merge two contacts";
        self.execute(
            "UPDATE contact_handle SET contact = ? WHERE contact = ?",
            (older.0, younger.0),
            act,
        )?;
        self.execute(
            "UPDATE contact SET merged_into = ? WHERE id = ?",
            (older.0, younger.0),
            act,
        )?;
        self.contacts.retain(|_, contact| *contact != younger);
        Ok(())
    }

    fn merge_lanes(&mut self, from: LaneKey, into: LaneKey) -> Result<(), Error> {
        self.execute(
            "INSERT OR REPLACE INTO lane_merge (from_lane, into_lane) VALUES (?, ?)",
            (from.0, into.0),
            "merge two lanes",
        )
        .map(drop)
    }

    fn submission(&mut self, key: &str) -> Result<Option<Submission>, Error> {
        let act = "look an idempotency key up";
        let found: Option<([u8; 32], String)> = self
            .connection
            .prepare_cached("SELECT fingerprint, messages FROM submission WHERE key = ?")
            .and_then(|mut query| {
                query
                    .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .during(act)?;
        let Some((fingerprint, messages)) = found else {
            return Ok(None);
        };
        let messages = serde_json::from_str(&messages).map_err(|error| Error::Database {
            act,
            source: Box::new(error),
        })?;
        Ok(Some(Submission {
            fingerprint,
            messages,
        }))
    }

    fn insert_submission(
        &mut self,
        now: UnixMillis,
        idempotency: &Idempotency,
        messages: &[OutboxId],
    ) -> Result<(), Error> {
        let act = "remember an idempotency key";
        let messages = serde_json::to_string(messages).map_err(|error| Error::Database {
            act,
            source: Box::new(error),
        })?;
        self.execute(
            "INSERT INTO submission (key, fingerprint, messages, at) VALUES (?, ?, ?, ?)",
            (&idempotency.key, idempotency.fingerprint, messages, now.0),
            act,
        )?;
        self.execute(
            "DELETE FROM submission WHERE id IN (SELECT id FROM submission ORDER BY id LIMIT 2) AND at < ?",
            [now.0.saturating_sub(SUBMISSIONS_MS)],
            act,
        )
        .map(drop)
    }

    fn set_setting(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.execute(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (name, value),
            "store a setting",
        )
        .map(drop)
    }
}

fn offset(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// How a kind of handle is stored.
fn number_of(kind: HandleKind) -> i64 {
    match kind {
        HandleKind::WaId => 0,
        HandleKind::UserId => 1,
        HandleKind::ParentUserId => 2,
    }
}

/// The value under this name.
pub(super) fn setting(connection: &Connection, name: &str) -> Result<Option<String>, Error> {
    connection
        .prepare_cached("SELECT value FROM setting WHERE name = ?")
        .and_then(|mut query| query.query_row([name], |row| row.get(0)).optional())
        .during("read a setting")
}
