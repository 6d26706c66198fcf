//! Messages of ours: lists by state, account and recipient, what has been uncertain for too long, and what waits behind it.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};
use waypost_core::account::AccountId;
use waypost_core::id::OutboxId;
use waypost_core::lane::{LaneKey, SendLane};
use waypost_core::message::{MessageState, MessageView, Recipient};
use waypost_core::time::UnixMillis;

use super::Conditions;
use crate::rows::MessageRow;
use crate::sqlite::failure::During;
use crate::sqlite::{read, session};
use crate::{Error, MessageQuery, Page, list};

/// Messages.
pub(in crate::sqlite) fn messages(
    connection: &Connection,
    query: &MessageQuery,
) -> Result<Page<MessageView>, Error> {
    let limit = list::limit(query.limit);
    let after = list::after::<OutboxId>(query.after.as_deref())?;
    let mut conditions = Conditions::default();
    if let Some(recipient) = &query.recipient {
        let lanes = lanes_to(connection, query.account_id.as_ref(), recipient)?;
        let values = lanes.iter().map(|lane| conditions.value(lane.0));
        let values = values.collect::<Vec<_>>().join(", ");
        conditions.sql.push_str(" AND outbox.lane IN (");
        conditions.sql.push_str(&values);
        conditions.sql.push(')');
    }
    let (beyond, direction) = list::ordering(query.newest_first);
    if let Some(after) = after {
        conditions.and(&format!("outbox.id {beyond} ?"), after.0);
    }
    if let Some(state) = query.state {
        conditions.and("outbox.state = ?", read::message_state(state));
    }
    if let Some(account) = &query.account_id {
        conditions.and("account.id = ?", account.as_str().to_owned());
    }
    if let Some(event) = query.event_id {
        conditions.and("outbox.event = ?", event.0);
    }
    if let Some(wamid) = &query.wamid {
        conditions.and("outbox.wamid = ?", wamid.clone());
    }
    let (index, condition) = index_for(query);
    let columns = read::MESSAGE;
    let from = read::MESSAGE_FROM.replacen("outbox", &format!("outbox {index}"), 1);
    let more = &conditions.sql;
    let sql = format!(
        "SELECT {columns} FROM {from} WHERE {condition}{more} ORDER BY outbox.id {direction}"
    );
    let rows = conditions.run(connection, &sql, limit + 1, read::message_of, |_| true)?;
    let page = list::page(rows, limit, |row| row.id);
    Ok(Page {
        items: page.items.into_iter().map(list::message_view).collect(),
        next: page.next,
    })
}

/// A partial index is used where the query says literally what it holds.
fn index_for(query: &MessageQuery) -> (&'static str, &'static str) {
    let is_narrow = query.recipient.is_some() || query.event_id.is_some() || query.wamid.is_some();
    match query.state {
        _ if is_narrow => ("", "true"),
        Some(MessageState::Queued | MessageState::Sending | MessageState::Uncertain) => {
            ("INDEXED BY outbox_open", "outbox.state < 3")
        }
        Some(MessageState::Failed) => ("INDEXED BY outbox_failed", "outbox.state = 6"),
        _ => ("", "true"),
    }
}

/// The lanes that lead to a recipient, by their present name and by those they had before they were merged.
fn lanes_to(
    connection: &Connection,
    account_id: Option<&AccountId>,
    recipient: &Recipient,
) -> Result<Vec<LaneKey>, Error> {
    let act = "find a recipient";
    let accounts: Vec<(u32, String)> = connection
        .prepare_cached("SELECT n, id FROM account")
        .and_then(|mut query| {
            query
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .during(act)?;
    let mut lanes = Vec::new();
    for (number, name) in accounts {
        if account_id.is_some_and(|wanted| wanted.as_str() != name) {
            continue;
        }
        let account = AccountId::from(name.as_str());
        let lane = match recipient {
            Recipient::Group(group) => LaneKey::of_send(&account, SendLane::Group(group)),
            Recipient::Contact(handles) => {
                let Some((kind, value)) = list::first_handle(handles) else {
                    continue;
                };
                let contact = session::contact_by_handle(connection, number, kind, value)?;
                let Some(contact) = contact else {
                    continue;
                };
                LaneKey::of_send(&account, SendLane::Contact(contact))
            }
        };
        let merged: Vec<i64> = connection
            .prepare_cached(
                "WITH RECURSIVE known (lane) AS (SELECT ? UNION \
                 SELECT from_lane FROM lane_merge CROSS JOIN known ON into_lane = lane) SELECT lane FROM known",
            )
            .and_then(|mut query| query.query_map([lane.0], |row| row.get(0))?.collect())
            .during(act)?;
        lanes.extend(merged.into_iter().map(LaneKey));
    }
    Ok(lanes)
}

/// Messages uncertain since before `since` that nobody was told of.
pub(in crate::sqlite) fn overdue_uncertain(
    connection: &Connection,
    since: UnixMillis,
    limit: usize,
) -> Result<Vec<MessageView>, Error> {
    let (columns, from) = (read::MESSAGE, read::MESSAGE_FROM);
    let from = from.replacen("outbox", "outbox INDEXED BY outbox_open", 1);
    let mut conditions = Conditions::default();
    conditions.and("outbox.updated_at < ?", since.0);
    let sql = format!(
        "SELECT {columns} FROM {from} WHERE outbox.state < 3 AND outbox.state = 2 AND outbox.noticed = 0{} \
         ORDER BY outbox.id",
        conditions.sql
    );
    let wanted = |_: &MessageRow| true;
    let rows = conditions.run(connection, &sql, limit, read::message_of, wanted)?;
    Ok(rows.into_iter().map(list::message_view).collect())
}

/// Of these messages, the queued ones whose lane an uncertain one holds that nobody was told of, and that one.
pub(in crate::sqlite) fn waits_behind(
    connection: &Connection,
    ids: &[OutboxId],
) -> Result<BTreeMap<OutboxId, MessageView>, Error> {
    let (columns, from) = (read::MESSAGE, read::MESSAGE_FROM);
    let from = from.replacen("outbox", "outbox INDEXED BY outbox_open", 1);
    let sql = format!(
        "SELECT {columns} FROM {from} WHERE outbox.state < 3 AND outbox.state = 2 AND outbox.noticed = 0 \
         ORDER BY outbox.id"
    );
    let wanted = |_: &MessageRow| true;
    let holding =
        Conditions::default().run(connection, &sql, usize::MAX, read::message_of, wanted)?;
    let mut found = BTreeMap::new();
    if holding.is_empty() {
        return Ok(found);
    }
    let mut held = BTreeMap::new();
    for row in holding {
        held.insert(present(connection, row.lane)?, row);
    }
    for &id in ids {
        let row = read::message(connection, id)?;
        let Some(row) = row.filter(|row| row.state == MessageState::Queued) else {
            continue;
        };
        let ahead = held.get(&present(connection, row.lane)?);
        found.extend(ahead.map(|row| (id, list::message_view(row.clone()))));
    }
    Ok(found)
}

/// The lane that a stored one was merged into, or itself.
fn present(connection: &Connection, mut lane: LaneKey) -> Result<LaneKey, Error> {
    let act = "find a lane";
    let mut query = connection
        .prepare_cached("SELECT into_lane FROM lane_merge WHERE from_lane = ?")
        .during(act)?;
    while let Some(into) = query
        .query_row([lane.0], |row| row.get(0))
        .optional()
        .during(act)?
    {
        lane = LaneKey(into);
    }
    Ok(lane)
}
