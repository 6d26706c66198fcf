//! Everything in memory, for tests and simulation: the same transactions as SQLite's, and nothing outlives it.
//!
//! Every call is finished when it returns for the first time: no thread, no waiting, so it goes with paused time.

mod replays;
mod rows;
mod upkeep;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use waypost_core::account::AccountId;
use waypost_core::delivery::{DeliveryState, DeliveryView};
use waypost_core::event::{NewEvent, StoredEvent};
use waypost_core::hook::{HookId, Pause, Standing};
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::message::{MessageState, MessageView, NewMessage};
use waypost_core::time::UnixMillis;

use self::rows::MemoryRows;
use crate::queues::{self, Queues};
use crate::rows::{MessageRow, MessageRows as _, Rows as _};
use crate::transaction::{Batch, Transaction};
use crate::{
    Accepted, Deliveries, DeliveryClaim, DeliveryQuery, DeliverySettlement, Demand, Error,
    EventQuery, Events, Hooks, Idempotency, Inbox, MessageQuery, Outbox, Pace, Page, Ready,
    Redelivered, RedeliveryOf, ReplayOf, SendClaim, SendSettlement, Settings, Skipped, Stats,
    Store, list,
};

/// A store that forgets when it is dropped.
#[derive(Debug)]
pub struct MemoryStore {
    rows: Mutex<MemoryRows>,
    queues: Mutex<Queues>,
    ready: Ready,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            rows: Mutex::new(MemoryRows::new()),
            queues: Mutex::new(Queues::new(0, 0)),
            ready: Ready::default(),
        }
    }

    fn rows(&self) -> MutexGuard<'_, MemoryRows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one business transaction and applies its effects.
    fn transact<T>(
        &self,
        run: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut rows = self.rows();
        let mut batch = Batch::default();
        let value = run(&mut Transaction {
            rows: &mut *rows,
            queues: &self.queues,
            batch: &mut batch,
        })?;
        let mut queues = queues::lock(&self.queues);
        queues.count_commit(1, 0);
        queues.apply(batch.effects, &self.ready);
        Ok(value)
    }
}

#[async_trait]
impl Inbox for MemoryStore {
    async fn accept(&self, now: UnixMillis, events: Vec<NewEvent>) -> Result<Vec<Accepted>, Error> {
        self.transact(|transaction| transaction.accept(now, &events))
    }
}

#[async_trait]
impl Deliveries for MemoryStore {
    async fn claim_deliveries(
        &self,
        now: UnixMillis,
        demand: &[Demand<HookId>],
    ) -> Result<Vec<DeliveryClaim>, Error> {
        let rows = self.rows();
        let taken = queues::lock(&self.queues).take_deliveries(now, demand);
        let claims = taken.into_iter().filter_map(|turn| {
            let row = rows.deliveries.get(&turn.id)?;
            Some(DeliveryClaim {
                lease: turn.lease,
                id: turn.id,
                hook_id: turn.owner,
                event: Arc::new(rows.events.get(&row.event)?.clone()),
                attempts: u32::try_from(row.attempts.len()).unwrap_or(u32::MAX),
                first_attempt_at: row.attempts.first().map(|attempt| attempt.at),
                blocked_ms: row.blocked_ms,
                last_attempt_at: row.attempts.last().map(|attempt| {
                    let took = i64::from(attempt.duration_ms);
                    UnixMillis(attempt.at.0.saturating_add(took))
                }),
                parked: turn.parked,
                redelivery: row.redelivery_of.and_then(|id| {
                    Some(RedeliveryOf {
                        id,
                        was_delivered: rows.deliveries.get(&id)?.state == DeliveryState::Delivered,
                    })
                }),
                replay: row.replay.and_then(|id| {
                    let replies = rows.replays.get(&id)?.request.replies;
                    Some(ReplayOf { id, replies })
                }),
            })
        });
        Ok(claims.collect())
    }

    async fn settle_deliveries(
        &self,
        now: UnixMillis,
        settlements: Vec<DeliverySettlement>,
    ) -> Result<(), Error> {
        self.transact(|transaction| transaction.settle_deliveries(now, &settlements))
    }

