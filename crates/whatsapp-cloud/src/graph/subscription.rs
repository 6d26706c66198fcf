//! Which apps hear of an account.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/subscribed-apps>
//!
//! Overrides are for `messages` webhooks: a number's comes first, then the account's, then the app's address. A number's own is
//! set with [`UpdatePhoneNumber`](super::phone_number::UpdatePhoneNumber).

use super::Done;
use crate::id::{AppId, BusinessAccountId};
use crate::open::{Text, open_structs};

endpoints! {
    /// Has the token's app hear of the account. Without an address, an override of the account is taken away.
    POST(repeatable) Subscribe "{business_account_id}/subscribed_apps" -> Subscribed {
        path { business_account_id: BusinessAccountId }
        body_optional {
            /// At most 200 characters.
            override_callback_uri: String,
            /// What Meta says at the handshake. A secret.
            verify_token: String,
        }
    }

    /// Has the token's app hear no more.
    DELETE Unsubscribe "{business_account_id}/subscribed_apps" -> Done {
        path { business_account_id: BusinessAccountId }
    }
}

pages! {
    /// Who hears of the account.
    ListSubscribedApps "{business_account_id}/subscribed_apps" -> SubscribedApp {
        path { business_account_id: BusinessAccountId }
    }
}

open_structs! {
    /// A success, or who hears of the account now.
    Subscribed {
        success: bool,
        data: Vec<SubscribedApp>,
    }

    /// An app that hears of an account.
    SubscribedApp {
        whatsapp_business_api_data: AppFacts,
        override_callback_uri: Text,
        id: AppId,
        name: Text,
    }

    /// The app.
    AppFacts {
        id: AppId,
        name: Text,
        link: Text,
    }
}
