//! People a number does not want to hear from.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>
//!
//! Limits: only people who wrote in the last 24 hours; 64,000 in all. Errors 139100 to 139103; parts of a call can fail, and
//! the answer says which. Parent user ids are not taken.

use serde::{Deserialize, Serialize};

use crate::graph::answer::PartError;
use crate::id::{PhoneNumberId, UserId, WaId};
use crate::open::{Text, open_structs};

endpoints! {
    /// Blocks people.
    POST(repeatable) BlockUsers "{phone_number_id}/block_users" -> Blocking {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body { block_users: Vec<BlockUser> }
    }

    /// Unblocks people.
    DELETE UnblockUsers "{phone_number_id}/block_users" -> Blocking {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body { block_users: Vec<BlockUser> }
    }
}

pages! {
    /// Whom the number blocks.
    ListBlockedUsers "{phone_number_id}/block_users" -> BlockedUser {
        path { phone_number_id: PhoneNumberId }
    }
}

/// Whom to block or unblock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockUser {
    /// By phone number.
    User(WaId),
    /// By business-scoped user id.
    UserId(UserId),
}

open_structs! {
    /// What became of a call.
    Blocking {
        messaging_product: Text,
        block_users: BlockingParts,
    }

    /// Who was blocked or unblocked, and who was not.
    BlockingParts {
        added_users: Vec<BlockedUser>,
        removed_users: Vec<BlockedUser>,
        failed_users: Vec<BlockedUser>,
        errors: Vec<PartError>,
    }

    /// One person.
    BlockedUser {
        messaging_product: Text,
        input: Text,
        wa_id: WaId,
        user_id: UserId,
        errors: Vec<PartError>,
    }
}
