//! Who is told: which business accounts' webhooks are wanted, and where they go.

use serde_json::Value;

use super::{Kind, State, World};
use crate::webhook::Update;

/// Where messages go instead.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    /// There,
    pub(crate) url: reqwest::Url,
    /// as it was written.
    pub(crate) text: String,
}

impl World {
    /// Whether this is wanted: the account has a subscribed app, and that its field.
    pub(crate) fn is_wanted(&self, state: &State, update: &Update) -> bool {
        let account = &self.number(update.number).business_account_id;
        if state.unsubscribed.contains(account) {
            return false;
        }
        let webhooks = format!("{}:whatsapp_business_account", self.config.app_id);
        let Some(webhooks) = state.nodes.of_kind(Kind::AppSubscription, &webhooks) else {
            return false;
        };
        // Until fields were named, all are wanted.
        let fields = webhooks.kept.get("fields").and_then(Value::as_array);
        fields.is_none_or(|fields| fields.iter().any(|field| field == update.field()))
    }

    /// Where this goes: messages to the number's own address, else the account's, else the app's; the rest to the app's.
    pub(crate) fn callback_url(&self, state: &State, update: &Update) -> Option<reqwest::Url> {
        let number = self.number(update.number);
        let overrides = [&number.phone_number_id, &number.business_account_id];
        let mut overrides = overrides
            .into_iter()
            .filter_map(|id| state.overrides.get(id));
        let instead = overrides.next().filter(|_| update.field() == "messages");
        instead
            .map(|instead| instead.url.clone())
            .or_else(|| state.webhook_url.clone())
    }

    /// Where this webhook goes. Updates of one webhook go one way: to where the first of them goes.
    pub(crate) fn callback_url_of(&self, batch: &[Update]) -> Option<reqwest::Url> {
        self.callback_url(&self.state(), batch.first()?)
    }
}
