//! Lanes: what must stay in order. See [`Lanes`] for how their turns come.

mod group;
mod lanes;
mod line;

use crate::account::AccountId;
use crate::event::Scope;
use crate::hook::{HookId, Order};
use crate::id::{ContactId, EventId};

pub use lanes::{Backlog, Lanes, Release, Turn};

/// Names one lane: a 64-bit digest of everything the lane is keyed by. Two lanes that ever collide merely wait for one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey(pub i64);

impl LaneKey {
    /// The lane of an event on its way to a hook: (hook, account, group or contact or field).
    pub fn of_delivery(
        hook_id: &HookId,
        account_id: &AccountId,
        scope: &Scope,
        contact: Option<ContactId>,
        order: Order,
        event: EventId,
    ) -> Self {
        let hook = hook_id.as_str();
        let account = account_id.as_str();
        match (order, scope, contact) {
            (Order::None, _, _) => digest(&["event", hook, &event.to_string()]),
            (_, Scope::Contact, Some(contact)) => {
                digest(&["contact", hook, account, &contact.to_string()])
            }
            (_, Scope::Contact, None) => digest(&["account", hook, account]),
            (_, Scope::Group(group), _) => digest(&["group", hook, account, group]),
            (_, Scope::Field(field), _) => digest(&["field", hook, account, field]),
        }
    }

    /// The lane of a message on its way out: (account, contact or group).
    pub fn of_send(account_id: &AccountId, recipient: SendLane<'_>) -> Self {
        match recipient {
            SendLane::Contact(contact) => {
                digest(&["send", account_id.as_str(), &contact.to_string()])
            }
            SendLane::Group(group) => digest(&["send-group", account_id.as_str(), group]),
        }
    }
}

/// Whom a send lane leads to.
#[derive(Debug, Clone, Copy)]
pub enum SendLane<'a> {
    /// One contact.
    Contact(ContactId),
    /// One group, by Meta's id.
    Group(&'a str),
}

/// The first eight bytes of SHA-256 over length-prefixed parts.
pub(crate) fn digest(parts: &[&str]) -> LaneKey {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let bytes = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    LaneKey(i64::from_le_bytes(first))
}
