//! Load: signed webhooks made ahead of time, and connections that post them and keep count.
//!
//! The client writes bytes that were prepared before the clock started and reads only what it must, so that what is
//! measured is the server.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use whatsapp_cloud::secret::AppSecret;

/// The account every run uses, and what its configuration says of it.
pub(crate) mod account {
    pub(crate) const ID: &str = "shop";
    pub(crate) const PHONE_NUMBER_ID: &str = "100200300400500";
    pub(crate) const BUSINESS_ACCOUNT_ID: &str = "500400300200100";
    pub(crate) const NUMBER: &str = "+1 555 010 2030";
    pub(crate) const APP_SECRET: &str = "an app secret for loopback only";
    pub(crate) const VERIFY_TOKEN: &str = "a verify token for loopback only, long";
    pub(crate) const ACCESS_TOKEN: &str = "EAAloopback";
}

/// One inbound text message as Meta would post it: about 800 bytes.
pub(crate) fn text_webhook(sender: u32, number: u64) -> String {
    let wa_id = 15_550_000_000 + u64::from(sender);
    format!(
        concat!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{waba}","time":1790000000,"changes":[{{"value":{{"#,
            r#""messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550102030","phone_number_id":"{pn}"}},"#,
            r#""contacts":[{{"profile":{{"name":"Customer {sender}"}},"wa_id":"{wa_id}","user_id":"US.{wa_id}"}}],"#,
            r#""messages":[{{"from":"{wa_id}","from_user_id":"US.{wa_id}","id":"{id}","#,
            r#""timestamp":"1790000000","type":"text","text":{{"body":"Message {number} of customer {sender}: {filler}"}}}}]}},"#,
            r#""field":"messages"}}]}}]}}"#
        ),
        waba = account::BUSINESS_ACCOUNT_ID,
        pn = account::PHONE_NUMBER_ID,
        sender = sender,
        wa_id = wa_id,
        id = message_id(sender, number),
        number = number,
        filler = "is the blue one still to be had in a large size, and could it be here before the weekend? ".repeat(3),
    )
}

/// The id that Meta gave the message of [`text_webhook`].
pub(crate) fn message_id(sender: u32, number: u64) -> String {
    format!("wamid.{sender:08x}{number:024x}")
}

/// One notification with as many messages as Meta puts into one at most, or fewer.
pub(crate) fn batch_webhook(messages: u64, first: u64) -> String {
    let message = |number: u64| {
        let wa_id = 15_550_000_000 + number % 1000;
        format!(
            concat!(
                r#"{{"from":"{wa_id}","id":"wamid.batch{number:024x}","timestamp":"1790000000","type":"text","#,
                r#""text":{{"body":"Message {number} of a batch"}}}}"#
            ),
            wa_id = wa_id,
            number = number
        )
    };
    let messages: Vec<_> = (first..first + messages).map(message).collect();
    format!(
        concat!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{waba}","time":1790000000,"changes":[{{"value":{{"#,
            r#""messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550102030","phone_number_id":"{pn}"}},"#,
            r#""messages":[{messages}]}},"field":"messages"}}]}}]}}"#
        ),
        waba = account::BUSINESS_ACCOUNT_ID,
        pn = account::PHONE_NUMBER_ID,
        messages = messages.join(",")
    )
}

