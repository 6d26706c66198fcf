//! What a start finds: names, ids, what waits, and what was cut off.

use rusqlite::Connection;
use waypost_core::account::AccountId;
use waypost_core::hook::{HookId, Pause, Standing};
use waypost_core::id::{DeliveryId, EventId, IdSource, OutboxId};
use waypost_core::lane::LaneKey;
use waypost_core::message::MessageState;
use waypost_core::time::UnixMillis;

use super::failure::During;
use super::{read, session, waiting};
use crate::Error;
use crate::queues::Queues;

/// The error of a message whose sending was cut off.
const INTERRUPTED: &str =
    r#"{"code":"interrupted","message":"the gateway stopped before Meta's answer was stored"}"#;

/// The source of ids goes on after the greatest one stored.
pub(super) fn ids(connection: &Connection) -> Result<IdSource, Error> {
    let last: i64 = connection
        .query_row(
            "SELECT max((SELECT coalesce(max(id), 0) FROM event), (SELECT coalesce(max(id), 0) FROM delivery), \
             (SELECT coalesce(max(id), 0) FROM outbox), (SELECT coalesce(max(id), 0) FROM contact), \
             (SELECT coalesce(max(last_event), 0) FROM seen_log), (SELECT coalesce(max(id), 0) FROM replay))",
            [],
            |row| row.get(0),
        )
        .during("find the last id")?;
    let stored = session::setting(connection, "tag")?.and_then(|tag| tag.parse().ok());
    let tag = match stored {
        Some(tag) => tag,
        None => make_tag(connection)?,
    };
    Ok(IdSource::new(last, tag))
}

/// The newest event that is still stored.
pub(super) fn newest_event(connection: &Connection) -> Result<EventId, Error> {
    connection
        .query_row("SELECT coalesce(max(id), 0) FROM event", [], |row| {
            row.get(0).map(EventId)
        })
        .during("find the newest event")
}

/// Fills the queues with what waits, in the order of ids; what was being sent is uncertain now.
pub(super) fn queues(connection: &Connection, queues: &mut Queues) -> Result<(), Error> {
    names(connection, queues)?;
    merged_lanes(connection, queues)?;
    recovered_deliveries(connection, queues)?;
    deliveries(connection, queues)?;
    connection
        .execute(
            "UPDATE outbox SET state = 2, noticed = 0, error = ? WHERE state < 3 AND state = 1",
            [INTERRUPTED],
        )
        .during("mark what was cut off")?;
    messages(connection, queues)
}

fn make_tag(connection: &Connection) -> Result<u16, Error> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).map_err(|error| Error::Unavailable {
        reason: format!("no random bits for a new store: {error}"),
    })?;
    let tag = u16::from_le_bytes(bytes);
    connection
        .execute(
            "INSERT INTO setting (name, value) VALUES ('tag', ?)",
            [tag.to_string()],
        )
        .during("mark a new store")?;
    Ok(tag)
}

fn names(connection: &Connection, queues: &mut Queues) -> Result<(), Error> {
    let act = "read the names";
    each(connection, "SELECT n, id FROM account", act, |row| {
        let id = row.get_ref(1)?.as_str()?.into();
        queues.restore_account(row.get(0)?, AccountId(id));
        Ok(())
    })?;
    let sql =
        "SELECT n, id, not_before, paused_at, coalesce(pause_reason, ''), paused_by_hook FROM hook";
    each(connection, sql, act, |row| {
        let paused_at: Option<i64> = row.get(3)?;
        let (reason, by_hook) = (row.get(4)?, row.get(5)?);
        let standing = Standing {
            paused: paused_at.map(|since| Pause {
                since: UnixMillis(since),
                reason,
                by_hook,
            }),
            not_before: UnixMillis(row.get(2)?),
        };
        let id = row.get_ref(1)?.as_str()?.into();
        queues.restore_hook(row.get(0)?, HookId(id), standing);
        Ok(())
    })
}

fn merged_lanes(connection: &Connection, queues: &mut Queues) -> Result<(), Error> {
    let sql = "SELECT from_lane, into_lane FROM lane_merge";
    each(connection, sql, "read the merged lanes", |row| {
        queues.restore_merged_lanes(LaneKey(row.get(0)?), LaneKey(row.get(1)?));
        Ok(())
    })
}

/// What was parked when its hook recovered goes first, also after a restart.
fn recovered_deliveries(connection: &Connection, queues: &mut Queues) -> Result<(), Error> {
    let act = "find what a recovered hook is owed";
    let hooks: Vec<(u32, i64)> = connection
        .prepare("SELECT n, recovered_at FROM hook WHERE recovered_at > 0")
        .and_then(|mut query| {
            query
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .during(act)?;
    for (hook, recovered_at) in hooks {
        let mut any = false;
        let sql = format!(
            "SELECT id, lane, due FROM delivery INDEXED BY delivery_lingering WHERE lingers = 1 AND state < 2 \
             AND state = 1 AND hook = {hook} AND coalesce(last_attempt_at, 0) < {recovered_at} ORDER BY id"
        );
        each(connection, &sql, act, |row| {
            let (id, lane) = (DeliveryId(row.get(0)?), LaneKey(row.get(1)?));
            queues.restore_delivery(hook, lane, id, UnixMillis(row.get(2)?), true);
            any = true;
            Ok(())
        })?;
        if any {
            queues.restore_recovery(hook, UnixMillis(recovered_at));
        }
    }
    Ok(())
}

fn deliveries(connection: &Connection, queues: &mut Queues) -> Result<(), Error> {
    // What a recovered hook's lanes waited for before it recovered, they do not wait for any more.
    let sql = waiting::select(
        "delivery.id, hook, lane, \
         CASE WHEN coalesce(last_attempt_at, 0) < recovered_at THEN 0 ELSE due END, state",
        "CROSS JOIN hook ON hook.n = delivery.hook",
        waiting::young_from(connection)?.0,
        " AND NOT (state = 1 AND coalesce(last_attempt_at, 0) < recovered_at)",
    );
    each(connection, &sql, "read what waits", |row| {
        let (id, hook, lane) = (DeliveryId(row.get(0)?), row.get(1)?, LaneKey(row.get(2)?));
        let (due, parked) = (UnixMillis(row.get(3)?), row.get::<_, i64>(4)? == 1);
        queues.restore_delivery(hook, lane, id, due, parked);
        Ok(())
    })
}

fn messages(connection: &Connection, queues: &mut Queues) -> Result<(), Error> {
    let sql = "SELECT id, account, lane, due, state, noticed FROM outbox INDEXED BY outbox_open \
         WHERE state < 3 ORDER BY id";
    each(connection, sql, "read what is to be sent", |row| {
        let (id, account, lane) = (OutboxId(row.get(0)?), row.get(1)?, LaneKey(row.get(2)?));
        let (due, state) = (UnixMillis(row.get(3)?), read::message_state_of(row.get(4)?));
        queues.restore_message_state(state);
        let is_uncertain = state == MessageState::Uncertain;
        // One that was told of has let its lane go on.
        if !(is_uncertain && row.get(5)?) {
            queues.restore_send(account, lane, id, due, is_uncertain);
        }
        Ok(())
    })
}

fn each(
    connection: &Connection,
    sql: &str,
    act: &'static str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let mut query = connection.prepare(sql).during(act)?;
    let mut rows = query.query([]).during(act)?;
    while let Some(row) = rows.next().during(act)? {
        take(row).during(act)?;
    }
    Ok(())
}
