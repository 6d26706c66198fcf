//! Deliveries and messages as the API shows them: every moment as RFC 3339 in UTC.

use std::time::Duration;

use serde_json::{Value, json};
use waypost_core::account::UncertainPolicy;
use waypost_core::advice::{advice, of_uncertain};
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

/// What decides about a message besides itself.
pub(super) struct Standing<'a> {
    /// Its account's hold.
    pub(super) hold: Option<&'a Hold>,
    /// The uncertain message that holds its conversation.
    pub(super) behind: Option<&'a MessageView>,
    pub(super) uncertain_after: Option<Duration>,
    pub(super) policy: UncertainPolicy,
}

/// A message of ours.
pub(super) fn message_view(message: &MessageView, standing: &Standing<'_>) -> Value {
    let hold = standing
        .hold
        .filter(|_| message.state == MessageState::Queued);
    let behind_until = match (standing.behind, standing.uncertain_after) {
        (Some(ahead), Some(after)) => Some(ahead.updated_at.plus(after)),
        _ => None,
    };
    let probe_at = hold.map(|hold| hold.probe_at);
    // What keeps it longest.
    let next_attempt_at = message.next_attempt_at.max(probe_at).max(behind_until);
    let advice = match message.state {
        MessageState::Uncertain => Some(of_uncertain(standing.policy)),
        _ => message.error.as_ref().and_then(advice),
    };
    json!({
        "id": message.id,
        "account_id": message.account_id,
        "to": message.to,
        "type": message.message_type,
        "state": message.state,
        "wamid": message.wamid,
        "error": message.error,
        "advice": advice,
        "held": hold.map(held_view),
        "waits_behind": standing.behind.map(|ahead| json!({
            "id": ahead.id,
            "state": ahead.state,
            "until": behind_until.map(UnixMillis::rfc3339),
        })),
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
