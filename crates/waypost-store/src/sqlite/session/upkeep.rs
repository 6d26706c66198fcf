//! What is old, found and removed.

use rusqlite::OptionalExtension as _;
use waypost_core::delivery::DeliveryState;
use waypost_core::id::{ContactId, DeliveryId, EventId};
use waypost_core::time::UnixMillis;

use super::Session;
use crate::Error;
use crate::rows::UpkeepRows;
use crate::sqlite::failure::During;
use crate::sqlite::{list, read};
use crate::upkeep::KEYS_KEPT_MS;

/// Pages given back to the disk in one step: 256 KiB.
const PAGES: u32 = 64;
/// Keys removed in one step.
const KEYS: i64 = 512;
/// A contact's last use is written down again after this time, in milliseconds: five days.
const USE_NOTED_MS: i64 = 5 * 24 * 60 * 60 * 1000;
/// Contacts whose last use is kept at hand.
const USES: usize = 50_000;

impl UpkeepRows for Session {
    fn old_events(
        &mut self,
        after: EventId,
        before: EventId,
        limit: usize,
    ) -> Result<Vec<EventId>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached("SELECT id FROM event WHERE id > ? AND id < ? ORDER BY id LIMIT ?")
            .and_then(|mut query| {
                let id = |row: &rusqlite::Row<'_>| row.get(0).map(EventId);
                query.query_map((after.0, before.0, limit), id)?.collect()
            })
            .during("find what is old")
    }

    fn has_event(&mut self, event: EventId) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT 1 FROM event WHERE id = ?")
            .and_then(|mut query| query.exists([event.0]))
            .during("find an event")
    }

    fn deliveries_of(&mut self, event: EventId) -> Result<Vec<(DeliveryId, DeliveryState)>, Error> {
        let ids = event.first_deliveries(list::hook_count(&self.connection)?);
        self.connection
            .prepare_cached(
                "SELECT id, state FROM delivery WHERE id BETWEEN ?1 AND ?2 AND again = 0 AND event = ?3 UNION ALL \
                 SELECT id, state FROM delivery INDEXED BY delivery_again WHERE again <> 0 AND event = ?3",
            )
            .and_then(|mut query| {
                let row = |row: &rusqlite::Row<'_>| {
                    Ok((DeliveryId(row.get(0)?), read::delivery_state_of(row.get(1)?)))
                };
                query.query_map((ids.start().0, ids.end().0, event.0), row)?.collect()
            })
            .during("find what an event left behind")
    }

    fn remove_event(&mut self, event: EventId, deliveries: &[DeliveryId]) -> Result<(), Error> {
        let act = "remove what is old";
        for id in deliveries {
            self.execute("DELETE FROM attempt WHERE delivery = ?", [id.0], act)?;
            self.execute(
                "DELETE FROM redelivery WHERE of = ?1 OR delivery = ?1",
                [id.0],
                act,
            )?;
            self.execute("DELETE FROM delivery WHERE id = ?", [id.0], act)?;
        }
        self.execute("DELETE FROM event WHERE id = ?", [event.0], act)
            .map(drop)
    }

    fn remove_others(
        &mut self,
        now: UnixMillis,
        before: EventId,
        limit: usize,
    ) -> Result<(), Error> {
        let act = "remove what is old";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.execute(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox NOT INDEXED WHERE id < ? AND state >= 3 ORDER BY id LIMIT ?)",
            (before.0, limit),
            act,
        )?;
        self.execute(
            "DELETE FROM replay WHERE id IN (SELECT id FROM replay WHERE id < ? AND state > 0 ORDER BY id LIMIT ?)",
            (before.0, limit),
            act,
        )?;
        self.remove_contacts(before, limit)?;
        self.remove_keys(now)
    }

    fn give_back(&mut self) -> Result<(), Error> {
        // A page for each row of the answer: who does not read them all gives back one.
        self.connection
            .prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES})"))
            .and_then(|mut vacuum| {
                let mut pages = vacuum.query([])?;
                while pages.next()?.is_some() {}
                Ok(())
            })
            .during("give pages back to the disk")
    }

    fn note_use(&mut self, contact: ContactId, now: UnixMillis) -> Result<(), Error> {
        let is_noted = |at: i64| now.0 - at < USE_NOTED_MS;
        // One that is so young was noted when it was made.
        if is_noted(contact.time().0) || self.uses.get(&contact).is_some_and(|at| is_noted(*at)) {
            return Ok(());
        }
        let act = "note that a contact is in use";
        let stored: Option<i64> = self
            .connection
            .prepare_cached("SELECT used_at FROM contact WHERE id = ?")
            .and_then(|mut query| query.query_row([contact.0], |row| row.get(0)).optional())
            .during(act)?;
        let mut used_at = stored.unwrap_or(0);
        if !is_noted(used_at) {
            used_at = now.0;
            self.execute(
                "UPDATE contact SET used_at = ? WHERE id = ?",
                (now.0, contact.0),
                act,
            )?;
        }
        if self.uses.len() >= USES {
            self.uses.clear();
        }
        self.uses.insert(contact, used_at);
        Ok(())
    }
}

