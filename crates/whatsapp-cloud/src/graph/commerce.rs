//! Whether a number shows its catalogue and takes orders.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services/set-commerce-settings>

use super::Done;
use crate::id::PhoneNumberId;
use crate::open::{Text, open_structs};

endpoints! {
    /// The settings.
    GET GetCommerceSettings "{phone_number_id}/whatsapp_commerce_settings" -> CommerceSettingsList {
        path { phone_number_id: PhoneNumberId }
        query_optional { fields: String }
    }

    /// Changes them.
    POST(repeatable) SetCommerceSettings "{phone_number_id}/whatsapp_commerce_settings" -> Done {
        path { phone_number_id: PhoneNumberId }
        query_optional {
            is_cart_enabled: bool,
            is_catalog_visible: bool,
        }
    }
}

open_structs! {
    /// One element.
    CommerceSettingsList {
        data: Vec<CommerceSettings>,
    }

    /// The settings.
    CommerceSettings {
        id: Text,
        is_cart_enabled: bool,
        is_catalog_visible: bool,
    }
}
