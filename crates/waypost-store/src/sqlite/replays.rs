//! Replays as they are stored, and the search for what they deliver.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};
use waypost_core::account::AccountId;
use waypost_core::delivery::DeliveryState;
use waypost_core::hook::HookId;
use waypost_core::id::{ContactId, EventId, ReplayId};
use waypost_core::replay::{Outline, Replay, Request, Span, State};
use waypost_core::time::UnixMillis;

use super::failure::During;
use super::{list, read};
use crate::{Candidate, Candidates, Error, Page, ReplayOf};

/// Rows looked at in one search.
const LOOKED_AT: u64 = 5_000;

const REPLAY: &str = "SELECT id, state, place, updated_at, counts, request FROM replay";

/// How a replay's state is stored.
pub(super) fn state(state: State) -> i64 {
    match state {
        State::Running => 0,
        State::Done => 1,
        State::Cancelled => 2,
        State::HookGone => 3,
    }
}

/// What a replay's `request` holds: what was asked for, and what that came to when it began.
#[derive(Serialize, Deserialize)]
pub(super) struct Begun<'a> {
    #[serde(flatten)]
    request: Cow<'a, Request>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
}

impl<'a> Begun<'a> {
    pub(super) fn of(replay: &'a Replay) -> Self {
        Self {
            request: Cow::Borrowed(&replay.request),
            span: replay.span,
        }
    }
}

fn replay_in(row: &Row<'_>) -> rusqlite::Result<Replay> {
    let json = |error: serde_json::Error| rusqlite::types::FromSqlError::Other(Box::new(error));
    let begun: Begun<'_> = serde_json::from_str(row.get_ref(5)?.as_str()?).map_err(json)?;
    Ok(Replay {
        id: ReplayId(row.get(0)?),
        state: match row.get(1)? {
            0 => State::Running,
            1 => State::Done,
            2 => State::Cancelled,
            _ => State::HookGone,
        },
        place: EventId(row.get(2)?),
        updated_at: UnixMillis(row.get(3)?),
        counts: serde_json::from_str(row.get_ref(4)?.as_str()?).map_err(json)?,
        request: begun.request.into_owned(),
        span: begun.span,
    })
}

/// One replay.
pub(super) fn replay(connection: &Connection, id: ReplayId) -> Result<Option<Replay>, Error> {
    connection
        .prepare_cached(&format!("{REPLAY} WHERE id = ?"))
        .and_then(|mut query| query.query_row([id.0], replay_in).optional())
        .during("read a replay")
}

/// What a delivery's claim says of the replay that made it, whether or not it is still remembered.
pub(super) fn replay_of(connection: &Connection, id: ReplayId) -> Result<Option<ReplayOf>, Error> {
    let replies = replay(connection, id)?.is_some_and(|replay| replay.request.replies);
    Ok(Some(ReplayOf { id, replies }))
}

/// A page of them.
pub(super) fn replays(
    connection: &Connection,
    limit: usize,
    after: Option<&str>,
) -> Result<Page<Replay>, Error> {
    let limit = crate::list::limit(limit);
    let after = crate::list::after::<ReplayId>(after)?.unwrap_or(ReplayId(0));
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let items = connection
        .prepare_cached(&format!("{REPLAY} WHERE id > ? ORDER BY id LIMIT ?"))
        .and_then(|mut query| query.query_map([after.0, most], replay_in)?.collect())
        .during("list the replays")?;
    Ok(crate::list::page(items, limit, |replay: &Replay| replay.id))
}

/// Those that have not ended.
pub(super) fn running(connection: &Connection) -> Result<Vec<Replay>, Error> {
    connection
        .prepare_cached(&format!(
            "{REPLAY} INDEXED BY replay_running WHERE state = 0 ORDER BY id"
        ))
        .and_then(|mut query| query.query_map([], replay_in)?.collect())
        .during("list the running replays")
}

