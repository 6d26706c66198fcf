//! Who is told: which business accounts' webhooks are wanted, and where they go.

use super::{State, World};
use crate::webhook::Update;

/// Where a business account's webhooks go instead.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    /// There,
    pub(crate) url: reqwest::Url,
    /// as it was written.
    pub(crate) text: String,
}

impl World {
    fn business_account_id(&self, number: usize) -> &str {
        &self.config.numbers[number].business_account_id
    }

    /// Whether webhooks about this number are wanted.
    pub(crate) fn is_subscribed(&self, state: &State, number: usize) -> bool {
        !state
            .unsubscribed
            .contains(self.business_account_id(number))
    }

    /// Where webhooks about this number go.
    pub(crate) fn callback_url(&self, state: &State, number: usize) -> Option<reqwest::Url> {
        let instead = state.overrides.get(self.business_account_id(number));
        instead
            .map(|instead| instead.url.clone())
            .or_else(|| state.webhook_url.clone())
    }

    /// Where this webhook goes. Updates of one webhook go one way: to where the first of them goes.
    pub(crate) fn callback_url_of(&self, batch: &[Update]) -> Option<reqwest::Url> {
        self.callback_url(&self.state(), batch.first()?.number)
    }
}
