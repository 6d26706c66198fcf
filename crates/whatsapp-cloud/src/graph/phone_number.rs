//! A business's phone numbers: what Meta knows of them, and what can be changed.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status/>
//!
//! Verifying and registering are in [`registration`](super::registration).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Done;
use super::answer::{Created, loose_text, text};
use crate::graph::account::Health;
use crate::id::{BusinessAccountId, PhoneNumberId, PreverifiedId};
use crate::open::{Text, open_structs};
use crate::time::Timestamp;

endpoints! {
    /// One number: the cheapest call that proves a token and a number. `fields` may ask for `throughput`, `health_status`,
    /// `webhook_configuration`, `whatsapp_business_manager_messaging_limit` and more.
    GET GetPhoneNumber "{phone_number_id}" -> PhoneNumber {
        path { phone_number_id: PhoneNumberId }
        query_optional { fields: String }
    }

    /// Adds a number to an account; a code verifies it then.
    POST CreatePhoneNumber "{business_account_id}/phone_numbers" -> Created {
        path { business_account_id: BusinessAccountId }
        body {
            /// The country's code, without `+`.
            cc: String,
            /// The rest of the number.
            phone_number: String,
            /// The name people will see.
            verified_name: String,
        }
        body_optional {
            migrate_phone_number: bool,
            preverified_id: PreverifiedId,
        }
    }

    /// Changes a number: its PIN, its name, its callback, whether it is found by search.
    POST(repeatable) UpdatePhoneNumber "{phone_number_id}" -> Done {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body_optional {
            /// Two-step verification: six digits.
            pin: String,
            /// Reviewed by Meta.
            new_display_name: String,
            webhook_configuration: CallbackOverride,
            /// `VISIBLE` or `HIDDEN`.
            search_visibility: String,
            username: String,
            connection_status: String,
            webhook_url: String,
            /// `pin`, `show_security_notifications`, `notify_user_change_number`.
            whatsapp_business_api_data: Value,
        }
    }

    /// A number, by the id of its account with WhatsApp.
    GET GetAccountNumber "{account_number_id}" -> PhoneNumberEntry {
        path { account_number_id: String }
        query_optional { fields: String }
    }
}

pages! {
    /// The numbers of an account.
    ListPhoneNumbers "{business_account_id}/phone_numbers" -> PhoneNumberEntry {
        path { business_account_id: BusinessAccountId }
        query_optional {
            /// A JSON list of filters: `account_mode` is `SANDBOX` or `LIVE`.
            filtering: String,
            /// `creation_time.asc` and the like.
            sort: String,
        }
    }
}

/// Where a number's or an account's `messages` webhooks go instead of the app's address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackOverride {
    /// At most 200 characters; empty takes the override away.
    pub override_callback_uri: String,
    /// What Meta says at the handshake. A secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_token: Option<String>,
}

/// Shows the address only.
impl fmt::Debug for CallbackOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackOverride")
            .field("override_callback_uri", &self.override_callback_uri)
            .finish_non_exhaustive()
    }
}

/// A number, as far as Meta told.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// Meta's id of it.
    #[serde(deserialize_with = "text")]
    pub id: String,
    /// As people dial it.
    #[serde(default, deserialize_with = "loose_text")]
    pub display_phone_number: Option<String>,
    /// The name people see.
    #[serde(default, deserialize_with = "loose_text")]
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    #[serde(default, deserialize_with = "loose_text")]
    pub quality_rating: Option<String>,
    /// Whatever else Meta told.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A phone number is personal data: shows Meta's id only.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneNumber")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

open_structs! {
    /// A number in a list, with every member that Meta has for one.
    PhoneNumberEntry {
        id: PhoneNumberId,
        display_phone_number: Text,
        verified_name: Text,
        /// `CONNECTED`, `PENDING`, `BANNED`, …
        status: Text,
        quality_rating: Text,
        quality_score: QualityScore,
        country_code: Text,
        country_dial_code: Text,
        code_verification_status: Text,
        unified_cert_status: Text,
        name_status: Text,
        new_name_status: Text,
        new_display_name: Text,
        account_mode: Text,
        host_platform: Text,
        platform_type: Text,
        messaging_limit_tier: Text,
        whatsapp_business_manager_messaging_limit: Text,
        throughput: Throughput,
        is_official_business_account: bool,
        is_on_biz_app: bool,
        is_pin_enabled: bool,
        is_preverified_number: bool,
        certificate: Text,
        new_certificate: Text,
        username: Text,
        search_visibility: Text,
        webhook_configuration: WebhookConfiguration,
        health_status: Health,
        last_onboarded_time: Timestamp,
        eligibility_for_api_business_global_search: Text,
    }

    /// What people think of a number's messages.
    QualityScore {
        score: Text,
        date: Timestamp,
        reasons: Vec<Text>,
    }

    /// How fast a number may send: `STANDARD` is 80 messages a second, `HIGH` 1,000.
    Throughput {
        level: Text,
    }

    /// Where webhooks go: the first that is set, in this order.
    WebhookConfiguration {
        phone_number: Text,
        whatsapp_business_account: Text,
        application: Text,
    }
}
