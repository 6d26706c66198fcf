//! `GET /{phone_number_id}`: what Meta knows of a number. The cheapest call that proves a token and a number.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status/>

use std::fmt;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Endpoint;

/// Asks for one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetPhoneNumber {
    /// Meta's id of the number.
    pub phone_number_id: String,
}

/// A number, as far as Meta told.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// Meta's id of it.
    pub id: String,
    /// As people dial it.
    pub display_phone_number: Option<String>,
    /// The name people see.
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// Whatever else Meta told.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Endpoint for GetPhoneNumber {
    type Response = PhoneNumber;

    fn method(&self) -> Method {
        Method::GET
    }

    fn path(&self) -> String {
        self.phone_number_id.clone()
    }

    fn decode(&self, body: &[u8]) -> Result<PhoneNumber, serde_json::Error> {
        serde_json::from_slice(body)
    }
}

/// A phone number is personal data: shows Meta's id only.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneNumber")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
