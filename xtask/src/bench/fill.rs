//! Stores with much in them, written through the store's own transactions.

use std::path::Path;

use anyhow::Context as _;
use bytes::Bytes;
use waypost_core::account::AccountId;
use waypost_core::delivery::{Attempt, Verdict};
use waypost_core::event::{Body, DedupeKey, EventType, Handles, NewEvent, Scope, Target};
use waypost_core::hook::{HookId, Order};
use waypost_core::normalise::subject;
use waypost_core::time::UnixMillis;
use waypost_store::sqlite::{Options, SqliteStore};
use waypost_store::{Deliveries as _, DeliverySettlement, Demand, Inbox as _};

use super::deliver::LANES;
use crate::load::{account, text_webhook};

/// Events in one transaction.
const STEP: usize = 500;

/// Fills `home`'s store: so many events that are delivered, and after them so many that wait.
pub(super) async fn fill(home: &Path, done: usize, waiting: usize) -> anyhow::Result<()> {
    let data = home.join("data");
    std::fs::create_dir_all(&data)?;
    let store = SqliteStore::open(&data, &Options::default())?;
    for first in (0..done).step_by(STEP) {
        accept(&store, first..done.min(first + STEP)).await?;
        deliver(&store, now(first)).await?;
    }
    for first in (done..done + waiting).step_by(STEP) {
        accept(&store, first..(done + waiting).min(first + STEP)).await?;
    }
    Ok(())
}

/// Meta's id of one of the messages.
pub(super) fn message_id(number: usize) -> String {
    format!("wamid.filled{number:020}")
}

async fn accept(store: &SqliteStore, numbers: std::ops::Range<usize>) -> anyhow::Result<()> {
    let at = now(numbers.start);
    let events = numbers.map(event).collect::<anyhow::Result<_>>()?;
    store.accept(at, events).await?;
    Ok(())
}

async fn deliver(store: &SqliteStore, at: UnixMillis) -> anyhow::Result<()> {
    loop {
        let demand = [Demand {
            of: HookId::from("app"),
            room: STEP,
            width: STEP,
        }];
        let claims = store.claim_deliveries(at, &demand).await?;
        if claims.is_empty() {
            return Ok(());
        }
        let settlements = claims.into_iter().map(|claim| DeliverySettlement {
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

/// As if five came in every millisecond.
fn now(number: usize) -> UnixMillis {
    UnixMillis(1_780_000_000_000 + i64::try_from(number / 5).unwrap_or(i64::MAX))
}

fn event(number: usize) -> anyhow::Result<NewEvent> {
    let id = message_id(number);
    let sender = u32::try_from(number)? % LANES;
    let text = text_webhook(sender, number as u64)
        .replace(&crate::load::message_id(sender, number as u64), &id);
    let raw = text.find(r#"{"from""#).context("a message")?;
    let end = text.find(r#"}],"field""#).map_or(text.len(), |end| end - 2);
    Ok(NewEvent {
        event_type: EventType::MessageReceived,
        account_id: AccountId::from(account::ID),
        timestamp: now(number),
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
