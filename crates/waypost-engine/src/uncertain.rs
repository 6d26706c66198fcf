//! The watch over sends whose fate is unknown: after five minutes they are told of, and their account's policy decides.
//!
//! A status webhook that arrives earlier has settled the message by then; the store lets the later of the two do nothing.
//!
//! **Invariant:** a message is sent again only where its account says `resend`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use waypost_core::account::UncertainPolicy;
use waypost_core::directory::Directory;
use waypost_core::event::{Body, EventType, Handles, NewEvent, Scope};
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::message::{MessageState, MessageView};
use waypost_core::route;
use waypost_core::time::UnixMillis;
use waypost_store::{Error, Store};

use crate::clock::Clock;
use crate::tasks::Pulse;

/// How often it looks. Off the hot path, and without a query while nothing is uncertain.
const EVERY: Duration = Duration::from_secs(15);
/// Messages resolved in one step.
const STEP: usize = 100;

/// The watch.
pub(crate) struct Watch {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) after: Duration,
    pub(crate) next: AtomicI64,
}

/// The `data` of a `message.uncertain` event.
#[derive(Serialize)]
struct Data<'a> {
    account_id: &'a str,
    id: OutboxId,
    state: MessageState,
    policy: UncertainPolicy,
    attempts: u32,
    error: &'a Option<serde_json::Value>,
    event_id: Option<EventId>,
    delivery_id: Option<DeliveryId>,
}

impl Watch {
    /// Runs until `stop`.
    pub(crate) async fn run(&self, pulse: &Arc<Pulse>, stop: &CancellationToken) {
        loop {
            let next = UnixMillis(self.next.load(Ordering::SeqCst));
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep_until(next) => {}
            }
            let busy = pulse.enter();
            let now = self.clock.now();
            if let Err(error) = self.look(now).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot resolve uncertain messages, trying again soon"
                );
            }
            self.next.store(now.plus(EVERY).0, Ordering::SeqCst);
            drop(busy);
        }
    }

    /// Whether a look is due.
    pub(crate) fn is_due(&self, now: UnixMillis) -> bool {
        self.next.load(Ordering::SeqCst) <= now.0
    }

    async fn look(&self, now: UnixMillis) -> Result<(), Error> {
        let [_, _, uncertain] = self.store.stats().outbox_open;
        if uncertain == 0 {
            return Ok(());
        }
        let since = UnixMillis(now.0.saturating_sub(UnixMillis::ZERO.plus(self.after).0));
        loop {
            let overdue = self.store.overdue_uncertain(since, STEP).await?;
            if overdue.is_empty() {
                return Ok(());
            }
            for message in overdue {
                self.resolve(now, &message).await?;
            }
        }
    }

    async fn resolve(&self, now: UnixMillis, message: &MessageView) -> Result<(), Error> {
        let directory = self.directory.load_full();
        let policy = directory
            .account(message.account_id.as_str())
            .map_or(UncertainPolicy::Hold, |account| account.uncertain);
        let mut notice = [notice(message, policy, now)];
        route::route(&mut notice, &directory);
        let [notice] = notice;
        let resend = policy == UncertainPolicy::Resend;
        tracing::warn!(
            message.id = %message.id, account.id = %message.account_id, resend,
            "the fate of message {} is unknown", message.id
        );
        self.store
            .resolve_uncertain(now, message.id, resend, notice)
            .await
    }
}

fn notice(message: &MessageView, policy: UncertainPolicy, now: UnixMillis) -> NewEvent {
    let data = Data {
        account_id: message.account_id.as_str(),
        id: message.id,
        state: message.state,
        policy,
        attempts: message.attempts,
        error: &message.error,
        event_id: message.event_id,
        delivery_id: message.delivery_id,
    };
    let text = serde_json::to_vec(&data).unwrap_or_else(|_| b"{}".to_vec());
    NewEvent {
        event_type: EventType::MessageUncertain,
        account_id: message.account_id.clone(),
        timestamp: now,
        message_id: message.wamid.clone(),
        key: None,
        handles: Handles::default(),
        scope: Scope::Field("message.uncertain".to_owned()),
        status: None,
        body: Body {
            raw: 0..text.len(),
            text: Bytes::from(text),
        },
        foreign: false,
        quarantined: None,
        targets: Vec::new(),
    }
}
