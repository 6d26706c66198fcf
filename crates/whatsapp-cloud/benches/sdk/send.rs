//! One text message sent, over a connection that is kept: by the client, and by the HTTP client it is made of.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use whatsapp_cloud::Client;
use whatsapp_cloud::graph::messages::SendMessage;
use whatsapp_cloud::message::Message;
use whatsapp_cloud::secret::AccessToken;
use whatsapp_cloud::transport::reqwest::{Limits, ReqwestTransport};

use super::Figures;

/// Calls of one turn, and turns of each side in a round.
const CALLS: u32 = 100;
const TURNS: u32 = 20;

const TO: &str = "4915550001";
const WORDS: &str = "Your order is on its way and will be with you before the weekend.";

/// Nanoseconds of a call of each side, round by round.
pub(crate) fn measure(rounds: usize) -> Vec<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let addr = server();
    runtime.block_on(async {
        let url = format!("http://{addr}");
        let transport = ReqwestTransport::new(Limits::default()).unwrap();
        let client = Client::over(Arc::new(transport), AccessToken::new("EAAtoken"))
            .with_base_url(&url)
            .unwrap();
        // Built as the transport builds its own.
        let bare = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let message = SendMessage::new("200000000000001", &Message::text(TO, WORDS)).unwrap();
        let body = whatsapp_cloud::graph::Endpoint::body(&message).unwrap();
        let url = format!("{url}/v25.0/200000000000001/messages");
        let mut figures = Vec::new();
        // The first round warms up.
        for _ in 0..=rounds {
            let (mut ours, mut by_hand) = (Duration::ZERO, Duration::ZERO);
            for _ in 0..TURNS {
                ours += by_client(&client).await;
                by_hand += by_bare(&bare, &url, &body).await;
            }
            let calls = f64::from(CALLS * TURNS);
            figures.push((
                ours.as_nanos() as f64 / calls,
                by_hand.as_nanos() as f64 / calls,
            ));
        }
        figures.split_off(1)
    })
}

/// The message is made, checked and sent, and the answer is read.
async fn by_client(client: &Client) -> Duration {
    let started = Instant::now();
    for _ in 0..CALLS {
        let message = SendMessage::new("200000000000001", &Message::text(TO, WORDS)).unwrap();
        let sent = client.send(&message).await.unwrap();
        assert_eq!(sent.wamid.len(), 20);
    }
    started.elapsed()
}

/// Bytes that were made before are sent, and the answer's bytes are looked at by nobody.
async fn by_bare(client: &reqwest::Client, url: &str, body: &Bytes) -> Duration {
    let started = Instant::now();
    for _ in 0..CALLS {
        let answer = client
            .post(url)
            .bearer_auth("EAAtoken")
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .body(body.clone())
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success());
        assert!(!answer.bytes().await.unwrap().is_empty());
    }
    started.elapsed()
}

/// Answers every request of every connection as Meta would, as long as the process lives.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            std::thread::spawn(move || answer(stream));
        }
    });
    addr
}

fn answer(mut stream: TcpStream) {
    let body = r#"{"messaging_product":"whatsapp","contacts":[{"input":"4915550001","wa_id":"4915550001"}],"messages":[{"id":"wamid.00000000000001"}]}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read) = stream.read(&mut chunk)
        && read > 0
    {
        request.extend_from_slice(&chunk[..read]);
        if is_whole(&request) {
            request.clear();
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

/// Whether all that its head announces has come.
fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|end| end == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok())
        .unwrap_or(0_usize);
    request.len() >= end + 4 + length
}
