//! Stores with much in them, written through the store's own transactions.

use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use bytes::Bytes;
use waypost_core::account::AccountId;
use waypost_core::delivery::{Attempt, Verdict};
use waypost_core::event::{Body, DedupeKey, EventType, Handles, NewEvent, Scope, Target};
use waypost_core::hook::{HookId, Order};
use waypost_core::id::EventId;
use waypost_core::normalise::subject;
use waypost_core::time::UnixMillis;
use waypost_store::sqlite::{Options, SqliteStore};
use waypost_store::{Deliveries as _, DeliverySettlement, Demand, Inbox as _};

use crate::load::{account, text_webhook};

/// Events in one transaction.
const STEP: usize = 500;
/// Conversations, and so lanes.
pub(crate) const LANES: u32 = 5000;

/// Events to fill a store with.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    /// Each is one message of its own number.
    pub(crate) numbers: Range<usize>,
    /// When the first of them came; five came in every millisecond from there on.
    pub(crate) since: UnixMillis,
    /// Whether the hook took them, or they wait for it.
    pub(crate) delivered: bool,
    /// They are spread over the conversations from this one on: those of what waits are nobody else's, if more comes after it.
    pub(crate) first_sender: u32,
}

/// Fills the store in `data` with these, one after another; they have to be given in the order of their time.
pub(crate) async fn fill(data: &Path, pasts: &[Past]) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    let store = SqliteStore::open(data, &Options::default())?;
    for past in pasts {
        for first in past.numbers.clone().step_by(STEP) {
            let numbers = first..past.numbers.end.min(first + STEP);
            let at = past.at(first);
            let events = numbers
                .map(|number| event(past, number))
                .collect::<anyhow::Result<_>>()?;
            let accepted = store.accept(at, events).await?;
            let oldest = accepted.iter().find_map(|accepted| accepted.id);
            if let Some(oldest) = oldest.filter(|_| past.delivered) {
                deliver(&store, at, oldest).await?;
            }
        }
    }
    Ok(())
}

impl Past {
    fn at(&self, number: usize) -> UnixMillis {
        let since = (number - self.numbers.start) / 5;
        UnixMillis(self.since.0 + i64::try_from(since).unwrap_or(i64::MAX))
    }
}

/// Meta's id of one of the messages.
pub(crate) fn message_id(number: usize) -> String {
    format!("wamid.filled{number:020}")
}

/// Takes what waits, from this event on.
async fn deliver(store: &SqliteStore, at: UnixMillis, oldest: EventId) -> anyhow::Result<()> {
    loop {
        let demand = [Demand {
            of: HookId::from("app"),
            room: STEP,
            width: STEP,
            probes: false,
        }];
        let claims = store.claim_deliveries(at, &demand).await?;
        if claims.is_empty() {
            return Ok(());
        }
        let claims = claims.into_iter().filter(|claim| claim.event.id >= oldest);
        let settlements = claims.map(|claim| DeliverySettlement {
            lease: claim.lease,
            id: claim.id,
            attempt: Some(Attempt {
                number: 1,
                at,
                duration_ms: 3,
                status: Some(200),
                error: None,
                response: None,
                reply: None,
            }),
            verdict: Verdict::Delivered,
            blocked_ms: 0,
            replies: Vec::new(),
            notices: Vec::new(),
            hook_news: None,
        });
        store.settle_deliveries(at, settlements.collect()).await?;
    }
}

fn event(past: &Past, number: usize) -> anyhow::Result<NewEvent> {
    let id = message_id(number);
    let sender = past.first_sender + u32::try_from(number)? % LANES;
    let text = text_webhook(sender, number as u64)
        .replace(&crate::load::message_id(sender, number as u64), &id);
    let raw = text.find(r#"{"from""#).context("a message")?;
    let end = text.find(r#"}],"field""#).map_or(text.len(), |end| end - 2);
    Ok(NewEvent {
        event_type: EventType::MessageReceived,
        account_id: AccountId::from(account::ID),
        timestamp: past.at(number),
        key: Some(DedupeKey {
            subject: subject(account::ID, &id),
            digest: subject("filled", &id),
        }),
        message_id: Some(id),
        handles: Handles {
            wa_id: Some((15_550_000_000 + u64::from(sender)).to_string()),
            ..Handles::default()
        },
        scope: Scope::Contact,
        status: None,
        body: Body {
            raw: raw..end.max(raw),
            text: Bytes::from(text),
        },
        foreign: false,
        quarantined: None,
        targets: vec![Target {
            hook_id: HookId::from("app"),
            order: Order::Bounded,
        }],
    })
}
