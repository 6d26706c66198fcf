//! Numbers that a partner verified before a customer takes them.
//!
//! <https://developers.facebook.com/docs/whatsapp/embedded-signup/pre-verified-numbers>

use super::Done;
use crate::graph::business::Business;
use crate::id::{BusinessId, PreverifiedId};
use crate::open::{Text, open_structs};

endpoints! {
    /// One number.
    GET GetPreverifiedNumber "{preverified_id}" -> PreverifiedNumber {
        path { preverified_id: PreverifiedId }
        query_optional { fields: String }
    }

    /// Gives a number up.
    DELETE DeletePreverifiedNumber "{preverified_id}" -> Done {
        path { preverified_id: PreverifiedId }
    }

    /// Has a code sent to it.
    POST RequestPreverifiedCode "{preverified_id}/request_code" -> Done {
        path { preverified_id: PreverifiedId }
        body {
            /// `SMS` or `VOICE`.
            code_method: String,
            /// Of the call or the text: `en_US`.
            language: String,
        }
    }

    /// Gives the code back.
    POST VerifyPreverifiedCode "{preverified_id}/verify_code" -> Done {
        path { preverified_id: PreverifiedId }
        body { code: String }
    }

    /// Lets a partner's business use a number.
    POST(repeatable) SharePreverifiedNumber "{business_id}/share_preverified_numbers" -> Done {
        path { business_id: BusinessId }
        body {
            preverified_id: PreverifiedId,
            partner_business_id: BusinessId,
        }
    }
}

pages! {
    /// The portfolio's numbers.
    ListPreverifiedNumbers "{business_id}/preverified_numbers" -> PreverifiedNumber {
        path { business_id: BusinessId }
        query_optional {
            /// `VERIFIED`, `PENDING`, `FAILED`, `EXPIRED`.
            verification_status: String,
            /// `AVAILABLE`, `IN_USE`, `RESERVED`, `UNAVAILABLE`.
            availability_status: String,
            country_code: String,
        }
    }

    /// Who may use a number.
    ListPreverifiedPartners "{preverified_id}/partners" -> Partner {
        path { preverified_id: PreverifiedId }
    }
}

open_structs! {
    /// A number.
    PreverifiedNumber {
        id: PreverifiedId,
        phone_number: Text,
        display_phone_number: Text,
        country_prefix: Text,
        country_code: Text,
        region: Text,
        verification_status: Text,
        code_verification_status: Text,
        availability_status: Text,
        verification_expiry_time: Text,
        created_time: Text,
        last_updated: Text,
        supported_features: Vec<Text>,
        error_msg: Text,
        is_input_id_valid: bool,
        owner_business: Business,
    }

    /// A business that may use a number.
    Partner {
        id: BusinessId,
        name: Text,
        created_time: Text,
        updated_time: Text,
        verification_status: Text,
        primary_page: Text,
        timezone_id: Text,
        two_factor_type: Text,
    }
}
