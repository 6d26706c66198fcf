//! People, as `contacts[]` has them.

use crate::id::{UserId, WaId};
use crate::open::Field;
use crate::webhook::activity::{Contact, Profile};

/// For tests (feature `test-util`).
impl Contact {
    /// Somebody by their phone number, digits without `+`.
    pub fn of_phone(wa_id: impl Into<WaId>) -> Self {
        Self {
            wa_id: Field::of(wa_id),
            ..Self::default()
        }
        .with_name("Somebody")
    }

    /// Somebody who hides their number, by their business-scoped user id, `CC.…`.
    pub fn of_user(user_id: impl Into<UserId>) -> Self {
        Self::default().with_user_id(user_id).with_name("Somebody")
    }

    /// The same person with a business-scoped user id.
    #[must_use]
    pub fn with_user_id(mut self, user_id: impl Into<UserId>) -> Self {
        self.user_id = Field::of(user_id);
        self
    }

    /// The same person under this name.
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        self.with_profile(|profile| profile.name = Field::of(name))
    }

    /// The same person with a username.
    #[must_use]
    pub fn with_username(self, username: &str) -> Self {
        self.with_profile(|profile| profile.username = Field::of(username))
    }

    fn with_profile(mut self, change: impl FnOnce(&mut Profile)) -> Self {
        let mut profile = self.profile.into_option().unwrap_or_default();
        change(&mut profile);
        self.profile = profile.into();
        self
    }
}

/// Somebody by their phone number.
impl From<&str> for Contact {
    fn from(wa_id: &str) -> Self {
        Self::of_phone(wa_id)
    }
}
