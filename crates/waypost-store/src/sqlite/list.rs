//! Lists on a reading connection.

mod messages;

use std::collections::HashSet;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use waypost_core::delivery::{Attempt, DeliveryState, DeliveryView};
use waypost_core::event::{EventType, StoredEvent};
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::normalise::subject;

use super::failure::During;
use super::read::{self, Again, DeliveryRow};
use super::seen::{self, Seen};
use super::waiting;
use crate::{DeliveryQuery, Error, EventQuery, Page, list};

pub(super) use messages::{messages, overdue_uncertain, waits_behind};

/// Types that most events have: found without an index.
const COMMON: [EventType; 4] = [
    EventType::MessageReceived,
    EventType::MessageSent,
    EventType::MessageDelivered,
    EventType::MessageRead,
];

/// Conditions of a SELECT, and the values they compare with.
#[derive(Default)]
struct Conditions {
    /// Each begins with AND.
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// `?` in the condition stands for the value.
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let parameter = self.value(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replacen('?', &parameter, 1));
    }

    /// A value that may be used in several places: how to name it there.
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Runs a SELECT that has these conditions, until `most` rows are `wanted`.
    fn run<T>(
        self,
        connection: &Connection,
        sql: &str,
        most: usize,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, Error> {
        let act = "read a list";
        let mut query = connection.prepare_cached(sql).during(act)?;
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
        let mut conditions = Conditions::default();
        let (beyond, direction) = list::ordering(query.newest_first);
        if let Some(after) = after {
            conditions.and(&format!("event.id {beyond} ?"), after.0);
        }
        if let Some(event_type) = query.event_type {
            conditions.and("event.type = ?", event_type.as_str().to_owned());
            if !COMMON.contains(&event_type) {
                // In the words of the index `event_by_type`, or it would not be used.
                conditions.sql.push_str(
                    " AND event.type NOT IN ('message.received', 'message.sent', 'message.delivered', 'message.read')",
                );
            }
        }
        if let Some(account) = &query.account_id {
            conditions.and("account.id = ?", account.as_str().to_owned());
        }
        let sql = format!(
            "SELECT {columns} FROM {from} WHERE true{} ORDER BY event.id {direction}",
            conditions.sql
        );
        conditions.run(connection, &sql, limit + 1, read::event_of, |_| true)?
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
    ids.retain(|id| list::is_beyond(*id, after, query.newest_first));
    ids.sort_unstable();
    ids.dedup();
    let mut events = Vec::new();
    for id in list::ordered(ids.into_iter(), query.newest_first) {
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
        for &id in list::ordered(delivering.iter(), query.newest_first) {
            if list::is_beyond(id, after, query.newest_first) && rows.len() <= limit {
                rows.extend(read::delivery(connection, id)?.filter(|row| matches(row, query)));
            }
        }
        rows
    } else {
        let is_wanted = |row: &DeliveryRow| query.state.is_none() || !under_way.contains(&row.id);
        let (sql, conditions) = select_deliveries(connection, query, after)?;
        conditions.run(connection, &sql, limit + 1, read::delivery_of, is_wanted)?
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
            redelivery_of: match row.again {
                Again::Redelivery => read::redelivery_of(connection, row.id)?.map(|of| of.id),
                Again::No | Again::Replay(_) => None,
            },
            redelivered_as: read::redelivered_as(connection, row.id)?,
            replay_id: match row.again {
                Again::Replay(id) => Some(id),
                Again::No | Again::Redelivery => None,
            },
        };
        items.push(list::delivery_view(stored, is_under_way));
    }
    Ok(Page {
        items,
        next: page.next,
    })
}

fn select_deliveries(
    connection: &Connection,
    query: &DeliveryQuery,
    after: Option<DeliveryId>,
) -> Result<(String, Conditions), Error> {
    let mut conditions = Conditions::default();
    let (beyond, direction) = list::ordering(query.newest_first);
    if let Some(after) = after {
        conditions.and(&format!("delivery.id {beyond} ?"), after.0);
    }
    if let Some(id) = query.id {
        conditions.and("delivery.id = ?", id.0);
    }
    if let Some(event) = query.event_id {
        conditions.and("delivery.event = ?", event.0);
    }
    if let Some(hook) = &query.hook_id {
        conditions.and("hook.id = ?", hook.as_str().to_owned());
    }
    if let Some(state) = query.state {
        conditions.and("delivery.state = ?", read::delivery_state(state));
    }
    let columns = read::DELIVERY;
    let from = "CROSS JOIN hook ON hook.n = delivery.hook";
    let select = format!("SELECT {columns} FROM delivery");
    let order = format!("ORDER BY delivery.id {direction}");
    let sql = match query.state {
        _ if query.id.is_some() => format!("{select} {from} WHERE true{} {order}", conditions.sql),
        _ if let Some(event) = query.event_id => {
            let ids = event.first_deliveries(hook_count(connection)?);
            let (first, last) = (
                conditions.value(ids.start().0),
                conditions.value(ids.end().0),
            );
            let and = &conditions.sql;
            format!(
                "{select} {from} WHERE delivery.id BETWEEN {first} AND {last} AND again = 0{and} UNION ALL \
                 {select} INDEXED BY delivery_again {from} WHERE again <> 0{and} ORDER BY 1 {direction}"
            )
        }
        Some(DeliveryState::Pending | DeliveryState::Parked) => {
            let young_from = conditions.value(waiting::young_from(connection)?.0);
            let select = waiting::select(columns, from, young_from, &conditions.sql);
            format!("{select} {direction}")
        }
        // The partial index is used where the query says literally what it holds.
        Some(DeliveryState::Dead) => format!(
            "{select} INDEXED BY delivery_dead {from} WHERE delivery.state = 3{} {order}",
            conditions.sql
        ),
        _ => format!("{select} {from} WHERE true{} {order}", conditions.sql),
    };
    Ok((sql, conditions))
}

pub(super) fn hook_count(connection: &Connection) -> Result<u32, Error> {
    connection
        .prepare_cached("SELECT count(*) FROM hook")
        .and_then(|mut query| query.query_row([], |row| row.get(0)))
        .during("count the hooks")
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
