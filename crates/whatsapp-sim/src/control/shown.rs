//! What a simulator tells of itself: who it plays, how it behaves, what it saw.
//!
//! **Invariant:** no secret is shown, not even an invented one: it may stand in for a real one.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Here};

/// `GET /sim`
pub(super) async fn everything(State(world): Here) -> Answer {
    let state = world.state();
    let numbers: Vec<Value> = world
        .numbers()
        .iter()
        .map(|number| {
            json!({
                "phone_number_id": number.phone_number_id,
                "business_account_id": number.business_account_id,
                "display_phone_number": number.display_phone_number,
            })
        })
        .collect();
    let counts = state.journal.counts;
    Ok(Json(json!({
        "graph_url": format!("http://{}", world.address),
        "webhook_url": state.webhook_url.as_ref().map(reqwest::Url::as_str),
        "numbers": numbers,
        "behaviour": state.behaviour,
        "now_ms": world.now_ms(),
        "is_holding": state.is_holding,
        "held": state.held.len(),
        "outstanding": *world.outstanding.borrow(),
        "counts": {
            "sends_taken": counts.sends_taken,
            "sends_not_taken": counts.sends_not_taken,
            "double_sends": counts.double_sends,
            "read_marks": counts.read_marks,
            "webhook_attempts": counts.webhook_attempts,
            "updates_acknowledged": counts.updates_acknowledged,
            "updates_given_up": counts.updates_given_up,
        },
    })))
}

/// `GET /sim/behaviour`
pub(super) async fn behaviour(State(world): Here) -> Answer {
    Ok(Json(json!(world.state().behaviour)))
}

/// `GET /sim/token`
pub(super) async fn token(State(world): Here) -> Answer {
    Ok(Json(json!(world.state().token)))
}

/// `GET /sim/time`
pub(super) async fn time(State(world): Here) -> Answer {
    Ok(Json(json!({"now_ms": world.now_ms()})))
}

/// Where to begin in a list.
#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: usize,
}

/// `GET /sim/sends`
pub(super) async fn sends(State(world): Here, Query(after): Query<After>) -> Answer {
    let state = world.state();
    let sends = state.journal.sends.iter().skip(after.after).map(|send| {
        json!({
            "wamid": send.wamid,
            "phone_number_id": send.phone_number_id,
            "recipient": send.recipient,
            "body": send.body,
            "at_ms": send.at_ms,
            "repetition": send.repetition,
        })
    });
    let sends: Vec<Value> = sends.collect();
    Ok(Json(
        json!({"next": after.after + sends.len(), "sends": sends}),
    ))
}

/// `GET /sim/webhooks`
pub(super) async fn webhooks(State(world): Here, Query(after): Query<After>) -> Answer {
    let state = world.state();
    let webhooks = state.journal.posts.iter().skip(after.after).map(|post| {
        json!({
            "updates": post.updates,
            "is_duplicate": post.is_duplicate,
            "attempts": post.attempts,
            "last_status": post.last_status,
            "acknowledged_at_ms": post.acknowledged_at_ms,
            "is_given_up": post.is_given_up,
        })
    });
    let webhooks: Vec<Value> = webhooks.collect();
    Ok(Json(
        json!({"next": after.after + webhooks.len(), "webhooks": webhooks}),
    ))
}
