//! `POST /{version}/{phone_number_id}/messages`: sends, read marks, "typing…". And `/marketing_messages`, which only sends.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Uri};
use serde_json::json;

use super::caller::Caller;
use super::refusal::Refusal;
use super::send::{self, Request, Send};
use super::{answer, ask, meet};
use crate::fault::{Call, Fault};
use crate::wire::Wire;
use crate::world::{Failure, MESSAGING, World};

pub(super) async fn take(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path((_, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered(&world, &wire, &id, &uri, &headers, &body).await
}

/// What a body is answered, by whichever way it came.
pub(super) async fn answered(
    world: &Arc<World>,
    wire: &Wire,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    match read(world, id, uri, headers, body) {
        Ok((_, Request::Read { wamid, typing })) => {
            let fault = world.state().faults.draw_for(Call::MarkRead);
            let act = || {
                mark_read(world, wamid, typing);
                answer(&json!({"success": true}))
            };
            meet(world, wire, fault, act).await
        }
        Ok((number, Request::Send(send))) => taken(world, wire, number, send).await,
        Err(refusal) => not_taken(world, refusal),
    }
}

fn read(
    world: &World,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(usize, Request), Refusal> {
    let number = sender(world, id, uri, headers)?;
    if !world.state().is_registered(id) {
        return Err(Refusal::of_code(133_010));
    }
    let is_marketing = uri.path().ends_with("/marketing_messages");
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let body = send::object(kind, body)?;
    Ok((number, send::read(world, number, body, is_marketing)?))
}

/// The number of this id, for somebody who may use it, in a version that there is.
pub(super) fn sender(
    world: &World,
    id: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<usize, Refusal> {
    let version = uri.path().split('/').nth(1);
    if !version.is_some_and(ask::is_version) {
        return Err(Refusal::unknown_path(uri.path()));
    }
    let caller = Caller::of_head(world, headers, uri)?;
    caller.may(MESSAGING)?;
    let number = world.number_by_id(id);
    let number = number.ok_or_else(|| Refusal::unknown_object("post", id))?;
    caller.may_see(&world.state(), id)?;
    Ok(number)
}

/// A send that is in order: what was planned for it befalls it, else what the rules have for it, else what it carries in itself.
async fn taken(world: &Arc<World>, wire: &Wire, number: usize, send: Send) -> Response {
    let drawn = world.state().faults.draw(&send.recipient.handle);
    let fault = drawn.or_else(|| world.rule(number, &send.recipient.handle, send.kind()));
    if fault.is_some_and(|fault| !fault.takes()) {
        count_not_taken(world);
    }
    let act = || {
        let failure = match fault {
            Some(Fault::FailsLater(code)) => Some(Failure::of_code(code)),
            _ => send.failure,
        };
        let handle = send.recipient.handle.clone();
        let wamid = world.take(number, handle, &send.body, send.category, failure);
        let mut message = json!({"id": wamid});
        if fault == Some(Fault::Held) {
            message["message_status"] = "held_for_quality_assessment".into();
        }
        answer(&json!({
            "messaging_product": "whatsapp",
            "contacts": [send.recipient.told(world)],
            "messages": [message],
        }))
    };
    meet(world, wire, fault, act).await
}

/// Refuses a send, and counts it.
pub(super) fn not_taken(world: &World, refusal: Refusal) -> Response {
    count_not_taken(world);
    refusal.into_response()
}

fn count_not_taken(world: &World) {
    world.state().journal.counts.sends_not_taken += 1;
    world.happened();
}

fn mark_read(world: &World, wamid: String, typing: bool) {
    let mut state = world.state();
    state.journal.counts.read_marks += 1;
    if let Some(written) = state.written.get(&wamid) {
        let phone = written.phone;
        state.phones[phone].sees_typing = typing;
    }
    state.journal.read_marks.insert(wamid);
}
