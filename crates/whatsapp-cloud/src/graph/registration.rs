//! A number made ready: verified by a code, registered with a PIN, or brought along from the WhatsApp Business app.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/registration>
//!
//! Limits: registering and deregistering 10 times each in 72 hours, then error 133016. Errors 133000 to 133016.

use serde_json::Value;

use super::Done;
use super::answer::Requested;
use crate::id::PhoneNumberId;
use crate::open::{Text, open_structs};

endpoints! {
    /// Has a code sent to the number.
    POST RequestCode "{phone_number_id}/request_code" -> Done {
        path { phone_number_id: PhoneNumberId }
        body {
            /// `SMS` or `VOICE`.
            code_method: String,
            /// Of the call or the text: `en_US`.
            language: String,
        }
    }

    /// Gives the code back.
    POST VerifyCode "{phone_number_id}/verify_code" -> Verified {
        path { phone_number_id: PhoneNumberId }
        body { code: String }
    }

    /// Registers the number, and sets its PIN if it has none.
    POST(repeatable) Register "{phone_number_id}/register" -> Done {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body {
            /// Two-step verification: six digits.
            pin: String
        }
        body_optional {
            /// Where data at rest is kept: two letters, such as `DE`.
            data_localization_region: String,
            /// Brings a number over from elsewhere: `data` and `password`.
            backup: Value,
            tier: String,
            meta_store_retention_minutes: u32,
        }
    }

    /// Takes the number out of the Cloud API. Not for numbers that are also in the app.
    POST(repeatable) Deregister "{phone_number_id}/deregister" -> Done {
        path { phone_number_id: PhoneNumberId }
    }

    /// Coexistence: has contacts or messages of the app sent as webhooks. Once each, within 24 hours of onboarding; errors
    /// 2593107 and 2593108.
    POST SyncAppData "{phone_number_id}/smb_app_data" -> Requested {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body {
            /// `smb_app_state_sync` or `history`.
            sync_type: String
        }
    }
}

open_structs! {
    /// A number that gave its code back.
    Verified {
        success: bool,
        id: Text,
    }
}
