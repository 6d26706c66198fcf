//! What lists can be asked for. Cursors are opaque text: an answer's `next` is the next question's `after`.

use waypost_core::account::AccountId;
use waypost_core::delivery::DeliveryState;
use waypost_core::event::EventType;
use waypost_core::hook::HookId;
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::message::{MessageState, Recipient};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Oldest first, unless asked for otherwise.
    pub items: Vec<T>,
    /// Where the next page begins, if there may be one.
    pub next: Option<String>,
}

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// At most this many (1 to 1,000).
    pub limit: usize,
    /// A cursor.
    pub after: Option<String>,
    /// Newest first, instead of oldest first; a cursor goes on in the order it was given out in.
    pub newest_first: bool,
    /// Of this type.
    pub event_type: Option<EventType>,
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// About this message.
    pub message_id: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// At most this many (1 to 1,000).
    pub limit: usize,
    /// A cursor.
    pub after: Option<String>,
    /// Newest first, instead of oldest first; a cursor goes on in the order it was given out in.
    pub newest_first: bool,
    /// This one alone: an empty list if there is none, or if it does not match the rest.
    pub id: Option<DeliveryId>,
    /// Of this event.
    pub event_id: Option<EventId>,
    /// To this hook.
    pub hook_id: Option<HookId>,
    /// In this state.
    pub state: Option<DeliveryState>,
}

/// Which messages of ours.
#[derive(Debug, Clone, Default)]
pub struct MessageQuery {
    /// At most this many (1 to 1,000).
    pub limit: usize,
    /// A cursor.
    pub after: Option<String>,
    /// Newest first, instead of oldest first; a cursor goes on in the order it was given out in.
    pub newest_first: bool,
    /// Answering this event.
    pub event_id: Option<EventId>,
    /// With this id of Meta's.
    pub wamid: Option<String>,
    /// In this state.
    pub state: Option<MessageState>,
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// To this recipient: known by the first handle there is.
    pub recipient: Option<Recipient>,
}
