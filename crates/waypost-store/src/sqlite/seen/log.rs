//! The log of the newest keys: one row for the keys of each commit, so that remembering costs a commit one insert and an
//! event none.

use rusqlite::Connection;
use waypost_core::event::DedupeKey;
use waypost_core::id::EventId;

use crate::Error;
use crate::sqlite::failure::During;

/// Subject, digest, event: eight bytes each, little endian.
const ENTRY: usize = 24;

/// Appends the keys of one commit. Its place is the last event of it, or a later id where no event of them is new.
pub(in crate::sqlite) fn append(
    connection: &Connection,
    place: EventId,
    keys: &[(DedupeKey, EventId)],
) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(keys.len() * ENTRY);
    for (key, event) in keys {
        for number in [key.subject, key.digest, event.0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
    connection
        .prepare_cached("INSERT INTO seen_log (last_event, keys) VALUES (?, ?)")
        .and_then(|mut insert| insert.execute((place.0, bytes)))
        .map(drop)
        .during("remember keys")
}

/// Hands over every key of the commits that came after this event.
pub(super) fn each(
    connection: &Connection,
    after: i64,
    mut take: impl FnMut(DedupeKey, EventId),
) -> Result<(), Error> {
    let act = "read the newest keys";
    let mut query = connection
        .prepare_cached("SELECT keys FROM seen_log WHERE last_event > ?")
        .during(act)?;
    let mut rows = query.query([after]).during(act)?;
    while let Some(row) = rows.next().during(act)? {
        let keys = row
            .get_ref(0)
            .and_then(|keys| Ok(keys.as_blob()?))
            .during(act)?;
        for entry in keys.as_chunks::<ENTRY>().0 {
            let number = |place: usize| {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&entry[place * 8..][..8]);
                i64::from_le_bytes(bytes)
            };
            let key = DedupeKey {
                subject: number(0),
                digest: number(1),
            };
            take(key, EventId(number(2)));
        }
    }
    Ok(())
}

/// Removes commits up to this event, oldest first and at least one, as long as they hold at most `keys` keys; true if none
/// is left.
pub(super) fn shorten(connection: &Connection, to: EventId, keys: usize) -> Result<bool, Error> {
    let act = "shorten the log of keys";
    let mut oldest = connection
        .prepare_cached("SELECT last_event, length(keys) FROM seen_log WHERE last_event <= ? ORDER BY last_event")
        .during(act)?;
    let mut rows = oldest.query([to.0]).during(act)?;
    let (mut end, mut room) = (None, keys);
    let mut is_last = true;
    while let Some(row) = rows.next().during(act)? {
        let bytes: i64 = row.get(1).during(act)?;
        let keys = usize::try_from(bytes).unwrap_or(0) / ENTRY;
        if end.is_some() && keys > room {
            is_last = false;
            break;
        }
        end = Some(row.get::<_, i64>(0).during(act)?);
        room = room.saturating_sub(keys);
    }
    drop(rows);
    if let Some(end) = end {
        connection
            .prepare_cached("DELETE FROM seen_log WHERE last_event <= ?")
            .and_then(|mut delete| delete.execute([end]))
            .during(act)?;
    }
    Ok(is_last)
}
