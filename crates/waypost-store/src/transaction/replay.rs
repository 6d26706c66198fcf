//! Replays: begun, moved on by a step, stopped.

use std::sync::Arc;

use waypost_core::event::{NewEvent, StoredEvent};
use waypost_core::id::{DeliveryId, EventId, ReplayId};
use waypost_core::lane::LaneKey;
use waypost_core::replay::{Counts, Replay, Request, State};
use waypost_core::time::UnixMillis;

use super::Transaction;
use crate::queues::Effect;
use crate::{Error, Step, StepItem};

impl Transaction<'_> {
    /// See [`crate::Replays::start_replay`].
    pub(crate) fn start_replay(
        &mut self,
        now: UnixMillis,
        request: &Request,
    ) -> Result<Replay, Error> {
        let id = ReplayId(self.rows.next_id(now));
        let range = request.range(id);
        let replay = Replay {
            id,
            request: request.clone(),
            state: State::Running,
            place: EventId(range.start.0 - 1),
            span: self.rows.span(range)?,
            counts: Counts::default(),
            updated_at: now,
        };
        self.rows.put_replay(&replay)?;
        Ok(replay)
    }

    /// See [`crate::Replays::step_replay`].
    pub(crate) fn step_replay(
        &mut self,
        now: UnixMillis,
        step: &Step,
    ) -> Result<Option<Replay>, Error> {
        let Some(mut replay) = self.rows.replay(step.id)? else {
            return Ok(None);
        };
        if replay.state != State::Running || replay.place != step.from {
            return Ok(Some(replay));
        }
        for item in &step.items {
            self.replay_item(now, step.id, item)?;
        }
        replay.place = step.to;
        replay.counts = replay.counts.plus(step.counts);
        replay.updated_at = now;
        replay.state = step.state;
        self.rows.put_replay(&replay)?;
        Ok(Some(replay))
    }

    /// See [`crate::Replays::cancel_replay`].
    pub(crate) fn cancel_replay(
        &mut self,
        now: UnixMillis,
        id: ReplayId,
    ) -> Result<Option<Replay>, Error> {
        let Some(mut replay) = self.rows.replay(id)? else {
            return Ok(None);
        };
        if replay.state == State::Running {
            replay.state = State::Cancelled;
            replay.updated_at = now;
            self.rows.put_replay(&replay)?;
        }
        Ok(Some(replay))
    }

    fn replay_item(
        &mut self,
        now: UnixMillis,
        replay: ReplayId,
        item: &StepItem,
    ) -> Result<(), Error> {
        if !self.is_there(item.event.id)? {
            // Retention came first.
            return Ok(());
        }
        let mut event = Arc::new(item.event.clone());
        if let Some(read) = &item.read {
            event = Arc::new(self.store_as_read(now, &item.event, read)?);
        }
        for target in &item.targets {
            let hook = self.rows.hook_number(&target.hook_id)?;
            let lane = LaneKey::of_delivery(
                &target.hook_id,
                &event.account_id,
                &item.scope,
                event.contact_id,
                target.order,
                event.id,
            );
            let id = DeliveryId(self.rows.next_id(now));
            self.rows
                .insert_replayed(id, event.id, hook, lane, replay, now)?;
            self.note(Effect::Redeliver {
                hook: (hook, target.hook_id.clone()),
                lane,
                id,
                // With a time of its own it is no first attempt, which go first.
                due: now,
            });
        }
        Ok(())
    }

    /// An event that could not be read, as what it turned out to be.
    fn store_as_read(
        &mut self,
        now: UnixMillis,
        stored: &StoredEvent,
        read: &NewEvent,
    ) -> Result<StoredEvent, Error> {
        let account = self.rows.account_number(&stored.account_id)?;
        let contact_id = self.contact(now, account, &stored.account_id, &read.handles)?;
        let event = StoredEvent {
            event_type: read.event_type,
            timestamp: read.timestamp,
            message_id: read.message_id.clone(),
            contact_id,
            body: read.body.clone(),
            quarantined: None,
            ..stored.clone()
        };
        self.rows.change_event(&event)?;
        if let Some(key) = read.key
            && self.rows.seen(key)?.is_none()
        {
            self.rows.remember(key, event.id)?;
        }
        if let Some(change) = &read.status {
            self.apply_status(now, &event.account_id, change)?;
        }
        Ok(event)
    }
}
