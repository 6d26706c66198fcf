//! The Graph API: every call of the SDK, answered from the simulated world.
//!
//! How it fits: `ask` reads a call, `route` finds what it does in the table of its family, `caller` sees who asks, `desk` is what
//! families work with. Messages and uploads, which are many and large, have handlers of their own.

mod account;
mod analytics;
mod app;
mod ask;
mod attached;
mod automation;
mod block;
mod business;
mod call;
mod caller;
mod desk;
mod encrypted;
mod fields;
mod flow;
mod group;
mod history;
mod identity;
mod library;
mod media;
mod messages;
mod multipart;
mod number;
mod page;
mod part;
mod preverified;
mod qr_code;
mod recipient;
mod refusal;
mod registration;
mod route;
mod send;
mod signup;
mod solution;
mod subscription;
mod template;
mod template_group;
mod token;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

use self::ask::Ask;
use self::caller::Caller;
use self::desk::Desk;
use self::refusal::Refusal;
use self::route::Needs;
use crate::fault::Fault;
use crate::wire::Wire;
use crate::world::{Kind, Override, World};

/// The largest file, and what is written around it.
const UPLOAD_MAX_BYTES: usize = (100 << 20) + (64 << 10);

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/{version}/{id}/messages", post(messages::take))
        .route("/{version}/{id}/marketing_messages", post(messages::take))
        .route("/{version}/{id}/messages_encrypted", post(encrypted::take))
        .route("/{version}/{id}/media", post(media::upload))
        .route("/whatsapp_business/attachments/", get(media::download))
        .fallback(call)
        .layer(DefaultBodyLimit::max(UPLOAD_MAX_BYTES))
        .with_state(world.clone())
        .nest("/sim", crate::control::router(world))
}

async fn call(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answered = match Ask::read(method, &uri, headers, body) {
        Ok(ask) => serve(&world, &wire, &ask).await,
        Err(refusal) => Err(refusal),
    };
    answered.unwrap_or_else(Refusal::into_response)
}

/// Finds who asks for what, and has it done.
async fn serve(world: &Arc<World>, wire: &Wire, ask: &Ask) -> Result<Response, Refusal> {
    let (route, id, user) = {
        let state = world.state();
        let caller = Caller::of(world, &state, ask);
        let user = caller
            .as_ref()
            .map(|caller| caller.user.clone())
            .unwrap_or_default();
        let id = if ask.id == "me" {
            user.clone()
        } else {
            ask.id.clone()
        };
        let kind = world.kind_of(&state, &id);
        let route = kind.and_then(|kind| route::find(&ask.method, kind, &ask.edge));
        let Some(route) = route else {
            caller?;
            let verb = ask.method.as_str().to_ascii_lowercase();
            return Err(match kind {
                Some(Kind::Root) => Refusal::unknown_path(&ask.path),
                Some(_) if ask.method == Method::GET => Refusal::unknown_edge(&ask.edge),
                _ => Refusal::unknown_object(&verb, &ask.id),
            });
        };
        match route.needs {
            Needs::Nothing => {}
            Needs::Token => drop(caller?),
            Needs::App => caller?.must_be_app()?,
            Needs::Scope(scope) => {
                let caller = caller?;
                caller.may(scope)?;
                caller.may_see(&state, &id)?;
            }
        }
        (route, id, user)
    };
    let callback = match route.callback.and_then(|callback| callback(ask)) {
        Some((url, token)) => Some(shaken(world, &url, &token).await?),
        None => None,
    };
    let fault = world.state().faults.draw_for(route.call);
    let act = || {
        let answered = (route.act)(&mut Desk {
            world,
            state: &mut world.state(),
            ask,
            id,
            callback,
            user,
        });
        answered.map_or_else(Refusal::into_response, |body| answer(&body))
    };
    Ok(meet(world, wire, fault, act).await)
}

/// A callback URL, once it has shaken hands.
async fn shaken(world: &World, text: &str, token: &str) -> Result<Override, Refusal> {
    let failed = |why: &dyn std::fmt::Display| {
        Refusal::because(2200, format!("Callback verification failed: {why}."))
    };
    let url = crate::sim::parse_url(text).map_err(|error| failed(&error))?;
    let shaken = world.shake_hands(url.clone(), token).await;
    shaken.map_err(|error| failed(&error))?;
    let text = text.to_owned();
    Ok(Override { url, text })
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

fn answer(body: &Value) -> Response {
    let kind = [(CONTENT_TYPE, "application/json; charset=UTF-8")];
    (kind, body.to_string()).into_response()
}
