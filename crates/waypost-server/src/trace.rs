//! Where one message is and how it got there: the whole story of an event, a delivery, a message of ours or an id of
//! Meta's, told from the store alone, so that it can be told of a stopped gateway as well.
//!
//! **Invariant:** a story holds ids, names of the operator's own, times and errors; never a message text or a number.

mod story;

use std::time::Duration;

use serde::{Serialize, Serializer};
use waypost_core::account::AccountId;
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::time::UnixMillis;
use waypost_store::{Error, Store};

use story::Story;

/// A story, oldest step first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// What was asked for.
    pub id: String,
    /// What it is about: `event`, `delivery` or `message`.
    pub subject: &'static str,
    /// Whose.
    pub account_id: AccountId,
    /// Where it stands, in one sentence.
    pub summary: String,
    /// What happened.
    pub steps: Vec<Step>,
}

/// One thing that happened, or is due to happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When, by our clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: UnixMillis,
    /// A stable word: `accepted`, `delivery`, `attempt`, `retry_due`, `parked`, `dead`, `delivered`, `redelivered`, `queued`,
    /// `held`, `sending`, `sent`, `uncertain`, `failed`, `status`.
    pub step: &'static str,
    /// Which event, delivery or message it concerns.
    pub id: String,
    /// In words.
    pub text: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn rfc3339<S: Serializer>(at: &UnixMillis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339())
}

/// Tells the story of `evt_…`, `dlv_…`, `msg_…` or a `wamid`. `None` if the store knows nothing of it. A message whose fate
/// is unknown holds its conversation for `uncertain_after`, where a gateway runs that ends it.
pub async fn trace(
    store: &dyn Store,
    uncertain_after: Option<Duration>,
    id: &str,
) -> Result<Option<Trace>, Error> {
    let mut tale = Story {
        uncertain_after,
        ..Story::default()
    };
    let told = if let Ok(event_id) = id.parse::<EventId>() {
        tale.of_event(store, event_id).await?
    } else if let Ok(delivery_id) = id.parse::<DeliveryId>() {
        tale.of_delivery(store, delivery_id).await?
    } else if let Ok(message_id) = id.parse::<OutboxId>() {
        let message = store.message(message_id).await?;
        tale.of_message(store, message).await?
    } else {
        tale.of_wamid(store, id).await?
    };
    let Some((subject, account_id, summary)) = told else {
        return Ok(None);
    };
    let mut steps = tale.steps;
    steps.sort_by_key(|step| step.at);
    let id = id.to_owned();
    Ok(Some(Trace {
        id,
        subject,
        account_id,
        summary,
        steps,
    }))
}
