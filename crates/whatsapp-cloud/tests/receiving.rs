//! Real servers on loopback: the layer with a router behind it, and the extractor, answer alike.
#![cfg(all(feature = "axum", feature = "test-util", feature = "tower"))]
#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{FromRef, State};
use axum::routing::{get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tower::Layer as _;
use whatsapp_cloud::secret::{AppSecret, VerifyToken};
use whatsapp_cloud::webhook::builder::{Inbound, Webhook, WebhookBuilder};
use whatsapp_cloud::webhook::message::{Content, Message};
use whatsapp_cloud::webhook::tower::ReceiveLayer;
use whatsapp_cloud::webhook::{self, Notification, Received, Receiver, sign};

const MAX: usize = 10_000;

fn receiver() -> Receiver {
    Receiver::new(AppSecret::new("old"), VerifyToken::new("a token & more"))
        .with_secret(AppSecret::new("new"))
        .with_max_bytes(MAX)
}

/// The servers of this test, and how many messages each was given.
struct Server {
    name: &'static str,
    addr: SocketAddr,
    messages: Arc<AtomicUsize>,
}

impl Server {
    async fn start(name: &'static str, app: Router, messages: Arc<AtomicUsize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        // Ends with the test's runtime.
        drop(Handle::current().spawn(async move { axum::serve(listener, app).await }));
        Self {
            name,
            addr,
            messages,
        }
    }

    /// A webhook router behind the layer, as one service.
    async fn routed() -> Self {
        let messages = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&messages);
        let router = webhook::Router::new().on_message(move |message: Received<Message>| {
            let fails = matches!(message.element.content(), Content::Sticker(_));
            count.fetch_add(1, Ordering::Relaxed);
            async move {
                if fails {
                    return Err("no stickers");
                }
                Ok(())
            }
        });
        let endpoint = ReceiveLayer::new(receiver()).layer(router);
        let app = Router::new().route_service("/webhook", endpoint);
        Self::start("routed", app, messages).await
    }

    /// Extractors, in a state that holds more than the receiver.
    async fn extracted() -> Self {
        #[derive(Clone)]
        struct App {
            receiver: Receiver,
            messages: Arc<AtomicUsize>,
        }
        impl FromRef<App> for Receiver {
            fn from_ref(app: &App) -> Self {
                app.receiver.clone()
            }
        }
        async fn receive(State(app): State<App>, notification: Notification) {
            let messages = notification.received().into_iter();
            let messages = messages
                .filter(|received| received.contact.is_some())
                .count();
            app.messages.fetch_add(messages, Ordering::Relaxed);
        }
        let messages = Arc::new(AtomicUsize::new(0));
        let app = Router::new()
            .route("/webhook", get(webhook::axum::handshake).post(receive))
            .with_state(App {
                receiver: receiver(),
                messages: Arc::clone(&messages),
            });
        Self::start("extracted", app, messages).await
    }

    /// The layer in front of axum's own routes.
    async fn layered() -> Self {
        let messages = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&messages);
        let receive = async move |Extension(proved): Extension<Notification>, body: Bytes| {
            assert_eq!(proved.body(), &body, "the body is what was signed");
            count.fetch_add(proved.payload().updates().len(), Ordering::Relaxed);
        };
        let route = post(receive).layer(ReceiveLayer::new(receiver()));
        let app = Router::new().route("/webhook", route);
        Self::start("layered", app, messages).await
    }

    async fn all() -> [Self; 3] {
        [
            Self::routed().await,
            Self::extracted().await,
            Self::layered().await,
        ]
    }

    /// Writes a request and reads the whole answer.
    async fn ask(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        // A server that has answered need not have read everything.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        Answer {
            status: head.get(9..12).unwrap_or_default().to_owned(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    async fn post(&self, body: &[u8], signature: Option<&str>) -> String {
        let signature = signature.map_or_else(String::new, |signature| {
            format!("X-Hub-Signature-256: {signature}\r\n")
        });
        let mut request = format!(
            "POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{signature}content-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.ask(&request).await.status
    }

    async fn deliver(&self, webhook: &Webhook) -> String {
        self.post(webhook.body(), Some(webhook.signature())).await
    }

    async fn get(&self, query: &str) -> Answer {
        let request =
            format!("GET /webhook{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        self.ask(request.as_bytes()).await
    }

    fn messages(&self) -> usize {
        self.messages.load(Ordering::Relaxed)
    }
}

struct Answer {
    status: String,
    head: String,
    body: String,
}

fn webhook(secret: &str) -> Webhook {
    WebhookBuilder::new()
        .message(Inbound::text("Grüße"))
        .message(Inbound::image("1"))
        .signed(&AppSecret::new(secret))
}

#[tokio::test]
async fn what_either_secret_signed_reaches_the_app() {
    for server in Server::all().await {
        assert_eq!(
            server.deliver(&webhook("old")).await,
            "200",
            "{}",
            server.name
        );
        assert_eq!(
            server.deliver(&webhook("new")).await,
            "200",
            "{}",
            server.name
        );
        assert_eq!(server.messages(), 4, "{}", server.name);
    }
}

#[tokio::test]
async fn what_nobody_signed_is_answered_401_and_reaches_nobody() {
    let good = webhook("old");
    let mut changed = good.body().to_vec();
    let last = changed.len() - 1;
    changed[last] = b' ';
    for server in Server::all().await {
        let name = server.name;
        assert_eq!(server.deliver(&webhook("other")).await, "401", "{name}");
        assert_eq!(server.post(good.body(), None).await, "401", "{name}");
        assert_eq!(
            server.post(good.body(), Some("sha256=")).await,
            "401",
            "{name}"
        );
        assert_eq!(
            server.post(&changed, Some(good.signature())).await,
            "401",
            "{name}"
        );
        let twice = format!("{0}\r\nX-Hub-Signature-256: {0}", good.signature());
        assert_eq!(
            server.post(good.body(), Some(&twice)).await,
            "401",
            "{name}"
        );
        assert_eq!(server.messages(), 0, "{name}");
    }
}

#[tokio::test]
async fn what_is_no_json_is_answered_400_only_if_meta_signed_it() {
    let signature = sign(&AppSecret::new("new"), b"{\"entry\":");
    for server in Server::all().await {
        let name = server.name;
        assert_eq!(
            server.post(b"{\"entry\":", Some(&signature)).await,
            "400",
            "{name}"
        );
        assert_eq!(server.post(b"{\"entry\":", None).await, "401", "{name}");
    }
}

#[tokio::test]
async fn a_body_too_large_is_answered_413_however_it_comes() {
    let large = WebhookBuilder::new()
        .message(Inbound::text(&"x".repeat(MAX)))
        .signed(&AppSecret::new("old"));
    for server in Server::all().await {
        let name = server.name;
        assert_eq!(server.deliver(&large).await, "413", "{name}");
        // Announced only: nothing of it has to come.
        let announced = "POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 99999999999\r\n\r\n";
        assert_eq!(
            server.ask(announced.as_bytes()).await.status,
            "413",
            "{name}"
        );
        // Not announced: in chunks.
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000)).repeat(4);
        let chunked = format!(
            "POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
        );
        assert_eq!(server.ask(chunked.as_bytes()).await.status, "413", "{name}");
        assert_eq!(server.messages(), 0, "{name}");
        // It still answers others.
        assert_eq!(server.deliver(&webhook("old")).await, "200", "{name}");
    }
}

#[tokio::test]
async fn a_handshake_is_answered_with_its_challenge_as_text() {
    let asked = WebhookBuilder::handshake(
        "/webhook",
        &VerifyToken::new("a token & more"),
        "<b>1158201444</b>",
    );
    let asked = asked.unwrap();
    let query = format!("?{}", asked.uri().query().unwrap());
    for server in Server::all().await {
        let name = server.name;
        let answer = server.get(&query).await;
        assert_eq!(answer.status, "200", "{name}");
        assert_eq!(answer.body, "<b>1158201444</b>", "{name}");
        // Whoever chose the challenge must not have made a page of it.
        assert!(answer.head.contains("content-type: text/plain"), "{name}");
        assert!(
            answer.head.contains("x-content-type-options: nosniff"),
            "{name}"
        );
        let wrong = query.replace("token", "guess");
        let wrong = wrong.replace("hub.verify_guess", "hub.verify_token");
        assert_eq!(server.get(&wrong).await.status, "403", "{name}");
        assert_eq!(server.get("").await.status, "400", "{name}");
        let other = query.replace("subscribe", "unsubscribe");
        assert_eq!(server.get(&other).await.status, "403", "{name}");
        let put =
            "PUT /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let answer = server.ask(put.as_bytes()).await;
        assert_eq!(answer.status, "405", "{name}");
        assert!(
            answer.head.to_lowercase().contains("allow: get"),
            "{name}: {}",
            answer.head
        );
    }
}

#[tokio::test]
async fn a_handler_that_fails_makes_meta_send_again() {
    let server = Server::routed().await;
    let webhook = WebhookBuilder::new()
        .message(Inbound::sticker("1"))
        .message(Inbound::text("still handled"))
        .signed(&AppSecret::new("old"));
    assert_eq!(server.deliver(&webhook).await, "500");
    assert_eq!(server.messages(), 2);
}
