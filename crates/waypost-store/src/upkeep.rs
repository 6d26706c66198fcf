//! Room: what is old is removed, what a hook leaves waiting for too long is given up, free pages go back to the disk.

use async_trait::async_trait;
use waypost_core::hook::HookId;
use waypost_core::id::EventId;
use waypost_core::time::UnixMillis;

use crate::Error;

/// Keys by which repetitions are recognised are kept for this long at least, in milliseconds: ten days.
pub const KEYS_KEPT_MS: i64 = 10 * 24 * 60 * 60 * 1000;

/// Small steps, each a short transaction, called again and again.
#[async_trait]
pub trait Upkeep {
    /// Looks at the next old events and removes those whose deliveries have all ended, whole: the event, its deliveries and
    /// their attempts. What still waits is never removed. Also removes some of what is as old and belongs to no event
    /// (messages that have ended, replays that have ended, keys past [`KEYS_KEPT_MS`], contacts nobody has used since).
    async fn forget(&self, now: UnixMillis, step: Forget) -> Result<Forgotten, Error>;

    /// Makes the oldest `count` deliveries dead that wait for this hook; the answer is how many. What is under way is left
    /// alone. They are counted (`Stats::expired`).
    async fn expire(&self, hook_id: &HookId, count: usize, reason: &str) -> Result<usize, Error>;

    /// Gives some free pages back to the disk.
    async fn give_back(&self) -> Result<Space, Error>;

    /// How much room the store takes.
    async fn space(&self) -> Result<Space, Error>;

    /// Whether the disk is full: nothing new is accepted until what is old has made room.
    fn is_full(&self) -> bool;

    /// Takes the room that is given back when the disk is full, so that what is old can be removed then: a file of
    /// [`Options::ballast_bytes`](crate::sqlite::Options::ballast_bytes). Does nothing where it is there already.
    async fn keep_ballast(&self) -> Result<(), Error>;
}

/// One step of [`Upkeep::forget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forget {
    /// Looks at events after this one,
    pub after: EventId,
    /// and before this one,
    pub before: EventId,
    /// and at this many of them.
    pub limit: usize,
    /// Also those with a delivery that is dead.
    pub dead: bool,
}

/// What came of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Events removed.
    pub events: usize,
    /// The last event looked at: where the next step begins.
    pub place: EventId,
    /// There is nothing more before the end.
    pub is_end: bool,
}

/// Room, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Space {
    /// Of the database, without what is free in it.
    pub used: u64,
    /// Free inside the database: used before it grows, and given back to the disk.
    pub free: u64,
}
