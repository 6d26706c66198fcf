//! Who somebody is, by the handles an update names them with.
//!
//! A contact is known, within one account, by any number of user ids, parent user ids and phone numbers; every handle
//! belongs to one contact at most. A username identifies nobody: usernames are recycled. So are phone numbers, which is
//! why a user id outranks a parent user id, and both outrank a phone number. The strongest handle that leads to a contact
//! without contradicting the update decides; the others follow it:
//!
//! | the update's handles lead to | then |
//! |---|---|
//! | nobody | a new contact has them all |
//! | one contact | it gets those that nobody had |
//! | one by phone, with another user id than the update's | the number was recycled: it moves to the contact of the user id, or to a new one; no merge |
//! | two, and no ids of one kind differ | they are one person: the older one stays and absorbs the younger |
//! | two, whose ids of one kind differ | the stronger handle's contact gets the weaker handle; no merge |
//! | two, by an id and by the id that Meta says it replaces | one person, whatever else they have: the older one stays |
//!
//! **Invariant:** contacts with different user ids of one kind never become one, unless Meta says that one id replaced
//! the other.

use std::fmt;

use crate::event::Handles;
use crate::id::ContactId;

/// A contact that a handle led to, with all the ids that tell it from others.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Ours. The smaller, the older.
    pub id: ContactId,
    /// Every user id it has.
    pub user_ids: Vec<String>,
    /// Every parent user id it has.
    pub parent_user_ids: Vec<String>,
}

/// Personal data: shows which contact, and nothing of its ids.
impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({})", self.id)
    }
}

/// What the account's handles lead to, each looked up by itself. One contact may occur several times.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// By `wa_id`.
    pub by_wa_id: Option<Contact>,
    /// By `user_id`.
    pub by_user_id: Option<Contact>,
    /// By `parent_user_id`.
    pub by_parent_user_id: Option<Contact>,
    /// By `previous_user_id`.
    pub by_previous_user_id: Option<Contact>,
    /// By `previous_parent_user_id`.
    pub by_previous_parent_user_id: Option<Contact>,
}

/// A kind of handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandleKind {
    /// Phone number.
    WaId,
    /// Business-scoped user id.
    UserId,
    /// Business-scoped id of the parent portfolio.
    ParentUserId,
}

/// One handle.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    /// Its kind.
    pub kind: HandleKind,
    /// Personal data.
    pub value: String,
}

/// Personal data: shows its kind only.
impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:?})", self.kind)
    }
}

/// What is to be done, in this order: absorb, then attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who it is; absent if a new contact is to be made.
    pub contact: Option<ContactId>,
    /// Younger contacts that are the same person: their handles become the contact's, and their lanes join its own.
    pub absorb: Vec<ContactId>,
    /// Which of the update's handles are to lead to the contact from now on, whomever they led to before.
    pub attach: Vec<Handle>,
}

/// Decides who somebody is. None if the update names nobody.
pub fn resolve(known: &Known, incoming: &Handles) -> Option<Decision> {
    let claims = claims(known, incoming);
    if claims.is_empty() {
        return None;
    }
    let update = Ids::of_update(incoming);
    let mut same: Vec<&Contact> = Vec::new();
    for contact in claims.iter().filter_map(|claim| claim.leads_to) {
        let ids = Ids::of_contact(contact);
        let is_new = same.iter().all(|other| other.id != contact.id);
        let mut others = same.iter().map(|other| Ids::of_contact(other));
        if is_new
            && !ids.contradict(&update, &update)
            && !others.any(|other| ids.contradict(&other, &update))
        {
            same.push(contact);
        }
    }
    let oldest = same.iter().map(|contact| contact.id).min();
    let mut absorb: Vec<_> = same.iter().map(|contact| contact.id).collect();
    absorb.retain(|id| Some(*id) != oldest);
    absorb.sort_unstable();
    let is_same = |found: &Contact| same.iter().any(|contact| contact.id == found.id);
    let leads_elsewhere = |claim: &&Claim<'_>| !claim.leads_to.is_some_and(is_same);
    let handle = |claim: &Claim<'_>| Handle {
        kind: claim.kind,
        value: claim.value.to_owned(),
    };
    Some(Decision {
        contact: oldest,
        absorb,
        attach: claims.iter().filter(leads_elsewhere).map(handle).collect(),
    })
}

/// One handle of the update, and whom it leads to.
struct Claim<'a> {
    kind: HandleKind,
    value: &'a str,
    leads_to: Option<&'a Contact>,
}

/// The update's handles, the strongest first.
fn claims<'a>(known: &'a Known, incoming: &'a Handles) -> Vec<Claim<'a>> {
    use HandleKind::{ParentUserId, UserId, WaId};
    let all = [
        (UserId, &incoming.user_id, &known.by_user_id),
        (
            UserId,
            &incoming.previous_user_id,
            &known.by_previous_user_id,
        ),
        (
            ParentUserId,
            &incoming.parent_user_id,
            &known.by_parent_user_id,
        ),
        (
            ParentUserId,
            &incoming.previous_parent_user_id,
            &known.by_previous_parent_user_id,
        ),
        (WaId, &incoming.wa_id, &known.by_wa_id),
    ];
    let claim = |(kind, value, leads_to): (_, &'a Option<String>, &'a Option<Contact>)| {
        let leads_to = leads_to.as_ref();
        value.as_deref().map(|value| Claim {
            kind,
            value,
            leads_to,
        })
    };
    all.into_iter().filter_map(claim).collect()
}

/// The ids that tell one person from another, by kind, the stronger kind first.
struct Ids<'a>([Vec<&'a str>; 2]);

impl<'a> Ids<'a> {
    fn of_contact(contact: &'a Contact) -> Self {
        Self(
            [&contact.user_ids, &contact.parent_user_ids]
                .map(|ids| ids.iter().map(String::as_str).collect()),
        )
    }

    fn of_update(handles: &'a Handles) -> Self {
        let both = |one: &'a Option<String>, other: &'a Option<String>| {
            [one, other]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect()
        };
        Self([
            both(&handles.user_id, &handles.previous_user_id),
            both(&handles.parent_user_id, &handles.previous_parent_user_id),
        ])
    }

    /// Whether these cannot be the same person's as those. The strongest kind that both have decides; two ids that
    /// `update` calls one person's, before and after, are as good as one.
    fn contradict(&self, other: &Self, update: &Self) -> bool {
        for kind in 0..2 {
            let (mine, theirs, renamed) = (&self.0[kind], &other.0[kind], &update.0[kind]);
            if mine.is_empty() || theirs.is_empty() {
                continue;
            }
            let is_renamed = |ids: &[&str]| ids.iter().any(|id| renamed.contains(id));
            let agree = mine.iter().any(|id| theirs.contains(id))
                || (is_renamed(mine) && is_renamed(theirs));
            return !agree;
        }
        false
    }
}

#[cfg(test)]
mod tests;
