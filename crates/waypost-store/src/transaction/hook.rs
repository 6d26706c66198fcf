//! Hooks as a whole, and deliveries done again by hand.

use std::ops::Range;

use waypost_core::delivery::DeliveryState;
use waypost_core::hook::{HookId, Pause};
use waypost_core::id::DeliveryId;
use waypost_core::time::UnixMillis;

use super::Transaction;
use crate::queues::{self, Effect};
use crate::{Error, HookNews, Redelivered, Skipped};

/// Rows looked at in one step of skipping.
const SKIP_STEP: usize = 1000;

impl Transaction<'_> {
    /// See [`crate::Deliveries::recover_hook`].
    pub(crate) fn recover_hook(&mut self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error> {
        let hook = self.rows.hook_number(hook_id)?;
        self.rows.recover_hook(hook, now)?;
        self.note(Effect::HookRecovered { hook, now });
        Ok(())
    }

    /// See [`crate::Hooks::pause_hook`].
    pub(crate) fn pause_hook(&mut self, hook_id: &HookId, pause: &Pause) -> Result<(), Error> {
        let hook = self.rows.hook_number(hook_id)?;
        self.rows.pause_hook(hook, pause)?;
        self.note(Effect::HookPaused {
            hook_id: hook_id.clone(),
            pause: pause.clone(),
        });
        Ok(())
    }

    /// See [`crate::Hooks::resume_hook`].
    pub(crate) fn resume_hook(&mut self, now: UnixMillis, hook_id: &HookId) -> Result<(), Error> {
        let hook = self.rows.hook_number(hook_id)?;
        self.rows.release_hook(hook)?;
        self.note(Effect::HookReleased {
            hook_id: hook_id.clone(),
        });
        self.recover_hook(now, hook_id)
    }

    /// What an answer means for its hook as a whole.
    pub(super) fn apply_news(&mut self, news: &HookNews) -> Result<(), Error> {
        match news {
            HookNews::Gone { hook_id, pause } => self.pause_hook(hook_id, pause),
            HookNews::Busy {
                hook_id,
                not_before,
            } => {
                let hook = self.rows.hook_number(hook_id)?;
                self.rows.hold_hook(hook, *not_before)?;
                self.note(Effect::HookHeld {
                    hook_id: hook_id.clone(),
                    not_before: *not_before,
                });
                Ok(())
            }
        }
    }

    /// See [`crate::Hooks::skip_backlog`].
    pub(crate) fn skip_backlog(
        &mut self,
        hook_id: &HookId,
        range: Range<DeliveryId>,
        reason: &str,
    ) -> Result<Skipped, Error> {
        let hook = self.rows.hook_number(hook_id)?;
        let under_way = queues::lock(self.queues).delivering();
        let waiting = self.rows.waiting(hook, range, SKIP_STEP)?;
        let next = waiting.last().filter(|_| waiting.len() == SKIP_STEP);
        let next = next.map(|(last, _)| DeliveryId(last.0 + 1));
        let mut count = 0;
        for (id, lane) in waiting {
            if under_way.binary_search(&id).is_ok() {
                continue;
            }
            self.rows.kill_delivery(id, reason)?;
            self.batch.killed.insert(id);
            self.note(Effect::DeliveryKilled { hook, lane, id });
            count += 1;
        }
        Ok(Skipped { count, next })
    }

    /// See [`crate::Hooks::redeliver`].
    pub(crate) fn redeliver(
        &mut self,
        now: UnixMillis,
        ids: &[DeliveryId],
    ) -> Result<Vec<Redelivered>, Error> {
        ids.iter().map(|id| self.redeliver_one(now, *id)).collect()
    }

    fn redeliver_one(&mut self, now: UnixMillis, of: DeliveryId) -> Result<Redelivered, Error> {
        let Some(known) = self.rows.repeatable(of)? else {
            return Ok(Redelivered::Missing);
        };
        if let Some(before) = known.redelivered_as {
            return Ok(Redelivered::Before(before));
        }
        if !matches!(known.state, DeliveryState::Delivered | DeliveryState::Dead) {
            return Ok(Redelivered::Open);
        }
        let id = DeliveryId(self.rows.next_id(now));
        self.rows.insert_redelivery(id, of, &known)?;
        self.note(Effect::Redeliver {
            hook: (known.hook, known.hook_id),
            lane: known.lane,
            id,
            due: UnixMillis::ZERO,
        });
        Ok(Redelivered::As(id))
    }
}
