//! Deliveries and messages as the API shows them: every moment as RFC 3339 in UTC.

use serde_json::{Value, json};
use waypost_core::advice::advice;
use waypost_core::delivery::{Attempt, DeliveryView};
use waypost_core::message::{MessageState, MessageView};
use waypost_core::sender::Hold;
use waypost_core::time::UnixMillis;

/// A delivery.
pub(crate) fn delivery_view(delivery: &DeliveryView) -> Value {
    let attempts: Vec<_> = delivery.attempts.iter().map(attempt_view).collect();
    json!({
        "id": delivery.id,
        "event_id": delivery.event_id,
        "hook_id": delivery.hook_id,
        "state": delivery.state,
        "reason": delivery.reason,
        "created_at": delivery.id.time().rfc3339(),
        "next_attempt_at": delivery.next_attempt_at.map(UnixMillis::rfc3339),
        "attempts": attempts,
        "redelivery_of": delivery.redelivery_of,
        "redelivered_as": delivery.redelivered_as,
        "replay_id": delivery.replay_id,
    })
}

fn attempt_view(attempt: &Attempt) -> Value {
    json!({
        "number": attempt.number,
        "at": attempt.at.rfc3339(),
        "duration_ms": attempt.duration_ms,
        "status": attempt.status,
        "error": attempt.error,
        "response": attempt.response,
        "reply": attempt.reply,
    })
}

/// A message of ours; `hold` is its account's, if it has one.
pub(super) fn message_view(message: &MessageView, hold: Option<&Hold>) -> Value {
    let hold = hold.filter(|_| message.state == MessageState::Queued);
    let next_attempt_at = match (message.next_attempt_at, hold) {
        (next, Some(hold)) => Some(next.map_or(hold.probe_at, |next| next.max(hold.probe_at))),
        (next, None) => next,
    };
    json!({
        "id": message.id,
        "account_id": message.account_id,
        "state": message.state,
        "wamid": message.wamid,
        "error": message.error,
        "advice": message.error.as_ref().and_then(advice),
        "held": hold.map(held_view),
        "attempts": message.attempts,
        "created_at": message.id.time().rfc3339(),
        "updated_at": message.updated_at.rfc3339(),
        "next_attempt_at": next_attempt_at.map(UnixMillis::rfc3339),
        "event_id": message.event_id,
        "delivery_id": message.delivery_id,
    })
}

/// Why an account's messages wait.
fn held_view(hold: &Hold) -> Value {
    json!({
        "since": hold.since.rfc3339(),
        "probe_at": hold.probe_at.rfc3339(),
        "error": hold.error,
        "advice": advice(&hold.error),
    })
}
