//! Where updates stand in a `value`: which fields have lists of them, and which lists.

use std::borrow::Cow;

use super::person::{Person, handle, person};
use super::update::{EntryFrame, UpdateKind};
use crate::raw::{List, Member, Object};

/// The lists of a `value` whose elements are updates.
pub(super) const LISTS: [(&str, UpdateKind); 11] = [
    ("messages", UpdateKind::Message),
    ("statuses", UpdateKind::Status),
    ("message_echoes", UpdateKind::Echo),
    ("history", UpdateKind::HistoryChunk),
    ("state_sync", UpdateKind::StateSync),
    ("calls", UpdateKind::Call),
    ("groups", UpdateKind::Group),
    ("user_preferences", UpdateKind::UserPreference),
    ("user_id_update", UpdateKind::UserIdUpdate),
    ("automatic_events", UpdateKind::AutomaticEvent),
    ("user_actions", UpdateKind::UserAction),
];

/// The fields whose value has such lists.
pub(super) const LISTED_FIELDS: [&str; 12] = [
    "messages",
    "smb_message_echoes",
    "history",
    "smb_app_state_sync",
    "calls",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "user_preferences",
    "user_id_update",
    "automatic_events",
];

/// Which field a list is of, where no `field` says it.
const HOMES: [(&str, &str); 9] = [
    ("messages", "messages"),
    ("statuses", "messages"),
    ("user_actions", "messages"),
    ("message_echoes", "smb_message_echoes"),
    ("history", "history"),
    ("state_sync", "smb_app_state_sync"),
    ("calls", "calls"),
    ("user_preferences", "user_preferences"),
    ("user_id_update", "user_id_update"),
];

impl UpdateKind {
    pub(super) fn in_field(&self, field: &str) -> Self {
        match (self, field) {
            (Self::Message, "history") => Self::History,
            (Self::Status, "calls") => Self::CallStatus,
            _ => self.clone(),
        }
    }
}

/// Which of its lists of updates a member of a `value` is.
pub(super) fn list(member: &Member<'_>) -> Option<&'static (&'static str, UpdateKind)> {
    LISTS.iter().find(|(list, _)| member.is(list))
}

/// Whether a value may have more than one update; of history, which has lists in its lists, whatever it has.
pub(super) fn has_many(value: &Object<'_>) -> bool {
    let elements = value.members().iter().filter_map(|member| {
        let (list, _) = list(member)?;
        let elements = List::read(member.value).map_or(1, |list| list.elements().len());
        Some(if *list == "history" { 2 } else { elements })
    });
    elements.sum::<usize>() > 1
}

/// The change's field: its own, or where Meta's examples have put it, or what the value's lists say.
pub(super) fn field<'a>(
    entry: &EntryFrame<'a>,
    change: &Object<'a>,
    value: &Object<'a>,
) -> Cow<'a, str> {
    handle(change, "field")
        .or_else(|| handle(value, "field"))
        .or_else(|| handle(&entry.object, "field"))
        .or_else(|| {
            let home = HOMES.iter().find(|(list, _)| value.get(list).is_some())?;
            Some(Cow::Borrowed(home.1))
        })
        .unwrap_or_default()
}

/// A thread's other side. `id` is a phone number, or whatever Meta knows them by.
pub(super) fn thread_person<'a>(thread: &Object<'a>) -> Person<'a> {
    let mut known = thread
        .object("context")
        .map(|context| person(&context))
        .unwrap_or_default();
    if let Some(id) = handle(thread, "id") {
        let is_number = id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+');
        if is_number && known.wa_id.is_none() {
            known.wa_id = Some(id);
        } else if !is_number && known.user_id.is_none() {
            known.user_id = Some(id);
        }
    }
    known
}
