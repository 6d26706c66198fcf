//! People with WhatsApp, by whatever WhatsApp knows of them.

use sha2::{Digest as _, Sha256};

/// Someone with a phone: with a phone number the business may see, or known by a business-scoped user id only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Digits without `+`, if the business may see it.
    pub phone_number: Option<String>,
    /// Business-scoped user id; everybody has one.
    pub user_id: String,
    /// The id in the parent portfolio, if there is one.
    pub parent_user_id: Option<String>,
    /// The name they chose to be found by.
    pub username: Option<String>,
    /// Profile name.
    pub name: String,
}

impl Person {
    /// Someone with this number, in any spelling. The user id follows from it.
    pub fn with_number(number: &str) -> Self {
        let digits = digits(number);
        Self {
            user_id: user_id(&digits),
            name: format!("Customer {}", &digits[digits.len().saturating_sub(4)..]),
            phone_number: Some(digits),
            parent_user_id: None,
            username: None,
        }
    }

    /// Someone whose number stays hidden: no `from`, no `wa_id`, no `recipient_id`.
    pub fn without_number(username: &str) -> Self {
        Self {
            phone_number: None,
            user_id: user_id(username),
            parent_user_id: None,
            username: Some(username.to_owned()),
            name: username.to_owned(),
        }
    }

    /// The same person with another profile name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Everything a message may be addressed to them by.
    pub(crate) fn handles(&self) -> impl Iterator<Item = &String> {
        [&self.phone_number, &self.parent_user_id]
            .into_iter()
            .flatten()
            .chain([&self.user_id])
    }
}

/// Someone with this number.
impl From<&str> for Person {
    fn from(number: &str) -> Self {
        Self::with_number(number)
    }
}

/// Someone with this number.
impl From<&String> for Person {
    fn from(number: &String) -> Self {
        Self::with_number(number)
    }
}

/// A phone number as WhatsApp writes it.
pub(crate) fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// Opaque, as Meta's are: nobody reads a number out of it.
fn user_id(seed: &str) -> String {
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(seed.as_bytes())[..8]);
    format!("US.{}", u64::from_be_bytes(first))
}
