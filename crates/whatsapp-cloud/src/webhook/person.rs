//! Whoever an update is from or to, and the `contacts[]` entry that belongs to it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use crate::message::Recipient;
use crate::raw::{Json, List, Object};

/// Everything an update says of who it is from or to. Since 2026 any of it may be missing, the phone number too.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person<'a> {
    /// Phone number, as it came.
    pub wa_id: Option<Cow<'a, str>>,
    /// Business-scoped user id.
    pub user_id: Option<Cow<'a, str>>,
    /// Business-scoped id of the parent portfolio.
    pub parent_user_id: Option<Cow<'a, str>>,
    /// Username. Usernames are recycled: never a key.
    pub username: Option<Cow<'a, str>>,
    /// Profile name.
    pub name: Option<Cow<'a, str>>,
}

impl Person<'_> {
    /// The same, independent of the body it was read from.
    pub fn into_owned(self) -> Person<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Person {
            wa_id: own(self.wa_id),
            user_id: own(self.user_id),
            parent_user_id: own(self.parent_user_id),
            username: own(self.username),
            name: own(self.name),
        }
    }

    /// Whether two phone numbers or two user ids contradict each other.
    fn contradicts(&self, other: &Self) -> bool {
        let differ = |one: &Option<Cow<'_, str>>, two: &Option<Cow<'_, str>>| matches!((one, two), (Some(one), Some(two)) if one != two);
        differ(&self.user_id, &other.user_id)
            || (self.user_id.is_none() || other.user_id.is_none())
                && differ(&self.wa_id, &other.wa_id)
    }

    /// Fills in what their `contacts[]` entry knows.
    pub(crate) fn complete(&mut self, contact: &Self) {
        fill(&mut self.wa_id, contact.wa_id.as_ref());
        fill(&mut self.user_id, contact.user_id.as_ref());
        fill(&mut self.parent_user_id, contact.parent_user_id.as_ref());
        fill(&mut self.username, contact.username.as_ref());
        fill(&mut self.name, contact.name.as_ref());
    }

    /// Whom to answer: by phone number where it is known, else by user id. What was written in a group is answered to the group.
    pub fn recipient(&self) -> Option<Recipient> {
        let phone = self.wa_id.as_deref().map(Recipient::from);
        let user = |id: &Cow<'_, str>| Recipient::User(id.clone().into_owned());
        phone
            .or_else(|| self.user_id.as_ref().map(user))
            .or_else(|| self.parent_user_id.as_ref().map(user))
    }
}

fn fill<'a>(place: &mut Option<Cow<'a, str>>, from: Option<&Cow<'a, str>>) {
    if place.is_none() {
        *place = from.cloned();
    }
}

/// Personal data: shows which handles are there, never what they are.
impl fmt::Debug for Person<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("wa_id", &self.wa_id.is_some())
            .field("user_id", &self.user_id.is_some())
            .field("parent_user_id", &self.parent_user_id.is_some())
            .finish_non_exhaustive()
    }
}

/// One `contacts[]` entry.
#[derive(Debug, Clone)]
pub(crate) struct Contact<'a> {
    pub(crate) raw: Json<'a>,
    pub(crate) person: Person<'a>,
}

/// The `contacts[]` of one change.
#[derive(Debug, Default)]
pub(crate) struct Contacts<'a> {
    entries: Vec<Contact<'a>>,
    /// Handle to place in `entries`; filled only where there are many.
    index: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Contacts<'a> {
    /// From this many entries on they are indexed rather than searched.
    const MANY: usize = 16;

    /// Reads a `contacts` member. Entries that make no sense are skipped: they identify nobody.
    pub(crate) fn read(json: Json<'a>) -> Self {
        let list = List::read(json).unwrap_or_default();
        let mut contacts = Self::default();
        for &raw in list.elements() {
            let Some(object) = Object::read(raw) else {
                continue;
            };
            contacts.entries.push(Contact {
                raw,
                person: person(&object),
            });
        }
        if contacts.entries.len() >= Self::MANY {
            for (place, contact) in contacts.entries.iter().enumerate() {
                for handle in [&contact.person.wa_id, &contact.person.user_id]
                    .into_iter()
                    .flatten()
                {
                    contacts.index.entry(handle.clone()).or_insert(place);
                }
            }
        }
        contacts
    }

    /// Whether the only entry has no handle.
    pub(crate) fn name_nobody(&self) -> bool {
        let handles = |person: &Person<'_>| {
            person.wa_id.is_some() || person.user_id.is_some() || person.parent_user_id.is_some()
        };
        matches!(self.entries.as_slice(), [only] if !handles(&only.person))
    }

    /// The entry that stands beside someone: the one with a handle of theirs, or the only one there is. The second is whether it is
    /// theirs: one that names another is kept where it was, and tells nothing of them.
    pub(crate) fn of(&self, person: &Person<'_>) -> Option<(&Contact<'a>, bool)> {
        let found = self.find(person)?;
        Some((found, !person.contradicts(&found.person)))
    }

    fn find(&self, person: &Person<'_>) -> Option<&Contact<'a>> {
        if let [only] = self.entries.as_slice() {
            return Some(only);
        }
        let handles = || [&person.user_id, &person.wa_id].into_iter().flatten();
        if !self.index.is_empty() {
            return handles()
                .find_map(|handle| self.index.get(handle.as_ref()))
                .map(|&place| &self.entries[place]);
        }
        handles().find_map(|handle| {
            self.entries.iter().find(|contact| {
                contact.person.wa_id.as_ref() == Some(handle)
                    || contact.person.user_id.as_ref() == Some(handle)
            })
        })
    }
}

/// Reads `wa_id`, `user_id`, `parent_user_id`, and the name and username from `profile` or beside it.
pub(crate) fn person<'a>(object: &Object<'a>) -> Person<'a> {
    let mut person = Person {
        wa_id: handle(object, "wa_id"),
        user_id: handle(object, "user_id"),
        parent_user_id: handle(object, "parent_user_id"),
        username: handle(object, "username"),
        name: None,
    };
    if let Some(profile) = object.object("profile") {
        person.name = handle(&profile, "name");
        fill(&mut person.username, handle(&profile, "username").as_ref());
    }
    person
}

/// A text that says something: Meta also writes `""` for a handle it withholds.
pub(crate) fn handle<'a>(object: &Object<'a>, key: &str) -> Option<Cow<'a, str>> {
    object.text(key).filter(|text| !text.is_empty())
}
