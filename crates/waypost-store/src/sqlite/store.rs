//! The store's traits over writer, readers and queues.

mod replays;
mod upkeep;

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use waypost_core::account::AccountId;
use waypost_core::delivery::DeliveryView;
use waypost_core::event::{NewEvent, StoredEvent};
use waypost_core::hook::{HookId, Pause, Standing};
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::message::{MessageView, NewMessage};
use waypost_core::time::UnixMillis;

use super::SqliteStore;
use super::claims;
use super::list;
use super::read;
use super::session;
use super::writer::Writer;
use crate::queues;
use crate::turns::Turns;
use crate::{
    Accepted, Deliveries, DeliveryClaim, DeliveryQuery, DeliverySettlement, Demand, Error,
    EventQuery, Events, Hooks, Idempotency, Inbox, MessageQuery, Outbox, Pace, Page, Ready,
    Redelivered, SendClaim, SendSettlement, Settings, Skipped, Stats, Store,
};

impl SqliteStore {
    /// For what is new. While the disk is full, what room there is belongs to removing; once the file is gone, nothing is kept.
    fn accepting(&self) -> Result<&Writer, Error> {
        if !self.file.is_in_place() {
            return Err(Error::Unavailable {
                reason: "the database is no longer where it was opened".into(),
            });
        }
        if self.ballast.is_scarce() {
            return Err(Error::Full);
        }
        self.writer()
    }

    fn writer(&self) -> Result<&Writer, Error> {
        self.writer.as_ref().ok_or_else(|| Error::Unavailable {
            reason: "it was opened for reading only".into(),
        })
    }
}

#[async_trait]
impl Inbox for SqliteStore {
    async fn accept(&self, now: UnixMillis, events: Vec<NewEvent>) -> Result<Vec<Accepted>, Error> {
        let rows = events.iter().map(|event| 2 + event.targets.len()).sum();
        self.accepting()?
            .run(rows, move |transaction| transaction.accept(now, &events))
            .await
    }
}

#[async_trait]
impl Deliveries for SqliteStore {
    async fn claim_deliveries(
        &self,
        now: UnixMillis,
        demand: &[Demand<HookId>],
    ) -> Result<Vec<DeliveryClaim>, Error> {
        let taken = queues::lock(&self.queues).take_deliveries(now, demand);
        let leases = taken.iter().map(|turn| turn.lease).collect();
        let turns = Turns::of_deliveries(&self.queues, leases);
        let claims = claims::of(&self.readers, taken).await?;
        turns.hand_over();
        Ok(claims)
    }

    async fn settle_deliveries(
        &self,
        now: UnixMillis,
        settlements: Vec<DeliverySettlement>,
    ) -> Result<(), Error> {
        let rows = settlements.len() * 2;
        self.writer()?
            .run(rows, move |transaction| {
                transaction.settle_deliveries(now, &settlements)
            })
            .await
    }

