//! The pace of one pair, a number and a recipient of it: one message every six seconds, up to forty-five of them at once on
//! credit, and 4^X seconds after the X-th refusal in a row.

use std::time::Duration;

use crate::time::UnixMillis;

/// Between two messages, in the long run.
const INTERVAL: Duration = Duration::from_secs(6);
/// Messages that may go at once after a long silence.
const BURST: u32 = 45;
/// After this refusal waits grow no more: 4^6 seconds, a little over an hour.
const LAST_POWER: u32 = 6;

/// How fast one pair may go.
#[derive(Debug, Clone, Copy, Default)]
pub struct PairPace {
    /// When everything sent so far will have been paid for, at one message an interval.
    paid_at: UnixMillis,
    /// Shut before this time, because Meta refused.
    not_before: UnixMillis,
    /// In a row.
    refusals: u32,
}

impl PairPace {
    /// When the next message may go: not later than `now` if at once.
    pub fn opens_at(&self, now: UnixMillis) -> UnixMillis {
        // Never later than the state could ask for: a clock may have been set back meanwhile.
        let paid_at = self.paid_at.min(now.plus(INTERVAL * BURST));
        let credit = UnixMillis(paid_at.0.saturating_sub(on_credit().0));
        let longest = now.plus(wait(LAST_POWER));
        self.not_before.min(longest).max(credit)
    }

    /// A message goes at `now`.
    pub fn take(&mut self, now: UnixMillis) {
        self.paid_at = self.paid_at.max(now).plus(INTERVAL);
    }

    /// Meta refused: too fast for this pair. The next message goes 4^X seconds later, and after it one an interval, since
    /// whatever credit there was is spent. Answers when.
    pub fn refused(&mut self, now: UnixMillis) -> UnixMillis {
        self.not_before = now.plus(wait(self.refusals));
        self.refusals = self.refusals.saturating_add(1);
        self.paid_at = self
            .not_before
            .plus(Duration::from_millis(on_credit().0.unsigned_abs()));
        self.not_before
    }

    /// Meta took a message.
    pub fn answered(&mut self) {
        self.refusals = 0;
    }

    /// Whether nothing of it needs to be remembered at `now`.
    pub fn is_idle(&self, now: UnixMillis) -> bool {
        self.paid_at <= now && self.not_before <= now
    }
}

/// How far ahead of what is paid for a message may go.
fn on_credit() -> UnixMillis {
    UnixMillis::ZERO.plus(INTERVAL * (BURST - 1))
}

fn wait(refusals: u32) -> Duration {
    Duration::from_secs(4u64.pow(refusals.min(LAST_POWER)))
}
