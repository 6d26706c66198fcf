//! A number's settings: calling, identity checks, payload encryption, storage.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/settings>

use serde_json::Value;

use super::Done;
use crate::id::PhoneNumberId;
use crate::open::{Extra, Text, open_structs};

endpoints! {
    /// The settings.
    GET GetSettings "{phone_number_id}/settings" -> Settings {
        path { phone_number_id: PhoneNumberId }
        query_optional {
            fields: String,
            /// Whether to tell the SIP passwords too.
            include_sip_credentials: bool,
        }
    }

    /// Changes settings; Meta wants one kind a call.
    POST(repeatable) UpdateSettings "{phone_number_id}/settings" -> Done {
        path { phone_number_id: PhoneNumberId }
        body_optional {
            /// `{"status": "ENABLED", "call_icon_visibility": "DEFAULT", "call_hours": {…}, "sip": {…}, …}`
            calling: Value,
            /// `{"enable_identity_key_check": true}`: messages with `recipient_identity_key_hash` fail if it changed.
            user_identity_change: Value,
            /// `{"status": "enabled", "client_encryption_key": "…"}`
            payload_encryption: Value,
            /// Local storage and no storage.
            storage_configuration: Value,
        }
    }
}

open_structs! {
    /// A number's settings.
    Settings {
        calling: Calling,
        user_identity_change: Extra,
        payload_encryption: PayloadEncryption,
        storage_configuration: StorageConfiguration,
    }

    /// How the number can be called.
    Calling {
        status: Text,
        call_icon_visibility: Text,
        callback_permission_status: Text,
        srtp_key_exchange_protocol: Text,
        ip_addresses: Extra,
        call_hours: CallHours,
        call_icons: Extra,
        sip: Sip,
        video: Extra,
        audio: Extra,
        restrictions: Extra,
    }

    /// When the number can be called.
    CallHours {
        status: Text,
        timezone_id: Text,
        timezone: Text,
        day_of_week_start: Text,
        weekly_operating_hours: Vec<Extra>,
        holiday_schedule: Vec<Extra>,
    }

    /// Calling by SIP.
    Sip {
        status: Text,
        servers: Vec<SipServer>,
    }

    /// A SIP server of the business.
    SipServer {
        app_id: Text,
        hostname: Text,
        port: i64,
        sip_user_password: Text,
        request_uri_user_params: Extra,
    }

    /// Whether message bodies are encrypted for the business.
    PayloadEncryption {
        status: Text,
        client_encryption_key_fingerprint: Text,
        cloud_encryption_key: Text,
    }

    /// Where messages are kept.
    StorageConfiguration {
        status: Text,
        data_localization_region: Text,
        retention_minutes: Text,
    }
}
