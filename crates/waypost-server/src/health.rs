//! `GET /health`, `/health/live`, `/health/ready`: open to everyone, and telling nothing but whether it works.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use crate::app::App;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/health", get(ready))
        .route("/health/ready", get(ready))
        .route("/health/live", get(live))
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
