//! What people do to hooks: look at them, pause them, resume them.

use waypost_core::hook::{Hook, HookId, Pause};
use waypost_core::id::DeliveryId;
use waypost_core::time::UnixMillis;
use waypost_store::Error;

use super::{Engine, HookCondition, HookStatus};
use crate::deliver::Trial;
use crate::gate::{Gate, Room};

/// With what a resumed hook goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResumeFrom {
    /// Everything that waits, in order.
    #[default]
    Backlog,
    /// What is accepted from now on; what waits becomes dead, and can be delivered again by hand.
    Now,
    /// What was accepted at this time or later, likewise.
    Time(UnixMillis),
}

/// What a resumption did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumed {
    /// Deliveries that waited, were parked or under way when the first call was allowed again.
    pub released: u64,
    /// Deliveries that were skipped: dead, and visible as that.
    pub skipped: usize,
}

impl Engine {
    /// Queues for this hook from here on, without calling it, also after a restart, until it is resumed. The reason is shown
    /// to people. A hook that is paused already stays as it is.
    pub async fn pause_hook(&self, hook_id: &HookId, reason: &str) -> Result<(), Error> {
        let pause = Pause {
            since: self.clock.now(),
            reason: reason.to_owned(),
            by_hook: false,
        };
        self.deliver
            .store
            .pause_hook(hook_id, pause.clone())
            .await?;
        self.deliver.gates.with(hook_id, |gate| {
            gate.paused.get_or_insert(pause);
        });
        // People write the reason, and may name a customer in it.
        tracing::info!(hook.id = %hook_id, "hook {hook_id} is paused");
        self.pulse.look_again();
        Ok(())
    }

    /// Calls this hook again, whatever shut it: a person, a 410, an open breaker, a `Retry-After`. What was parked or put off
    /// for it is due at once, in order. What is skipped is skipped before the first call, in steps; a crash in between leaves
    /// the hook paused.
    pub async fn resume_hook(&self, hook_id: &HookId, from: ResumeFrom) -> Result<Resumed, Error> {
        let now = self.clock.now();
        let before = match from {
            ResumeFrom::Backlog => None,
            // An id made in this very millisecond is older than its end.
            ResumeFrom::Now => Some(UnixMillis(now.0.saturating_add(1))),
            ResumeFrom::Time(time) => Some(time),
        };
        let mut skipped = 0;
        if let Some(before) = before {
            self.pause_hook(hook_id, "what waits for it is being skipped")
                .await?;
            skipped = self.skip(hook_id, before, now).await?;
        }
        self.deliver.store.resume_hook(now, hook_id).await?;
        // Counted while the gate is shut: what goes out at once would be missing.
        let released = self.released_to(hook_id);
        self.deliver.gates.with(hook_id, |gate| gate.open(now));
        tracing::info!(hook.id = %hook_id, released, skipped, "hook {hook_id} is resumed");
        self.deliver.gates.wake();
        Ok(Resumed { released, skipped })
    }

    fn released_to(&self, hook_id: &HookId) -> u64 {
        let stats = self.deliver.store.stats();
        let backlog = stats.backlog_of(hook_id);
        backlog.map_or(0, |one| one.waiting + one.parked)
    }

    async fn skip(
        &self,
        hook_id: &HookId,
        before: UnixMillis,
        now: UnixMillis,
    ) -> Result<usize, Error> {
        let reason = format!("skipped when the hook was resumed at {}", now.rfc3339());
        let end = DeliveryId::floor(before);
        let mut next = Some(DeliveryId(0));
        let mut count = 0;
        while let Some(start) = next {
            let skipped = self
                .deliver
                .store
                .skip_backlog(hook_id, start..end, &reason)
                .await?;
            count += skipped.count;
            next = skipped.next;
        }
        Ok(count)
    }

    /// Calls a hook once with a `hook.test` event, which is not stored and reaches nobody else. None if the directory has no
    /// such hook.
    pub async fn try_hook(&self, hook_id: &HookId) -> Option<Trial> {
        let directory = self.directory.load_full();
        let hook = directory.hook(hook_id)?;
        let trial = self.deliver.try_out(hook).await;
        tracing::info!(
            hook.id = %hook_id, outcome = trial.outcome, status = trial.status,
            "hook {hook_id} was tried out: {}", trial.outcome
        );
        Some(trial)
    }

    /// How each hook of the directory fares, in its order.
    pub fn status(&self) -> Vec<HookStatus> {
        let now = self.clock.now();
        let directory = self.directory.load();
        let hooks = directory.hooks.iter();
        hooks.map(|hook| self.status_of(hook, now)).collect()
    }

    fn status_of(&self, hook: &Hook, now: UnixMillis) -> HookStatus {
        self.deliver.gates.with(&hook.id, |gate| HookStatus {
            hook_id: hook.id.clone(),
            condition: condition(hook, gate),
            in_flight: gate.in_flight,
            limit: gate.limit(hook.in_flight),
            not_before: match gate.room(now, hook.in_flight) {
                Room::At(opens) => Some(opens),
                Room::Now(_) | Room::Probe | Room::None => None,
            },
            last_error: gate.last_error.clone(),
            last_failure_at: gate.last_failure_at,
            last_success_at: gate.last_success_at,
            figures: gate.figures.summary(),
        })
    }
}

fn condition(hook: &Hook, gate: &Gate) -> HookCondition {
    match (&gate.paused, gate.breaker.open_since()) {
        _ if !hook.active => HookCondition::Inactive,
        (Some(pause), _) => HookCondition::Paused(pause.clone()),
        (None, Some(since)) => HookCondition::Down { since },
        (None, None) => HookCondition::Up,
    }
}
