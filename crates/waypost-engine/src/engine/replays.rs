//! Replays as people handle them: counted, begun, stopped.

use waypost_core::hook::HookId;
use waypost_core::id::{EventId, ReplayId};
use waypost_core::replay::{Counts, Replay, Request};
use waypost_store::Error;

use super::Engine;

/// What a replay would do if it were begun now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// In all.
    pub counts: Counts,
    /// Deliveries for each hook, by name.
    pub hooks: Vec<(HookId, u64)>,
}

/// Events looked at between two chances for others to run.
const LOOK: usize = 1_000;

impl Engine {
    /// Counts what a replay would deliver. Changes nothing; costs a look at every event of its range.
    pub async fn preview_replay(&self, request: &Request) -> Result<Preview, Error> {
        let now = self.clock.now();
        // Greater than any event's.
        let id = ReplayId(i64::MAX);
        let mut place = EventId(request.range(id).start.0 - 1);
        let mut hooks = std::collections::BTreeMap::new();
        let mut counts = Counts::default();
        loop {
            let chosen = self.upkeep.select(now, request, id, place, LOOK).await?;
            counts = counts.plus(chosen.counts);
            for (hook, more) in chosen.hooks {
                *hooks.entry(hook).or_default() += more;
            }
            match chosen.place {
                Some(next) if !chosen.is_end => place = next,
                _ => break,
            }
        }
        let hooks = hooks.into_iter().collect();
        Ok(Preview { counts, hooks })
    }

    /// Begins a replay. It is stored: from here on it goes on by itself, also after a restart.
    pub async fn start_replay(&self, request: Request) -> Result<Replay, Error> {
        let store = &self.deliver.store;
        let replay = store.start_replay(self.clock.now(), request).await?;
        tracing::info!(replay.id = %replay.id, "replay {} begins", replay.id);
        self.upkeep.replays_changed();
        Ok(replay)
    }

    /// Hooks that a running replay waits for, because they have enough to do.
    pub fn replay_waits_for(&self, replay: &Replay) -> Vec<HookId> {
        self.upkeep.waits_for(&replay.request)
    }

    /// Stops a replay; what it has queued is delivered. None if there is no such replay.
    pub async fn cancel_replay(&self, id: ReplayId) -> Result<Option<Replay>, Error> {
        let store = &self.deliver.store;
        let cancelled = store.cancel_replay(self.clock.now(), id).await?;
        self.upkeep.replays_changed();
        Ok(cancelled)
    }
}
