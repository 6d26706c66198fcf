//! What a business must tell: the official business account, and in India, who answers for it.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-compliance>

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Done;
use crate::id::PhoneNumberId;
use crate::open::{Text, open_structs};

endpoints! {
    /// How the application for the check mark stands.
    GET GetOfficialBusinessAccount "{phone_number_id}/official_business_account" -> OfficialBusinessAccount {
        path { phone_number_id: PhoneNumberId }
        query_optional { fields: String }
    }

    /// Applies for the check mark, or takes the application back.
    POST RequestOfficialBusinessAccount "{phone_number_id}/official_business_account" -> OfficialBusinessAccountRequest {
        path { phone_number_id: PhoneNumberId }
        body_optional {
            /// `SUBMIT_APPLICATION`, `WITHDRAW_APPLICATION`, `RESUBMIT_APPLICATION`.
            action: String,
            application_data: Value,
            business_website_url: String,
            primary_country_of_operation: String,
            primary_language: String,
            parent_business_or_brand: String,
            /// At most five pages that speak of the business.
            supporting_links: Vec<String>,
            additional_supporting_information: String,
        }
    }

    /// What was told.
    GET GetComplianceInfo "{phone_number_id}/business_compliance_info" -> ComplianceInfoList {
        path { phone_number_id: PhoneNumberId }
        query_optional { fields: String }
    }

    /// Tells it.
    POST(repeatable) SetComplianceInfo "{phone_number_id}/business_compliance_info" -> Done {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body {
            entity_name: String,
            /// `LIMITED_LIABILITY_PARTNERSHIP`, `SOLE_PROPRIETORSHIP`, `PARTNERSHIP`, `PUBLIC_COMPANY`,
            /// `PRIVATE_COMPANY`, `OTHER`.
            entity_type: String,
            grievance_officer_details: Officer,
            customer_care_details: Officer,
        }
        body_optional {
            /// Where `entity_type` is `OTHER`.
            entity_type_custom: String,
            is_registered: bool,
        }
    }
}

/// Somebody to turn to.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Officer {
    /// Of the grievance officer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// An address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// With its country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<String>,
    /// With its country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landline_number: Option<String>,
}

/// Personal data.
impl std::fmt::Debug for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Officer").finish_non_exhaustive()
    }
}

open_structs! {
    /// How an application stands.
    OfficialBusinessAccount {
        id: Text,
        oba_status: Text,
        status_message: Text,
    }

    /// What became of a call.
    OfficialBusinessAccountRequest {
        success: bool,
        message: Text,
        updated_status: OfficialBusinessAccount,
        tracking_id: Text,
    }

    /// One element.
    ComplianceInfoList {
        data: Vec<ComplianceInfo>,
    }

    /// Who answers for the business.
    ComplianceInfo {
        whatsapp_business_account_id: Text,
        messaging_product: Text,
        entity_name: Text,
        entity_type: Text,
        entity_type_custom: Text,
        is_registered: bool,
        grievance_officer_details: Officer,
        customer_care_details: Officer,
    }
}
