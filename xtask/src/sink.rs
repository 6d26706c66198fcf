//! The user's app, recording: every call it got, when, and what it answered.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::bail;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// One call of the hook.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// When its headers had arrived.
    pub(crate) at: Instant,
    /// `webhook-id`: the event's id.
    pub(crate) event_id: String,
    /// `message.received`, `message.sent`, …
    pub(crate) event_type: String,
    /// Meta's id of the message concerned; of a `message.uncertain` the event whose reply it is.
    pub(crate) message_id: String,
    /// The message's text, for inbound messages.
    pub(crate) text: String,
    /// Whether the gateway said that the delivery was out of line.
    pub(crate) parked: bool,
    /// Whether the gateway said that it was asked to deliver this again.
    pub(crate) again: bool,
    /// The replay that this call is of.
    pub(crate) replay: Option<String>,
    /// Whether it was answered 2xx.
    pub(crate) taken: bool,
}

/// What the app answers to a call; the default is 200 without a reply.
pub(crate) type Answer = Arc<dyn Fn(&Call) -> Plan + Send + Sync>;

/// How one call is answered.
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            status: 200,
            body: None,
        }
    }
}

/// The running app.
pub(crate) struct Sink {
    addr: SocketAddr,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

struct Shared {
    calls: Mutex<Vec<Call>>,
    heard: Notify,
    answer: Option<Answer>,
}

impl Sink {
    /// Starts it on a free port.
    pub(crate) async fn start(answer: Option<Answer>) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            calls: Mutex::default(),
            heard: Notify::new(),
            answer,
        });
        let router = Router::new()
            .route("/", post(take))
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let mut server = JoinSet::new();
        server.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the recording app stopped: {error}");
            }
        });
        Ok(Self {
            addr,
            shared,
            _server: server,
        })
    }

    /// Where it is called.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.addr)
    }

    /// Every call so far, in the order they arrived (they are recorded when they are answered, which may be later).
    pub(crate) fn calls(&self) -> Vec<Call> {
        let mut calls = self
            .shared
            .calls
            .lock()
            .map(|calls| calls.clone())
            .unwrap_or_default();
        calls.sort_by_key(|call| call.at);
        calls
    }

    /// How many calls so far. Cheap, where [`Sink::calls`] keeps the app from answering while it copies.
    pub(crate) fn count(&self) -> usize {
        self.shared.calls.lock().map_or(0, |calls| calls.len())
    }

    /// Waits until there were this many calls.
    pub(crate) async fn wait_for(
        &self,
        count: usize,
        limit: Duration,
    ) -> anyhow::Result<Vec<Call>> {
        let all_heard = async {
            loop {
                let heard = self.shared.heard.notified();
                if self.count() >= count {
                    return;
                }
                heard.await;
            }
        };
        if tokio::time::timeout(limit, all_heard).await.is_err() {
            bail!(
                "the hook heard of {} of {count} within {limit:?}",
                self.count()
            );
        }
        Ok(self.calls())
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let at = Instant::now();
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let data = if value["data"].is_object() {
        &value["data"]
    } else {
        &value
    };
    let mut call = Call {
        at,
        event_id: header("webhook-id"),
        event_type: value["event_type"]
            .as_str()
            .unwrap_or("message.received")
            .to_owned(),
        message_id: data["message_id"]
            .as_str()
            .or_else(|| data["event_id"].as_str())
            .unwrap_or_default()
            .to_owned(),
        text: data["text"].as_str().unwrap_or_default().to_owned(),
        parked: header("waypost-parked") == "true",
        again: !header("waypost-replay").is_empty() || !header("waypost-redelivery").is_empty(),
        replay: Some(header("waypost-replay")).filter(|replay| !replay.is_empty()),
        taken: false,
    };
    let plan = shared
        .answer
        .as_ref()
        .map(|answer| answer(&call))
        .unwrap_or_default();
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    call.taken = (200..300).contains(&plan.status);
    if let Ok(mut calls) = shared.calls.lock() {
        calls.push(call);
    }
    shared.heard.notify_waiters();
    let status = StatusCode::from_u16(plan.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match plan.body {
        Some(body) => (status, axum::Json(body)).into_response(),
        None => status.into_response(),
    }
}
