//! `GET /health`, `/health/live`, `/health/ready`: open to everyone, and telling nothing but whether it works.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use crate::app::App;
use crate::openapi::{Operation, answers, router};

pub(crate) fn routes() -> Router<Arc<App>> {
    router(operations(), "")
}

pub(crate) fn operations() -> Vec<Operation> {
    let whether = "Whether a webhook sent now would be stored";
    let ready = |operation: Operation| {
        operation
            .answers::<answers::Health>(200, "It would")
            .answers::<answers::Health>(503, "It would not")
    };
    vec![
        ready(Operation::get("/health", self::ready).named("getHealth", whether)),
        ready(Operation::get("/health/ready", self::ready).named("getReadiness", whether)),
        Operation::get("/health/live", live)
            .named("getLiveness", "Whether the process answers")
            .answers::<answers::Health>(200, "It does"),
    ]
}

/// The process runs and answers.
async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// A webhook sent now would be stored.
async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.store.is_writable() {
        Json(json!({"status": "ok", "store": "writable"})).into_response()
    } else {
        let body = json!({"status": "unavailable", "store": "not writable"});
        (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
    }
}
