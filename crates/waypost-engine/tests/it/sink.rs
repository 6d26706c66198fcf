//! A small HTTP server that does what a test tells it to, and remembers what it was told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The number a test gave the event or message.
    pub(crate) fn number(&self) -> u64 {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        body["n"].as_u64().unwrap()
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Status(u16),
    With(u16, &'static str, String),
    Hang,
    Reset,
}

pub(crate) fn json(body: &serde_json::Value) -> Answer {
    Answer::With(200, "content-type: application/json\r\n", body.to_string())
}

/// The server. Dropping it closes its connections.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tasks: JoinSet<()>,
}

impl Sink {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), answer).await
    }

    pub(crate) async fn start_at(
        address: SocketAddr,
        answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let journal = Arc::clone(&seen);
        let answer = Arc::new(answer);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (journal, answer) = (Arc::clone(&journal), Arc::clone(&answer));
                connections.spawn(async move {
                    let _ = serve(stream, &journal, &*answer).await;
                });
            }
        });
        Self {
            address,
            seen,
            _tasks: tasks,
        }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://{}/", self.address).parse().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.seen().iter().map(Seen::number).collect()
    }
}

async fn serve(
    stream: TcpStream,
    journal: &Mutex<Vec<Seen>>,
    answer: &(impl Fn(&Seen) -> Answer + ?Sized),
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let Some(seen) = read(&mut stream).await? else {
            return Ok(());
        };
        let answer = answer(&seen);
        journal.lock().unwrap().push(seen);
        let (status, headers, body) = match answer {
            Answer::Status(status) => (status, "", String::new()),
            Answer::With(status, headers, body) => (status, headers, body),
            Answer::Hang => return std::future::pending().await,
            Answer::Reset => return stream.get_ref().set_zero_linger(),
        };
        let text = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(text.as_bytes()).await?;
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Seen {
        path,
        headers,
        body: String::from_utf8(body).unwrap(),
    }))
}
