//! The contacts' rows.

use rusqlite::{Connection, OptionalExtension as _};
use waypost_core::contact::{Contact, HandleKind};
use waypost_core::id::ContactId;
use waypost_core::lane::LaneKey;

use super::Session;
use crate::Error;
use crate::rows::ContactRows;
use crate::sqlite::failure::During;

impl ContactRows for Session {
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
        let found = contact_by_handle(&self.connection, account, kind, value)?;
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
}

/// Whom a handle leads to.
pub(in crate::sqlite) fn contact_by_handle(
    connection: &Connection,
    account: u32,
    kind: HandleKind,
    value: &str,
) -> Result<Option<ContactId>, Error> {
    let found = connection
        .prepare_cached(
            "SELECT contact FROM contact_handle WHERE account = ? AND kind = ? AND value = ?",
        )
        .and_then(|mut query| {
            query
                .query_row((account, number_of(kind), value), |row| row.get(0))
                .optional()
        })
        .during("find a contact")?;
    Ok(found.map(ContactId))
}

/// How a kind of handle is stored.
fn number_of(kind: HandleKind) -> i64 {
    match kind {
        HandleKind::WaId => 0,
        HandleKind::UserId => 1,
        HandleKind::ParentUserId => 2,
    }
}
