//! One thing that happened, as a slice of the notification it came in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::person::{Contacts, Person};
use crate::raw::{Json, Object};
use crate::time::UnixSeconds;

/// One update of a notification.
#[derive(Clone)]
pub struct Update<'a> {
    /// What it is.
    pub kind: UpdateKind,
    /// What routing needs to know of it. For a malformed element: as much as could be read.
    pub head: Head<'a>,
    /// The element's own text, a slice of the body. For account changes the whole `value`.
    pub raw: &'a str,
    pub(super) place: Place<'a>,
}

/// What an update is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateKind {
    /// Someone wrote: an element of `messages[]`.
    Message,
    /// A message of the business got somewhere: an element of `statuses[]`.
    Status,
    /// The business wrote from its own phone: an element of `message_echoes[]`.
    Echo,
    /// A message of the past: an element of a history thread's `messages[]`, or of `messages[]` in the field `history`.
    History,
    /// An element of `history[]` without threads: its progress, or why there is no history. Or a thread without messages.
    HistoryChunk,
    /// An address book entry: an element of `state_sync[]`.
    StateSync,
    /// An element of `calls[]`.
    Call,
    /// A call's status.
    CallStatus,
    /// An element of `groups[]`.
    Group,
    /// An element of `user_preferences[]`.
    UserPreference,
    /// An element of `user_id_update[]`.
    UserIdUpdate,
    /// An element of `automatic_events[]`.
    AutomaticEvent,
    /// An element of `user_actions[]`, such as a click on a link of a marketing message.
    UserAction,
    /// A whole change: everything of an account, a template, a number, a flow, and every field this version does not know.
    Value,
    /// A whole entry without `changes`, as an app gets it that subscribes without values.
    Entry,
    /// A part that makes no sense, kept as it came.
    Malformed(Fault),
}

/// Why a part makes no sense. Says nothing of its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, from the notification's root: `entry[0].changes[0].value.messages[2].from`.
    pub path: String,
    /// What was found wrong there.
    pub reason: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(self.reason);
        }
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// What routing needs to know of an update. Anything may be missing.
#[derive(Clone, Default)]
pub struct Head<'a> {
    /// `id` (`wacid` of some calls): the wamid of messages, statuses, echoes and history.
    pub id: Option<Cow<'a, str>>,
    /// `type`.
    pub kind: Option<Cow<'a, str>>,
    /// `status`.
    pub status: Option<Cow<'a, str>>,
    /// `event`.
    pub event: Option<Cow<'a, str>>,
    /// `timestamp` as it came; [`Update::timestamp`] reads it.
    pub timestamp: Option<Cow<'a, str>>,
    /// The group, if it happened in one.
    pub group_id: Option<Cow<'a, str>>,
    /// Who it is from; for statuses, echoes and calls of the business, who it went to.
    pub person: Person<'a>,
    /// `from` of echoes and history: the business's own number, or whoever wrote then.
    pub from: Option<Cow<'a, str>>,
    /// The group member a status speaks of: phone number, else user id, else the parent's.
    pub participant: Option<Cow<'a, str>>,
    /// `biz_opaque_callback_data`.
    pub callback_data: Option<Cow<'a, str>>,
    /// `errors`.
    pub errors: Option<Json<'a>>,
}

/// What makes an update the same one when Meta sends it again (within one account).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key<'u> {
    /// Messages, echoes, edits, revocations, history.
    Message {
        /// The change's field.
        field: &'u str,
        /// The message's type.
        kind: &'u str,
        /// Its wamid.
        id: &'u str,
    },
    /// Statuses of messages. Those of a payment are not among them: one message may be paid in several tries.
    Status {
        /// The wamid it speaks of.
        id: &'u str,
        /// What it says.
        status: &'u str,
        /// Of which group member.
        participant: Option<&'u str>,
    },
    /// Everything else is itself.
    Content {
        /// `entry.id`.
        entry_id: &'u str,
        /// `entry.time`, as it was written.
        entry_time: &'u str,
        /// The change's field.
        field: &'u str,
        /// The number it is about; empty where it is about none.
        phone_number_id: &'u str,
        /// The element.
        raw: &'u str,
    },
}

impl Key<'_> {
    /// The key as 64 hexadecimal digits (SHA-256), to be stored: equal for equal keys, in every version of this crate, and nothing
    /// personal can be read from it. One receiver of several accounts keeps them apart itself.
    pub fn digest(&self) -> String {
        match *self {
            Key::Message { field, kind, id } => digest(&["message", field, kind, id]),
            Key::Status {
                id,
                status,
                participant,
            } => digest(&["status", id, status, participant.unwrap_or_default()]),
            Key::Content {
                entry_id,
                entry_time,
                field,
                phone_number_id,
                raw,
            } => digest(&["content", entry_id, entry_time, field, phone_number_id, raw]),
        }
    }
}

/// Each part with its length before it, so that no two lists of parts are written alike.
fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part.as_bytes());
    }
    hex::encode(digest.finalize())
}

impl<'a> Update<'a> {
    /// `entry.id`: the business account, for nearly all fields.
    pub fn entry_id(&self) -> Option<&str> {
        self.entry()?.id.as_deref()
    }

    /// `entry.time`.
    pub fn entry_time(&self) -> Option<UnixSeconds> {
        self.entry()?.time.as_deref().and_then(UnixSeconds::read)
    }

