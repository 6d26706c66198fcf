//! `GET /api/events/stream`: live, filtered, resumed without a gap, and over when the gateway is.

use std::path::Path;
use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use waypost_server::config::{Config, Environment};

use crate::house::{ACCOUNTS, Answer, House, OTHER_SECRET, READER, SECRET, text_message};

/// A stream as its client sees it.
struct Stream {
    response: Response,
    text: String,
    /// As browsers keep it: the last `id`, with or without an event.
    last_id: String,
}

impl Stream {
    async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = Self {
            response,
            text: String::new(),
            last_id: String::new(),
        };
        // The stream says at once where it begins.
        assert_eq!(stream.block().await.unwrap().1, None);
        assert!(!stream.last_id.is_empty());
        stream
    }

    /// The next event, or `None` at the end.
    async fn event(&mut self) -> Option<Value> {
        loop {
            if let (id, Some(data)) = self.block().await? {
                let event: Value = serde_json::from_str(&data).unwrap();
                assert_eq!(event["id"], id.as_str());
                return Some(event);
            }
        }
    }

    /// The events up to this one, by Meta's ids.
    async fn until(&mut self, wamid: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|last| last != wamid) {
            let event = self.event().await.unwrap();
            seen.push(event["message_id"].as_str().unwrap().to_owned());
        }
        seen
    }

    /// The lines up to the next empty one: an id and data.
    async fn block(&mut self) -> Option<(String, Option<String>)> {
        let end = loop {
            if let Some(end) = self.text.find("\n\n") {
                break end;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(25), self.response.chunk());
            let chunk = chunk.await.unwrap().unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        };
        let block: String = self.text.drain(..end + 2).collect();
        let mut data = Vec::new();
        for line in block.lines() {
            if let Some(id) = line.strip_prefix("id: ") {
                id.clone_into(&mut self.last_id);
            } else if let Some(line) = line.strip_prefix("data: ") {
                data.push(line);
            }
        }
        let data = (!data.is_empty()).then(|| data.join("\n"));
        Some((self.last_id.clone(), data))
    }
}

fn ask(house: &House, query: &str) -> RequestBuilder {
    let url = house.url(&format!("/api/events/stream{query}"));
    house.http.get(url).bearer_auth(house.gateway.local_key())
}

