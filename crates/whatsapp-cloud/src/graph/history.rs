//! What became of messages, asked rather than told by webhooks.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/message-history>
//!
//! Described by Meta; which numbers have it is not.

use crate::graph::answer::Named;
use crate::id::{MessageId, PhoneNumberId};
use crate::open::{Text, open_structs};
use crate::time::Timestamp;

pages! {
    /// The number's messages, with their events.
    ListMessageHistory "{phone_number_id}/message_history" -> MessageHistory {
        path { phone_number_id: PhoneNumberId }
        query_optional { message_id: MessageId,
        }
    }

    /// The events of one message.
    ListMessageEvents "{message_history_id}/events" -> MessageEventEdge {
        path { message_history_id: String }
        query_optional {
            /// `SENT`, `DELIVERED`, `READ`, `FAILED`, `DELETED`.
            status_filter: String,
        }
    }
}

open_structs! {
    /// One message.
    MessageHistory {
        id: Text,
        message_id: MessageId,
        events: super::Page<MessageEventEdge>,
    }

    /// An event, as the list has it: inside `node`, or plainly.
    MessageEventEdge {
        cursor: Text,
        node: MessageEvent,
        id: Text,
        delivery_status: Text,
        occurrence_timestamp: Timestamp,
        status_timestamp: Timestamp,
        error_description: Text,
        application: Named,
        webhook_uri: Text,
        webhook_update_state: Text,
    }

    /// What happened to a message, and what became of the webhook about it.
    MessageEvent {
        id: Text,
        delivery_status: Text,
        error_description: Text,
        occurrence_timestamp: Timestamp,
        status_timestamp: Timestamp,
        application: Named,
        webhook_uri: Text,
        webhook_update_state: Text,
    }
}
