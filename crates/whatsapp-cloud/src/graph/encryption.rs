//! The public key that flows encrypt with.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/whatsapp-business-encryption>
//!
//! The private half stays with the endpoint that answers flows: see `crate::flow` (feature `flows`).

use super::Done;
use crate::id::PhoneNumberId;
use crate::open::{Text, open_structs};

endpoints! {
    /// The key, and whether its signature is still valid: it ends when the number is registered anew.
    GET GetBusinessEncryption "{phone_number_id}/whatsapp_business_encryption" -> BusinessEncryptionList {
        path { phone_number_id: PhoneNumberId }
        query_optional { fields: String }
    }

    /// Sets and signs the key.
    POST(repeatable) SetBusinessEncryption "{phone_number_id}/whatsapp_business_encryption" -> Done {
        path { phone_number_id: PhoneNumberId }
        body {
            /// RSA of 2,048 bits, as PEM.
            business_public_key: String
        }
    }
}

open_structs! {
    /// The key, alone or as the one element of `data`.
    BusinessEncryptionList {
        data: Vec<BusinessEncryption>,
        business_public_key: Text,
        business_public_key_signature_status: Text,
    }

    /// The key.
    BusinessEncryption {
        business_public_key: Text,
        /// `VALID` or `MISMATCH`.
        business_public_key_signature_status: Text,
    }
}
