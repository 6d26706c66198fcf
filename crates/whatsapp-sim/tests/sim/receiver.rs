//! A webhook receiver that checks every signature and answers from a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use whatsapp_cloud::secret::{AppSecret, VerifyToken};
use whatsapp_cloud::webhook;
use whatsapp_sim::Sim;

use crate::caller::Answer;

pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Seen>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    bodies: Mutex<Vec<Bytes>>,
    answers: Mutex<VecDeque<u16>>,
    wrong_signatures: Mutex<u32>,
    refused_text: Mutex<Option<&'static str>>,
}

impl Receiver {
    /// Answers with these statuses, then with 200 for ever.
    pub(crate) async fn start(answers: &[u16]) -> Self {
        let seen = Arc::new(Seen {
            answers: Mutex::new(answers.iter().copied().collect()),
            ..Seen::default()
        });
        let app = Router::new()
            .route("/hook", get(handshake).post(receive))
            .with_state(seen.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, app)
                .await
                .expect("serving never fails");
        });
        let url = format!("http://{address}/hook");
        Self {
            url,
            seen,
            _server: server,
        }
    }

    /// Answers 500 to whatever holds this text, until told otherwise.
    pub(crate) fn refuse(&self, text: Option<&'static str>) {
        *self.seen.refused_text.lock().expect("no panic") = text;
    }

    /// Every body received, refused ones included.
    pub(crate) fn bodies(&self) -> Vec<Bytes> {
        self.seen.bodies.lock().expect("no panic").clone()
    }

    /// Every message and status received, in order, as `(id, status or type, element, value)`.
    pub(crate) fn updates(&self) -> Vec<(String, String, Value, Value)> {
        let mut updates = Vec::new();
        for body in self.bodies() {
            let body: Value = serde_json::from_slice(&body).expect("JSON");
            for entry in body["entry"].as_array().expect("entries") {
                for change in entry["changes"].as_array().expect("changes") {
                    let value = &change["value"];
                    for (list, word) in [("messages", "type"), ("statuses", "status")] {
                        for element in value[list].as_array().into_iter().flatten() {
                            let text = |name: &str| element[name].as_str().unwrap_or("").to_owned();
                            updates.push((text("id"), text(word), element.clone(), value.clone()));
                        }
                    }
                }
            }
        }
        updates
    }

    pub(crate) fn wrong_signatures(&self) -> u32 {
        *self.seen.wrong_signatures.lock().expect("no panic")
    }
}

/// The code with which a message that was taken failed; none if it did not.
pub(crate) async fn failed_with(receiver: &Receiver, sim: &Sim, sent: &Answer) -> Option<i64> {
    assert_eq!(sent.status, 200, "{}", sent.body);
    sim.drain().await;
    let updates = receiver.updates().into_iter();
    let mut failures = updates.filter(|(id, word, ..)| id == sent.wamid() && word == "failed");
    failures.next()?.2["errors"][0]["code"].as_i64()
}

async fn receive(State(seen): State<Arc<Seen>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers
        .get("X-Hub-Signature-256")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    if !webhook::verify(&AppSecret::new("sim-app-secret"), &body, signature) {
        *seen.wrong_signatures.lock().expect("no panic") += 1;
    }
    let refused = *seen.refused_text.lock().expect("no panic");
    let is_refused = refused.is_some_and(|text| String::from_utf8_lossy(&body).contains(text));
    seen.bodies.lock().expect("no panic").push(body);
    if is_refused {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let answer = seen
        .answers
        .lock()
        .expect("no panic")
        .pop_front()
        .unwrap_or(200);
    StatusCode::from_u16(answer).expect("a status")
}

async fn handshake(RawQuery(query): RawQuery) -> (StatusCode, String) {
    let query = query.unwrap_or_default();
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    let token = value("hub.verify_token").map(VerifyToken::new);
    let is_right = token.is_some_and(|token| token.expose() == "sim-verify-token")
        && value("hub.mode").as_deref() == Some("subscribe");
    match (is_right, value("hub.challenge")) {
        (true, Some(challenge)) => (StatusCode::OK, challenge),
        _ => (StatusCode::FORBIDDEN, String::new()),
    }
}
