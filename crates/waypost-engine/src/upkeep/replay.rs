//! Replays, step by step.
//!
//! A replay goes as fast as its hooks take what it queues: a step is made only while each of them has little waiting. What it
//! queues carries a time of its own, so that first attempts of live events go before it, in at least two of four turns and
//! with a quarter of the hook's places to themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use waypost_core::event::Target;
use waypost_core::hook::{Hook, HookId};
use waypost_core::id::{EventId, ReplayId};
use waypost_core::replay::{self, Counts, Replay, Request, State};
use waypost_core::time::UnixMillis;
use waypost_store::{Candidates, Error, Step, StepItem};

use super::Upkeep;

/// Events chosen in one step.
const STEP: usize = 250;
/// A hook with so many deliveries waiting gets no more of a replay until it has taken some.
const WINDOW: u64 = 1_000;
/// Steps in a second of a replay whose rate is limited, at most.
const STEPS_A_SECOND: u32 = 5;

/// A replay under way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) replay: Replay,
    /// When its rate lets it go on.
    pub(super) next: UnixMillis,
}

/// What one look at stored events comes to.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub(crate) counts: Counts,
    /// Deliveries for each hook.
    pub(crate) hooks: BTreeMap<HookId, u64>,
    /// The last event looked at.
    pub(crate) place: Option<EventId>,
    pub(crate) is_end: bool,
    items: Vec<StepItem>,
}

impl Upkeep {
    /// Replays were begun or stopped.
    pub(crate) fn replays_changed(&self) {
        let mut agenda = self.agenda();
        agenda.running = None;
        agenda.changes += 1;
        drop(agenda);
        self.wake();
    }

    /// One step of every replay that may make one.
    pub(super) async fn replay(&self, now: UnixMillis) -> Result<(), Error> {
        let (known, changes) = {
            let agenda = self.agenda();
            (agenda.running.is_some(), agenda.changes)
        };
        if !known {
            let running = self.store.running_replays().await?.into_iter();
            let running = running.map(|replay| Running { replay, next: now });
            let mut agenda = self.agenda();
            // What changed meanwhile is looked up again.
            agenda.running = (agenda.changes == changes).then(|| running.collect());
        }
        let ready: Vec<Replay> = {
            let agenda = self.agenda();
            let running = agenda.running.iter().flatten();
            let ready = running.filter(|one| one.next <= now && self.has_room(one));
            ready.map(|one| one.replay.clone()).collect()
        };
        for replay in ready {
            self.step(now, &replay).await?;
        }
        Ok(())
    }

    /// Looks at the events after `place`, without changing anything.
    pub(crate) async fn select(
        &self,
        now: UnixMillis,
        request: &Request,
        id: ReplayId,
        place: EventId,
        limit: usize,
    ) -> Result<Selection, Error> {
        let end = request.range(id).end;
        let found = self.store.candidates(request, place, end, limit).await?;
        Ok(self.choose(now, request, found))
    }

    /// Whether every hook that this replay may go to has room.
    pub(super) fn has_room(&self, running: &Running) -> bool {
        self.waits_for(&running.replay.request).is_empty()
    }

    /// Hooks that have to take something before a replay goes on.
    pub(crate) fn waits_for(&self, request: &Request) -> Vec<HookId> {
        let directory = self.directory.load();
        let stats = self.store.stats();
        let asked = |hook: &&Hook| {
            request
                .hook_id
                .as_ref()
                .is_none_or(|wanted| *wanted == hook.id)
        };
        let is_busy = |hook: &&Hook| {
            let backlog = stats.backlog_of(&hook.id);
            backlog.is_some_and(|backlog| backlog.waiting >= WINDOW)
        };
        let hooks = directory.hooks.iter().filter(|hook| hook.active);
        let busy = hooks.filter(asked).filter(is_busy);
        busy.map(|hook| hook.id.clone()).collect()
    }

    /// Whether it is for a hook that nothing would be queued for.
    fn is_hook_gone(&self, request: &Request) -> bool {
        let directory = self.directory.load();
        let is_there = |id| directory.hook(id).is_some_and(|hook| hook.active);
        request.hook_id.as_ref().is_some_and(|id| !is_there(id))
    }

    async fn step(&self, now: UnixMillis, replay: &Replay) -> Result<(), Error> {
        let (limit, pause) = pace(replay.request.rate);
        let chosen = self
            .select(now, &replay.request, replay.id, replay.place, limit)
            .await?;
        let queued = chosen.counts.events > 0;
        let mut step = Step {
            id: replay.id,
            from: replay.place,
            to: chosen.place.unwrap_or(replay.place),
            state: if chosen.is_end {
                State::Done
            } else {
                State::Running
            },
            counts: chosen.counts,
            items: chosen.items,
        };
        // Looked at after choosing: what was chosen without it is no answer.
        if self.is_hook_gone(&replay.request) {
            step.to = replay.place;
            step.state = State::HookGone;
            step.counts = Counts::default();
            step.items = Vec::new();
        }
        let stepped = self.store.step_replay(now, step).await?;
        let state = stepped.as_ref().map(|stepped| stepped.state);
        let mut agenda = self.agenda();
        let Some(running) = agenda.running.as_mut() else {
            return Ok(());
        };
        if let Some(stepped) = stepped.filter(|stepped| stepped.state == State::Running) {
            if let Some(one) = running.iter_mut().find(|one| one.replay.id == stepped.id) {
                one.replay = stepped;
                one.next = if queued { now.plus(pause) } else { now };
            }
        } else {
            running.retain(|one| one.replay.id != replay.id);
            tracing::info!(replay.id = %replay.id, ?state, "replay {} has ended", replay.id);
        }
        Ok(())
    }

    fn choose(&self, now: UnixMillis, request: &Request, found: Candidates) -> Selection {
        let directory = self.directory.load();
        let mut selection = Selection {
            place: Some(found.place),
            is_end: found.is_end,
            ..Selection::default()
        };
        selection.counts.looked_at = found.looked_at;
        for candidate in found.events {
            let event = candidate.event;
            let Some(new) = replay::as_new(&event, &directory, request.quarantined, now) else {
                continue;
            };
            let choice = request.choose(&new, &candidate.deliveries, &directory);
            selection.counts.open += choice.open;
            if choice.hooks.is_empty() && !request.quarantined {
                continue;
            }
            selection.counts.events += 1;
            selection.counts.deliveries += choice.hooks.len() as u64;
            for hook in &choice.hooks {
                *selection.hooks.entry(hook.id.clone()).or_default() += 1;
            }
            let target = |hook: &&Hook| Target {
                hook_id: hook.id.clone(),
                order: hook.order,
            };
            selection.items.push(StepItem {
                event,
                scope: new.scope.clone(),
                targets: choice.hooks.iter().map(target).collect(),
                read: request.quarantined.then(|| Box::new(new)),
            });
        }
        selection
    }
}

/// Events in a step, and how long it is until the next one.
fn pace(rate: Option<u32>) -> (usize, Duration) {
    let Some(rate) = rate.filter(|rate| *rate > 0) else {
        return (STEP, Duration::ZERO);
    };
    let events = (rate / STEPS_A_SECOND).clamp(1, 250);
    (
        usize::try_from(events).unwrap_or(STEP),
        Duration::from_secs(events.into()) / rate,
    )
}