/// See [`crate::Replays::candidates`].
pub(super) fn candidates(
    connection: &Connection,
    request: &Request,
    place: EventId,
    end: EventId,
    limit: usize,
) -> Result<Candidates, Error> {
    let act = "search what to replay";
    let mut found = Candidates {
        events: Vec::new(),
        looked_at: 0,
        place,
        is_end: true,
    };
    let mut ids = Vec::new();
    let mut rows_read = 0;
    // The short columns only: those of most events are on the page that is read anyway, and long texts lie elsewhere.
    let mut outlines = connection
        .prepare_cached(
            "SELECT event.id, event.type, account.id, event.contact, event.quarantined IS NOT NULL \
             FROM event CROSS JOIN account ON account.n = event.account WHERE event.id > ? AND event.id < ? \
             ORDER BY event.id",
        )
        .during(act)?;
    let mut rows = outlines.query((place.0, end.0)).during(act)?;
    while let Some(row) = rows.next().during(act)? {
        if ids.len() >= limit || rows_read >= LOOKED_AT {
            found.is_end = false;
            break;
        }
        let id = EventId(row.get(0).during(act)?);
        rows_read += 1;
        found.place = id;
        let account_id = row
            .get_ref(2)
            .and_then(|name| Ok(name.as_str()?))
            .during(act)?;
        // Whoever may see one account learns nothing of the others, not even how many there are.
        found.looked_at += u64::from(request.is_of_account(account_id));
        let event_type = row
            .get_ref(1)
            .and_then(|name| Ok(name.as_str()?))
            .during(act)?;
        let Ok(event_type) = event_type.parse() else {
            continue;
        };
        let outline = Outline {
            event_type,
            account_id,
            contact_id: row.get::<_, Option<i64>>(3).during(act)?.map(ContactId),
            quarantined: row.get(4).during(act)?,
        };
        if request.admits(&outline) {
            ids.push(id);
        }
    }
    drop(rows);
    let hooks = list::hook_count(connection)?;
    for id in ids {
        if let Some(event) = read::event(connection, id)? {
            let deliveries = deliveries(connection, id, hooks)?;
            found.events.push(Candidate { event, deliveries });
        }
    }
    Ok(found)
}

/// How an event's deliveries stand, oldest first.
fn deliveries(
    connection: &Connection,
    event: EventId,
    hooks: u32,
) -> Result<Vec<(HookId, DeliveryState)>, Error> {
    let ids = event.first_deliveries(hooks);
    connection
        .prepare_cached(
            "SELECT delivery.id, hook.id, delivery.state FROM delivery CROSS JOIN hook ON hook.n = delivery.hook \
             WHERE delivery.id BETWEEN ?1 AND ?2 AND again = 0 AND delivery.event = ?3 UNION ALL \
             SELECT delivery.id, hook.id, delivery.state FROM delivery INDEXED BY delivery_again \
             CROSS JOIN hook ON hook.n = delivery.hook WHERE again <> 0 AND delivery.event = ?3 ORDER BY 1",
        )
        .and_then(|mut query| {
            let row = |row: &Row<'_>| {
                Ok((HookId::from(row.get_ref(1)?.as_str()?), read::delivery_state_of(row.get(2)?)))
            };
            query.query_map((ids.start().0, ids.end().0, event.0), row)?.collect()
        })
        .during("read how an event's deliveries stand")
}

/// See [`crate::Replays::contacts`].
pub(super) fn contacts(
    connection: &Connection,
    account: Option<&AccountId>,
    handle: &str,
) -> Result<Vec<ContactId>, Error> {
    let act = "find a contact";
    let ours = handle.parse::<ContactId>().map_or(0, |id| id.0);
    // A contact that was merged into another leads to it, and it to all that were merged into it.
    let sql = "WITH RECURSIVE \
         named (id) AS (SELECT contact FROM contact_handle JOIN account ON account.n = contact_handle.account \
             WHERE value = ?1 AND kind IN (0, 1, 2) AND (?2 IS NULL OR account.id = ?2) \
             UNION SELECT contact.id FROM contact JOIN account ON account.n = contact.account \
             WHERE contact.id = ?3 AND (?2 IS NULL OR account.id = ?2)), \
         root (id) AS (SELECT id FROM named UNION \
             SELECT merged_into FROM contact JOIN root USING (id) WHERE merged_into IS NOT NULL), \
         whole (id) AS (SELECT id FROM root UNION \
             SELECT contact.id FROM contact JOIN whole ON contact.merged_into = whole.id) \
         SELECT id FROM whole ORDER BY id";
    connection
        .prepare(sql)
        .and_then(|mut query| {
            let account = account.map(AccountId::as_str);
            query
                .query_map((handle, account, ours), |row| row.get(0).map(ContactId))?
                .collect()
        })
        .during(act)
}
