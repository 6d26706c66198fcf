//! The API under `/api`: who may ask what, and the paths. `docs/api.md` is its reference.
//!
//! | module | for |
//! |---|---|
//! | [`ask`] | query parameters |
//! | [`named`] | hooks and accounts that a request names |
//! | [`operations`] | every path, with everything it may answer |
//! | [`read`] | every list and look-up, for a running and for a stopped gateway |
//! | [`hooks`] | `/api/hooks`: how hooks fare, pausing, resuming, trying them out |
//! | [`redeliver`] | doing settled deliveries again |
//! | [`reload`] | reading the configuration again |
//! | [`replay`] | `/api/replay`: stored events delivered once more, many at a time |
//! | [`send`] | `POST /api/messages` |
//! | [`stream`] | `GET /api/events/stream` |
//!
//! **Invariant:** nothing under `/api`, not even a 404, is answered to someone who is not known.

pub(crate) mod ask;
mod hooks;
mod named;
mod operations;
pub(crate) mod read;
mod redeliver;
mod reload;
mod replay;
mod send;
mod stream;

pub(crate) use hooks::state as hook_state;

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router};
use http::{HeaderMap, header};

use crate::access::Caller;
use crate::app::App;
use crate::openapi;
use crate::problem::{Code, Problem};
use crate::segment::Segment;
pub(crate) use operations::operations;
use read::Reader;

pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    openapi::router(operations(), "/api")
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(app.clone(), authenticate))
}

async fn authenticate(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    match app.in_force.load().access.authenticate(request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
        }
        Err(problem) => {
            if app.refusals.is_due(app.clock.now()) {
                tracing::warn!(code = problem.code().as_str(), "api request refused");
            }
            return problem.into_response();
        }
    }
    if let Err(problem) = refuse_other_pages(&request) {
        return problem.into_response();
    }
    next.run(request).await
}

/// A page of somebody else's may have a browser that knows the password send forms and plain text here, but not JSON: for that
/// the browser asks first, and is not answered. So whatever changes something comes as JSON, or from no page and with nothing.
fn refuse_other_pages(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let says_what = headers.contains_key(header::CONTENT_TYPE);
    let is_from_page = headers.contains_key(header::ORIGIN);
    if request.method().is_safe() || !(says_what || is_from_page) {
        return Ok(());
    }
    require_json(headers)
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Code::NotJsonType.into())
    }
}

/// Whatever has no path.
pub(crate) async fn not_found() -> Problem {
    Code::NotFound.into()
}

/// Whatever has another method.
pub(crate) async fn method_not_allowed(method: http::Method) -> Problem {
    Problem::from(Code::MethodNotAllowed).detail(format!("this path does not take {method}"))
}

type Asked = (State<Arc<App>>, Extension<Arc<Caller>>);

/// Has the reader answer, with what is in force now.
macro_rules! read {
    ($app:ident, $caller:ident, $method:ident($($argument:expr),*)) => {{
        let in_force = $app.in_force.load_full();
        let reader = Reader {
            store: &*$app.store,
            directory: &in_force.directory,
            caller: &$caller,
            uncertain_after: Some($app.uncertain_after),
        };
        reader.$method($($argument),*).await
    }};
}

async fn events((State(app), Extension(caller)): Asked, RawQuery(query): RawQuery) -> read::Answer {
    read!(app, caller, events(query.as_deref()))
}

async fn event(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> read::Answer {
    read!(app, caller, event(&id, query.as_deref()))
}

async fn deliveries(
    (State(app), Extension(caller)): Asked,
    RawQuery(query): RawQuery,
) -> read::Answer {
    read!(app, caller, deliveries(query.as_deref()))
}

async fn delivery(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> read::Answer {
    read!(app, caller, delivery(&id, query.as_deref()))
}

async fn messages(
    (State(app), Extension(caller)): Asked,
    RawQuery(query): RawQuery,
) -> read::Answer {
    read!(app, caller, messages(query.as_deref()))
}

async fn message(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> read::Answer {
    read!(app, caller, message(&id, query.as_deref()))
}

async fn trace(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> read::Answer {
    read!(app, caller, trace(&id, query.as_deref()))
}
