//! Who somebody is, and what follows when two turn out to be one.

use waypost_core::account::AccountId;
use waypost_core::contact::{Contact, HandleKind, Known, resolve};
use waypost_core::event::{Handles, Scope};
use waypost_core::hook::Order;
use waypost_core::id::{ContactId, EventId};
use waypost_core::lane::{LaneKey, SendLane};
use waypost_core::time::UnixMillis;

use super::Transaction;
use crate::Error;
use crate::queues::Effect;

impl Transaction<'_> {
    /// The contact with these handles; made, moved or merged as [`waypost_core::contact`] decides. None if they name
    /// nobody.
    pub(super) fn contact(
        &mut self,
        now: UnixMillis,
        account: u32,
        account_id: &AccountId,
        handles: &Handles,
    ) -> Result<Option<ContactId>, Error> {
        let by_wa_id = self.find(account, HandleKind::WaId, handles.wa_id.as_deref())?;
        let by_user_id = self.find(account, HandleKind::UserId, handles.user_id.as_deref())?;
        let by_parent = self.find(
            account,
            HandleKind::ParentUserId,
            handles.parent_user_id.as_deref(),
        )?;
        let previous = handles.previous_user_id.as_deref();
        let by_previous = self.find(account, HandleKind::UserId, previous)?;
        let previous = handles.previous_parent_user_id.as_deref();
        let by_previous_parent = self.find(account, HandleKind::ParentUserId, previous)?;
        let found = [
            by_wa_id,
            by_user_id,
            by_parent,
            by_previous,
            by_previous_parent,
        ];
        if let Some(contact) = agreed(&found) {
            self.rows.note_use(contact, now)?;
            return Ok(Some(contact));
        }
        let known = Known {
            by_wa_id: self.read(by_wa_id)?,
            by_user_id: self.read(by_user_id)?,
            by_parent_user_id: self.read(by_parent)?,
            by_previous_user_id: self.read(by_previous)?,
            by_previous_parent_user_id: self.read(by_previous_parent)?,
        };
        let Some(decision) = resolve(&known, handles) else {
            return Ok(None);
        };
        let contact = if let Some(contact) = decision.contact {
            self.rows.note_use(contact, now)?;
            contact
        } else {
            let contact = ContactId(self.rows.next_id(now));
            self.rows.insert_contact(account, contact)?;
            contact
        };
        for younger in decision.absorb {
            self.merge(account, account_id, younger, contact)?;
        }
        for handle in decision.attach {
            self.rows
                .give_handle(account, handle.kind, &handle.value, contact)?;
        }
        Ok(Some(contact))
    }

    fn merge(
        &mut self,
        account: u32,
        account_id: &AccountId,
        younger: ContactId,
        older: ContactId,
    ) -> Result<(), Error> {
        self.rows.merge_contacts(younger, older)?;
        for (hook, hook_id) in self.rows.hooks()? {
            let lane = |contact| {
                // With `Order::None` an event is a lane of its own, and no contact's.
                let any = EventId(0);
                LaneKey::of_delivery(
                    &hook_id,
                    account_id,
                    &Scope::Contact,
                    Some(contact),
                    Order::Strict,
                    any,
                )
            };
            let (from, into) = (lane(younger), lane(older));
            self.rows.merge_lanes(from, into)?;
            self.note(Effect::DeliveryLanesMerged { hook, from, into });
        }
        let from = LaneKey::of_send(account_id, SendLane::Contact(younger));
        let into = LaneKey::of_send(account_id, SendLane::Contact(older));
        self.rows.merge_lanes(from, into)?;
        self.note(Effect::SendLanesMerged {
            account,
            from,
            into,
        });
        Ok(())
    }

    /// Whom a handle leads to.
    fn find(&mut self, account: u32, kind: HandleKind, value: Option<&str>) -> Result<Lead, Error> {
        match value {
            None => Ok(Lead::NoHandle),
            Some(value) => Ok(match self.rows.contact_by_handle(account, kind, value)? {
                Some(contact) => Lead::To(contact),
                None => Lead::Nowhere,
            }),
        }
    }

    fn read(&mut self, lead: Lead) -> Result<Option<Contact>, Error> {
        match lead {
            Lead::To(contact) => self.rows.contact(contact).map(Some),
            Lead::Nowhere | Lead::NoHandle => Ok(None),
        }
    }
}

/// Where a handle leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    NoHandle,
    Nowhere,
    To(ContactId),
}

/// The contact all handles lead to, if they all lead to one: by far the most common case, and there is nothing to decide.
fn agreed(leads: &[Lead]) -> Option<ContactId> {
    let mut given = leads.iter().filter(|lead| **lead != Lead::NoHandle);
    let Some(&Lead::To(contact)) = given.next() else {
        return None;
    };
    given
        .all(|lead| *lead == Lead::To(contact))
        .then_some(contact)
}
