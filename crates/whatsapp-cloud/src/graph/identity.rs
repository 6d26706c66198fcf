//! A number's username, and its contact book.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/business-scoped-user-ids>
//!
//! Limits: 3–35 of `a-z0-9._`. Errors 147001 to 147005.

use super::Done;
use crate::id::{PhoneNumberId, UserId};
use crate::open::{Text, open_structs};

endpoints! {
    /// The number's username.
    GET GetUsername "{phone_number_id}/username" -> Username {
        path { phone_number_id: PhoneNumberId }
    }

    /// Asks for a username. Approval comes by webhook.
    POST(repeatable) SetUsername "{phone_number_id}/username" -> Username {
        path { phone_number_id: PhoneNumberId }
        body { username: String }
        body_optional {
            /// `none` (default), or `force_transfer` to take it from another number of the portfolio.
            transfer_action: String
        }
    }

    /// Gives the username up.
    DELETE DeleteUsername "{phone_number_id}/username" -> Done {
        path { phone_number_id: PhoneNumberId }
    }

    /// The usernames that Meta keeps for the number.
    GET ListUsernameSuggestions "{phone_number_id}/username_suggestions" -> UsernameSuggestions {
        path { phone_number_id: PhoneNumberId }
    }

    /// Forgets the phone number that belongs to a user id.
    DELETE DeleteContact "{phone_number_id}/contact_book" -> Done {
        path { phone_number_id: PhoneNumberId }
        query {
            /// `whatsapp`.
            messaging_product: String,
            bsuid: UserId,
        }
    }
}

open_structs! {
    /// A username and how it stands.
    Username {
        username: Text,
        /// `approved`, `reserved`.
        status: Text,
        success: bool,
    }

    /// Usernames to choose from.
    UsernameSuggestions {
        data: Vec<SuggestedUsernames>,
    }

    /// Some of them.
    SuggestedUsernames {
        username_suggestions: Vec<Text>,
    }
}
