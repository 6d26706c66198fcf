//! Retention: what is old is removed, in small steps, and its room goes back to the disk.
//!
//! | when | what is removed, oldest first |
//! |---|---|
//! | an event is older than the configured age | it, if nothing of it waits any more |
//! | the store is larger than the configured size | events that were delivered; if that is not enough, also those with a dead delivery |
//! | the disk is full | events that were delivered, until there is room again |
//!
//! **Invariant:** what still waits for a hook is never removed here; a hook's backlog quota decides about that.

use std::time::Duration;

use waypost_core::id::EventId;
use waypost_core::time::UnixMillis;
use waypost_store::{Error, Forget, Space};

use super::Upkeep;

/// How long events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Events older than this are removed; without it none is for its age alone.
    pub age: Option<Duration>,
    /// The database is kept below this size, in bytes, as far as what may be removed allows it.
    pub bytes: Option<u64>,
}

impl Default for Retention {
    /// Thirty days, whatever the size.
    fn default() -> Self {
        Self {
            age: Some(Duration::from_hours(30 * 24)),
            bytes: None,
        }
    }
}

/// Events looked at in one step.
const STEP: usize = 64;
/// Between two steps of one round, so that the writer is everyone else's most of the time.
const PAUSE: Duration = Duration::from_millis(20);
/// Between two rounds.
const EVERY: Duration = Duration::from_mins(1);
/// What was looked at and kept is looked at again after this many rounds.
const ROUNDS_FROM_THE_START: u32 = 60;
/// Free room that the database keeps, in bytes: it is used again at once.
const SPARE: u64 = 4 << 20;
/// On a full disk, free room that is made inside the database before it goes back, in bytes.
const RELIEF: u64 = 32 << 20;

/// Where the retention is.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) next: UnixMillis,
    phase: Phase,
    place: EventId,
    rounds: u32,
    /// Events removed in this round.
    removed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Is there anything to do?
    Begin,
    /// Older than the age.
    Age,
    /// More than the size; the flag is whether what is dead goes too.
    Size { dead: bool, place: EventId },
    /// Free pages go back.
    GiveBack,
}

impl Progress {
    pub(super) fn new(now: UnixMillis) -> Self {
        Self {
            next: now,
            phase: Phase::Begin,
            place: EventId(0),
            rounds: 0,
            removed: 0,
        }
    }
}

impl Upkeep {
    /// One step, if it is time for one.
    pub(super) async fn retain(&self, now: UnixMillis) -> Result<(), Error> {
        let mut progress = self.retention.lock().await;
        if progress.next > now {
            return Ok(());
        }
        // Whatever happens in this step, the next one is not at once.
        progress.next = now.plus(PAUSE);
        self.set_retention_due(progress.next);
        if self.store.is_full() {
            self.relieve(now, &mut progress).await?;
        } else {
            progress.phase = self.advance(now, &mut progress).await?;
            if progress.phase == Phase::Begin {
                progress.next = now.plus(EVERY);
            }
        }
        self.set_retention_due(progress.next);
        Ok(())
    }

    async fn advance(&self, now: UnixMillis, progress: &mut Progress) -> Result<Phase, Error> {
        match progress.phase {
            Phase::Begin => {
                if let Err(error) = self.store.keep_ballast().await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the disk is nearly full"
                    );
                }
                progress.removed = 0;
                progress.rounds += 1;
                if progress.rounds >= ROUNDS_FROM_THE_START {
                    progress.rounds = 0;
                    progress.place = EventId(0);
                }
                Ok(Phase::Age)
            }
            Phase::Age => {
                let Some(age) = self.rules.age else {
                    return Ok(Phase::Size {
                        dead: false,
                        place: EventId(0),
                    });
                };
                let before = EventId::floor(UnixMillis(now.0 - UnixMillis::ZERO.plus(age).0));
                let step = Forget {
                    after: progress.place,
                    before,
                    limit: STEP,
                    dead: true,
                };
                let done = self.store.forget(now, step).await?;
                progress.place = done.place;
                progress.removed += done.events;
                Ok(if done.is_end {
                    Phase::Size {
                        dead: false,
                        place: EventId(0),
                    }
                } else {
                    Phase::Age
                })
            }
            Phase::Size { dead, place } => {
                let space = self.store.space().await?;
                let Some(limit) = self.rules.bytes.filter(|limit| space.used > *limit) else {
                    return Ok(Phase::GiveBack);
                };
                let done = self.store.forget(now, young_too(now, place, dead)).await?;
                progress.removed += done.events;
                match (done.is_end, dead) {
                    (false, _) => Ok(Phase::Size {
                        dead,
                        place: done.place,
                    }),
                    (true, false) => Ok(Phase::Size {
                        dead: true,
                        place: EventId(0),
                    }),
                    (true, true) => {
                        tracing::warn!(
                            used = space.used,
                            limit,
                            "the store is larger than it should be, and all that is left in it still waits for hooks"
                        );
                        Ok(Phase::GiveBack)
                    }
                }
            }
            Phase::GiveBack => {
                let space = self.store.space().await?;
                if space.free <= SPARE.max(space.used / 64) {
                    if progress.removed > 0 {
                        tracing::info!(
                            events = progress.removed,
                            bytes = space.used,
                            "retention removed {} events",
                            progress.removed
                        );
                    }
                    return Ok(Phase::Begin);
                }
                let after = self.store.give_back().await?;
                // A database that cannot give anything back was made without that.
                Ok(if after.free < space.free {
                    Phase::GiveBack
                } else {
                    Phase::Begin
                })
            }
        }
    }

    /// The disk is full: makes room out of what was delivered, and gives it back.
    async fn relieve(&self, now: UnixMillis, progress: &mut Progress) -> Result<(), Error> {
        let Space { free, .. } = self.store.space().await?;
        let place = match progress.phase {
            Phase::Size { dead: false, place } => place,
            _ => EventId(0),
        };
        if free < RELIEF {
            let done = self.store.forget(now, young_too(now, place, false)).await?;
            progress.removed += done.events;
            progress.phase = Phase::Size {
                dead: false,
                place: done.place,
            };
            if done.is_end && done.events == 0 {
                // There is nothing more to remove: whoever runs this has to make room.
                progress.next = now.plus(Duration::from_secs(5));
            }
            if !done.is_end {
                return Ok(());
            }
        }
        self.store.give_back().await?;
        Ok(())
    }
}

/// A step through all that is stored, except of the last minute.
fn young_too(now: UnixMillis, place: EventId, dead: bool) -> Forget {
    Forget {
        after: place,
        before: EventId::floor(UnixMillis(now.0 - 60_000)),
        limit: STEP,
        dead,
    }
}
