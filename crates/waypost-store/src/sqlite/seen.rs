//! De-duplication at a flat cost, however much is remembered.
//!
//! A unique index over random keys gets slower with every row. Here the newest keys are appended to a log in the order of
//! their events and mirrored in a sorted map. When the map reaches the size of a segment it is *sealed*: its keys are
//! written in sorted order behind those of earlier segments, some with each of the following transactions, so that no
//! commit waits long; then a [`Filter`] over their subjects is stored and kept at hand, and the log's rows go, again in
//! steps. A look-up asks the map, then the segments whose filter says "maybe", exactly.
//!
//! The same structure finds all events about one message, since a key's first half is of that message alone.
//!
//! A segment counts when its row in `segment` is there. What a crash left of one that was being sealed is removed at
//! start, and its keys are read from the log again. Whole old segments can be dropped (`segment.last_event` tells the age).
//!
//! **Invariant:** every key is in the log, or in a counting segment, or (for moments) in both.

pub(super) mod log;
mod segments;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rusqlite::{Connection, OptionalExtension as _};
use waypost_core::event::DedupeKey;
use waypost_core::id::EventId;

pub(super) use self::segments::about_from_disk;
use self::segments::{Segment, in_segment, read_segments};
use super::failure::During;
use super::filter::Filter;
use crate::Error;

type Keys = BTreeMap<DedupeKey, EventId>;

/// What is remembered, as committed. Shared by the writer, which alone changes it, and the readers.
#[derive(Debug, Default)]
pub(super) struct Seen {
    memory: RwLock<Memory>,
    segment_keys: usize,
}

#[derive(Debug, Default)]
struct Memory {
    /// Keys that are in the log only.
    newest: Keys,
    sealing: Option<Sealing>,
    segments: Vec<Segment>,
    /// The log's rows up to here are in segments, and go.
    forget: Option<EventId>,
}

/// A segment being written.
#[derive(Debug, Clone)]
struct Sealing {
    number: i64,
    keys: Arc<Keys>,
    last_event: EventId,
    /// Written up to here.
    written: Option<DedupeKey>,
}

/// What one transaction's upkeep will have changed, once it is committed.
#[derive(Debug)]
pub(super) enum Step {
    /// Some more keys are written.
    Wrote(DedupeKey),
    /// The segment counts.
    Sealed(Filter),
    /// The log is as short as it should be.
    Forgot,
}

impl Seen {
    /// Reads what is remembered. Removes what a crash left half done.
    pub(super) fn restore(connection: &Connection, segment_keys: usize) -> Result<Self, Error> {
        connection
            .execute(
                "DELETE FROM seen WHERE segment > (SELECT coalesce(max(number), 0) FROM segment)",
                [],
            )
            .during("remove a half-written segment")?;
        let mut memory = Memory {
            segments: read_segments(connection)?,
            ..Memory::default()
        };
        let sealed_to: Option<i64> = connection
            .query_row("SELECT max(last_event) FROM segment", [], |row| row.get(0))
            .during("find the end of the segments")?;
        log::each(connection, sealed_to.unwrap_or(0), |key, event| {
            memory.newest.insert(key, event);
        })?;
        memory.forget = sealed_to.map(EventId);
        Ok(Self {
            memory: RwLock::new(memory),
            segment_keys: segment_keys.max(1),
        })
    }

    /// The event with this key, if a committed transaction remembered one.
    pub(super) fn find(
        &self,
        connection: &Connection,
        key: DedupeKey,
    ) -> Result<Option<EventId>, Error> {
        let candidates = {
            let memory = self.read();
            if let Some(&event) = memory.newest.get(&key) {
                return Ok(Some(event));
            }
            if let Some(sealing) = &memory.sealing
                && let Some(&event) = sealing.keys.get(&key)
            {
                return Ok(Some(event));
            }
            memory.candidates(key.subject)
        };
        for segment in candidates {
            let found = connection
                .prepare_cached(
                    "SELECT event FROM seen WHERE segment = ? AND subject = ? AND digest = ?",
                )
                .and_then(|mut query| {
                    query
                        .query_row((segment, key.subject, key.digest), |row| row.get(0))
                        .optional()
                })
                .during("look a key up")?;
            if let Some(event) = found {
                return Ok(Some(EventId(event)));
            }
        }
        Ok(None)
    }

    /// Every event about this subject.
    pub(super) fn about(
        &self,
        connection: &Connection,
        subject: i64,
    ) -> Result<Vec<EventId>, Error> {
        let mut events = Vec::new();
        let candidates = {
            let memory = self.read();
            events.extend(about(&memory.newest, subject));
            if let Some(sealing) = &memory.sealing {
                events.extend(about(&sealing.keys, subject));
            }
            memory.candidates(subject)
        };
        for segment in candidates {
            events.extend(in_segment(connection, segment, subject)?);
        }
        Ok(events)
    }

