//! In-app signups: people agree to marketing messages inside WhatsApp.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/in-app-signup>
//!
//! Not in the EEA, the UK, Brazil, Japan, South Korea, Nigeria, South Africa and Türkiye. Errors 2494164 to 2494179.

use serde_json::Value;

use crate::id::{BusinessAccountId, SignupId};
use crate::open::{Text, open_structs};

endpoints! {
    /// Makes a signup.
    POST CreateSignup "{business_account_id}/signups" -> Signup {
        path { business_account_id: BusinessAccountId }
        body {
            signup_message: String,
            privacy_policy_url: String,
        }
        body_optional {
            confirmation_message: String,
            website_url: String,
            promo_code: String,
            display_name: String,
            policy: Value,
        }
    }

    /// One signup.
    GET GetSignup "signups/{signup_id}" -> Signup {
        path { signup_id: SignupId }
    }

    /// Changes a signup.
    POST(repeatable) UpdateSignup "signups/{signup_id}" -> Signup {
        path { signup_id: SignupId }
        body_optional {
            status: String,
            signup_message: String,
            confirmation_message: String,
            website_url: String,
            promo_code: String,
            display_name: String,
        }
    }
}

pages! {
    /// The account's signups.
    ListSignups "{business_account_id}/signups" -> Signup {
        path { business_account_id: BusinessAccountId }
    }
}

open_structs! {
    /// A signup.
    Signup {
        id: SignupId,
        status: Text,
        signup_message: Text,
        confirmation_message: Text,
        privacy_policy_url: Text,
        website_url: Text,
        promo_code: Text,
        display_name: Text,
        success: bool,
    }
}
