//! The pace of one number: never more than its throughput in any second, less after a refusal, and less again near the end
//! of an allowance that Meta counts by the hour.

use std::collections::VecDeque;
use std::time::Duration;

use crate::retry::jittered;
use crate::time::UnixMillis;

/// What throughput is counted over.
const WINDOW: Duration = Duration::from_secs(1);
/// From nothing back to the full rate.
const RECOVERY: Duration = Duration::from_mins(1);
/// The longest pause of our own after refusals in a row. Meta may ask for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The longest pause that is believed.
const LONGEST_ASKED: Duration = Duration::from_hours(24);
/// Percent of an allowance from which on less is sent.
const NEAR_THE_END: u32 = 80;
/// The least share of the throughput.
const LEAST_SHARE: f64 = 0.05;

/// How fast one number may send.
#[derive(Debug, Clone, Default)]
pub struct NumberPace {
    /// When each message of the last second went, oldest first.
    sent: VecDeque<UnixMillis>,
    /// Shut before this time.
    not_before: UnixMillis,
    slowed: Option<Slowed>,
    /// How much of Meta's allowance is used, in percent.
    used_percent: u32,
}

/// What refusals made of it.
#[derive(Debug, Clone, Copy)]
struct Slowed {
    /// When the last of them came.
    at: UnixMillis,
    /// In a row.
    refusals: u32,
    /// Of the throughput, right after that.
    share: f64,
}

impl NumberPace {
    /// How many more messages may go at `now`, or when the next one may. `throughput` is the most there may be in any second.
    pub fn room(&mut self, now: UnixMillis, throughput: u32) -> Result<usize, UnixMillis> {
        if self.not_before > now {
            return Err(self.not_before);
        }
        self.forget_before(now);
        let allowed = self.allowed(now, throughput);
        if self.sent.len() < allowed {
            return Ok(allowed - self.sent.len());
        }
        // The one whose leaving makes room.
        let leaves = self.sent[self.sent.len() - allowed];
        Err(leaves.plus(WINDOW))
    }

    /// A message goes at `now`.
    pub fn take(&mut self, now: UnixMillis) {
        self.sent.push_back(now);
    }

    /// Meta refused a call that began at `began`, because the number, its account or the app is too fast. `asked` is how long
    /// Meta asked to wait, `jitter` a random number from 0 to 1. Calls that were under way when the first refusal came tell
    /// nothing new.
    pub fn refused(
        &mut self,
        now: UnixMillis,
        began: UnixMillis,
        asked: Option<Duration>,
        jitter: f64,
    ) {
        if let Some(asked) = asked {
            let asked = now.plus(asked.min(LONGEST_ASKED));
            self.not_before = self.not_before.max(asked);
        }
        if self.slowed.is_some_and(|slowed| began < slowed.at) {
            return;
        }
        let share = (self.share(now) / 2.0).max(LEAST_SHARE);
        let refusals = self.slowed.map_or(0, |slowed| slowed.refusals);
        let pause = Duration::from_secs(1 << refusals.min(16)).min(LONGEST_PAUSE);
        self.not_before = self.not_before.max(now.plus(jittered(pause, jitter)));
        self.slowed = Some(Slowed {
            at: now,
            refusals: refusals.saturating_add(1),
            share,
        });
    }

    /// Meta took a message whose call began at `began`.
    pub fn answered(&mut self, now: UnixMillis, began: UnixMillis) {
        let Some(slowed) = &mut self.slowed else {
            return;
        };
        if began >= slowed.at {
            slowed.refusals = 0;
            if self.share(now) >= 1.0 {
                self.slowed = None;
            }
        }
    }

    /// What Meta's usage headers say: how much of the allowance is used, in percent, and how long it is until there is some
    /// again.
    pub fn heed(&mut self, now: UnixMillis, used_percent: u32, regain: Option<Duration>) {
        self.used_percent = used_percent;
        let regain = regain.or((used_percent >= 100).then_some(LONGEST_PAUSE));
        if let Some(regain) = regain {
            self.not_before = self.not_before.max(now.plus(regain.min(LONGEST_ASKED)));
        }
    }

    /// Before this time it is shut: past if it is not.
    pub fn opens_at(&self) -> UnixMillis {
        self.not_before
    }

    /// Someone changed what it depends on (a token, a limit): it is not shut any more.
    pub fn open(&mut self) {
        self.not_before = UnixMillis::ZERO;
    }

    /// Messages a second that may go now.
    pub fn rate(&self, now: UnixMillis, throughput: u32) -> u32 {
        u32::try_from(self.allowed(now, throughput)).unwrap_or(u32::MAX)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a u32 is neither negative nor greater than that u32"
    )]
    fn allowed(&self, now: UnixMillis, throughput: u32) -> usize {
        let left = match self.used_percent {
            ..NEAR_THE_END => 1.0,
            used => f64::from(100 - used.min(100)) / f64::from(100 - NEAR_THE_END),
        };
        let share = self.share(now).min(left).max(LEAST_SHARE);
        let allowed = (f64::from(throughput) * share) as usize;
        allowed.max(1)
    }

    /// Of the throughput, from 0 to 1: it grows back evenly.
    fn share(&self, now: UnixMillis) -> f64 {
        self.slowed.map_or(1.0, |slowed| {
            let regained = now.since(slowed.at).as_secs_f64() / RECOVERY.as_secs_f64();
            (slowed.share + regained).min(1.0)
        })
    }

    fn forget_before(&mut self, now: UnixMillis) {
        // A clock that was set back must not shut the number for as long as it went back.
        if self.sent.back().is_some_and(|last| *last > now) {
            for sent in &mut self.sent {
                *sent = (*sent).min(now);
            }
        }
        while self.sent.front().is_some_and(|at| at.plus(WINDOW) <= now) {
            self.sent.pop_front();
        }
    }
}
