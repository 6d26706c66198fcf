//! The client against a transport that answers from a script.

use std::sync::Mutex;

use super::*;
use crate::error::ErrorKind;
use crate::graph::messages::SendMessage;
use crate::graph::phone_number::GetPhoneNumber;
use crate::transport::{self, CallFuture};

/// Answers with what it was given, and remembers what it was asked.
#[derive(Debug)]
struct Script {
    answer: Mutex<Option<Result<http::Response<Bytes>, transport::Error>>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

impl Transport for Script {
    fn call(&self, request: Request<Bytes>) -> CallFuture<'_> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answer.lock().unwrap().take();
        Box::pin(async { answer.unwrap() })
    }
}

fn scripted(answer: Result<http::Response<Bytes>, transport::Error>) -> (Client, Arc<Script>) {
    let script = Arc::new(Script {
        answer: Mutex::new(Some(answer)),
        asked: Mutex::new(Vec::new()),
    });
    (
        Client::over(script.clone(), AccessToken::new("very-secret")),
        script,
    )
}

fn answer(status: u16, body: &'static str) -> http::Response<Bytes> {
    let response = http::Response::builder().status(status);
    response.body(Bytes::from_static(body.as_bytes())).unwrap()
}

fn text() -> SendMessage {
    SendMessage::raw("123", r#"{"to":"1","type":"text","text":{"body":"x"}}"#).unwrap()
}

async fn fate(given: Result<http::Response<Bytes>, transport::Error>) -> Error {
    scripted(given).0.send(&text()).await.unwrap_err()
}

#[tokio::test(flavor = "current_thread")]
async fn a_call_has_the_versioned_path_and_the_token() {
    let (client, script) = scripted(Ok(answer(200, r#"{"messages":[{"id":"wamid.1"}]}"#)));
    let client = client.with_version("v24.0");
    let client = client
        .with_base_url("https://gateway.example/graph/")
        .unwrap();
    assert_eq!(client.send(&text()).await.unwrap().wamid, "wamid.1");
    let asked = script.asked.lock().unwrap();
    assert_eq!(
        asked[0].uri(),
        "https://gateway.example/graph/v24.0/123/messages"
    );
    assert_eq!(asked[0].headers()[AUTHORIZATION], "Bearer very-secret");
    assert!(!format!("{:?} {client:?}", asked[0]).contains("very-secret"));
}

#[tokio::test(flavor = "current_thread")]
async fn only_what_surely_did_not_leave_is_called_not_sent() {
    let error = fate(Err(transport::Error::not_sent("no connection"))).await;
    assert!(matches!(error.kind(), ErrorKind::NotSent));
    assert!(error.is_retryable());
    let error = fate(Err(transport::Error::maybe_sent("no answer in time"))).await;
    assert!(error.is_ambiguous() && !error.is_retryable());
}

#[tokio::test(flavor = "current_thread")]
async fn an_unreadable_success_is_ambiguous() {
    for body in ["", "OK", "{}", r#"{"messages":[]}"#] {
        let error = fate(Ok(answer(200, body))).await;
        assert!(error.is_ambiguous(), "{body}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_refusal_is_told_from_a_doubt() {
    let error = fate(Ok(answer(400, r#"{"error":{"code":131047}}"#))).await;
    assert!(matches!(error.kind(), ErrorKind::Api(api) if api.code == Some(131_047)));
    let error = fate(Ok(answer(500, r#"{"error":{"code":131000}}"#))).await;
    assert!(error.is_ambiguous());
    assert_eq!(error.api().unwrap().code, Some(131_000));
    assert!(fate(Ok(answer(502, ""))).await.is_ambiguous());
}

#[test]
fn the_token_never_travels_in_the_clear() {
    for good in [
        "https://graph.facebook.com",
        "http://127.0.0.1:9000",
        "http://127.8.8.8/x",
        "http://[::1]:1",
        "http://localhost:80/graph",
    ] {
        assert!(check_base_url(good).is_ok(), "{good}");
    }
    for bad in [
        "http://graph.facebook.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "https://user:pass@example.com",
        "https://example.com/?access_token=1",
        "/v25.0",
        "graph.facebook.com",
        "",
    ] {
        let error = check_base_url(bad).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSent), "{bad}");
    }
    let error = check_base_url("http://10.0.0.1").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("refusing to transmit over non-HTTPS")
    );
}

#[tokio::test(flavor = "current_thread")]
async fn an_id_cannot_lead_a_call_astray() {
    for id in [
        "../me",
        "..",
        ".",
        "",
        "1/2/../..",
        "1%2e",
        "a b",
        "1#x",
        "1\u{e9}",
    ] {
        let (client, script) = scripted(Ok(answer(200, "{}")));
        let call = GetPhoneNumber {
            phone_number_id: id.to_owned(),
        };
        let error = client.send(&call).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSent), "{id}");
        assert!(script.asked.lock().unwrap().is_empty(), "{id}");
    }
}
