//! The Graph API as far as it is simulated: routes, the token, the faults.

mod business;
mod media;
mod multipart;
mod refusal;
mod send;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use self::refusal::Refusal;
use self::send::Request;
use crate::fault::{Call, Fault};
use crate::wire::Wire;
use crate::world::{MESSAGING, World};

/// The largest file, and what is written around it.
const UPLOAD_MAX_BYTES: usize = (100 << 20) + (64 << 10);

pub(crate) fn router(world: Arc<World>) -> Router {
    let upload = post(media::upload).layer(DefaultBodyLimit::max(UPLOAD_MAX_BYTES));
    let subscribed_apps = get(business::subscribed_apps)
        .post(business::subscribe)
        .delete(business::unsubscribe);
    Router::new()
        .route("/{version}/{id}/messages", post(messages))
        .route("/{version}/{id}/media", upload)
        .route(
            "/{version}/{id}/phone_numbers",
            get(business::phone_numbers),
        )
        .route("/{version}/{id}/subscribed_apps", subscribed_apps)
        .route("/{version}/debug_token", get(token::debug))
        .route("/{version}/{id}", get(node).delete(media::delete))
        .route("/whatsapp_business/attachments/", get(media::download))
        .fallback(|uri: Uri| async move { Refusal::unknown_path(uri.path()).into_response() })
        .with_state(world.clone())
        .nest("/sim", crate::control::router(world))
}

/// `GET /{version}/{id}`: whatever has this id.
async fn node(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.as_deref();
    let who = Caller::check(&world, &version, &headers, query);
    let (call, found) = match &who {
        Err(_) => (Call::Number, None),
        Ok(who) => {
            business::node(&world, who, &id, query).unwrap_or_else(|| media::node(&world, &id))
        }
    };
    let answered = match (who, found) {
        (Err(refusal), _) => Err(refusal),
        (Ok(_), None) => Err(Refusal::unknown_object("get", &id)),
        (Ok(_), Some(found)) => found,
    };
    match answered {
        Ok(body) => {
            let fault = world.state().faults.draw_for(call);
            meet(&world, &wire, fault, || answer(&body)).await
        }
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
    let request = Caller::check(&world, &version, &headers, query.as_deref())
        .and_then(|who| who.may(MESSAGING))
        .and_then(|()| {
            let number = world.number_by_id(&id);
            number.ok_or_else(|| Refusal::unknown_object("post", &id))
        })
        .and_then(|number| Ok((number, send::read(&world, &body)?)));
    match request {
        Ok((_, Request::Read { wamid, typing })) => {
            let fault = world.state().faults.draw_for(Call::MarkRead);
            let act = || {
                mark_read(&world, wamid, typing);
                answer(&json!({"success": true}))
            };
            meet(&world, &wire, fault, act).await
        }
        Ok((number, Request::Send(send))) => take(&world, &wire, number, send).await,
        Err(refusal) => {
            not_taken(&world);
            refusal.into_response()
        }
    }
}

/// A send that is in order: what was planned for it befalls it, else what the rules have for it, else nothing.
async fn take(world: &Arc<World>, wire: &Wire, number: usize, send: send::Send) -> Response {
    let drawn = world.state().faults.draw(&send.recipient);
    let fault = drawn.or_else(|| world.rule(number, &send.recipient, send.kind()));
    if fault.is_some_and(|fault| !fault.takes()) {
        not_taken(world);
    }
    let act = || {
        let fails_with = match fault {
            Some(Fault::FailsLater(code)) => Some(code),
            _ => None,
        };
        let (recipient, input) = (send.recipient.clone(), send.input);
        let wamid = world.take(number, recipient, send.body, fails_with);
        let mut message = json!({"id": wamid});
        if fault == Some(Fault::Held) {
            message["message_status"] = "held_for_quality_assessment".into();
        }
        answer(&json!({
            "messaging_product": "whatsapp",
            "contacts": [send::contact(world, &send.recipient, &input)],
            "messages": [message],
        }))
    };
    meet(world, wire, fault, act).await
}

fn not_taken(world: &World) {
    world.state().journal.counts.sends_not_taken += 1;
    world.happened();
}

/// Does what was asked, unless a fault comes between; and answers, unless one comes between that.
async fn meet(
    world: &World,
    wire: &Wire,
    fault: Option<Fault>,
    act: impl FnOnce() -> Response,
) -> Response {
    let Some(fault) = fault else {
        return act();
    };
    if let Fault::Slow(wait) = fault {
        tokio::time::sleep(wait).await;
    }
    let answered = fault.takes().then(act);
    match fault {
        Fault::HangBefore | Fault::HangAfter => {
            world.stopping.cancelled().await;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Fault::ResetBefore | Fault::ResetAfter => {
            wire.cut();
            return StatusCode::NO_CONTENT.into_response();
        }
        Fault::Status(status) | Fault::StatusAfter(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, NOT_META).into_response();
        }
        Fault::GarbageAfter => return NOT_META.into_response(),
        Fault::Code(code) => return Refusal::of_code(code).into_response(),
        Fault::Throttled {
            code,
            regain_minutes,
        } => return Refusal::throttled(code, regain_minutes).into_response(),
        Fault::SlowAnswer(wait) => tokio::time::sleep(wait).await,
        Fault::Slow(_) | Fault::FailsLater(_) | Fault::Held => {}
    }
    // The faults that come this far let the call have its effect, and its answer with it.
    answered.unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

const NOT_META: &str = "<html>not Meta's words</html>";

fn mark_read(world: &World, wamid: String, typing: bool) {
    let mut state = world.state();
    state.journal.counts.read_marks += 1;
    if let Some(phone) = state.written_by.get(&wamid).copied() {
        state.phones[phone].sees_typing = typing;
    }
    state.journal.read_marks.insert(wamid);
}

/// Somebody with a token that is good.
struct Caller {
    token: crate::world::Token,
}

impl Caller {
    /// Looks at the version and the token.
    fn check(
        world: &World,
        version: &str,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Self, Refusal> {
        if !is_version(version) {
            return Err(Refusal::unknown_path(version));
        }
        Self::check_token(world, headers, query)
    }

    fn check_token(
        world: &World,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Self, Refusal> {
        let header = headers.get(AUTHORIZATION);
        let header = header.and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|value| value.strip_prefix("Bearer "));
        let given = bearer.or_else(|| parameter(query, "access_token"));
        if given != Some(world.config.access_token.expose()) {
            return Err(Refusal::of_code(190));
        }
        let token = world.state().token.clone();
        if token.is_valid(world.now_ms()) {
            Ok(Self { token })
        } else {
            Err(Refusal::expired_token())
        }
    }

    /// Whether the token has this permission.
    fn may(&self, scope: &str) -> Result<(), Refusal> {
        if self.token.has(scope) {
            Ok(())
        } else {
            let details = format!("Application does not have permission for this action: {scope}.");
            Err(Refusal::because(10, details))
        }
    }
}

fn is_version(version: &str) -> bool {
    let number = version.strip_prefix('v').unwrap_or("");
    number.split_once('.').is_some_and(|(major, minor)| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number(major) && is_number(minor)
    })
}

/// A parameter of the query, as it stands there.
fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn answer(body: &Value) -> Response {
    (
        [(CONTENT_TYPE, "application/json; charset=UTF-8")],
        body.to_string(),
    )
        .into_response()
}
