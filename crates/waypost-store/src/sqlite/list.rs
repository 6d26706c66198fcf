//! Lists, oldest first, on a reading connection.

use std::collections::HashSet;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use waypost_core::delivery::{Attempt, DeliveryState, DeliveryView};
use waypost_core::event::{EventType, StoredEvent};
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::message::MessageView;
use waypost_core::normalise::subject;
use waypost_core::time::UnixMillis;

use super::failure::During;
use super::read::{self, DeliveryRow};
use super::seen::{self, Seen};
use crate::rows::MessageRow;
use crate::{DeliveryQuery, Error, EventQuery, MessageQuery, Page, list};

/// Types that most events have: found without an index.
const COMMON: [EventType; 4] = [
    EventType::MessageReceived,
    EventType::MessageSent,
    EventType::MessageDelivered,
    EventType::MessageRead,
];

/// A SELECT under construction.
struct Select {
    sql: String,
    values: Vec<Value>,
}

impl Select {
    fn new(sql: String) -> Self {
        Self {
            sql,
            values: Vec::new(),
        }
    }

    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.push(value.into());
    }

    /// Reads rows in the order of `key` until `most` of them are `wanted`.
    fn run<T>(
        mut self,
        connection: &Connection,
        key: &str,
        most: usize,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, Error> {
        let act = "read a list";
        self.sql.push_str(" ORDER BY ");
        self.sql.push_str(key);
        let mut query = connection.prepare_cached(&self.sql).during(act)?;
        let mut rows = query.query(params_from_iter(self.values)).during(act)?;
        let mut items = Vec::new();
        while items.len() < most
            && let Some(row) = rows.next().during(act)?
        {
            let item = read(row).during(act)?;
            if wanted(&item) {
                items.push(item);
            }
        }
        Ok(items)
    }
}

/// Events. `seen` is what is at hand of the keys, if the store is open for writing.
pub(super) fn events(
    connection: &Connection,
    seen: Option<&Seen>,
    query: &EventQuery,
) -> Result<Page<StoredEvent>, Error> {
    let limit = list::limit(query.limit);
    let after = list::after::<EventId>(query.after.as_deref())?;
    let items = if let Some(message_id) = &query.message_id {
        events_about(connection, seen, query, message_id, after, limit + 1)?
    } else {
        let (columns, from) = (read::EVENT, read::EVENT_FROM);
        let mut select = Select::new(format!("SELECT {columns} FROM {from} WHERE true"));
        if let Some(after) = after {
            select.and("event.id > ?", after.0);
        }
        if let Some(event_type) = query.event_type {
            select.and("event.type = ?", event_type.as_str().to_owned());
            if !COMMON.contains(&event_type) {
                // In the words of the index `event_by_type`, or it would not be used.
                select.sql.push_str(
                    " AND event.type NOT IN ('message.received', 'message.sent', 'message.delivered', 'message.read')",
                );
            }
        }
        if let Some(account) = &query.account_id {
            select.and("account.id = ?", account.as_str().to_owned());
        }
        select.run(connection, "event.id", limit + 1, read::event_of, |_| true)?
    };
    Ok(list::page(items, limit, |event| event.id))
}

fn events_about(
    connection: &Connection,
    seen: Option<&Seen>,
    query: &EventQuery,
    message_id: &str,
    after: Option<EventId>,
    most: usize,
) -> Result<Vec<StoredEvent>, Error> {
    let accounts = match &query.account_id {
        Some(account) => vec![account.as_str().to_owned()],
        None => account_names(connection)?,
    };
    let mut ids = Vec::new();
    for account in accounts {
        let subject = subject(&account, message_id);
        ids.extend(match seen {
            Some(seen) => seen.about(connection, subject)?,
            None => seen::about_from_disk(connection, subject)?,
        });
    }
    ids.retain(|id| after.is_none_or(|after| *id > after));
    ids.sort_unstable();
    ids.dedup();
    let mut events = Vec::new();
    for id in ids {
        if events.len() == most {
            break;
        }
        let wanted = |event: &StoredEvent| {
            event.message_id.as_deref() == Some(message_id)
                && query
                    .event_type
                    .is_none_or(|wanted| event.event_type == wanted)
        };
        events.extend(read::event(connection, id)?.filter(wanted));
    }
    Ok(events)
}

fn account_names(connection: &Connection) -> Result<Vec<String>, Error> {
    connection
        .prepare_cached("SELECT id FROM account")
        .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
        .during("list the accounts")
}

