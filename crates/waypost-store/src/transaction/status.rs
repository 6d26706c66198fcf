//! What Meta says of a message of ours, whether it comes by webhook or in the answer to the call, in either order.
//!
//! **Invariant:** a message's state never goes backwards ([`waypost_core::status::advance`]).

use waypost_core::account::AccountId;
use waypost_core::event::{EventType, StoredEvent};
use waypost_core::message::{MessageState, StatusChange};
use waypost_core::normalise::subject;
use waypost_core::status::advance;
use waypost_core::time::UnixMillis;

use super::Transaction;
use crate::Error;
use crate::queues::Effect;
use crate::rows::MessageRow;

impl Transaction<'_> {
    /// A status webhook. One about a message that is not ours, or whose id is not known yet, is an event and no more.
    pub(super) fn apply_status(
        &mut self,
        now: UnixMillis,
        account_id: &AccountId,
        change: &StatusChange,
    ) -> Result<(), Error> {
        let account = self.rows.account_number(account_id)?;
        let by_id = match change.outbox_id {
            Some(id) => self.rows.message(id)?,
            None => None,
        };
        // Another account's webhook has no say here, whatever callback data it carries.
        let row = match by_id.filter(|row| row.account == account) {
            Some(row) => Some(row),
            None => self.rows.message_by_wamid(account, &change.wamid)?,
        };
        let Some(mut row) = row else {
            return Ok(());
        };
        if row.wamid.is_none() {
            row.wamid = Some(change.wamid.clone());
        }
        self.advance_message(now, row, change.state, change.error.clone())
    }

    /// Statuses of this id that came before the id was known to be this message's.
    pub(super) fn statuses_that_came_first(
        &mut self,
        account_id: &AccountId,
        wamid: &str,
    ) -> Result<Vec<(MessageState, Option<String>)>, Error> {
        let subject = subject(account_id.as_str(), wamid);
        let mut found = Vec::new();
        for id in self.rows.events_about(subject)? {
            let Some(event) = self.rows.event(id)? else {
                continue;
            };
            let same =
                event.account_id == *account_id && event.message_id.as_deref() == Some(wamid);
            if let Some(state) = state_told_by(event.event_type)
                && same
            {
                found.push((state, errors_in(&event)));
            }
        }
        Ok(found)
    }

    /// Moves a message to what `told` makes of its state, writes it, and lets its lane go on if its fate is now known.
    pub(super) fn advance_message(
        &mut self,
        now: UnixMillis,
        mut row: MessageRow,
        told: MessageState,
        error: Option<String>,
    ) -> Result<(), Error> {
        let before = row.state;
        row.state = advance(before, told);
        if row.state != before {
            row.updated_at = now;
            row.error = match row.state {
                MessageState::Failed => error,
                _ => None,
            };
            self.note(Effect::MessageState {
                from: Some(before),
                to: row.state,
            });
            if row.state == MessageState::Failed {
                self.suppress_after(now, &row)?;
            }
            if is_open(before) && !is_open(row.state) {
                self.note(Effect::SendDecided {
                    account: row.account,
                    lane: row.lane,
                    id: row.id,
                });
            }
        }
        self.rows.change_message(&row)
    }
}

/// Whether what becomes of a message is still unknown.
pub(super) fn is_open(state: MessageState) -> bool {
    matches!(
        state,
        MessageState::Queued | MessageState::Sending | MessageState::Uncertain
    )
}

fn state_told_by(event_type: EventType) -> Option<MessageState> {
    match event_type {
        EventType::MessageSent => Some(MessageState::Sent),
        EventType::MessageDelivered => Some(MessageState::Delivered),
        EventType::MessageRead | EventType::MessagePlayed => Some(MessageState::Read),
        EventType::MessageFailed => Some(MessageState::Failed),
        _ => None,
    }
}

/// The `errors` of a status as Meta wrote them.
fn errors_in(event: &StoredEvent) -> Option<String> {
    let status: serde_json::Value = serde_json::from_slice(event.body.raw()).ok()?;
    status.get("errors").map(ToString::to_string)
}
