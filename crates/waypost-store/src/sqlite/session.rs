//! The writer's side of the database: rows as the transactions see them, with what is kept at hand for speed.
//!
//! **Invariant:** what is kept at hand agrees with the open transaction, or, after [`Session::forget`], with the database.

mod contacts;
mod hooks;
mod messages;
mod replays;
mod upkeep;

pub(super) use contacts::contact_by_handle;

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Params};
use waypost_core::account::AccountId;
use waypost_core::contact::HandleKind;
use waypost_core::event::{DedupeKey, StoredEvent};
use waypost_core::hook::HookId;
use waypost_core::id::{ContactId, DeliveryId, EventId, IdSource};
use waypost_core::lane::LaneKey;
use waypost_core::time::UnixMillis;

use super::failure::During;
use super::read;
use super::seen::{Seen, log};
use super::waiting::Young;
use crate::Error;
use crate::rows::{DeliveryChange, Rows};

/// Contacts kept at hand; past this many all are forgotten and found again.
const CONTACTS: usize = 50_000;

/// Deliveries that grow old in one transaction: seldom enough to cost little, few enough to take about a millisecond.
const AGED_AT_ONCE: usize = 4096;

/// The writing connection and its memory.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) seen: Arc<Seen>,
    young: Young,
    ids: IdSource,
    /// The greatest id of the last commit.
    committed_id: i64,
    accounts: HashMap<AccountId, u32>,
    hooks: HashMap<HookId, u32>,
    contacts: HashMap<(u32, HandleKind, String), ContactId>,
    /// When contacts were last noted to be in use, in milliseconds.
    uses: HashMap<ContactId, i64>,
    /// The last contact that was looked at for whether it is used.
    contact_place: ContactId,
    /// Removed by the open transaction.
    dropped_segment: Option<i64>,
    /// Keys of the open transaction.
    keys: HashMap<DedupeKey, EventId>,
    new_keys: Vec<(DedupeKey, EventId)>,
}

impl Session {
    pub(super) fn new(
        connection: Connection,
        seen: Arc<Seen>,
        young: Young,
        ids: IdSource,
    ) -> Self {
        Self {
            connection,
            seen,
            young,
            committed_id: ids.last(),
            ids,
            accounts: HashMap::new(),
            hooks: HashMap::new(),
            contacts: HashMap::new(),
            uses: HashMap::new(),
            contact_place: ContactId(0),
            dropped_segment: None,
            keys: HashMap::new(),
            new_keys: Vec::new(),
        }
    }

    /// The open transaction was committed.
    pub(super) fn keep(&mut self) {
        self.committed_id = self.ids.last();
        self.keys.clear();
        self.young.keep();
        self.seen.add(&mut self.new_keys);
        if let Some(number) = self.dropped_segment.take() {
            self.seen.drop_segment(number);
        }
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
        self.uses.clear();
        self.dropped_segment = None;
        self.keys.clear();
        self.young.forget();
        self.new_keys.clear();
    }

    /// Writes what the open transaction has gathered: the last thing before its commit.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        if let Some(last) = self.new_keys.iter().map(|(_, event)| *event).max() {
            let is_new = last.0 > self.committed_id;
            // An event that was read again is older than what the log holds, or has forgotten.
            let place = if is_new {
                last
            } else {
                EventId(self.ids.next(UnixMillis::ZERO))
            };
            log::append(&self.connection, place, &self.new_keys)?;
        }
        self.young.age(&self.connection, AGED_AT_ONCE)
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
        )?;
        self.young.grow();
        Ok(())
    }

    fn change_delivery(&mut self, change: &DeliveryChange<'_>) -> Result<(), Error> {
        let ended = |at: UnixMillis, ms: u32| at.0.saturating_add(i64::from(ms));
        let attempt = change.attempt;
        self.execute(
            "UPDATE delivery SET state = coalesce(?, state), lingers = 1, due = ?, blocked_ms = ?, \
             reason = coalesce(?, reason), attempts = attempts + ?, first_attempt_at = coalesce(first_attempt_at, ?), \
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

/// The value under this name.
pub(super) fn setting(connection: &Connection, name: &str) -> Result<Option<String>, Error> {
    connection
        .prepare_cached("SELECT value FROM setting WHERE name = ?")
        .and_then(|mut query| query.query_row([name], |row| row.get(0)).optional())
        .during("read a setting")
}
