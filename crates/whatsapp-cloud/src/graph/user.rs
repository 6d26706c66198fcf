//! What a user may work with.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/user/assigned_whatsapp_business_accounts>

use crate::graph::phone_number::PhoneNumberEntry;
use crate::id::{BusinessAccountId, BusinessId};
use crate::open::{Text, open_structs};

pages! {
    /// The accounts a user may work with.
    ListAssignedAccounts "{user}/assigned_whatsapp_business_accounts" -> AssignedAccount {
        path {
            /// `me`, or a user's id.
            user: String
        }
    }
}

open_structs! {
    /// An account a user may work with.
    AssignedAccount {
        id: BusinessAccountId,
        name: Text,
        status: Text,
        assignment_date: Text,
        permissions: Vec<Text>,
        tasks: Vec<Text>,
        business_id: BusinessId,
        phone_numbers: Vec<PhoneNumberEntry>,
    }
}
