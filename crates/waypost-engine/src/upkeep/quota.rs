//! Backlog quotas: a hook that takes nothing keeps so many deliveries waiting and no more; the oldest beyond that become dead,
//! visibly, so that nobody else has to do without room for its sake.

use std::time::Duration;

use waypost_core::hook::Hook;
use waypost_core::time::UnixMillis;
use waypost_store::Error;

use super::Upkeep;

/// Between two looks.
pub(super) const EVERY: Duration = Duration::from_secs(1);
/// Deliveries given up in one step.
const STEP: usize = 256;

impl Upkeep {
    /// Gives up what is beyond a hook's quota: one step for each hook.
    pub(super) async fn expire(&self, now: UnixMillis) -> Result<(), Error> {
        if self.quota_due() > now {
            return Ok(());
        }
        let directory = self.directory.load_full();
        let mut again = now.plus(EVERY);
        for hook in &directory.hooks {
            let excess = self.excess(hook);
            if excess == 0 {
                continue;
            }
            let quota = hook.backlog;
            let reason = format!("expired: more than {quota} deliveries wait for the hook");
            let expired = self
                .store
                .expire(&hook.id, excess.min(STEP), &reason)
                .await?;
            tracing::warn!(
                hook.id = %hook.id, expired, quota,
                "the backlog of hook {} is full: its {expired} oldest deliveries are dead", hook.id
            );
            if expired > 0 && excess > STEP {
                again = now;
            }
        }
        self.set_quota_due(again);
        Ok(())
    }

    /// How many more wait for a hook than may.
    fn excess(&self, hook: &Hook) -> usize {
        let stats = self.store.stats();
        let backlog = stats.backlog_of(&hook.id);
        let waiting = backlog.map_or(0, |one| one.waiting + one.parked - one.in_flight);
        usize::try_from(waiting)
            .unwrap_or(usize::MAX)
            .saturating_sub(hook.backlog)
    }
}
