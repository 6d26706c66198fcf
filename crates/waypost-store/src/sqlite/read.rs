//! Rows of the database as the values they stand for: the columns of each kind of row, and how they are read.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row};
use waypost_core::delivery::{Attempt, DeliveryState};
use waypost_core::event::{Body, StoredEvent};
use waypost_core::hook::HookId;
use waypost_core::id::{ContactId, DeliveryId, EventId, OutboxId, ReplayId};
use waypost_core::lane::LaneKey;
use waypost_core::message::MessageState;
use waypost_core::time::UnixMillis;

use super::failure::During;
use crate::rows::MessageRow;
use crate::{Error, RedeliveryOf};

/// Columns of an event, for [`event_of`].
pub(super) const EVENT: &str = "event.id, event.type, account.id, event.timestamp, event.contact, event.is_foreign, \
     event.raw_start, event.raw_end, event.message_id, event.quarantined, event.text";
/// How many they are.
pub(super) const EVENT_COLUMNS: usize = 11;
/// Where they come from.
pub(super) const EVENT_FROM: &str = "event CROSS JOIN account ON account.n = event.account";

/// Columns of a delivery, for [`delivery_of`].
pub(super) const DELIVERY: &str = "delivery.id, delivery.event, hook.id, delivery.state, delivery.due, \
     delivery.reason, delivery.again";

/// Columns of a message, for [`message_of`].
pub(super) const MESSAGE: &str = "outbox.id, outbox.account, account.id, outbox.lane, outbox.state, outbox.body, \
     outbox.wamid, outbox.error, outbox.attempts, outbox.due, outbox.event, outbox.delivery, outbox.updated_at, \
     outbox.noticed";
/// Where they come from.
pub(super) const MESSAGE_FROM: &str = "outbox CROSS JOIN account ON account.n = outbox.account";

/// Whether a delivery repeats another, as `delivery.again` says it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Again {
    No,
    /// Somebody had it done again.
    Redelivery,
    /// This replay made it.
    Replay(ReplayId),
}

impl Again {
    pub(super) fn of(column: i64) -> Self {
        match column {
            0 => Self::No,
            1 => Self::Redelivery,
            id => Self::Replay(ReplayId(id)),
        }
    }
}

/// A delivery as it is stored.
#[derive(Debug)]
pub(super) struct DeliveryRow {
    pub(super) id: DeliveryId,
    pub(super) event: EventId,
    pub(super) hook_id: HookId,
    pub(super) state: DeliveryState,
    pub(super) due: UnixMillis,
    pub(super) reason: Option<String>,
    pub(super) again: Again,
}

pub(super) fn event_of(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    let id = EventId(row.get(0)?);
    let event_type = row.get_ref(1)?.as_str()?;
    let account: std::sync::Arc<str> = row.get_ref(2)?.as_str()?.into();
    Ok(StoredEvent {
        id,
        event_type: event_type
            .parse()
            .map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))?,
        account_id: waypost_core::account::AccountId(account),
        timestamp: UnixMillis(row.get(3)?),
        received_at: id.time(),
        contact_id: row.get::<_, Option<i64>>(4)?.map(ContactId),
        foreign: row.get(5)?,
        body: Body {
            raw: length(row, 6)?..length(row, 7)?,
            text: Bytes::from(row.get::<_, Vec<u8>>(10)?),
        },
        message_id: row.get(8)?,
        quarantined: row.get(9)?,
    })
}

pub(super) fn delivery_of(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    Ok(DeliveryRow {
        id: DeliveryId(row.get(0)?),
        event: EventId(row.get(1)?),
        hook_id: row.get_ref(2)?.as_str()?.into(),
        state: delivery_state_of(row.get(3)?),
        due: UnixMillis(row.get(4)?),
        reason: row.get(5)?,
        again: Again::of(row.get(6)?),
    })
}

pub(super) fn attempt_of(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        number: row.get(0)?,
        at: UnixMillis(row.get(1)?),
        duration_ms: row.get(2)?,
        status: row.get(3)?,
        error: row.get(4)?,
        response: row.get(5)?,
        reply: row.get(6)?,
    })
}

