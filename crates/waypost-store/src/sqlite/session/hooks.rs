//! Hooks as a whole, and deliveries done again by hand.

use std::ops::Range;

use rusqlite::OptionalExtension as _;
use waypost_core::delivery::DeliveryState;
use waypost_core::hook::{HookId, Pause};
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::lane::LaneKey;
use waypost_core::time::UnixMillis;

use super::Session;
use crate::Error;
use crate::rows::{HookRows, Repeatable};
use crate::sqlite::failure::During;
use crate::sqlite::{read, waiting};

impl HookRows for Session {
    fn pause_hook(&mut self, hook: u32, pause: &Pause) -> Result<(), Error> {
        self.execute(
            "UPDATE hook SET paused_at = ?, pause_reason = ?, paused_by_hook = ? WHERE n = ? AND paused_at IS NULL",
            (pause.since.0, &pause.reason, pause.by_hook, hook),
            "pause a hook",
        )
        .map(drop)
    }

    fn hold_hook(&mut self, hook: u32, not_before: UnixMillis) -> Result<(), Error> {
        self.execute(
            "UPDATE hook SET not_before = max(not_before, ?) WHERE n = ?",
            (not_before.0, hook),
            "hold a hook back",
        )
        .map(drop)
    }

    fn release_hook(&mut self, hook: u32) -> Result<(), Error> {
        self.execute(
            "UPDATE hook SET paused_at = NULL, pause_reason = NULL, paused_by_hook = 0, not_before = 0 WHERE n = ?",
            [hook],
            "resume a hook",
        )
        .map(drop)
    }

    fn waiting(
        &mut self,
        hook: u32,
        range: Range<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<(DeliveryId, LaneKey)>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = waiting::select(
            "delivery.id, delivery.lane",
            "",
            "?5",
            " AND delivery.hook = ?1 AND delivery.id >= ?2 AND delivery.id < ?3",
        );
        let young_from = waiting::young_from(&self.connection)?;
        self.connection
            .prepare_cached(&format!("{sql} LIMIT ?4"))
            .and_then(|mut query| {
                let row =
                    |row: &rusqlite::Row<'_>| Ok((DeliveryId(row.get(0)?), LaneKey(row.get(1)?)));
                let values = (hook, range.start.0, range.end.0, limit, young_from.0);
                query.query_map(values, row)?.collect()
            })
            .during("find what waits for a hook")
    }

    fn kill_delivery(&mut self, id: DeliveryId, reason: &str) -> Result<(), Error> {
        self.execute(
            "UPDATE delivery SET state = 3, reason = ? WHERE id = ?",
            (reason, id.0),
            "give a delivery up",
        )
        .map(drop)
    }

    fn repeatable(&mut self, id: DeliveryId) -> Result<Option<Repeatable>, Error> {
        self.connection
            .prepare_cached(
                "SELECT delivery.event, delivery.hook, hook.id, delivery.lane, delivery.state, redelivery.delivery \
                 FROM delivery JOIN hook ON hook.n = delivery.hook JOIN event ON event.id = delivery.event \
                 LEFT JOIN redelivery ON redelivery.of = delivery.id WHERE delivery.id = ?",
            )
            .and_then(|mut query| {
                query
                    .query_row([id.0], |row| {
                        Ok(Repeatable {
                            event: EventId(row.get(0)?),
                            hook: row.get(1)?,
                            hook_id: HookId::from(row.get_ref(2)?.as_str()?),
                            lane: LaneKey(row.get(3)?),
                            state: read::delivery_state_of(row.get(4)?),
                            redelivered_as: row.get::<_, Option<i64>>(5)?.map(DeliveryId),
                        })
                    })
                    .optional()
            })
            .during("find a delivery to be done again")
    }

    fn insert_redelivery(
        &mut self,
        id: DeliveryId,
        of: DeliveryId,
        before: &Repeatable,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO delivery (id, event, hook, lane, again) VALUES (?, ?, ?, ?, 1)",
            (id.0, before.event.0, before.hook, before.lane.0),
            "queue a redelivery",
        )?;
        self.young.grow();
        let was_delivered = before.state == DeliveryState::Delivered;
        self.execute(
            "INSERT INTO redelivery (of, delivery, was_delivered) VALUES (?, ?, ?)",
            (of.0, id.0, was_delivered),
            "remember a redelivery",
        )
        .map(drop)
    }
}
