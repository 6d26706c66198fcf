//! A caller of the Graph API and of the control surface that sees answers as they are.

use std::sync::LazyLock;

use http::{HeaderMap, Method};
use serde_json::{Value, json};
use whatsapp_sim::{Number, Sim};

pub(crate) const CUSTOMER: &str = "491701234567";

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Meta's error code, if it is an error of Meta's.
    pub(crate) fn code(&self) -> Option<i64> {
        self.body["error"]["code"].as_i64()
    }

    pub(crate) fn wamid(&self) -> &str {
        self.body["messages"][0]["id"].as_str().expect("a wamid")
    }
}

/// One for all tests, since setting one up takes long; without connections that outlive the test that made them.
pub(crate) fn http() -> &'static reqwest::Client {
    static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0);
        client.build().expect("TLS is there")
    });
    &HTTP
}

/// Calls the Graph API with the token.
pub(crate) async fn graph(sim: &Sim, method: Method, path: &str, body: Option<Value>) -> Answer {
    let url = format!("{}/v25.0/{path}", sim.graph_url());
    let call = http().request(method, url).bearer_auth("sim-access-token");
    answer(match body {
        Some(body) => call
            .header("Content-Type", "application/json")
            .body(body.to_string()),
        None => call,
    })
    .await
}

/// Calls the control surface.
pub(crate) async fn control(sim: &Sim, method: Method, path: &str, body: Value) -> Answer {
    let call = http().request(method, format!("{}/sim{path}", sim.graph_url()));
    answer(
        call.header("Content-Type", "application/json")
            .body(body.to_string()),
    )
    .await
}

pub(crate) async fn answer(call: reqwest::RequestBuilder) -> Answer {
    let answer = call.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.expect("a body");
    Answer {
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}

/// Uploads a file.
pub(crate) async fn upload(sim: &Sim, mime_type: &str, bytes: &[u8]) -> Answer {
    let mut body =
        b"--x\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
            .to_vec();
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: {mime_type}\r\n\r\n"
    );
    body.extend(head.as_bytes());
    body.extend(bytes);
    body.extend(b"\r\n--x--\r\n");
    let url = format!("{}/v25.0/{}/media", sim.graph_url(), number_id());
    let call = http().post(url).bearer_auth("sim-access-token");
    answer(
        call.header("Content-Type", "multipart/form-data; boundary=x")
            .body(body),
    )
    .await
}

/// Fetches a file; its status, type and bytes.
pub(crate) async fn fetch(url: &str, token: &str) -> (u16, String, Vec<u8>) {
    let answer = http()
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .expect("an answer");
    let kind = answer.headers()["content-type"]
        .to_str()
        .expect("text")
        .to_owned();
    let status = answer.status().as_u16();
    (status, kind, answer.bytes().await.expect("a body").to_vec())
}

/// Sends a text.
pub(crate) async fn send(sim: &Sim, to: &str) -> Answer {
    send_object(
        sim,
        json!({"to": to, "type": "text", "text": {"body": "hi"}}),
    )
    .await
}

pub(crate) async fn send_object(sim: &Sim, mut message: Value) -> Answer {
    message["messaging_product"] = "whatsapp".into();
    let path = format!("{}/messages", number_id());
    graph(sim, Method::POST, &path, Some(message)).await
}

pub(crate) fn number_id() -> String {
    Number::default().phone_number_id
}

/// What a call that must succeed is answered.
pub(crate) async fn done(sim: &Sim, method: Method, path: &str, body: Value) -> Value {
    let answer = graph(sim, method, path, body.is_object().then_some(body)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

/// The code that a call is refused with; none if it is not.
pub(crate) async fn refused(sim: &Sim, method: Method, path: &str, body: Value) -> Option<i64> {
    graph(sim, method, path, body.is_object().then_some(body))
        .await
        .code()
}

pub(crate) fn account_id() -> String {
    Number::default().business_account_id
}