    /// The change's `field`, also where Meta puts it one level too high or too low; inferred from the value where it is
    /// missing; empty where it cannot be.
    pub fn field(&self) -> &str {
        self.frame().map_or("", |frame| &frame.field)
    }

    /// `metadata.phone_number_id`: the business's number.
    pub fn phone_number_id(&self) -> Option<&str> {
        self.frame()?.phone_number_id.as_deref()
    }

    /// `metadata.display_phone_number`.
    pub fn display_phone_number(&self) -> Option<&str> {
        self.frame()?.display_phone_number.as_deref()
    }

    /// The change's `value` as it came, with all its lists; for an update that stands in none, its `raw`.
    pub fn value(&self) -> &'a str {
        let value = self.frame().and_then(|frame| frame.change.get("value"));
        value.map_or(self.raw, Json::get)
    }

    /// When it happened, by the element's own timestamp. `None` if it has none that can be read.
    pub fn timestamp(&self) -> Option<UnixSeconds> {
        self.head.timestamp.as_deref().and_then(UnixSeconds::read)
    }

    /// Why it is malformed, if it is.
    pub fn fault(&self) -> Option<&Fault> {
        match &self.kind {
            UpdateKind::Malformed(fault) => Some(fault),
            _ => None,
        }
    }

    /// What makes it the same update when Meta sends it again.
    pub fn key(&self) -> Key<'_> {
        let head = &self.head;
        match (&self.kind, head.id.as_deref(), head.status.as_deref()) {
            (UpdateKind::Message | UpdateKind::Echo | UpdateKind::History, Some(id), _) => {
                Key::Message {
                    field: self.field(),
                    kind: head.kind.as_deref().unwrap_or_default(),
                    id,
                }
            }
            (UpdateKind::Status, Some(id), Some(status))
                if head.kind.as_deref() != Some("payment") =>
            {
                Key::Status {
                    id,
                    status,
                    participant: head.participant.as_deref(),
                }
            }
            _ => Key::Content {
                entry_id: self.entry_id().unwrap_or_default(),
                entry_time: self
                    .entry()
                    .and_then(|entry| entry.time.as_deref())
                    .unwrap_or_default(),
                field: self.field(),
                phone_number_id: self.phone_number_id().unwrap_or_default(),
                raw: self.raw,
            },
        }
    }

    pub(super) fn contact_json(&self) -> Option<&'a str> {
        match &self.place {
            Place::Element {
                contact,
                is_theirs: true,
                ..
            } => contact.map(Json::get),
            _ => None,
        }
    }

    fn entry(&self) -> Option<&EntryFrame<'a>> {
        match &self.place {
            Place::Entry { entry } | Place::Change { entry } => Some(entry),
            Place::Value { frame } | Place::Element { frame, .. } => Some(&frame.entry),
            Place::Whole => None,
        }
    }

    fn frame(&self) -> Option<&Frame<'a>> {
        match &self.place {
            Place::Value { frame } | Place::Element { frame, .. } => Some(frame),
            Place::Whole | Place::Entry { .. } | Place::Change { .. } => None,
        }
    }
}

/// Shows where it stands and what it is, never what it says.
impl fmt::Debug for Update<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update")
            .field("kind", &self.kind)
            .field("field", &self.field())
            .field("head", &self.head)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// Ids and kinds only.
impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// Where an update stands in its notification: what [`Update::notification`] writes around it.
#[derive(Clone)]
pub(super) enum Place<'a> {
    /// It is a notification of its own, or the whole body.
    Whole,
    /// It is an element of `entry[]`.
    Entry { entry: Arc<EntryFrame<'a>> },
    /// It is an element of `changes[]`.
    Change { entry: Arc<EntryFrame<'a>> },
    /// It is a change's `value`.
    Value { frame: Arc<Frame<'a>> },
    /// It is part of a list inside `value`.
    Element {
        frame: Arc<Frame<'a>>,
        /// The list's key.
        list: &'static str,
        /// The element is what stands under the key itself, no list.
        bare: bool,
        /// The history thread it is in.
        thread: Option<Arc<Thread<'a>>>,
        /// The `contacts[]` entry that stands beside it.
        contact: Option<Json<'a>>,
        /// Whether that entry is of the update's person.
        is_theirs: bool,
    },
}

/// What surrounds the changes of an entry.
pub(super) struct EntryFrame<'a> {
    pub(super) top: Arc<Object<'a>>,
    pub(super) object: Object<'a>,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) time: Option<Cow<'a, str>>,
}

/// What surrounds the elements of a change.
pub(super) struct Frame<'a> {
    pub(super) entry: Arc<EntryFrame<'a>>,
    pub(super) change: Object<'a>,
    pub(super) value: Object<'a>,
    pub(super) contacts: Contacts<'a>,
    pub(super) field: Cow<'a, str>,
    pub(super) phone_number_id: Option<Cow<'a, str>>,
    pub(super) display_phone_number: Option<Cow<'a, str>>,
}

/// What surrounds the messages of a history thread; `object` is `None` where the thread itself is the update.
pub(super) struct Thread<'a> {
    pub(super) item: Arc<Object<'a>>,
    pub(super) object: Option<Object<'a>>,
    pub(super) person: Person<'a>,
}
