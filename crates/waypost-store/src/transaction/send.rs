//! The outbox: taking messages in, marking them `sending`, settling what Meta answered, deciding what stays uncertain.

use waypost_core::account::AccountId;
use waypost_core::event::NewEvent;
use waypost_core::id::OutboxId;
use waypost_core::lane::{LaneKey, Release, SendLane};
use waypost_core::message::{MessageState, NewMessage, Origin, Recipient, SendVerdict};
use waypost_core::status::advance;
use waypost_core::time::UnixMillis;

use super::status::is_open;
use super::{Queue, Transaction};
use crate::queues::{self, Effect, Taken};
use crate::rows::MessageRow;
use crate::{Error, Idempotency, SendClaim, SendSettlement};

impl Transaction<'_> {
    /// See [`crate::Outbox::enqueue`].
    pub(crate) fn enqueue(
        &mut self,
        now: UnixMillis,
        messages: &[NewMessage],
        idempotency: Option<&Idempotency>,
    ) -> Result<Vec<OutboxId>, Error> {
        if let Some(idempotency) = idempotency
            && let Some(known) = self.rows.submission(&idempotency.key)?
        {
            return if known.fingerprint == idempotency.fingerprint {
                Ok(known.messages)
            } else {
                Err(Error::IdempotencyConflict)
            };
        }
        let mut ids = Vec::with_capacity(messages.len());
        for message in messages {
            ids.push(self.enqueue_one(now, message)?);
        }
        if let Some(idempotency) = idempotency {
            self.rows.insert_submission(now, idempotency, &ids)?;
        }
        Ok(ids)
    }

    /// One message of it, or one reply.
    pub(super) fn enqueue_one(
        &mut self,
        now: UnixMillis,
        message: &NewMessage,
    ) -> Result<OutboxId, Error> {
        let account = self.rows.account_number(&message.account_id)?;
        let recipient = match &message.recipient {
            Recipient::Contact(handles) => {
                match self.contact(now, account, &message.account_id, handles)? {
                    Some(contact) => SendLane::Contact(contact),
                    // Meta will refuse it; until then it waits with its likes.
                    None => SendLane::Group(""),
                }
            }
            Recipient::Group(group) => SendLane::Group(group),
        };
        let (event, delivery) = match message.origin {
            Origin::Api => (None, None),
            Origin::Reply {
                event_id,
                delivery_id,
            } => (Some(event_id), Some(delivery_id)),
        };
        let row = MessageRow {
            id: OutboxId(self.rows.next_id(now)),
            account,
            account_id: message.account_id.clone(),
            lane: LaneKey::of_send(&message.account_id, recipient),
            state: MessageState::Queued,
            body: message.body.clone(),
            wamid: None,
            error: None,
            attempts: 0,
            due: UnixMillis::ZERO,
            event,
            delivery,
            updated_at: now,
            noticed: false,
        };
        self.rows.insert_message(&row)?;
        self.note(Effect::MessageState {
            from: None,
            to: MessageState::Queued,
        });
        self.note(Effect::Send {
            account: (account, row.account_id),
            lane: row.lane,
            id: row.id,
        });
        Ok(row.id)
    }

    /// Marks what was claimed as `sending`. A message whose status came between its turn and now is not claimed.
    pub(crate) fn mark_sending(
        &mut self,
        now: UnixMillis,
        taken: &[Taken<AccountId, OutboxId>],
    ) -> Result<Vec<SendClaim>, Error> {
        let mut claims = Vec::with_capacity(taken.len());
        for turn in taken {
            let holds = queues::lock(self.queues).holds_send(turn.lease, turn.id);
            if !holds {
                continue;
            }
            let row = self.rows.message(turn.id)?;
            let Some(mut row) = row.filter(|row| is_open(row.state)) else {
                self.note(Effect::SendSettled {
                    lease: turn.lease,
                    release: Release::Done,
                });
                continue;
            };
            if let Some(error) = self.suppressed(now, &row)? {
                self.set_state(now, &mut row, MessageState::Failed);
                row.error = Some(error);
                self.rows.change_message(&row)?;
                self.note(Effect::SendSuppressed);
                self.note(Effect::SendSettled {
                    lease: turn.lease,
                    release: Release::Done,
                });
                continue;
            }
            self.set_state(now, &mut row, MessageState::Sending);
            self.rows.change_message(&row)?;
            claims.push(SendClaim {
                lease: turn.lease,
                id: row.id,
                account_id: row.account_id,
                lane: turn.lane,
                body: row.body,
                attempts: row.attempts,
                queued_at: row.id.time(),
            });
        }
        Ok(claims)
    }

    /// See [`crate::Outbox::settle_sends`].
    pub(crate) fn settle_sends(
        &mut self,
        now: UnixMillis,
        settlements: &[SendSettlement],
    ) -> Result<(), Error> {
        for settlement in settlements {
            let holds = queues::lock(self.queues).holds_send(settlement.lease, settlement.id);
            if !holds || !self.spend(Queue::Sends, settlement.lease) {
                self.note(Effect::Fenced);
                continue;
            }
            let release = self.settle_send(now, settlement)?;
            self.note(Effect::SendSettled {
                lease: settlement.lease,
                release,
            });
        }
        Ok(())
    }

    fn settle_send(
        &mut self,
        now: UnixMillis,
        settlement: &SendSettlement,
    ) -> Result<Release, Error> {
        let Some(mut row) = self.rows.message(settlement.id)? else {
            return Ok(Release::Done);
        };
        row.attempts += u32::from(settlement.attempted);
        if let SendVerdict::Sent { wamid } = &settlement.verdict {
            return self.settle_sent(now, row, wamid);
        }
        if !is_open(row.state) {
            // Its status came first, and knows better than the answer that was lost.
            self.rows.change_message(&row)?;
            return Ok(Release::Done);
        }
        let release = match &settlement.verdict {
            SendVerdict::Sent { .. } => Release::Done,
            SendVerdict::Retry { at, error } => {
                self.set_state(now, &mut row, MessageState::Queued);
                row.due = *at;
                row.error = Some(error.clone());
                if settlement.attempted {
                    Release::Retry(*at)
                } else {
                    Release::Return(*at)
                }
            }
            SendVerdict::Failed { error } => {
                self.set_state(now, &mut row, MessageState::Failed);
                row.error = Some(error.clone());
                self.suppress_after(now, &row)?;
                Release::Done
            }
            SendVerdict::Uncertain { error } => {
                self.set_state(now, &mut row, MessageState::Uncertain);
                row.error = Some(error.clone());
                row.noticed = false;
                Release::Hold
            }
        };
        self.rows.change_message(&row)?;
        Ok(release)
    }

    fn settle_sent(
        &mut self,
        now: UnixMillis,
        mut row: MessageRow,
        wamid: &str,
    ) -> Result<Release, Error> {
        row.wamid = Some(wamid.to_owned());
        if is_open(row.state) {
            row.error = None;
        }
        let state = advance(row.state, MessageState::Sent);
        self.set_state(now, &mut row, state);
        for (told, error) in self.statuses_that_came_first(&row.account_id, wamid)? {
            let state = advance(row.state, told);
            if state != row.state && state == MessageState::Failed {
                row.error = error;
                self.suppress_after(now, &row)?;
            }
            self.set_state(now, &mut row, state);
        }
        self.rows.change_message(&row)?;
        Ok(Release::Done)
    }

    /// See [`crate::Outbox::resolve_uncertain`].
    pub(crate) fn resolve_uncertain(
        &mut self,
        now: UnixMillis,
        id: OutboxId,
        resend: bool,
        notice: &NewEvent,
    ) -> Result<(), Error> {
        let row = self.rows.message(id)?;
        let waits = |row: &MessageRow| row.state == MessageState::Uncertain && !row.noticed;
        let Some(mut row) = row.filter(waits) else {
            return Ok(());
        };
        row.noticed = true;
        if resend {
            self.set_state(now, &mut row, MessageState::Queued);
            row.due = UnixMillis::ZERO;
            self.note(Effect::SendAgain {
                id,
                at: UnixMillis::ZERO,
            });
        } else {
            self.note(Effect::SendDecided {
                account: row.account,
                lane: row.lane,
                id,
            });
        }
        self.rows.change_message(&row)?;
        self.accept_one(now, notice)?;
        Ok(())
    }

    fn set_state(&mut self, now: UnixMillis, row: &mut MessageRow, state: MessageState) {
        if row.state != state {
            self.note(Effect::MessageState {
                from: Some(row.state),
                to: state,
            });
            row.state = state;
            row.updated_at = now;
        }
    }
}
