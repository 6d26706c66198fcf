//! What people see when they look at a business.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-profiles>
//!
//! Limits: about 1–139 characters, address 256, description 512, e-mail 128, two websites of 256.

use super::Done;
use crate::id::PhoneNumberId;
use crate::open::{Text, open_structs};

endpoints! {
    /// The profile; ask for `about,address,description,email,profile_picture_url,websites,vertical`.
    GET GetProfile "{phone_number_id}/whatsapp_business_profile" -> ProfileList {
        path { phone_number_id: PhoneNumberId }
        query_optional { fields: String }
    }

    /// Changes what is given.
    POST(repeatable) UpdateProfile "{phone_number_id}/whatsapp_business_profile" -> Done {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body_optional {
            account_name: String,
            about: String,
            address: String,
            description: String,
            email: String,
            /// The handle of a resumable upload.
            profile_picture_handle: String,
            websites: Vec<String>,
            /// `RETAIL`, `EDU`, `HEALTH`, `OTHER`, …
            vertical: String,
        }
    }

    /// A profile by its own id.
    GET GetProfileById "{profile_id}" -> Profile {
        path { profile_id: String }
        query_optional { fields: String }
    }

    /// Changes a profile by its own id.
    POST(repeatable) UpdateProfileById "{profile_id}" -> Done {
        path { profile_id: String }
        constant { messaging_product: "whatsapp" }
        body_optional {
            account_name: String,
            about: String,
            address: String,
            description: String,
            email: String,
            profile_picture_handle: String,
            websites: Vec<String>,
            vertical: String,
        }
    }
}

open_structs! {
    /// One element.
    ProfileList {
        data: Vec<Profile>,
    }

    /// A profile; some of Meta's pages wrap it in `business_profile`.
    Profile {
        id: Text,
        messaging_product: Text,
        account_name: Text,
        about: Text,
        address: Text,
        description: Text,
        email: Text,
        profile_picture_url: Text,
        profile_picture_handle: Text,
        websites: Vec<Text>,
        vertical: Text,
        business_profile: Box<Profile>,
    }
}
