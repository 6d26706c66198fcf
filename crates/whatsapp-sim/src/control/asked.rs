//! What is changed for calls to come: behaviour, faults, the token, the time.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Answer, Here, Refused};
use crate::fault::{Call, Fault};
use crate::person::digits;
use crate::world::Kind;

/// A value with some members of another in place of its own.
fn patched<T: serde::Serialize + serde::de::DeserializeOwned>(
    now: &T,
    patch: Value,
) -> Result<T, Refused> {
    let mut whole = serde_json::to_value(now).map_err(Refused::because)?;
    let (Value::Object(members), Value::Object(patch)) = (&mut whole, patch) else {
        return Err(Refused::because("the body is no object"));
    };
    members.extend(patch);
    serde_json::from_value(whole).map_err(Refused::because)
}

/// `PATCH /sim/behaviour`
pub(super) async fn behaviour(State(world): Here, Json(patch): Json<Value>) -> Answer {
    let mut state = world.state();
    state.behaviour = patched(&state.behaviour, patch)?;
    Ok(Json(json!(state.behaviour)))
}

/// `PATCH /sim/token`
pub(super) async fn token(State(world): Here, Json(mut patch): Json<Value>) -> Answer {
    let in_seconds = patch.as_object_mut();
    if let Some(seconds) = in_seconds.and_then(|patch| patch.remove("expires_in_seconds")) {
        let seconds = seconds.as_u64();
        let seconds =
            seconds.ok_or_else(|| Refused::because("`expires_in_seconds` is no number"))?;
        patch["expires_at_ms"] = (world.now_ms() + seconds * 1000).into();
    }
    let mut state = world.state();
    state.token = patched(&state.token, patch)?;
    Ok(Json(json!(state.token)))
}

/// `POST /sim/faults`
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(flatten)]
    fault: AskedFault,
    /// The calls it befalls; sends, unless told otherwise.
    call: Option<Call>,
    /// So many from now on; one, unless told otherwise.
    times: Option<usize>,
    /// Or every n-th send.
    every: Option<u64>,
    /// Or every send to this recipient.
    recipient: Option<String>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
enum AskedFault {
    HangBefore,
    HangAfter,
    ResetBefore,
    ResetAfter,
    Status { status: u16 },
    StatusAfter { status: u16 },
    GarbageAfter,
    Code { code: i64 },
    Throttled { code: i64, regain_minutes: u32 },
    FailsLater { code: i64 },
    Held,
    Slow { ms: u64 },
    SlowAnswer { ms: u64 },
}

impl From<AskedFault> for Fault {
    fn from(asked: AskedFault) -> Self {
        match asked {
            AskedFault::HangBefore => Self::HangBefore,
            AskedFault::HangAfter => Self::HangAfter,
            AskedFault::ResetBefore => Self::ResetBefore,
            AskedFault::ResetAfter => Self::ResetAfter,
            AskedFault::Status { status } => Self::Status(status),
            AskedFault::StatusAfter { status } => Self::StatusAfter(status),
            AskedFault::GarbageAfter => Self::GarbageAfter,
            AskedFault::Code { code } => Self::Code(code),
            AskedFault::Throttled {
                code,
                regain_minutes,
            } => Self::Throttled {
                code,
                regain_minutes,
            },
            AskedFault::FailsLater { code } => Self::FailsLater(code),
            AskedFault::Held => Self::Held,
            AskedFault::Slow { ms } => Self::Slow(Duration::from_millis(ms)),
            AskedFault::SlowAnswer { ms } => Self::SlowAnswer(Duration::from_millis(ms)),
        }
    }
}

pub(super) async fn faults(State(world): Here, Json(asked): Json<Asked>) -> Answer {
    let planned = asked.fault;
    let fault = Fault::from(asked.fault);
    let mut state = world.state();
    match (
        asked.call.unwrap_or(Call::Messages),
        asked.every,
        asked.recipient,
    ) {
        (Call::Messages, Some(nth), None) => state.faults.every(nth, fault),
        (Call::Messages, None, Some(recipient)) => {
            // As sends name it: digits of a number, anything else as it stands.
            let is_number = recipient.starts_with(|c: char| c == '+' || c.is_ascii_digit());
            let recipient = if is_number {
                digits(&recipient)
            } else {
                recipient
            };
            state.faults.for_recipient(recipient, fault);
        }
        (call, None, None) => state.faults.push_for(call, asked.times.unwrap_or(1), fault),
        _ => {
            return Err(Refused::because(
                "`every` and `recipient` are for sends, and one at a time",
            ));
        }
    }
    Ok(Json(json!({"planned": planned})))
}

/// `DELETE /sim/faults`
pub(super) async fn no_faults(State(world): Here) -> Answer {
    world.state().faults.clear();
    Ok(Json(json!({"planned": null})))
}

/// `PUT /sim/objects/{id}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    kind: Kind,
    /// The id of what it belongs to.
    #[serde(default)]
    of: String,
    #[serde(default)]
    members: Map<String, Value>,
}

pub(super) async fn object(
    State(world): Here,
    Path(id): Path<String>,
    Json(object): Json<Object>,
) -> Answer {
    world.put(object.kind, &id, &object.of, object.members.into());
    Ok(Json(json!({"id": id})))
}

/// `POST /sim/time`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pass {
    pass_seconds: u64,
}

pub(super) async fn time(State(world): Here, Json(pass): Json<Pass>) -> Answer {
    world.pass(Duration::from_secs(pass.pass_seconds));
    Ok(Json(json!({"now_ms": world.now_ms()})))
}
