//! A hook that remembers every call and answers what it was told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// A hook on a loopback port; ends when dropped.
pub(crate) struct Sink {
    pub(crate) url: String,
    state: Arc<Mutex<Remembered>>,
    called: Arc<Notify>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Remembered {
    calls: Vec<Call>,
    answers: VecDeque<(u16, Value)>,
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(Remembered::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let called = Arc::new(Notify::new());
        let router = Router::new()
            .fallback(answer)
            .with_state((state.clone(), called.clone()));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            state,
            called,
            _server: server,
        }
    }

    /// The next call is answered with this; without anything left, 200 and nothing.
    pub(crate) fn answer_next(&self, status: u16, body: Value) {
        self.locked().answers.push_back((status, body));
    }

    /// Waits until it was called so often.
    pub(crate) async fn called(&self, times: usize) {
        let enough = async {
            while self.calls().len() < times {
                self.called.notified().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), enough).await;
        waited.unwrap_or_else(|_| panic!("called {} times, not {times}", self.calls().len()));
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.locked().calls.clone()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State((state, called)): State<(Arc<Mutex<Remembered>>, Arc<Notify>)>,
    request: Request,
) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    let mut state = state.lock().unwrap();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    state.calls.push(Call {
        query,
        headers: parts.headers,
        body,
    });
    called.notify_one();
    match state.answers.pop_front() {
        Some((status, body)) => {
            (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
        }
        None => StatusCode::OK.into_response(),
    }
}
