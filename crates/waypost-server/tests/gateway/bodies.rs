//! Bodies of every kind: too large, no JSON, odd JSON, halves.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::house::{ACCOUNTS, House, SECRET, text_message};

const SHOP: &str = "/webhooks/whatsapp/shop";

#[tokio::test]
async fn five_mebibytes_are_too_large_and_four_are_not() {
    let house = House::start(ACCOUNTS).await;
    let answer = house.post_as(SHOP, None, vec![b' '; 5 << 20]).await;
    assert_eq!(
        answer.problem(),
        (413, "body_too_large"),
        "413 comes before 401"
    );

    // The same without an announced length.
    let mut stream = tokio::net::TcpStream::connect(house.gateway.addr())
        .await
        .unwrap();
    let head = "POST /webhooks/whatsapp/shop HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..5 {
        stream.write_all(b"100000\r\n").await.unwrap();
        stream.write_all(&vec![b' '; 1 << 20]).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    let text = "x".repeat((4 << 20) - 1_000);
    let body = text_message("111", "wamid.big", "491700000001", &text).to_string();
    assert_eq!(house.post(SHOP, SECRET, body).await.status, 200);
    let events = house.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0]["raw"],
        Value::Null,
        "lists leave out what is above 64 KiB"
    );
    assert!(events[0]["raw_bytes"].as_u64().unwrap() > 4_000_000);
    let one = house
        .get(&format!(
            "/api/events/{}",
            events[0]["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        one.body["raw"]["text"]["body"].as_str().unwrap().len(),
        text.len()
    );
}

#[tokio::test]
async fn what_is_not_json_is_refused_with_its_place() {
    let house = House::start(ACCOUNTS).await;
    let whole = text_message("111", "wamid.A", "491700000001", "hello").to_string();
    let mut invalid_utf8 = whole.clone().into_bytes();
    let place = whole.find("hello").unwrap();
    invalid_utf8[place] = 0xff;
    for body in [
        Vec::new(),
        b"hello".to_vec(),
        whole.as_bytes()[..whole.len() - 1].to_vec(),
        format!("{whole}}}").into_bytes(),
        invalid_utf8,
    ] {
        let answer = house.post(SHOP, SECRET, body).await;
        assert_eq!(answer.problem(), (400, "not_json"));
        assert!(answer.body["detail"].is_string());
    }
    assert!(house.events().await.is_empty());
}

#[tokio::test]
async fn odd_json_is_stored_as_it_came() {
    let house = House::start(ACCOUNTS).await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = text_message("111", "wamid.deep", "491700000001", "hello")
        .to_string()
        .replace(
            "\"type\":\"text\"",
            &format!("\"type\":\"text\",\"new\":{deep}"),
        );
    let million = format!("[{}0]", "0,".repeat(999_999));
    let twice = text_message("111", "wamid.twice", "491700000001", "hello")
        .to_string()
        .replace(
            "\"type\":\"text\"",
            "\"type\":\"text\",\"type\":\"text\",\"odd\":1,\"odd\":2",
        );
    for body in [
        deep,
        nested,
        million,
        twice,
        "{}".to_owned(),
        "7".to_owned(),
        "null".to_owned(),
    ] {
        let shown: String = body.chars().take(40).collect();
        assert_eq!(house.post(SHOP, SECRET, body).await.status, 200, "{shown}");
    }
    let events = house.events().await;
    assert_eq!(
        events.len(),
        7,
        "one event for each body, however many parts it has"
    );
    let quarantined = |event: &&Value| event["quarantined"].is_string();
    assert!(events.iter().filter(quarantined).count() >= 5);
    // Neither depth nor repetition harms what can be read.
    let known = |id: &str| {
        events
            .iter()
            .find(|event| event["data"]["message_id"] == id || event["raw"]["id"] == id)
    };
    assert!(known("wamid.twice").is_some());
    let ready = house.get("/health/ready").await;
    assert_eq!(ready.status, 200);
}

#[tokio::test]
async fn one_bad_part_costs_its_neighbours_nothing() {
    let house = House::start(ACCOUNTS).await;
    let mut body = text_message("111", "wamid.1", "491700000001", "one");
    let messages = body["entry"][0]["changes"][0]["value"]["messages"]
        .as_array_mut()
        .unwrap();
    messages.push(json!({"id": 17, "type": ["not a type"]}));
    messages.push(json!("not even an object"));
    messages.push(json!({"from": "491700000001", "id": "wamid.2", "timestamp": "1790000001", "type": "text", "text": {"body": "two"}}));
    assert_eq!(house.post(SHOP, SECRET, body.to_string()).await.status, 200);
    let events = house.events().await;
    assert_eq!(events.len(), 4);
    assert_eq!(events[0]["data"]["text"], "one");
    assert!(events[2]["quarantined"].is_string());
    assert_eq!(events[3]["data"]["text"], "two");
}

#[tokio::test]
async fn a_top_level_array_is_a_batch() {
    let house = House::start(ACCOUNTS).await;
    let body = json!([
        text_message("111", "wamid.1", "491700000001", "one"),
        text_message("111", "wamid.2", "491700000001", "two")
    ]);
    assert_eq!(house.post(SHOP, SECRET, body.to_string()).await.status, 200);
    assert_eq!(house.events().await.len(), 2);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_leaves_nothing_behind() {
    let house = House::start(ACCOUNTS).await;
    let mut stream = tokio::net::TcpStream::connect(house.gateway.addr())
        .await
        .unwrap();
    let head = "POST /webhooks/whatsapp/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"half\":";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut answer));
    read.await.expect("the connection is closed at once").ok();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    assert!(house.events().await.is_empty());
}
