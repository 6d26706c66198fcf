//! The replays' rows.

use std::ops::Range;

use waypost_core::event::StoredEvent;
use waypost_core::id::{DeliveryId, EventId, ReplayId};
use waypost_core::lane::LaneKey;
use waypost_core::replay::{Replay, Span};
use waypost_core::time::UnixMillis;

use super::{Session, offset};
use crate::Error;
use crate::rows::ReplayRows;
use crate::sqlite::failure::During as _;
use crate::sqlite::replays;

impl ReplayRows for Session {
    fn put_replay(&mut self, replay: &Replay) -> Result<(), Error> {
        let act = "store a replay";
        let json = |written: Result<String, serde_json::Error>| {
            written.map_err(|error| Error::Database {
                act,
                source: Box::new(error),
            })
        };
        self.execute(
            "INSERT INTO replay (id, state, place, updated_at, counts, request) VALUES (?, ?, ?, ?, ?, ?) \
             ON CONFLICT DO UPDATE SET state = excluded.state, place = excluded.place, \
             updated_at = excluded.updated_at, counts = excluded.counts",
            (
                replay.id.0,
                replays::state(replay.state),
                replay.place.0,
                replay.updated_at.0,
                json(serde_json::to_string(&replay.counts))?,
                json(serde_json::to_string(&replays::Begun::of(replay)))?,
            ),
            act,
        )
        .map(drop)
    }

    fn replay(&mut self, id: ReplayId) -> Result<Option<Replay>, Error> {
        replays::replay(&self.connection, id)
    }

    fn span(&mut self, range: Range<EventId>) -> Result<Option<Span>, Error> {
        // Each by itself is found at once; together they would be a look at every row between them.
        let end = |which| {
            self.connection
                .prepare_cached(&format!(
                    "SELECT {which}(id) FROM event WHERE id >= ? AND id < ?"
                ))
                .and_then(|mut query| {
                    query.query_row((range.start.0, range.end.0), |row| {
                        Ok(row.get::<_, Option<i64>>(0)?.map(EventId))
                    })
                })
                .during("find where a replay begins and ends")
        };
        let (first, last) = (end("min")?, end("max")?);
        Ok(first.zip(last).map(|(first, last)| Span { first, last }))
    }

    fn insert_replayed(
        &mut self,
        id: DeliveryId,
        event: EventId,
        hook: u32,
        lane: LaneKey,
        replay: ReplayId,
        due: UnixMillis,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO delivery (id, event, hook, lane, again, due) VALUES (?, ?, ?, ?, ?, ?)",
            (id.0, event.0, hook, lane.0, replay.0, due.0),
            "queue a replayed delivery",
        )?;
        self.young.grow();
        Ok(())
    }

    fn change_event(&mut self, event: &StoredEvent) -> Result<(), Error> {
        self.execute(
            "UPDATE event SET type = ?, timestamp = ?, contact = ?, raw_start = ?, raw_end = ?, message_id = ?, \
             quarantined = NULL, text = ? WHERE id = ?",
            (
                event.event_type.as_str(),
                event.timestamp.0,
                event.contact_id.map(|contact| contact.0),
                offset(event.body.raw.start),
                offset(event.body.raw.end),
                &event.message_id,
                &event.body.text[..],
                event.id.0,
            ),
            "store what an event turned out to be",
        )
        .map(drop)
    }
}
