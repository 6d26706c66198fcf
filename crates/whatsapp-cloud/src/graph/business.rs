//! A business portfolio: its accounts, numbers and credit.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/business>

use super::answer::{Created, Requested};
use crate::graph::account::Account;
use crate::id::{BusinessId, SolutionId};
use crate::open::{Text, open_structs};

endpoints! {
    /// One portfolio.
    GET GetBusiness "{business_id}" -> Business {
        path { business_id: BusinessId }
        query_optional { fields: String }
    }

    /// Adds a phone number that is not yet an account's.
    POST AddPhoneNumber "{business_id}/add_phone_numbers" -> Created {
        path { business_id: BusinessId }
        body { phone_number: String }
    }

    /// Starts inviting the businesses that a partner serves to the marketing messages API.
    POST OnboardPartnersToMarketingMessages "{business_id}/onboard_partners_to_mm_lite" -> Requested {
        path { business_id: BusinessId }
        query_optional { solution_id: SolutionId }
    }
}

pages! {
    /// The portfolios of whoever the token is.
    ListMyBusinesses "{user}/businesses" -> Business {
        path {
            /// `me`, or a user's id.
            user: String
        }
    }

    /// The accounts that the portfolio owns.
    ListOwnedAccounts "{business_id}/owned_whatsapp_business_accounts" -> Account {
        path { business_id: BusinessId }
        query_optional {
            business_type: Vec<String>,
            find: String,
            first: u32,
            last: u32,
        }
    }

    /// The accounts that others share with it.
    ListClientAccounts "{business_id}/client_whatsapp_business_accounts" -> Account {
        path { business_id: BusinessId }
        query_optional {
            business_type: Vec<String>,
            find: String,
        }
    }

    /// Its lines of credit.
    ListCreditLines "{business_id}/extendedcredits" -> CreditLine {
        path { business_id: BusinessId }
    }

    /// The portfolios that share parent business-scoped user ids with it.
    ListParentIdAccounts "{business_id}/parent-bsuid-accounts" -> Business {
        path { business_id: BusinessId }
    }
}

open_structs! {
    /// A business portfolio.
    Business {
        id: Text,
        name: Text,
        timezone_id: Text,
        verification_status: Text,
    }

    /// A line of credit.
    CreditLine {
        id: Text,
        legal_entity_name: Text,
    }
}
