//! Events: one per update that Meta sent, or that the gateway itself has to tell.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::account::AccountId;
use crate::hook::{HookId, Order};
use crate::id::{ContactId, EventId};
use crate::message::StatusChange;
use crate::time::UnixMillis;

macro_rules! event_types {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What happened, by the name hooks subscribe to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum EventType { $($(#[$doc])* $name,)* }

        impl EventType {
            /// Every type there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name hooks subscribe to.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }

        impl FromStr for EventType {
            type Err = UnknownEventType;
            fn from_str(text: &str) -> Result<Self, UnknownEventType> {
                match text { $($text => Ok(Self::$name),)* _ => Err(UnknownEventType(text.to_owned())) }
            }
        }
    };
}

event_types! {
    /// Any inbound message.
    MessageReceived = "message.received",
    /// Meta took a message of ours.
    MessageSent = "message.sent",
    /// It reached a device.
    MessageDelivered = "message.delivered",
    /// It was read.
    MessageRead = "message.read",
    /// A voice message was played.
    MessagePlayed = "message.played",
    /// It will not arrive.
    MessageFailed = "message.failed",
    /// A status with a name this version does not know.
    MessageStatus = "message.status",
    /// The business wrote from its own phone (coexistence).
    MessageEcho = "message.echo",
    /// A send whose fate is unknown.
    MessageUncertain = "message.uncertain",
    /// A message of the past (coexistence).
    HistoryReceived = "history.received",
    /// An address book entry (coexistence).
    ContactUpdated = "contact.updated",
    /// A template was approved, rejected, paused, …
    TemplateStatus = "template.status",
    /// A template's quality changed.
    TemplateQuality = "template.quality",
    /// A template's category changed.
    TemplateCategory = "template.category",
    /// A template's text changed.
    TemplateComponents = "template.components",
    /// The business account changed.
    AccountUpdated = "account.updated",
    /// Meta has something to say about the account.
    AccountAlert = "account.alert",
    /// The account was reviewed.
    AccountReview = "account.review",
    /// Its limits changed.
    AccountCapability = "account.capability",
    /// Its settings changed.
    AccountSettings = "account.settings",
    /// The number's display name was decided.
    PhoneNumberName = "phone_number.name",
    /// The number's quality changed.
    PhoneNumberQuality = "phone_number.quality",
    /// Two-step verification changed.
    SecurityUpdated = "security.updated",
    /// A call begins.
    CallConnect = "call.connect",
    /// A call ends.
    CallTerminate = "call.terminate",
    /// A call was created.
    CallCreated = "call.created",
    /// Ringing, accepted, rejected.
    CallStatus = "call.status",
    /// Any other call event.
    CallUpdated = "call.updated",
    /// A group was made or removed.
    GroupLifecycle = "group.lifecycle",
    /// Someone joined or left.
    GroupParticipants = "group.participants",
    /// A group's settings changed.
    GroupSettings = "group.settings",
    /// A group was suspended or released.
    GroupStatus = "group.status",
    /// A flow's state or health changed.
    FlowUpdated = "flow.updated",
    /// Someone stopped or resumed marketing messages.
    UserPreferences = "user.preferences",
    /// Someone's business-scoped id changed.
    UserIdChanged = "user.id_changed",
    /// The business's username was decided.
    BusinessUsername = "business.username",
    /// Any webhook field not listed, and whatever could not be read.
    WebhookOther = "webhook.other",
    /// An account's token and number are verified.
    WhatsappConnected = "whatsapp.connected",
    /// They no longer are.
    WhatsappDisconnected = "whatsapp.disconnected",
    /// A pairing code (WhatsApp Web accounts).
    WhatsappQrCode = "whatsapp.qr.code",
    /// A pairing code ran out.
    WhatsappQrTimeout = "whatsapp.qr.timeout",
    /// Pairing failed.
    WhatsappQrError = "whatsapp.qr.error",
    /// A hook is about to be called for the first time for an event.
    HookTriggered = "hook.triggered",
    /// A hook took an event.
    HookSuccess = "hook.success",
    /// A call of a hook failed.
    HookFailed = "hook.failed",
    /// Somebody tries a hook out. Made for that one call; never stored, and part of no subscription.
    HookTest = "hook.test",
    /// Someone not on the allow-list wrote.
    SenderRefused = "sender.refused",
}

/// No event has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no event type is called `{0}`")]
pub struct UnknownEventType(pub String);

impl EventType {
    /// `hook.triggered`, `hook.success`, `hook.failed`, `hook.test`: never part of "all events", and never begetting more of themselves.
    pub fn is_about_a_hook(self) -> bool {
        matches!(
            self,
            Self::HookTriggered | Self::HookSuccess | Self::HookFailed | Self::HookTest
        )
    }

    /// Whether Meta sends it, as opposed to the gateway telling of itself.
    pub fn is_from_meta(self) -> bool {
        !matches!(
            self,
            Self::MessageUncertain
                | Self::WhatsappConnected
                | Self::WhatsappDisconnected
                | Self::WhatsappQrCode
                | Self::WhatsappQrTimeout
                | Self::WhatsappQrError
                | Self::HookTriggered
                | Self::HookSuccess
                | Self::HookFailed
                | Self::HookTest
                | Self::SenderRefused
        )
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <std::borrow::Cow<'de, str>>::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Everything a contact may be known by. Any of them, or none.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Handles {
    /// Phone number as WhatsApp writes it: digits without `+`.
    pub wa_id: Option<String>,
    /// Business-scoped user id.
    pub user_id: Option<String>,
    /// Business-scoped id of the parent portfolio.
    pub parent_user_id: Option<String>,
    /// The user id that `user_id` replaces, where Meta says so (`user_id_update`, `user_changed_user_id`).
    pub previous_user_id: Option<String>,
    /// The parent id that `parent_user_id` replaces, likewise.
    pub previous_parent_user_id: Option<String>,
    /// Shown to people; never identifies anyone, since usernames are recycled.
    pub username: Option<String>,
    /// Profile name.
    pub name: Option<String>,
}

impl Handles {
    /// Whether nothing here identifies anyone.
    pub fn is_empty(&self) -> bool {
        self.wa_id.is_none() && self.user_id.is_none() && self.parent_user_id.is_none()
    }
}

/// Personal data: shows which handles are there, never what they are.
impl fmt::Debug for Handles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handles")
            .field("wa_id", &self.wa_id.is_some())
            .field("user_id", &self.user_id.is_some())
            .field("parent_user_id", &self.parent_user_id.is_some())
            .finish_non_exhaustive()
    }
}

/// What an event is ordered by, within its account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The contact it is from or to. An event without handles falls back to its field.
    Contact,
    /// A group conversation.
    Group(String),
    /// Account-wide events, by Meta's field.
    Field(String),
}

/// The text an event was made from.
///
/// For what Meta sent this is one whole, valid notification holding exactly one update, and `raw` is where that update's
/// original bytes lie in it: the `meta` format is the text as it stands, and everything else is read from it again. For the
/// gateway's own events it is their `data`, and `raw` spans it all.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// UTF-8 JSON.
    pub text: Bytes,
    /// Byte range of the original element in `text`.
    pub raw: Range<usize>,
}

