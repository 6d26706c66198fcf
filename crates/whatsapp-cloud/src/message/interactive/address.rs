//! A form for a postal address, in India.

use std::collections::BTreeMap;

use crate::message::part::parts;
use crate::open;

parts! {
    /// What is asked, and what is known already.
    AddressRequest {
        /// `IN`.
        country: open::Text,
        ;
        /// What is known already.
        values: AddressValues,
        /// Addresses to choose from.
        saved_addresses: Vec<SavedAddress>,
        /// What was wrong with an earlier answer, by the name of its field.
        validation_errors: BTreeMap<String, open::Text>,
    }

    /// An address by its fields.
    #[derive(Default)]
    AddressValues {
        ;
        /// Who lives there.
        name: open::Text,
        /// Their number.
        phone_number: open::Text,
        /// Six digits.
        in_pin_code: open::Text,
        /// House.
        house_number: open::Text,
        /// Floor.
        floor_number: open::Text,
        /// Tower.
        tower_number: open::Text,
        /// Building.
        building_name: open::Text,
        /// Street.
        address: open::Text,
        /// Landmark or area.
        landmark_area: open::Text,
        /// City.
        city: open::Text,
        /// State.
        state: open::Text,
    }

    /// An address to choose.
    SavedAddress {
        /// What comes back when it is chosen.
        id: open::Text,
        /// The address.
        value: AddressValues,
    }
}
