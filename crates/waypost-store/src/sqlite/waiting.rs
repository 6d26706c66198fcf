//! What waits for a hook, found at start without an index that every delivery would pay for.
//!
//! Nearly every delivery is done a moment after it was queued: an index of what waits would take and give up an entry for
//! each. So the *young*, the newest rows of the table, are found by reading them; what has failed, or has seen many others
//! come after it, *lingers*, and only that is in an index.
//!
//! **Invariant:** a delivery that is pending or parked lies after `young_from`, or lingers.

use std::fmt::Display;

use rusqlite::{Connection, OptionalExtension as _};
use waypost_core::id::DeliveryId;

use super::failure::During;
use super::session::setting;
use crate::Error;

/// Where the number of the last row that is not young is kept.
const YOUNG_FROM: &str = "young_from";

/// Where the young deliveries begin.
#[derive(Debug)]
pub(super) struct Young {
    /// How many of them are left young.
    limit: usize,
    from: DeliveryId,
    /// How many there are, those of the open transaction included.
    rows: usize,
    /// As of the last commit.
    committed: (DeliveryId, usize),
}

impl Young {
    /// Finds them.
    pub(super) fn restore(connection: &Connection, limit: usize) -> Result<Self, Error> {
        let from = young_from(connection)?;
        let rows: i64 = connection
            .query_row(
                "SELECT count(*) FROM delivery WHERE id > ?",
                [from.0],
                |row| row.get(0),
            )
            .during("count the newest deliveries")?;
        let rows = usize::try_from(rows).unwrap_or(0);
        Ok(Self {
            limit,
            from,
            rows,
            committed: (from, rows),
        })
    }

    /// One more was queued.
    pub(super) fn grow(&mut self) {
        self.rows += 1;
    }

    /// Lets about `rows` of the oldest young ones be old, if there are many: what of them waits, lingers from now on.
    pub(super) fn age(&mut self, connection: &Connection, rows: usize) -> Result<(), Error> {
        if self.rows < self.limit + rows {
            return Ok(());
        }
        let act = "let deliveries grow old";
        let last: Option<i64> = connection
            .prepare_cached("SELECT id FROM delivery WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?")
            .and_then(|mut query| {
                query
                    .query_row(
                        (self.from.0, i64::try_from(rows).unwrap_or(i64::MAX) - 1),
                        |row| row.get(0),
                    )
                    .optional()
            })
            .during(act)?;
        let Some(last) = last else {
            // Some were removed meanwhile.
            self.rows = 0;
            return Ok(());
        };
        connection
            .prepare_cached(
                "UPDATE delivery SET lingers = 1 WHERE id > ? AND id <= ? AND state < 2 AND lingers = 0",
            )
            .and_then(|mut update| update.execute((self.from.0, last)))
            .during(act)?;
        connection
            .prepare_cached(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            )
            .and_then(|mut update| update.execute((YOUNG_FROM, last.to_string())))
            .during(act)?;
        self.from = DeliveryId(last);
        self.rows -= rows;
        Ok(())
    }

    /// The open transaction was committed.
    pub(super) fn keep(&mut self) {
        self.committed = (self.from, self.rows);
    }

    /// The open transaction was rolled back.
    pub(super) fn forget(&mut self) {
        (self.from, self.rows) = self.committed;
    }
}

/// The last delivery that is not young.
pub(super) fn young_from(connection: &Connection) -> Result<DeliveryId, Error> {
    let stored = setting(connection, YOUNG_FROM)?;
    Ok(DeliveryId(
        stored.and_then(|number| number.parse().ok()).unwrap_or(0),
    ))
}

/// A SELECT of the deliveries that wait, in the order of the first column, which is their id, oldest first if nothing follows. `from` is everything after
/// FROM's `delivery`, `young_from` a number or a parameter, `condition` begins with AND or is empty.
pub(super) fn select(
    columns: &str,
    from: &str,
    young_from: impl Display,
    condition: &str,
) -> String {
    format!(
        "SELECT {columns} FROM delivery INDEXED BY delivery_lingering {from} \
         WHERE delivery.lingers = 1 AND delivery.state < 2{condition} \
         UNION ALL \
         SELECT {columns} FROM delivery NOT INDEXED {from} \
         WHERE delivery.id > {young_from} AND delivery.lingers = 0 AND delivery.state < 2{condition} \
         ORDER BY 1"
    )
}