    async fn recover_hook(&self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error> {
        self.transact(|transaction| transaction.recover_hook(now, hook_id))
    }

    fn next_delivery_due(&self, hooks: &[HookId]) -> Option<UnixMillis> {
        queues::lock(&self.queues).next_delivery_due(hooks)
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<DeliveryView>, Error> {
        let limit = list::limit(query.limit);
        let after = list::after::<DeliveryId>(query.after.as_deref())?;
        let rows = self.rows();
        let delivering = queues::lock(&self.queues).delivering();
        let all = list::ordered(rows.deliveries.iter(), query.newest_first);
        let views = all.filter_map(|(&id, row)| {
            let hook_id = rows.hook(row.hook)?.clone();
            let is_under_way = delivering.binary_search(&id).is_ok();
            Some(list::delivery_view(
                DeliveryView {
                    id,
                    event_id: row.event,
                    hook_id,
                    state: row.state,
                    reason: row.reason.clone(),
                    next_attempt_at: Some(row.due),
                    attempts: row.attempts.clone(),
                    redelivery_of: row.redelivery_of,
                    redelivered_as: row.redelivered_as,
                    replay_id: row.replay,
                },
                is_under_way,
            ))
        });
        let wanted = views.filter(|view| {
            list::is_beyond(view.id, after, query.newest_first)
                && query.id.is_none_or(|id| view.id == id)
                && query.event_id.is_none_or(|event| view.event_id == event)
                && query
                    .hook_id
                    .as_ref()
                    .is_none_or(|hook| view.hook_id == *hook)
                && query.state.is_none_or(|state| view.state == state)
        });
        Ok(list::page(
            wanted.take(limit + 1).collect(),
            limit,
            |view| view.id,
        ))
    }
}

#[async_trait]
impl Hooks for MemoryStore {
    fn standings(&self) -> Vec<(HookId, Standing)> {
        queues::lock(&self.queues).standings()
    }

    async fn pause_hook(&self, hook_id: &HookId, pause: Pause) -> Result<(), Error> {
        self.transact(|transaction| transaction.pause_hook(hook_id, &pause))
    }

    async fn resume_hook(&self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error> {
        self.transact(|transaction| transaction.resume_hook(now, hook_id))
    }

    async fn skip_backlog(
        &self,
        hook_id: &HookId,
        range: Range<DeliveryId>,
        reason: &str,
    ) -> Result<Skipped, Error> {
        self.transact(|transaction| transaction.skip_backlog(hook_id, range, reason))
    }

    async fn redeliver(
        &self,
        now: UnixMillis,
        ids: Vec<DeliveryId>,
    ) -> Result<Vec<Redelivered>, Error> {
        self.transact(|transaction| transaction.redeliver(now, &ids))
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn enqueue(
        &self,
        now: UnixMillis,
        messages: Vec<NewMessage>,
        idempotency: Option<Idempotency>,
    ) -> Result<Vec<OutboxId>, Error> {
        self.transact(|transaction| transaction.enqueue(now, &messages, idempotency.as_ref()))
    }

    async fn claim_sends(
        &self,
        now: UnixMillis,
        demand: &[Demand<AccountId>],
        pace: &dyn Pace,
    ) -> Result<Vec<SendClaim>, Error> {
        let taken = queues::lock(&self.queues).take_sends(now, demand, pace);
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        self.transact(|transaction| transaction.mark_sending(now, &taken))
    }

    async fn settle_sends(
        &self,
        now: UnixMillis,
        settlements: Vec<SendSettlement>,
    ) -> Result<(), Error> {
        self.transact(|transaction| transaction.settle_sends(now, &settlements))
    }

    async fn overdue_uncertain(
        &self,
        since: UnixMillis,
        limit: usize,
    ) -> Result<Vec<MessageView>, Error> {
        let rows = self.rows();
        let overdue = rows.messages.values().filter(|row| {
            row.state == MessageState::Uncertain && !row.noticed && row.updated_at < since
        });
        Ok(overdue
            .take(limit)
            .cloned()
            .map(list::message_view)
            .collect())
    }

    async fn resolve_uncertain(
        &self,
        now: UnixMillis,
        id: OutboxId,
        resend: bool,
        notice: NewEvent,
    ) -> Result<(), Error> {
        self.transact(|transaction| transaction.resolve_uncertain(now, id, resend, &notice))
    }

    async fn waits_behind(
        &self,
        ids: &[OutboxId],
    ) -> Result<BTreeMap<OutboxId, MessageView>, Error> {
        let mut rows = self.rows();
        let queues = queues::lock(&self.queues);
        let holds = |row: &&MessageRow| row.state == MessageState::Uncertain && !row.noticed;
        let held = rows.messages.values().filter(holds);
        let held: BTreeMap<_, _> = held
            .map(|row| (queues.lane(row.lane), row.clone()))
            .collect();
        let mut found = BTreeMap::new();
        for &id in ids {
            let row = rows.message(id)?;
            let waiting = row.filter(|row| row.state == MessageState::Queued);
            let ahead = waiting.and_then(|row| held.get(&queues.lane(row.lane)));
            found.extend(ahead.map(|row| (id, list::message_view(row.clone()))));
        }
        Ok(found)
    }

    fn next_send_due(&self, accounts: &[AccountId]) -> Option<UnixMillis> {
        queues::lock(&self.queues).next_send_due(accounts)
    }

    async fn message(&self, id: OutboxId) -> Result<Option<MessageView>, Error> {
        let row = self.rows().message(id)?;
        Ok(row.map(list::message_view))
    }

    async fn messages(&self, query: &MessageQuery) -> Result<Page<MessageView>, Error> {
        let limit = list::limit(query.limit);
        let after = list::after::<OutboxId>(query.after.as_deref())?;
        let rows = self.rows();
        let lanes = query.recipient.as_ref();
        let lanes = lanes.map(|to| rows.lanes_to(query.account_id.as_ref(), to));
        let queues = queues::lock(&self.queues);
        let all = list::ordered(rows.messages.values(), query.newest_first);
        let wanted = all.filter(|row| {
            list::is_beyond(row.id, after, query.newest_first)
                && query.event_id.is_none_or(|event| row.event == Some(event))
                && (query.wamid.is_none() || row.wamid == query.wamid)
                && query.state.is_none_or(|state| row.state == state)
                && query
                    .account_id
                    .as_ref()
                    .is_none_or(|account| row.account_id == *account)
                && lanes
                    .as_ref()
                    .is_none_or(|lanes| lanes.contains(&queues.lane(row.lane)))
        });
        let views = wanted.take(limit + 1).cloned().map(list::message_view);
        Ok(list::page(views.collect(), limit, |view| view.id))
    }
}

#[async_trait]
impl Events for MemoryStore {
    async fn events(&self, query: &EventQuery) -> Result<Page<StoredEvent>, Error> {
        let limit = list::limit(query.limit);
        let after = list::after::<EventId>(query.after.as_deref())?;
        let rows = self.rows();
        let all = list::ordered(rows.events.values(), query.newest_first);
        let wanted = all.filter(|event| {
            list::is_beyond(event.id, after, query.newest_first)
                && query
                    .event_type
                    .is_none_or(|wanted| event.event_type == wanted)
                && query
                    .account_id
                    .as_ref()
                    .is_none_or(|account| event.account_id == *account)
                && (query.message_id.is_none() || event.message_id == query.message_id)
        });
        let events = wanted.take(limit + 1).cloned().collect();
        Ok(list::page(events, limit, |event: &StoredEvent| event.id))
    }

    async fn event(&self, id: EventId) -> Result<Option<StoredEvent>, Error> {
        self.rows().event(id)
    }
}

#[async_trait]
impl Settings for MemoryStore {
    async fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.rows().settings.get(name).cloned())
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<(), Error> {
        self.transact(|transaction| transaction.rows.set_setting(name, value))
    }
}

impl Store for MemoryStore {
    fn ready(&self) -> &Ready {
        &self.ready
    }

    fn stats(&self) -> Stats {
        queues::lock(&self.queues).stats()
    }

    fn is_writable(&self) -> bool {
        true
    }
}