/// Deliveries. `delivering` are those under way, which no row knows of.
pub(super) fn deliveries(
    connection: &Connection,
    delivering: &[DeliveryId],
    query: &DeliveryQuery,
) -> Result<Page<DeliveryView>, Error> {
    let limit = list::limit(query.limit);
    let after = list::after::<DeliveryId>(query.after.as_deref())?;
    let under_way: HashSet<_> = delivering.iter().copied().collect();
    let rows = if query.state == Some(DeliveryState::Delivering) {
        let mut rows = Vec::new();
        for &id in delivering {
            if after.is_none_or(|after| id > after) && rows.len() <= limit {
                rows.extend(read::delivery(connection, id)?.filter(|row| matches(row, query)));
            }
        }
        rows
    } else {
        let is_wanted = |row: &DeliveryRow| query.state.is_none() || !under_way.contains(&row.id);
        select_deliveries(query, after).run(
            connection,
            "delivery.id",
            limit + 1,
            read::delivery_of,
            is_wanted,
        )?
    };
    let page = list::page(rows, limit, |row| row.id);
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        let attempts = attempts(connection, row.id)?;
        let is_under_way = under_way.contains(&row.id);
        let stored = DeliveryView {
            id: row.id,
            event_id: row.event,
            hook_id: row.hook_id,
            state: row.state,
            reason: row.reason,
            next_attempt_at: Some(row.due),
            attempts,
        };
        items.push(list::delivery_view(stored, is_under_way));
    }
    Ok(Page {
        items,
        next: page.next,
    })
}

fn select_deliveries(query: &DeliveryQuery, after: Option<DeliveryId>) -> Select {
    // The partial indexes are used where the query says literally what they hold.
    let (index, condition) = match query.state {
        _ if query.id.is_some() || query.event_id.is_some() => ("", "true"),
        Some(DeliveryState::Pending | DeliveryState::Parked) => {
            ("INDEXED BY delivery_open", "delivery.state < 2")
        }
        Some(DeliveryState::Dead) => ("INDEXED BY delivery_dead", "delivery.state = 3"),
        _ => ("", "true"),
    };
    let columns = read::DELIVERY;
    let mut select = Select::new(format!(
        "SELECT {columns} FROM delivery {index} CROSS JOIN hook ON hook.n = delivery.hook WHERE {condition}"
    ));
    if let Some(after) = after {
        select.and("delivery.id > ?", after.0);
    }
    if let Some(id) = query.id {
        select.and("delivery.id = ?", id.0);
    }
    if let Some(event) = query.event_id {
        select.and("delivery.event = ?", event.0);
    }
    if let Some(hook) = &query.hook_id {
        select.and("hook.id = ?", hook.as_str().to_owned());
    }
    if let Some(state) = query.state {
        select.and("delivery.state = ?", read::delivery_state(state));
    }
    select
}

fn matches(row: &DeliveryRow, query: &DeliveryQuery) -> bool {
    query.id.is_none_or(|id| row.id == id)
        && query.event_id.is_none_or(|event| row.event == event)
        && query
            .hook_id
            .as_ref()
            .is_none_or(|hook| row.hook_id == *hook)
}

fn attempts(connection: &Connection, id: DeliveryId) -> Result<Vec<Attempt>, Error> {
    connection
        .prepare_cached(
            "SELECT number, at, duration_ms, status, error, response, reply FROM attempt WHERE delivery = ? \
             ORDER BY number",
        )
        .and_then(|mut query| query.query_map([id.0], read::attempt_of)?.collect())
        .during("read a delivery's attempts")
}

/// Messages.
pub(super) fn messages(
    connection: &Connection,
    query: &MessageQuery,
) -> Result<Page<MessageView>, Error> {
    let limit = list::limit(query.limit);
    let after = list::after::<OutboxId>(query.after.as_deref())?;
    let (columns, from) = (read::MESSAGE, read::MESSAGE_FROM);
    let mut select = Select::new(format!("SELECT {columns} FROM {from} WHERE true"));
    if let Some(after) = after {
        select.and("outbox.id > ?", after.0);
    }
    if let Some(event) = query.event_id {
        select.and("outbox.event = ?", event.0);
    }
    if let Some(wamid) = &query.wamid {
        select.and("outbox.wamid = ?", wamid.clone());
    }
    let rows = select.run(connection, "outbox.id", limit + 1, read::message_of, |_| {
        true
    })?;
    let page = list::page(rows, limit, |row| row.id);
    Ok(Page {
        items: page.items.into_iter().map(list::message_view).collect(),
        next: page.next,
    })
}

/// Messages uncertain since before `since` that nobody was told of.
pub(super) fn overdue_uncertain(
    connection: &Connection,
    since: UnixMillis,
    limit: usize,
) -> Result<Vec<MessageView>, Error> {
    let (columns, from) = (read::MESSAGE, read::MESSAGE_FROM);
    let from = from.replacen("outbox", "outbox INDEXED BY outbox_open", 1);
    let mut select = Select::new(format!(
        "SELECT {columns} FROM {from} WHERE outbox.state < 3 AND outbox.state = 2 AND outbox.noticed = 0"
    ));
    select.and("outbox.updated_at < ?", since.0);
    let wanted = |_: &MessageRow| true;
    let rows = select.run(connection, "outbox.id", limit, read::message_of, wanted)?;
    Ok(rows.into_iter().map(list::message_view).collect())
}
