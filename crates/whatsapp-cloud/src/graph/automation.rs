//! What a number shows a person who has not written yet: ice breakers and commands.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/conversational-components>
//!
//! Limits: 4 ice breakers of 80 characters; 30 commands of 32 characters with a hint of 256.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::id::PhoneNumberId;
use crate::open::{Text, open_structs};

endpoints! {
    /// Sets ice breakers and commands; what is given replaces all of its kind.
    POST(repeatable) SetConversationalAutomation "{phone_number_id}/conversational_automation" -> Done {
        path { phone_number_id: PhoneNumberId }
        body_optional {
            prompts: Vec<String>,
            commands: Vec<Command>,
            /// Removed by Meta in March 2026.
            enable_welcome_message: bool,
        }
    }

    /// What is set.
    GET GetConversationalAutomation "{phone_number_id}" -> Automated {
        path { phone_number_id: PhoneNumberId }
        query {
            /// `conversational_automation`.
            fields: String
        }
    }

    /// The same, by the id of the components.
    GET GetBot "{bot_id}" -> ConversationalAutomation {
        path { bot_id: String }
        query_optional { fields: String }
    }
}

/// A command: what follows the slash, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// At most 32 characters.
    pub command_name: String,
    /// At most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_description: Option<String>,
}

open_structs! {
    /// A number's automation.
    Automated {
        id: Text,
        conversational_automation: ConversationalAutomation,
    }

    /// Ice breakers and commands.
    ConversationalAutomation {
        id: Text,
        prompts: Vec<Text>,
        commands: Vec<Command>,
        enable_welcome_message: bool,
    }
}
