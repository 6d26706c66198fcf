//! Claims of deliveries: of what was accepted just now nothing is read, of the rest one row each.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row};
use waypost_core::hook::HookId;
use waypost_core::id::DeliveryId;
use waypost_core::time::UnixMillis;

use super::failure::During;
use super::read::{self, Again, EVENT, EVENT_COLUMNS, EVENT_FROM};
use super::readers::Readers;
use super::replays::replay_of;
use crate::queues::Taken;
use crate::{DeliveryClaim, Error};

type Turn = Taken<HookId, DeliveryId>;

/// The rest of a claim, after the columns of its event.
const REST: &str = "delivery.attempts, delivery.first_attempt_at, delivery.last_attempt_at, delivery.blocked_ms, \
     delivery.again";

/// The claims of turns that were taken.
pub(super) async fn of(readers: &Readers, taken: Vec<Turn>) -> Result<Vec<DeliveryClaim>, Error> {
    if taken.iter().all(|turn| turn.fresh.is_some()) {
        return Ok(taken.into_iter().filter_map(fresh).collect());
    }
    readers
        .read(move |connection| {
            let claims = taken.into_iter().map(|turn| match turn.fresh {
                Some(_) => Ok(fresh(turn)),
                None => read(connection, &turn).map(Some),
            });
            claims.filter_map(Result::transpose).collect()
        })
        .await
}

/// The claim of a delivery never attempted, whose event is at hand.
fn fresh(turn: Turn) -> Option<DeliveryClaim> {
    Some(DeliveryClaim {
        lease: turn.lease,
        id: turn.id,
        hook_id: turn.owner,
        event: turn.fresh?,
        attempts: 0,
        first_attempt_at: None,
        blocked_ms: 0,
        last_attempt_at: None,
        parked: turn.parked,
        redelivery: None,
        replay: None,
    })
}

fn read(connection: &Connection, turn: &Turn) -> Result<DeliveryClaim, Error> {
    let act = "read a delivery that waits";
    let claim_in = |row: &Row<'_>| {
        let moment = |column: usize| -> rusqlite::Result<_> {
            Ok(row.get::<_, Option<i64>>(column)?.map(UnixMillis))
        };
        let claim = DeliveryClaim {
            lease: turn.lease,
            id: turn.id,
            hook_id: turn.owner.clone(),
            event: Arc::new(read::event_of(row)?),
            attempts: row.get(EVENT_COLUMNS)?,
            first_attempt_at: moment(EVENT_COLUMNS + 1)?,
            last_attempt_at: moment(EVENT_COLUMNS + 2)?,
            blocked_ms: row
                .get::<_, i64>(EVENT_COLUMNS + 3)?
                .try_into()
                .unwrap_or(0),
            parked: turn.parked,
            redelivery: None,
            replay: None,
        };
        Ok((claim, Again::of(row.get(EVENT_COLUMNS + 4)?)))
    };
    let (mut claim, again) = connection
        .prepare_cached(&format!(
            "SELECT {EVENT}, {REST} FROM delivery CROSS JOIN {EVENT_FROM} \
             WHERE delivery.id = ? AND event.id = delivery.event"
        ))
        .and_then(|mut query| query.query_row([turn.id.0], claim_in).optional())
        .during(act)?
        .ok_or_else(|| Error::Database {
            act,
            source: format!("{} is not there, or its event is not", turn.id).into(),
        })?;
    match again {
        Again::No => {}
        Again::Redelivery => claim.redelivery = read::redelivery_of(connection, turn.id)?,
        Again::Replay(id) => claim.replay = replay_of(connection, id)?,
    }
    Ok(claim)
}
