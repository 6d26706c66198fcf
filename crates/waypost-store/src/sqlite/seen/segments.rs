//! Sealed segments as they lie in the database.

use rusqlite::Connection;
use waypost_core::id::EventId;

use super::log;
use crate::Error;
use crate::sqlite::failure::During;
use crate::sqlite::filter::Filter;

/// A segment that counts.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: i64,
    pub(super) filter: Filter,
}

/// Every event about this subject, without anything at hand: for someone who only looks.
pub(in crate::sqlite) fn about_from_disk(
    connection: &Connection,
    subject: i64,
) -> Result<Vec<EventId>, Error> {
    let mut events = Vec::new();
    log::each(connection, 0, |key, event| {
        if key.subject == subject {
            events.push(event);
        }
    })?;
    for segment in read_segments(connection)? {
        if segment.filter.may_hold(subject) {
            events.extend(in_segment(connection, segment.number, subject)?);
        }
    }
    Ok(events)
}

/// Events about this subject in one segment.
pub(super) fn in_segment(
    connection: &Connection,
    segment: i64,
    subject: i64,
) -> Result<Vec<EventId>, Error> {
    let mut query = connection
        .prepare_cached("SELECT event FROM seen WHERE segment = ? AND subject = ?")
        .during("search a segment")?;
    query
        .query_map((segment, subject), |row| row.get(0).map(EventId))
        .and_then(Iterator::collect)
        .during("search a segment")
}

/// Every segment that counts, oldest first.
pub(super) fn read_segments(connection: &Connection) -> Result<Vec<Segment>, Error> {
    let mut query = connection
        .prepare_cached("SELECT number, keys, filter FROM segment ORDER BY number")
        .during("read the segments")?;
    let rows = query
        .query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, Vec<u8>>(2)?,
            ))
        })
        .and_then(Iterator::collect::<Result<Vec<(i64, i64, Vec<u8>)>, _>>)
        .during("read the segments")?;
    let mut segments = Vec::with_capacity(rows.len());
    for (number, keys, bytes) in rows {
        let filter = match Filter::from_bytes(&bytes) {
            Some(filter) => filter,
            None => filter_from_keys(connection, number, keys)?,
        };
        segments.push(Segment { number, filter });
    }
    Ok(segments)
}

/// A stored filter that cannot be read is made again.
fn filter_from_keys(connection: &Connection, number: i64, keys: i64) -> Result<Filter, Error> {
    let mut filter = Filter::new(usize::try_from(keys).unwrap_or(0));
    let mut query = connection
        .prepare("SELECT subject FROM seen WHERE segment = ?")
        .during("read a segment")?;
    let subjects = query
        .query_map([number], |row| row.get(0))
        .during("read a segment")?;
    for subject in subjects {
        filter.insert(subject.during("read a segment")?);
    }
    Ok(filter)
}