/// A whole HTTP request, ready to be written.
pub(crate) fn request(path: &str, body: &str) -> Vec<u8> {
    let signature =
        whatsapp_cloud::webhook::sign(&AppSecret::new(account::APP_SECRET), body.as_bytes());
    format!(
        "POST {path} HTTP/1.1\r\nhost: loopback\r\ncontent-type: application/json\r\n\
         x-hub-signature-256: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens it.
    pub(crate) async fn open(addr: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr)
            .await
            .with_context(|| format!("no answer at {addr}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// Posts a prepared request; the status.
    pub(crate) async fn post(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            ensure!(
                self.stream.read_buf(&mut self.buffer).await? > 0,
                "the server closed the connection"
            );
            let Some(end) = find(&self.buffer, b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.buffer[..end])?;
            let status = head
                .get(9..12)
                .and_then(|status| status.parse().ok())
                .context("no status line")?;
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            while self.buffer.len() < end + 4 + length {
                ensure!(
                    self.stream.read_buf(&mut self.buffer).await? > 0,
                    "the server closed the connection"
                );
            }
            return Ok(status);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// What a closed loop measured.
pub(crate) struct Run {
    pub(crate) requests: usize,
    pub(crate) took: Duration,
    pub(crate) latencies: Latencies,
}

impl Run {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.took.as_secs_f64()
    }
}

/// Posts prepared requests over this many connections, each as fast as it is answered.
pub(crate) async fn closed_loop(
    addr: SocketAddr,
    connections: usize,
    requests: Vec<Vec<u8>>,
) -> anyhow::Result<Run> {
    let total = requests.len();
    let mut shares: Vec<Vec<Vec<u8>>> = (0..connections).map(|_| Vec::new()).collect();
    for (n, request) in requests.into_iter().enumerate() {
        shares[n % connections].push(request);
    }
    let mut opened = Vec::new();
    for share in shares {
        opened.push((Connection::open(addr).await?, share));
    }
    let started = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for (mut connection, share) in opened {
        workers.spawn(async move {
            let mut latencies = Vec::with_capacity(share.len());
            for request in &share {
                let sent = Instant::now();
                let status = connection.post(request).await?;
                if status != 200 {
                    bail!("a webhook was answered {status}");
                }
                latencies.push(sent.elapsed());
            }
            Ok(latencies)
        });
    }
    let mut all = Vec::with_capacity(total);
    while let Some(latencies) = workers.join_next().await {
        all.extend(latencies??);
    }
    Ok(Run {
        requests: total,
        took: started.elapsed(),
        latencies: Latencies::new(all),
    })
}

/// What a steady load measured.
pub(crate) struct Steady {
    /// When each message was posted.
    pub(crate) posted: HashMap<String, Instant>,
    /// How long each acknowledgement took.
    pub(crate) acknowledgements: Latencies,
}

/// Conversations of a steady load.
const CONVERSATIONS: u64 = 500;

/// Connections of a steady load to begin with; more are opened while none is free.
const CONNECTIONS: usize = 128;
/// With so many, nothing is measured any more.
const MOST_CONNECTIONS: usize = 4096;

/// Posts text webhooks at a steady rate, whether or not the earlier ones were answered.
pub(crate) async fn steady(
    addr: SocketAddr,
    path: &str,
    rate: u64,
    seconds: u64,
) -> anyhow::Result<Steady> {
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        idle.push(Connection::open(addr).await?);
    }
    let idle = Arc::new(Mutex::new(idle));
    let mut opened = CONNECTIONS;
    let mut posts = tokio::task::JoinSet::new();
    let started = Instant::now();
    for n in 0..rate * seconds {
        let sender = (n % CONVERSATIONS) as u32;
        let prepared = request(path, &text_webhook(sender, n));
        let due = started + Duration::from_micros(n * 1_000_000 / rate);
        // The clock of sleeps ticks in milliseconds: what is due is posted without one.
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        let free = idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut connection = if let Some(free) = free {
            free
        } else {
            opened += 1;
            ensure!(
                opened <= MOST_CONNECTIONS,
                "{MOST_CONNECTIONS} connections are not enough: the gateway does not keep up"
            );
            Connection::open(addr).await?
        };
        let idle = Arc::clone(&idle);
        posts.spawn(async move {
            let at = Instant::now();
            let status = connection.post(&prepared).await?;
            ensure!(status == 200, "a webhook was answered {status}");
            let took = at.elapsed();
            if let Ok(mut idle) = idle.lock() {
                idle.push(connection);
            }
            Ok((message_id(sender, n), at, took))
        });
    }
    let (mut posted, mut took) = (HashMap::new(), Vec::new());
    while let Some(post) = posts.join_next().await {
        let (id, at, acknowledged) = post??;
        posted.insert(id, at);
        took.push(acknowledged);
    }
    Ok(Steady {
        posted,
        acknowledgements: Latencies::new(took),
    })
}

/// Sorted latencies.
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn new(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self(latencies)
    }

    /// The latency that this share of requests stayed within, in milliseconds.
    pub(crate) fn percentile_ms(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let index = ((self.0.len() as f64 * share).ceil() as usize)
            .saturating_sub(1)
            .min(last);
        self.0
            .get(index)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// The middle of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_post_is_a_webhook_that_verifies() {
        let body = text_webhook(7, 42);
        assert!((700..1000).contains(&body.len()), "{} bytes", body.len());
        let request = String::from_utf8(request("/webhooks/whatsapp/shop", &body)).expect("text");
        let signature = request
            .lines()
            .find_map(|line| line.strip_prefix("x-hub-signature-256: "))
            .expect("signed");
        assert!(whatsapp_cloud::webhook::verify(
            &AppSecret::new(account::APP_SECRET),
            body.as_bytes(),
            signature
        ));
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }

    #[test]
    fn percentiles_are_of_the_sorted_run() {
        let latencies = Latencies::new((1..=100).rev().map(Duration::from_millis).collect());
        assert!((latencies.percentile_ms(0.5) - 50.0).abs() < 1e-9);
        assert!((latencies.percentile_ms(0.99) - 99.0).abs() < 1e-9);
    }
}