async fn write(house: &House, wamid: &str) {
    let body = text_message("111", wamid, "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
}

#[tokio::test]
async fn events_come_as_they_are_stored_and_a_stream_goes_on_where_it_was_cut_off() {
    let house = House::start(ACCOUNTS).await;
    write(&house, "wamid.before").await;
    let mut stream = Stream::open(ask(&house, "")).await;
    let beginning = stream.last_id.clone();
    for wamid in ["wamid.1", "wamid.2", "wamid.3"] {
        write(&house, wamid).await;
    }
    let first = stream.event().await.unwrap();
    assert_eq!(first["message_id"], "wamid.1");
    let cut_off_at = stream.last_id.clone();
    drop(stream);
    write(&house, "wamid.4").await;

    let request = ask(&house, "?from=oldest").header("Last-Event-ID", &cut_off_at);
    let mut resumed = Stream::open(request).await;
    write(&house, "wamid.5").await;
    let seen = resumed.until("wamid.5").await;
    assert_eq!(seen, ["wamid.2", "wamid.3", "wamid.4", "wamid.5"]);

    let all = house.events().await;
    assert_eq!(first, all[1], "an event has one shape in lists and streams");
    for (query, expected) in [
        ("?from=oldest".to_owned(), 6),
        (format!("?after={beginning}"), 5),
        (format!("?after={cut_off_at}"), 4),
        ("?from=2020-01-01T00:00:00Z".to_owned(), 6),
    ] {
        let mut stream = Stream::open(ask(&house, &query)).await;
        assert_eq!(stream.until("wamid.5").await.len(), expected, "{query}");
    }
}

#[tokio::test]
async fn a_filter_that_matches_seldom_looks_nowhere_twice() {
    let house = House::start(ACCOUNTS).await;
    let mut stream = Stream::open(ask(&house, "?message_id=wamid.99")).await;
    for number in 0..100 {
        write(&house, &format!("wamid.{number}")).await;
    }
    assert_eq!(stream.until("wamid.99").await, ["wamid.99"]);
    let newest = house.events().await.pop().unwrap();
    let mut stream = Stream::open(ask(&house, "?from=oldest&type=message.read")).await;
    while stream.last_id != newest["id"] {
        // Nothing matches, and yet the cursor moves.
        assert_eq!(stream.block().await.unwrap().1, None);
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_gateway() {
    let house = House::start(ACCOUNTS).await;
    let mut stream = Stream::open(ask(&house, "")).await;
    house.gateway.stop().await;
    assert_eq!(stream.event().await, None);
}

#[tokio::test]
async fn a_stream_ends_with_its_keys_right_and_goes_on_without_a_gap_when_that_is_back() {
    let with = |scope: &str| {
        let key = format!(
            "[[api.key]]\nname = \"follower\"\nsecret = \"{READER}\"\nscopes = [\"{scope}\"]\n"
        );
        let listen = "[server]\nlisten = \"127.0.0.1:0\"\n";
        let text = format!("{ACCOUNTS}{key}{listen}");
        Config::parse(&text, Path::new("/nowhere"), &Environment::default()).unwrap()
    };
    let house = House::start(ACCOUNTS).await;
    house.gateway.reload(with("read"));
    let follow = |last_id: &str| {
        let request = house.http.get(house.url("/api/events/stream"));
        let request = request.bearer_auth(READER);
        request.header("Last-Event-ID", last_id.to_owned())
    };
    let mut stream = Stream::open(follow("")).await;
    write(&house, "wamid.1").await;
    assert_eq!(stream.until("wamid.1").await, ["wamid.1"]);

    house.gateway.reload(with("send"));
    assert_eq!(stream.event().await, None, "its key may not read any more");
    let last_id = stream.last_id;
    write(&house, "wamid.2").await;
    let refused = Answer::of(follow(&last_id).send().await.unwrap()).await;
    assert_eq!(refused.problem(), (403, "scope_missing"));

    house.gateway.reload(with("read"));
    let mut stream = Stream::open(follow(&last_id)).await;
    write(&house, "wamid.3").await;
    assert_eq!(stream.until("wamid.3").await, ["wamid.2", "wamid.3"]);
}

#[tokio::test]
async fn a_stream_shows_what_a_list_would_and_refuses_what_a_list_would() {
    let keys = "
[[api.key]]
name = \"banker\"
secret = \"banker-key-for-tests-0123456789\"
scopes = [\"read\"]
accounts = [\"bank\"]

[[api.key]]
name = \"sender\"
secret = \"sender-key-for-tests-0123456789\"
scopes = [\"send\"]
";
    let house = House::start(&format!("{ACCOUNTS}{keys}")).await;
    let url = house.url("/api/events/stream");
    let banker = house
        .http
        .get(&url)
        .bearer_auth("banker-key-for-tests-0123456789");
    let mut stream = Stream::open(banker).await;
    write(&house, "wamid.of-the-shop").await;
    let body = text_message("333", "wamid.of-the-bank", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/bank", OTHER_SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
    assert_eq!(
        stream.until("wamid.of-the-bank").await,
        ["wamid.of-the-bank"]
    );

    let sender = house
        .http
        .get(&url)
        .bearer_auth("sender-key-for-tests-0123456789");
    let refused = Answer::of(sender.send().await.unwrap()).await;
    assert_eq!(refused.problem(), (403, "scope_missing"));
    for (query, code) in [
        ("?limit=7", "unknown_parameter"),
        ("?after=7", "invalid_cursor"),
        ("?from=yesterday", "invalid_request"),
        ("?type=message", "invalid_parameter"),
    ] {
        let refused = Answer::of(ask(&house, query).send().await.unwrap()).await;
        assert_eq!(refused.problem(), (400, code), "{query}");
    }
    let mut streams = Vec::new();
    for _ in 1..64 {
        streams.push(Stream::open(ask(&house, "")).await);
    }
    let refused = Answer::of(ask(&house, "").send().await.unwrap()).await;
    assert_eq!(refused.problem(), (503, "overloaded"));
    drop((stream, streams));
}
