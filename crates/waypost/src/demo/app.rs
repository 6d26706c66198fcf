//! The sample app: what a user of Waypost writes. One handler that takes an event and may answer with a message.

use std::collections::HashMap;

use anyhow::Context as _;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What every answer of the app begins with.
pub(super) const ANSWER: &str = "Thank you! You wrote: ";

/// A running app.
pub(super) struct App {
    /// Where its hook is.
    pub(super) url: String,
    calls: mpsc::UnboundedReceiver<Call>,
    // Dropping it ends the app.
    _server: JoinSet<()>,
}

/// One call of the hook, as the app saw it.
#[derive(Debug)]
pub(super) struct Call {
    /// `webhook-id`: the event's id.
    pub(super) event_id: String,
    /// The `event` of the query.
    pub(super) event_type: String,
    /// Whether it carries a Standard Webhooks signature.
    pub(super) is_signed: bool,
}

impl App {
    /// Starts the app on a free port of this machine.
    pub(super) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("cannot listen on 127.0.0.1")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let (seen, calls) = mpsc::unbounded_channel();
        let router = axum::Router::new()
            .route("/hook", post(take))
            .with_state(seen);
        let mut server = JoinSet::new();
        server.spawn(async move {
            // It only ends with the demo.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            url,
            calls,
            _server: server,
        })
    }

    /// The next call of the hook for an event of this type.
    pub(super) async fn called_with(&mut self, event_type: &str) -> anyhow::Result<Call> {
        loop {
            let call = self.calls.recv().await.context("the sample app ended")?;
            if call.event_type == event_type {
                return Ok(call);
            }
        }
    }
}

/// The whole of the app: take an event, answer a text with a text.
async fn take(
    State(seen): State<mpsc::UnboundedSender<Call>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    Json(event): Json<Value>,
) -> Json<Value> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let event_type = query.get("event").cloned().unwrap_or_default();
    let is_message = event_type == "message.received";
    // Nobody listens any more once the demo has seen its message.
    let _ = seen.send(Call {
        event_id: header("webhook-id").unwrap_or_default().to_owned(),
        event_type,
        is_signed: header("webhook-signature").is_some(),
    });
    match event["text"].as_str() {
        Some(text) if is_message => Json(json!({
            "send_message": true,
            "to": event["from"],
            "text": format!("{ANSWER}{text}"),
        })),
        _ => Json(json!({})),
    }
}
