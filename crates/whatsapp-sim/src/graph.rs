//! The Graph API as far as it is simulated: routes, the token, the faults.

mod refusal;
mod send;

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use self::refusal::Refusal;
use self::send::Request;
use crate::fault::Fault;
use crate::wire::Wire;
use crate::world::World;

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/{version}/{id}/messages", post(messages))
        .route("/{version}/{id}", get(node))
        .fallback(|uri: Uri| async move { Refusal::unknown_path(uri.path()).into_response() })
        .with_state(world)
}

/// `GET /{version}/{phone_number_id}`
async fn node(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let number = check_version(&version)
        .and_then(|()| check_token(&world, &headers, query.as_deref()))
        .and_then(|()| {
            world
                .number_by_id(&id)
                .ok_or_else(|| Refusal::unknown_object("get", &id))
        });
    match number {
        Ok(number) => answer(&json!({
            "verified_name": "Waypost Simulator",
            "code_verification_status": "VERIFIED",
            "display_phone_number": world.config.numbers[number].display_phone_number,
            "quality_rating": "GREEN",
            "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"},
            "id": world.config.numbers[number].phone_number_id,
        })),
        Err(refusal) => refusal.into_response(),
    }
}

/// `POST /{version}/{phone_number_id}/messages`
async fn messages(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = check_version(&version)
        .and_then(|()| check_token(&world, &headers, query.as_deref()))
        .and_then(|()| {
            world
                .number_by_id(&id)
                .ok_or_else(|| Refusal::unknown_object("post", &id))
        })
        .and_then(|number| Ok((number, send::read(&body)?)));
    match request {
        Ok((_, Request::Read { wamid, typing })) => {
            mark_read(&world, wamid, typing);
            answer(&json!({"success": true}))
        }
        Ok((number, Request::Send(send))) => {
            let fault = world.state().faults.draw(&send.recipient);
            take(&world, &wire, number, send, fault).await
        }
        Err(refusal) => {
            world.state().journal.counts.sends_not_taken += 1;
            refusal.into_response()
        }
    }
}

async fn take(
    world: &Arc<World>,
    wire: &Wire,
    number: usize,
    send: send::Send,
    fault: Option<Fault>,
) -> Response {
    if let Some(Fault::Slow(wait)) = fault {
        tokio::time::sleep(wait).await;
    }
    let accepted = if fault.is_none_or(Fault::takes) {
        let contacts = send.contacts(world);
        let wamid = world.take(number, send.recipient, send.body);
        json!({"messaging_product": "whatsapp", "contacts": [contacts], "messages": [{"id": wamid}]})
    } else {
        world.state().journal.counts.sends_not_taken += 1;
        Value::Null
    };
    match fault {
        None | Some(Fault::Slow(_)) => answer(&accepted),
        Some(Fault::SlowAnswer(wait)) => {
            tokio::time::sleep(wait).await;
            answer(&accepted)
        }
        Some(Fault::HangBefore | Fault::HangAfter) => {
            world.stopping.cancelled().await;
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Some(Fault::ResetBefore | Fault::ResetAfter) => {
            wire.cut();
            StatusCode::NO_CONTENT.into_response()
        }
        Some(Fault::Status(status) | Fault::StatusAfter(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "<html>not Meta's words</html>").into_response()
        }
        Some(Fault::GarbageAfter) => "<html>not Meta's words</html>".into_response(),
        Some(Fault::Code(code)) => Refusal::of_code(code).into_response(),
    }
}

fn mark_read(world: &World, wamid: String, typing: bool) {
    let mut state = world.state();
    state.journal.counts.read_marks += 1;
    if let Some(phone) = state.written_by.get(&wamid).copied() {
        state.phones[phone].sees_typing = typing;
    }
    state.journal.read_marks.insert(wamid);
}

fn check_version(version: &str) -> Result<(), Refusal> {
    let number = version.strip_prefix('v').unwrap_or("");
    let is_version = number.split_once('.').is_some_and(|(major, minor)| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number(major) && is_number(minor)
    });
    if is_version {
        Ok(())
    } else {
        Err(Refusal::unknown_path(version))
    }
}

fn check_token(world: &World, headers: &HeaderMap, query: Option<&str>) -> Result<(), Refusal> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| value.strip_prefix("Bearer "));
    let in_query = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("access_token="));
    match bearer.or(in_query) {
        Some(token) if token == world.config.access_token.expose() => Ok(()),
        _ => Err(Refusal::of_code(190)),
    }
}

fn answer(body: &Value) -> Response {
    (
        [(CONTENT_TYPE, "application/json; charset=UTF-8")],
        body.to_string(),
    )
        .into_response()
}
