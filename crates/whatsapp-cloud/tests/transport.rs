//! The default transport against a server that answers bytes of our choice.
#![cfg(feature = "client")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use whatsapp_cloud::graph::messages::{SendMessage, Sent};
use whatsapp_cloud::secret::AccessToken;
use whatsapp_cloud::transport::reqwest::{Limits, ReqwestTransport};
use whatsapp_cloud::{Client, Error, ErrorClass, ErrorKind};

/// Takes one connection, reads the request's head, writes `answer` and closes. Ends with the head it read.
async fn answering(answer: String) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let task = Handle::current().spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a caller");
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut chunk = [0; 1024];
            let read = stream.read(&mut chunk).await.expect("a request");
            head.extend_from_slice(&chunk[..read]);
        }
        stream
            .write_all(answer.as_bytes())
            .await
            .expect("somebody listens");
        String::from_utf8_lossy(&head).into_owned()
    });
    (address, task)
}

async fn send(address: SocketAddr, limits: Limits) -> Result<Sent, Error> {
    let transport = ReqwestTransport::new(limits).expect("TLS is there");
    let client = Client::over(Arc::new(transport), AccessToken::new("very-secret"))
        .with_base_url(&format!("http://{address}"))
        .expect("a loopback URL");
    let message = r#"{"to":"491701234567","type":"text","text":{"body":"x"}}"#;
    client
        .send(&SendMessage::raw("123", message).expect("JSON"))
        .await
}

#[tokio::test]
async fn a_file_that_does_not_begin_to_come_is_given_up_at_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = silent.local_addr().expect("bound");
    let transport = ReqwestTransport::new(Limits::default()).expect("TLS is there");
    let client = Client::over(Arc::new(transport), AccessToken::new("very-secret"))
        .with_deadline(Duration::from_millis(100));
    let media = format!(r#"{{"url":"http://{address}/x"}}"#);
    let media = serde_json::from_str(&media).expect("a file");
    let fetching = client.download_media(media, 1000);
    let outcome = tokio::time::timeout(Duration::from_secs(10), fetching).await;
    let error = outcome.expect("in time").unwrap_err();
    assert!(error.to_string().contains("no answer in time"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_counts_as_a_refusal() {
    let (elsewhere, never_asked) = answering(String::new()).await;
    let answer =
        format!("HTTP/1.1 307 X\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let (address, asked) = answering(answer).await;
    let error = send(address, Limits::default()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(api) if api.class == ErrorClass::Invalid));
    let head = asked.await.unwrap();
    assert!(
        head.starts_with("POST /v25.0/123/messages HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains("authorization: Bearer very-secret\r\n"),
        "{head}"
    );
    assert!(!never_asked.is_finished());
    never_asked.abort();
}

#[tokio::test]
async fn an_answer_too_long_or_cut_short_leaves_doubt() {
    let limits = Limits {
        max_response_bytes: 1000,
        ..Limits::default()
    };
    let body = "x".repeat(2000);
    for length in [2000, 3000] {
        let (address, _) = answering(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
        .await;
        let error = send(address, limits).await.unwrap_err();
        assert!(error.is_ambiguous(), "{error:?}");
    }
    let (address, _) =
        answering("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{".to_owned()).await;
    assert!(send(address, limits).await.unwrap_err().is_ambiguous());
    let (address, _) = answering("not HTTP at all\r\n\r\n".to_owned()).await;
    assert!(send(address, limits).await.unwrap_err().is_ambiguous());
}

#[tokio::test]
async fn no_answer_in_time_leaves_doubt_and_the_error_names_no_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits {
        timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let error = send(address, limits).await.unwrap_err();
    assert!(error.is_ambiguous());
    let told = format!("{error} {error:?}");
    assert!(told.contains("no answer in time"), "{told}");
    assert!(
        !told.contains("very-secret") && !told.contains("/123/") && !told.contains("4917"),
        "{told}"
    );
}
