//! What the business is told, and how: changes of any field; webhooks held, released, doubled, waited for.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Here, Refused};

/// `POST /sim/changes`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    field: String,
    value: Value,
    /// The number it concerns; the first, unless told otherwise.
    phone_number_id: Option<String>,
}

pub(super) async fn change(State(world): Here, Json(change): Json<Change>) -> Answer {
    let number = match &change.phone_number_id {
        None => 0,
        Some(id) => world
            .number_by_id(id)
            .ok_or_else(|| Refused::not_found("such number of the business"))?,
    };
    let told = world.tell_change(number, &change.field, change.value);
    Ok(Json(json!({"told": told})))
}

/// `PUT /sim/webhook`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    url: String,
    /// Whether to shake hands first, as Meta does.
    #[serde(default)]
    handshake: bool,
}

pub(super) async fn webhook(State(world): Here, Json(webhook): Json<Webhook>) -> Answer {
    let url = crate::sim::parse_url(&webhook.url).map_err(Refused::because)?;
    if webhook.handshake {
        let token = world.config.verify_token.expose();
        let shaken = world.shake_hands(url.clone(), token).await;
        shaken.map_err(|error| Refused(StatusCode::BAD_GATEWAY, error.to_string()))?;
    }
    let mut state = world.state();
    state.webhook_url = Some(url);
    world.release(&mut state);
    Ok(Json(json!({"url": webhook.url})))
}

/// `POST /sim/webhooks/hold`
pub(super) async fn hold(State(world): Here, Json(_): Json<Value>) -> Answer {
    world.state().is_holding = true;
    Ok(Json(json!({"is_holding": true})))
}

/// `POST /sim/webhooks/release`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    #[serde(default, rename = "as")]
    manner: Manner,
    /// Another seed, another order.
    #[serde(default)]
    seed: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Manner {
    /// Each in a webhook of its own.
    #[default]
    Each,
    /// As few webhooks as possible.
    Batch,
    /// In another order.
    Shuffled,
}

pub(super) async fn release(State(world): Here, Json(release): Json<Release>) -> Answer {
    let released = world.state().held.len();
    match release.manner {
        Manner::Each => {
            let mut state = world.state();
            state.is_holding = false;
            world.release(&mut state);
        }
        Manner::Batch => world.release_batch().await,
        Manner::Shuffled => world.release_shuffled(release.seed),
    }
    Ok(Json(json!({"released": released})))
}

/// `POST /sim/webhooks/duplicate`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Duplicate {
    count: u32,
}

pub(super) async fn duplicate(State(world): Here, Json(duplicate): Json<Duplicate>) -> Answer {
    let mut state = world.state();
    state.duplicate_next = state.duplicate_next.saturating_add(duplicate.count);
    Ok(Json(json!({"duplicate_next": state.duplicate_next})))
}

/// `POST /sim/drain`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Drain {
    timeout_seconds: u64,
}

/// Waits until every webhook is acknowledged or given up.
pub(super) async fn drain(State(world): Here, Json(drain): Json<Drain>) -> Answer {
    let mut outstanding = world.outstanding.subscribe();
    let patience = Duration::from_secs(drain.timeout_seconds.min(600));
    let drained = tokio::select! {
        drained = tokio::time::timeout(patience, outstanding.wait_for(|count| *count == 0)) => drained.is_ok(),
        () = world.stopping.cancelled() => false,
    };
    Ok(Json(
        json!({"drained": drained, "outstanding": *world.outstanding.borrow()}),
    ))
}
