//! A Meta app: which webhooks it has, and whose businesses it serves.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/app/subscriptions>
//!
//! Calls about subscriptions want an app token, [`AccessToken::of_app`](crate::secret::AccessToken::of_app).

use super::Done;
use crate::id::AppId;
use crate::open::{Text, open_structs};
use crate::secret::VerifyToken;

endpoints! {
    /// Tells Meta where to send the app's webhooks. Meta asks there at once, with the verify token, and fails the call unless
    /// it is answered within six seconds or so.
    POST(repeatable) SubscribeApp "{app_id}/subscriptions" -> Done {
        path { app_id: AppId }
        query {
            /// `whatsapp_business_account`.
            object: String,
            callback_url: String,
            verify_token: VerifyToken,
            /// `messages`, `account_update`, …
            fields: Vec<String>,
        }
        query_optional {
            /// Whether notifications hold new values or only say what changed; yes for all that this crate reads.
            include_values: bool,
        }
    }

    /// The app's webhooks.
    GET ListAppSubscriptions "{app_id}/subscriptions" -> AppSubscriptions {
        path { app_id: AppId }
    }

    /// Takes an object's webhooks, or some of its fields, away.
    DELETE UnsubscribeApp "{app_id}/subscriptions" -> Done {
        path { app_id: AppId }
        query_optional {
            object: String,
            fields: Vec<String>,
        }
    }
}

pages! {
    /// The businesses that are connected to the app.
    ListConnectedBusinesses "{app_id}/connected_client_businesses" -> ConnectedBusiness {
        path { app_id: AppId }
    }
}

open_structs! {
    /// An app's webhooks.
    AppSubscriptions {
        data: Vec<AppSubscription>,
    }

    /// One object's webhooks.
    AppSubscription {
        object: Text,
        callback_url: Text,
        active: bool,
        fields: Vec<SubscribedField>,
    }

    /// A field and the version it is sent in.
    SubscribedField {
        name: Text,
        version: Text,
    }

    /// A business that an app serves.
    ConnectedBusiness {
        id: Text,
        name: Text,
        verification_status: Text,
        business_status: Text,
        created_time: Text,
        updated_time: Text,
    }
}