    async fn recover_hook(&self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error> {
        let hook_id = hook_id.clone();
        self.writer()?
            .run(1, move |transaction| {
                transaction.recover_hook(now, &hook_id)
            })
            .await
    }

    fn next_delivery_due(&self, hooks: &[HookId]) -> Option<UnixMillis> {
        queues::lock(&self.queues).next_delivery_due(hooks)
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<DeliveryView>, Error> {
        let delivering = queues::lock(&self.queues).delivering();
        let query = query.clone();
        self.readers
            .read(move |connection| list::deliveries(connection, &delivering, &query))
            .await
    }
}

#[async_trait]
impl Hooks for SqliteStore {
    fn standings(&self) -> Vec<(HookId, Standing)> {
        queues::lock(&self.queues).standings()
    }

    async fn pause_hook(&self, hook_id: &HookId, pause: Pause) -> Result<(), Error> {
        let hook_id = hook_id.clone();
        self.writer()?
            .run(1, move |transaction| {
                transaction.pause_hook(&hook_id, &pause)
            })
            .await
    }

    async fn resume_hook(&self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error> {
        let hook_id = hook_id.clone();
        self.writer()?
            .run(1, move |transaction| transaction.resume_hook(now, &hook_id))
            .await
    }

    async fn skip_backlog(
        &self,
        hook_id: &HookId,
        range: Range<DeliveryId>,
        reason: &str,
    ) -> Result<Skipped, Error> {
        let (hook_id, reason) = (hook_id.clone(), reason.to_owned());
        self.writer()?
            .run(1000, move |transaction| {
                transaction.skip_backlog(&hook_id, range.clone(), &reason)
            })
            .await
    }

    async fn redeliver(
        &self,
        now: UnixMillis,
        ids: Vec<DeliveryId>,
    ) -> Result<Vec<Redelivered>, Error> {
        self.writer()?
            .run(2 * ids.len(), move |transaction| {
                transaction.redeliver(now, &ids)
            })
            .await
    }
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn enqueue(
        &self,
        now: UnixMillis,
        messages: Vec<NewMessage>,
        idempotency: Option<Idempotency>,
    ) -> Result<Vec<OutboxId>, Error> {
        self.accepting()?
            .run(messages.len(), move |transaction| {
                transaction.enqueue(now, &messages, idempotency.as_ref())
            })
            .await
    }

    async fn claim_sends(
        &self,
        now: UnixMillis,
        demand: &[Demand<AccountId>],
        pace: &dyn Pace,
    ) -> Result<Vec<SendClaim>, Error> {
        let writer = self.writer()?;
        let taken = queues::lock(&self.queues).take_sends(now, demand, pace);
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let leases = taken.iter().map(|turn| turn.lease).collect();
        let turns = Turns::of_sends(&self.queues, leases);
        let claims = writer
            .run(taken.len(), move |transaction| {
                transaction.mark_sending(now, &taken)
            })
            .await?;
        turns.hand_over();
        Ok(claims)
    }

    async fn settle_sends(
        &self,
        now: UnixMillis,
        settlements: Vec<SendSettlement>,
    ) -> Result<(), Error> {
        self.writer()?
            .run(settlements.len(), move |transaction| {
                transaction.settle_sends(now, &settlements)
            })
            .await
    }

    async fn overdue_uncertain(
        &self,
        since: UnixMillis,
        limit: usize,
    ) -> Result<Vec<MessageView>, Error> {
        self.readers
            .read(move |connection| list::overdue_uncertain(connection, since, limit))
            .await
    }

    async fn resolve_uncertain(
        &self,
        now: UnixMillis,
        id: OutboxId,
        resend: bool,
        notice: NewEvent,
    ) -> Result<(), Error> {
        self.writer()?
            .run(4, move |transaction| {
                transaction.resolve_uncertain(now, id, resend, &notice)
            })
            .await
    }

    async fn waits_behind(
        &self,
        ids: &[OutboxId],
    ) -> Result<BTreeMap<OutboxId, MessageView>, Error> {
        let ids = ids.to_vec();
        self.readers
            .read(move |connection| list::waits_behind(connection, &ids))
            .await
    }

    fn next_send_due(&self, accounts: &[AccountId]) -> Option<UnixMillis> {
        queues::lock(&self.queues).next_send_due(accounts)
    }

    async fn message(&self, id: OutboxId) -> Result<Option<MessageView>, Error> {
        let row = self
            .readers
            .read(move |connection| read::message(connection, id))
            .await?;
        Ok(row.map(crate::list::message_view))
    }

    async fn messages(&self, query: &MessageQuery) -> Result<Page<MessageView>, Error> {
        let query = query.clone();
        self.readers
            .read(move |connection| list::messages(connection, &query))
            .await
    }
}

#[async_trait]
impl Events for SqliteStore {
    async fn events(&self, query: &EventQuery) -> Result<Page<StoredEvent>, Error> {
        let (query, seen) = (query.clone(), self.seen.clone());
        self.readers
            .read(move |connection| list::events(connection, seen.as_deref(), &query))
            .await
    }

    async fn event(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.readers
            .read(move |connection| read::event(connection, id))
            .await
    }
}

#[async_trait]
impl Settings for SqliteStore {
    async fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        let name = name.to_owned();
        self.readers
            .read(move |connection| session::setting(connection, &name))
            .await
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.writer()?
            .run(1, move |transaction| {
                transaction.rows.set_setting(&name, &value)
            })
            .await
    }
}

impl Store for SqliteStore {
    fn ready(&self) -> &Ready {
        &self.ready
    }

    fn stats(&self) -> Stats {
        queues::lock(&self.queues).stats()
    }

    fn is_writable(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::is_writable) && self.file.is_in_place()
    }
}