pub(super) fn message_of(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        id: OutboxId(row.get(0)?),
        account: row.get(1)?,
        account_id: row.get_ref(2)?.as_str()?.into(),
        lane: LaneKey(row.get(3)?),
        state: message_state_of(row.get(4)?),
        body: row.get(5)?,
        wamid: row.get(6)?,
        error: row.get(7)?,
        attempts: row.get(8)?,
        due: UnixMillis(row.get(9)?),
        event: row.get::<_, Option<i64>>(10)?.map(EventId),
        delivery: row.get::<_, Option<i64>>(11)?.map(DeliveryId),
        updated_at: UnixMillis(row.get(12)?),
        noticed: row.get(13)?,
    })
}

fn length(row: &Row<'_>, column: usize) -> rusqlite::Result<usize> {
    let number: i64 = row.get(column)?;
    usize::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// One event.
pub(super) fn event(connection: &Connection, id: EventId) -> Result<Option<StoredEvent>, Error> {
    connection
        .prepare_cached(&format!(
            "SELECT {EVENT} FROM {EVENT_FROM} WHERE event.id = ?"
        ))
        .and_then(|mut query| query.query_row([id.0], event_of).optional())
        .during("read an event")
}

/// One delivery.
pub(super) fn delivery(
    connection: &Connection,
    id: DeliveryId,
) -> Result<Option<DeliveryRow>, Error> {
    connection
        .prepare_cached(&format!(
            "SELECT {DELIVERY} FROM delivery CROSS JOIN hook ON hook.n = delivery.hook WHERE delivery.id = ?"
        ))
        .and_then(|mut query| query.query_row([id.0], delivery_of).optional())
        .during("read a delivery")
}

/// What this delivery does again, if it does.
pub(super) fn redelivery_of(
    connection: &Connection,
    id: DeliveryId,
) -> Result<Option<RedeliveryOf>, Error> {
    connection
        .prepare_cached("SELECT of, was_delivered FROM redelivery WHERE delivery = ?")
        .and_then(|mut query| {
            let row = |row: &Row<'_>| {
                Ok(RedeliveryOf {
                    id: DeliveryId(row.get(0)?),
                    was_delivered: row.get(1)?,
                })
            };
            query.query_row([id.0], row).optional()
        })
        .during("read what a delivery does again")
}

/// The delivery that does this one again, if one does.
pub(super) fn redelivered_as(
    connection: &Connection,
    id: DeliveryId,
) -> Result<Option<DeliveryId>, Error> {
    connection
        .prepare_cached("SELECT delivery FROM redelivery WHERE of = ?")
        .and_then(|mut query| {
            query
                .query_row([id.0], |row| Ok(DeliveryId(row.get(0)?)))
                .optional()
        })
        .during("read what does a delivery again")
}

/// One message.
pub(super) fn message(connection: &Connection, id: OutboxId) -> Result<Option<MessageRow>, Error> {
    connection
        .prepare_cached(&format!(
            "SELECT {MESSAGE} FROM {MESSAGE_FROM} WHERE outbox.id = ?"
        ))
        .and_then(|mut query| query.query_row([id.0], message_of).optional())
        .during("read a message")
}

/// How a delivery's state is stored. `Delivering` never is.
pub(super) fn delivery_state(state: DeliveryState) -> i64 {
    match state {
        DeliveryState::Pending | DeliveryState::Delivering => 0,
        DeliveryState::Parked => 1,
        DeliveryState::Delivered => 2,
        DeliveryState::Dead => 3,
    }
}

pub(super) fn delivery_state_of(number: i64) -> DeliveryState {
    match number {
        0 => DeliveryState::Pending,
        1 => DeliveryState::Parked,
        2 => DeliveryState::Delivered,
        _ => DeliveryState::Dead,
    }
}

/// How a message's state is stored.
pub(super) fn message_state(state: MessageState) -> i64 {
    match state {
        MessageState::Queued => 0,
        MessageState::Sending => 1,
        MessageState::Uncertain => 2,
        MessageState::Sent => 3,
        MessageState::Delivered => 4,
        MessageState::Read => 5,
        MessageState::Failed => 6,
    }
}

pub(super) fn message_state_of(number: i64) -> MessageState {
    match number {
        0 => MessageState::Queued,
        1 => MessageState::Sending,
        2 => MessageState::Uncertain,
        3 => MessageState::Sent,
        4 => MessageState::Delivered,
        5 => MessageState::Read,
        _ => MessageState::Failed,
    }
}
