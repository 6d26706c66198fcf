//! The simulator's time: the clock's, and whatever was let pass besides.

use std::time::Duration;

use tokio::time::Instant;

use super::World;

impl World {
    /// Milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> u64 {
        self.config.clock.now_ms() + *self.passed.borrow()
    }

    /// Lets time pass at once: whatever waits within the simulator waits that much less.
    pub(crate) fn pass(&self, time: Duration) {
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.passed
            .send_modify(|passed| *passed = passed.saturating_add(time_ms));
    }

    /// Waits, in the simulator's time. Whether the simulator was stopped meanwhile.
    pub(crate) async fn is_stopped_within(&self, wait: Duration) -> bool {
        let mut passed = self.passed.subscribe();
        let before = *passed.borrow_and_update();
        let began = Instant::now();
        loop {
            let skipped = Duration::from_millis(passed.borrow_and_update().saturating_sub(before));
            let left = wait.saturating_sub(began.elapsed().saturating_add(skipped));
            if left.is_zero() {
                return false;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => return false,
                () = self.stopping.cancelled() => return true,
                // The sender lives in `self`; a change only means to look again.
                changed = passed.changed() => drop(changed),
            }
        }
    }
}