impl Body {
    /// The original element.
    pub fn raw(&self) -> &[u8] {
        self.text.get(self.raw.clone()).unwrap_or_default()
    }
}

/// Message contents: shows its size only.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes, raw {:?})", self.text.len(), self.raw)
    }
}

/// What makes an update the same update when Meta sends it again.
///
/// 128 bits of SHA-256, in two halves: `subject` is of the account and the message or status id alone, so that everything
/// about one message lies side by side and is found by it; `digest` is of the whole key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DedupeKey {
    /// Of (account, message id), or of the whole key where no message is concerned.
    pub subject: i64,
    /// Of the whole key.
    pub digest: i64,
}

/// A hook that is to get an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which.
    pub hook_id: HookId,
    /// How its lanes wait.
    pub order: Order,
}

/// An event about to be accepted.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What happened.
    pub event_type: EventType,
    /// To which account.
    pub account_id: AccountId,
    /// When, by Meta's clock (ours where Meta gives none).
    pub timestamp: UnixMillis,
    /// Meta's id of the message concerned.
    pub message_id: Option<String>,
    /// Absent for the gateway's own events, which are never duplicates.
    pub key: Option<DedupeKey>,
    /// Who it is from or to.
    pub handles: Handles,
    /// What it is ordered by.
    pub scope: Scope,
    /// For a status: what it says of a message of ours.
    pub status: Option<StatusChange>,
    /// What it was made from.
    pub body: Body,
    /// It names a number that no account has (Meta's test button); never replied to.
    pub foreign: bool,
    /// Why it could not be read, if it could not: kept, and read again after an upgrade.
    pub quarantined: Option<String>,
    /// Who gets it.
    pub targets: Vec<Target>,
}

/// An event as the store holds it.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Ours, for ever.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// To which account.
    pub account_id: AccountId,
    /// When, by Meta's clock.
    pub timestamp: UnixMillis,
    /// When we accepted it.
    pub received_at: UnixMillis,
    /// Meta's id of the message concerned.
    pub message_id: Option<String>,
    /// Who it is from or to.
    pub contact_id: Option<ContactId>,
    /// What it was made from.
    pub body: Body,
    /// It names a number that no account has.
    pub foreign: bool,
    /// Why it could not be read.
    pub quarantined: Option<String>,
}