    /// Remembers what a transaction committed.
    pub(super) fn add(&self, keys: &mut Vec<(DedupeKey, EventId)>) {
        let mut memory = self.write();
        memory.newest.extend(keys.drain(..));
        if memory.newest.len() >= self.segment_keys && memory.sealing.is_none() {
            memory.begin_sealing();
        }
    }

    /// A segment was removed: what it held is forgotten.
    pub(super) fn drop_segment(&self, number: i64) {
        self.write()
            .segments
            .retain(|segment| segment.number != number);
    }

    /// Whether there is upkeep to do.
    pub(super) fn needs_upkeep(&self) -> bool {
        let memory = self.read();
        memory.sealing.is_some() || memory.forget.is_some()
    }

    /// Does one step of upkeep inside the current transaction, touching about `rows` rows. The answer is to be given to
    /// [`Self::done`] after the commit.
    pub(super) fn upkeep(
        &self,
        connection: &Connection,
        rows: usize,
    ) -> Result<Option<Step>, Error> {
        let (sealing, forget) = {
            let memory = self.read();
            (memory.sealing.clone(), memory.forget)
        };
        if let Some(limit) = forget {
            let is_short = log::shorten(connection, limit, rows)?;
            return Ok(is_short.then_some(Step::Forgot));
        }
        match sealing {
            Some(sealing) => sealing.step(connection, rows).map(Some),
            None => Ok(None),
        }
    }

    /// A step's transaction is committed.
    pub(super) fn done(&self, step: Step) {
        let mut memory = self.write();
        match step {
            Step::Wrote(key) => {
                if let Some(sealing) = &mut memory.sealing {
                    sealing.written = Some(key);
                }
            }
            Step::Sealed(filter) => {
                if let Some(sealing) = memory.sealing.take() {
                    memory.forget = Some(sealing.last_event);
                    memory.segments.push(Segment {
                        number: sealing.number,
                        filter,
                    });
                }
            }
            Step::Forgot => {
                memory.forget = None;
                if memory.newest.len() >= self.segment_keys && memory.sealing.is_none() {
                    memory.begin_sealing();
                }
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Segments that may hold this subject, newest first: a repetition usually comes soon.
    fn candidates(&self, subject: i64) -> Vec<i64> {
        let segments = self.segments.iter().rev();
        segments
            .filter(|segment| segment.filter.may_hold(subject))
            .map(|segment| segment.number)
            .collect()
    }

    fn begin_sealing(&mut self) {
        let keys = std::mem::take(&mut self.newest);
        let last_event = keys.values().copied().max().unwrap_or(EventId(0));
        self.sealing = Some(Sealing {
            number: self.segments.last().map_or(0, |last| last.number) + 1,
            keys: Arc::new(keys),
            last_event,
            written: None,
        });
    }
}

impl Sealing {
    fn step(&self, connection: &Connection, rows: usize) -> Result<Step, Error> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = self.written.map_or(Unbounded, Excluded);
        let mut last = None;
        let mut insert = connection
            .prepare_cached(
                "INSERT INTO seen (segment, subject, digest, event) VALUES (?, ?, ?, ?)",
            )
            .during("write a segment")?;
        for (key, event) in self.keys.range((from, Unbounded)).take(rows) {
            insert
                .execute((self.number, key.subject, key.digest, event.0))
                .during("write a segment")?;
            last = Some(*key);
        }
        if let Some(last) = last {
            return Ok(Step::Wrote(last));
        }
        let mut filter = Filter::new(self.keys.len());
        for key in self.keys.keys() {
            filter.insert(key.subject);
        }
        let keys = i64::try_from(self.keys.len()).unwrap_or(i64::MAX);
        connection
            .prepare_cached(
                "INSERT INTO segment (number, keys, last_event, filter) VALUES (?, ?, ?, ?)",
            )
            .and_then(|mut insert| {
                insert.execute((self.number, keys, self.last_event.0, filter.to_bytes()))
            })
            .during("seal a segment")?;
        Ok(Step::Sealed(filter))
    }
}

fn about(keys: &Keys, subject: i64) -> impl Iterator<Item = EventId> {
    let from = DedupeKey {
        subject,
        digest: i64::MIN,
    };
    let to = DedupeKey {
        subject,
        digest: i64::MAX,
    };
    keys.range(from..=to).map(|(_, &event)| event)
}
