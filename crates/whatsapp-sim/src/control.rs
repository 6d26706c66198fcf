//! The control surface: everything a simulator can be told to do and asked about, over HTTP, under `/sim`. Documented in
//! `docs/sim.md`.
//!
//! **Invariant:** whatever changes something takes a body of type `application/json`, which no web page can post here unasked.

mod asked;
mod people;
mod shown;
mod traffic;

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, patch, post, put};
use http::{StatusCode, header};
use serde_json::json;

use crate::world::World;

/// The largest file in base64, and what is written around it.
const SAID_MAX_BYTES: usize = 140 << 20;
/// The longest reason for a refusal.
const SENTENCE_MAX_BYTES: usize = 64 << 10;

/// A refusal: what was asked cannot be done.
struct Refused(StatusCode, String);

impl Refused {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is called with sentences made on the spot"
    )]
    fn because(why: impl ToString) -> Self {
        Self(StatusCode::BAD_REQUEST, why.to_string())
    }

    fn not_found(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("there is no {what}"))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, axum::Json(json!({"error": self.1}))).into_response()
    }
}

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(shown::everything))
        .route(
            "/say",
            post(people::say).layer(DefaultBodyLimit::max(SAID_MAX_BYTES)),
        )
        .route("/examples", get(people::examples))
        .route("/phones/{person}", patch(people::switch))
        .route("/phones/{person}/inbox", get(people::inbox))
        .route("/statuses", post(people::status))
        .route("/changes", post(traffic::change))
        .route("/behaviour", get(shown::behaviour).patch(asked::behaviour))
        .route("/faults", post(asked::faults).delete(asked::no_faults))
        .route("/objects/{id}", put(asked::object))
        .route("/token", get(shown::token).patch(asked::token))
        .route("/time", get(shown::time).post(asked::time))
        .route("/webhook", put(traffic::webhook))
        .route("/webhooks", get(shown::webhooks))
        .route("/webhooks/hold", post(traffic::hold))
        .route("/webhooks/release", post(traffic::release))
        .route("/webhooks/duplicate", post(traffic::duplicate))
        .route("/drain", post(traffic::drain))
        .route("/sends", get(shown::sends))
        // A fallback would leave the path to the Graph API.
        .route(
            "/{*path}",
            any(async || Refused::not_found("such page; docs/sim.md lists them")),
        )
        .layer(map_response(in_json))
        .with_state(world)
}

/// What a request is refused for before it is looked at (its type, its JSON, its method) is said like every other refusal.
async fn in_json(answer: Response) -> Response {
    let status = answer.status();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    if !status.is_client_error() || kind.is_some_and(|kind| kind == "application/json") {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let said = to_bytes(body, SENTENCE_MAX_BYTES).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let why = match said.trim() {
        "" => status.canonical_reason().unwrap_or("refused"),
        said => said,
    };
    let mut refused = Refused(status, why.to_owned()).into_response();
    // Such as `Allow`; what described the text does not fit any more.
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    refused.headers_mut().extend(head.headers);
    refused
}

type Here = State<Arc<World>>;
type Answer = Result<axum::Json<serde_json::Value>, Refused>;
