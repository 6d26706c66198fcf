//! Settling a delivery claim: the attempt, the verdict, the hook's replies and the notices, together.

use waypost_core::delivery::{DeliveryState, Verdict};
use waypost_core::lane::Release;
use waypost_core::time::UnixMillis;

use super::{Queue, Transaction};
use crate::queues::{self, Effect};
use crate::rows::DeliveryChange;
use crate::{DeliverySettlement, Error, Lease};

impl Transaction<'_> {
    /// See [`crate::Deliveries::settle_deliveries`].
    pub(crate) fn settle_deliveries(
        &mut self,
        now: UnixMillis,
        settlements: &[DeliverySettlement],
    ) -> Result<(), Error> {
        for settlement in settlements {
            let holds = queues::lock(self.queues).holds_delivery(settlement.lease, settlement.id);
            let killed = self.batch.killed.contains(&settlement.id);
            if !holds || killed || !self.spend(Queue::Deliveries, settlement.lease) {
                self.note(Effect::Fenced);
                continue;
            }
            self.settle_delivery(now, settlement)?;
        }
        Ok(())
    }

    fn settle_delivery(
        &mut self,
        now: UnixMillis,
        settlement: &DeliverySettlement,
    ) -> Result<(), Error> {
        let given_back = settlement.attempt.is_none();
        let (state, due, reason, release) = match &settlement.verdict {
            Verdict::Delivered => (
                Some(DeliveryState::Delivered),
                UnixMillis::ZERO,
                None,
                Release::Done,
            ),
            // What is parked stays parked, by the row and by its lane.
            Verdict::Retry(at) if given_back => (None, *at, None, Release::Return(*at)),
            Verdict::Retry(at) => (None, *at, None, Release::Retry(*at)),
            Verdict::Park { next, reason } => (
                Some(DeliveryState::Parked),
                *next,
                Some(reason.as_str()),
                Release::Park(*next),
            ),
            Verdict::Dead { reason } => (
                Some(DeliveryState::Dead),
                UnixMillis::ZERO,
                Some(reason.as_str()),
                Release::Done,
            ),
        };
        self.rows.change_delivery(&DeliveryChange {
            id: settlement.id,
            state,
            due,
            blocked_ms: settlement.blocked_ms,
            reason,
            attempt: settlement.attempt.as_ref(),
        })?;
        for reply in &settlement.replies {
            self.enqueue_one(now, reply)?;
        }
        for notice in &settlement.notices {
            self.accept_one(now, notice)?;
        }
        if let Some(news) = &settlement.hook_news {
            self.apply_news(news)?;
        }
        self.note(Effect::DeliverySettled {
            lease: settlement.lease,
            release,
        });
        Ok(())
    }

    /// Marks a lease as settled by this batch. False if it is already.
    pub(super) fn spend(&mut self, queue: Queue, lease: Lease) -> bool {
        self.batch.spent.insert((queue, lease))
    }
}
