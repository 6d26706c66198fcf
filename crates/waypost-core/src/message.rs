//! Messages of ours: what the outbox holds, and the one direction their states go.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::event::Handles;
use crate::id::{DeliveryId, EventId, OutboxId};
use crate::time::UnixMillis;

/// Where a message of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageState {
    /// Stored, waiting for its turn.
    Queued,
    /// Handed to Meta; no answer yet. Written before the call, so that a crash leaves a trace.
    Sending,
    /// Meta's answer was lost, or leaves it open: it may have gone out. Settled by its status webhook.
    Uncertain,
    /// Meta took it.
    Sent,
    /// It reached a device.
    Delivered,
    /// It was read.
    Read,
    /// It will not arrive.
    Failed,
}

/// What a status webhook says of a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// Meta's id of the message.
    pub wamid: String,
    /// Our own id, if Meta gave it back to us in `biz_opaque_callback_data`.
    pub outbox_id: Option<OutboxId>,
    /// What it says. Only `Sent`, `Delivered`, `Read` and `Failed` occur.
    pub state: MessageState,
    /// Meta's errors as JSON text, for `Failed`.
    pub error: Option<String>,
}

/// A message about to enter the outbox.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Who sends it.
    pub account_id: AccountId,
    /// The recipient as the Cloud API object names it: keys the lane.
    pub recipient: Recipient,
    /// A Cloud API message object, complete but for our callback data.
    pub body: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// Someone, by phone number (`to`) or business-scoped user id (`recipient`).
    Contact(Handles),
    /// A group.
    Group(String),
}

/// Whom a stored message goes to, as Meta is told: a phone number, a user id or a group. Its `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Addressee(String);

impl fmt::Debug for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addressee(..)")
    }
}

/// Where a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `POST /api/messages`.
    Api,
    /// A hook answered an event with it.
    Reply {
        /// The event answered.
        event_id: EventId,
        /// The delivery whose answer it was.
        delivery_id: DeliveryId,
    },
}

/// A message as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageView {
    /// Ours.
    pub id: OutboxId,
    /// Who sends it.
    pub account_id: AccountId,
    /// Whom it goes to, where its text can be read.
    pub to: Option<Addressee>,
    /// What is sent: Meta's `type`, such as `text` or `template`.
    pub message_type: Option<String>,
    /// Where it is.
    pub state: MessageState,
    /// Meta's id, once known.
    pub wamid: Option<String>,
    /// Meta's whole error, or our own, as a JSON object.
    pub error: Option<serde_json::Value>,
    /// Calls made so far.
    pub attempts: u32,
    /// When it is tried next.
    pub next_attempt_at: Option<UnixMillis>,
    /// The event it answers.
    pub event_id: Option<EventId>,
    /// The delivery whose answer it was.
    pub delivery_id: Option<DeliveryId>,
    /// When its state last changed.
    pub updated_at: UnixMillis,
}

/// What a call to Meta means for its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendVerdict {
    /// Meta took it and gave it an id.
    Sent {
        /// Meta's id.
        wamid: String,
    },
    /// It certainly did not go out; again at this time, holding the lane.
    Retry {
        /// When.
        at: UnixMillis,
        /// Why, as a JSON object.
        error: String,
    },
    /// It certainly did not go out and will not.
    Failed {
        /// Why, as a JSON object.
        error: String,
    },
    /// It may have gone out. Holds its lane until a status or the five-minute limit decides.
    Uncertain {
        /// Why, as a JSON object.
        error: String,
    },
}