impl Session {
    /// Contacts that no event is about any more, and whose last use is as long ago. Looks at a few of them at a time, one
    /// after the other, and begins anew at the end.
    fn remove_contacts(&mut self, before: EventId, limit: i64) -> Result<(), Error> {
        let act = "remove contacts nobody has used";
        let oldest: Option<i64> = self
            .connection
            .prepare_cached("SELECT min(id) FROM event")
            .and_then(|mut query| query.query_row([], |row| row.get(0)))
            .during(act)?;
        let oldest = EventId(oldest.unwrap_or(before.0).min(before.0)).time();
        // Its use may have gone unnoted for a while.
        let unused_since = oldest.0 - USE_NOTED_MS;
        let looked_at: Vec<(i64, i64)> = self
            .connection
            .prepare_cached(
                "SELECT id, used_at FROM contact WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
            )
            .and_then(|mut query| {
                let values = (self.contact_place.0, ContactId::floor(oldest).0, limit);
                query
                    .query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })
            .during(act)?;
        self.contact_place = match looked_at.last() {
            Some((last, _)) => ContactId(*last),
            None => ContactId(0),
        };
        let unused = looked_at.iter().filter(|(id, used_at)| {
            let made_at = ContactId(*id).time().0;
            made_at.max(*used_at) < unused_since
        });
        for (id, _) in unused {
            self.execute("DELETE FROM contact_handle WHERE contact = ?", [id], act)?;
            self.execute("DELETE FROM contact WHERE id = ?", [id], act)?;
            self.contacts.retain(|_, contact| contact.0 != *id);
            self.uses.remove(&ContactId(*id));
        }
        Ok(())
    }

    /// The oldest segment of keys, if all of them may be forgotten.
    fn remove_keys(&mut self, now: UnixMillis) -> Result<(), Error> {
        let act = "remove old keys";
        let kept_from = EventId::floor(UnixMillis(now.0 - KEYS_KEPT_MS));
        let segment: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT number FROM segment WHERE number >= 0 AND last_event < ? ORDER BY number LIMIT 1",
            )
            .and_then(|mut query| query.query_row([kept_from.0], |row| row.get(0)).optional())
            .during(act)?;
        let Some(segment) = segment else {
            return Ok(());
        };
        // The newest one stays: numbers are counted on from it.
        let is_newest: bool = self
            .connection
            .prepare_cached("SELECT ? = max(number) FROM segment")
            .and_then(|mut query| query.query_row([segment], |row| row.get(0)))
            .during(act)?;
        if is_newest {
            return Ok(());
        }
        let removed = self.execute(
            "DELETE FROM seen WHERE segment = ?1 AND (subject, digest) IN \
             (SELECT subject, digest FROM seen WHERE segment = ?1 LIMIT ?2)",
            (segment, KEYS),
            act,
        )?;
        if removed == 0 {
            self.execute("DELETE FROM segment WHERE number = ?", [segment], act)?;
            self.dropped_segment = Some(segment);
        }
        Ok(())
    }
}
