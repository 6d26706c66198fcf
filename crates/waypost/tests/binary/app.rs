//! The user's app: a hook on loopback that keeps what it takes, and what stands before it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::program::{Serving, directory};

/// Answers 200 unless told otherwise; ends when dropped.
pub(crate) struct App {
    url: String,
    seen: Arc<Seen>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    calls: Mutex<Vec<Call>>,
    refusal: Mutex<Option<(StatusCode, &'static str)>>,
    called: Notify,
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) event: Value,
}

impl App {
    pub(crate) async fn start() -> Self {
        let seen = Arc::new(Seen::default());
        let router = Router::new()
            .route("/hook", post(take))
            .with_state(seen.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            seen,
            _server: server,
        }
    }

    /// A gateway before it.
    pub(crate) async fn gateway(&self) -> (Serving, tempfile::TempDir) {
        let dir = directory(&[("waypost.toml", &self.configuration())]);
        (Serving::start(&dir, "waypost.toml", &[]).await, dir)
    }

    /// Of a gateway with the unproved account `business` and this hook, `app`.
    pub(crate) fn configuration(&self) -> String {
        format!(
            r#"
[[account]]
id = "business"
phone_number_id = "700000000000001"
verify_token = "a-verify-token-that-is-long-enough"
allow_unsigned = true
[[hook]]
id = "app"
url = "{}"
events = ["message.received"]
"#,
            self.url
        )
    }

    /// From now on it answers this.
    pub(crate) fn refuse(&self, status: u16, body: &'static str) {
        let status = StatusCode::from_u16(status).unwrap();
        *self.seen.refusal.lock().unwrap() = Some((status, body));
    }

    /// From now on it answers 200 again.
    #[cfg(feature = "otlp-test")]
    pub(crate) fn agree(&self) {
        *self.seen.refusal.lock().unwrap() = None;
    }

    /// Its calls, once there are so many.
    pub(crate) async fn calls(&self, number: usize) -> Vec<Call> {
        let enough = async {
            loop {
                let calls = self.seen.calls.lock().unwrap().clone();
                if calls.len() >= number {
                    return calls;
                }
                self.seen.called.notified().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), enough).await;
        waited.unwrap_or_else(|_| panic!("called {} times, not {number}", self.wamids().len()))
    }

    /// The messages that it was called with, by Meta's ids.
    pub(crate) fn wamids(&self) -> Vec<String> {
        let calls = self.seen.calls.lock().unwrap();
        let wamids = calls
            .iter()
            .filter_map(|call| call.event["message_id"].as_str());
        wamids.map(str::to_owned).collect()
    }
}

async fn take(
    State(seen): State<Arc<Seen>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    axum::Json(event): axum::Json<Value>,
) -> (StatusCode, &'static str) {
    seen.calls.lock().unwrap().push(Call {
        query: query.unwrap_or_default(),
        headers,
        event,
    });
    seen.called.notify_one();
    seen.refusal.lock().unwrap().unwrap_or((StatusCode::OK, ""))
}
