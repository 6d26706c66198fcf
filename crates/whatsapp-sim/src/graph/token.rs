//! `GET /{version}/debug_token`: what a token is good for.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use serde_json::{Value, json};

use super::business::APP_ID;
use super::refusal::Refusal;
use super::{Caller, answer, meet, parameter};
use crate::fault::Call;
use crate::wire::Wire;
use crate::world::{MANAGEMENT, MESSAGING, World};

/// Asked with the token itself, or with the app's, `APP_ID|APP_SECRET`; a token that is good no more is still told about.
pub(super) async fn debug(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path(version): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.as_deref();
    let asked = parameter(query, "input_token").map(decoded);
    let body = match asked {
        _ if !super::is_version(&version) => Err(Refusal::unknown_path(&version)),
        None => Err(Refusal::because(
            100,
            "The parameter input_token is required.",
        )),
        Some(asked) => asker(&world, &headers, query).map(|()| told(&world, &asked)),
    };
    let fault = world.state().faults.draw_for(Call::DebugToken);
    match body {
        Ok(body) => meet(&world, &wire, fault, || answer(&body)).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn asker(world: &World, headers: &HeaderMap, query: Option<&str>) -> Result<(), Refusal> {
    let app = format!("{APP_ID}|{}", world.config.app_secret.expose());
    let in_query = parameter(query, "access_token").map(decoded);
    let in_header = headers.get(http::header::AUTHORIZATION);
    let in_header = in_header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if in_query.as_deref().or(in_header) == Some(&app) {
        return Ok(());
    }
    Caller::check_token(world, headers, query).map(|_| ())
}

fn told(world: &World, asked: &str) -> Value {
    if asked != world.config.access_token.expose() {
        return json!({"data": {
            "is_valid": false,
            "scopes": [],
            "error": {"code": 190, "message": "Invalid OAuth access token."},
        }});
    }
    let token = world.state().token.clone();
    let targets = |scope: &str| -> Vec<&str> {
        let mut ids: Vec<&str> = world
            .config
            .numbers
            .iter()
            .map(|n| n.business_account_id.as_str())
            .collect();
        ids.dedup();
        if matches!(scope, MANAGEMENT | MESSAGING) {
            ids
        } else {
            vec![]
        }
    };
    let granular: Vec<Value> = token
        .scopes
        .iter()
        .map(|scope| json!({"scope": scope, "target_ids": targets(scope)}))
        .collect();
    let mut data = json!({
        "app_id": APP_ID,
        "type": "SYSTEM_USER",
        "application": "Simulated App",
        "data_access_expires_at": 0,
        "expires_at": token.expires_at_ms.map_or(0, |at_ms| at_ms / 1000),
        "is_valid": token.is_valid(world.now_ms()),
        "scopes": token.scopes,
        "granular_scopes": granular,
        "user_id": "122100000000001",
    });
    if !token.is_valid(world.now_ms()) {
        data["error"] = json!({
            "code": 190, "subcode": 463, "message": "Error validating access token: Session has expired.",
        });
    }
    json!({"data": data})
}

/// A query's value in plain text. What is not rightly encoded stays as it is.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).and_then(|digits| hex::decode(digits).ok());
        if let (b'%', Some(byte)) = (first, escaped) {
            bytes.extend(byte);
            rest = &after[2..];
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
