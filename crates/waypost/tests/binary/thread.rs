//! The commands of a day's work, against a running gateway and a simulated Meta.

use std::time::Duration;

use whatsapp_sim::{Fault, Sim, SimConfig};

use crate::program::{Serving, arg, directory, file};

/// A gateway between a simulated Meta and a hook that nobody answers.
struct Stage {
    dir: tempfile::TempDir,
    sim: Sim,
    serving: Serving,
}

impl Stage {
    async fn set() -> Self {
        let sim = Sim::start(SimConfig::default()).await.unwrap();
        let dir = directory(&[("waypost.toml", &configuration(&sim))]);
        let serving = Serving::start(&dir, "waypost.toml", &[]).await;
        sim.set_webhook_url(&format!("{}/webhooks/whatsapp/shop", serving.url))
            .unwrap();
        sim.handshake().await.unwrap();
        Self { dir, sim, serving }
    }
}

fn configuration(sim: &Sim) -> String {
    let number = &sim.config().numbers[0];
    format!(
        r#"
graph_url = "{}"
[[account]]
id = "shop"
phone_number_id = "{}"
business_account_id = "{}"
access_token = "{}"
app_secret = "{}"
verify_token = "{}"
[[hook]]
id = "nobody"
url = "http://127.0.0.1:1/hook"
events = ["message.received"]
"#,
        sim.graph_url(),
        number.phone_number_id,
        number.business_account_id,
        sim.config().access_token.expose(),
        sim.config().app_secret.expose(),
        sim.config().verify_token.expose(),
    )
}

#[tokio::test]
async fn a_message_is_sent_read_and_told_about() {
    let stage = Stage::set().await;
    let phone = stage.sim.phone("+15550003333");
    let reader = phone.clone();
    let reading = async move {
        let received = reader.next_message(Duration::from_secs(30)).await.unwrap();
        reader.read(&received.wamid);
        received
    };
    let send = [
        "send",
        "--to",
        "+1 555 000 3333",
        "--text",
        "It is on its way",
        "--wait=read",
        "--json",
    ];
    let (received, answers) = tokio::join!(reading, stage.serving.json(&send));
    assert_eq!(received.text(), Some("It is on its way"));
    assert_eq!(answers[0]["state"], "read");
    assert_eq!(answers[0]["wamid"], received.wamid.as_str());

    let id = answers[0]["id"].as_str().unwrap();
    for asked in [id, &received.wamid] {
        let story = stage.serving.run(&["trace", asked]).await;
        assert_eq!(story.code, Some(0), "{}", story.err);
        assert!(
            story.out.contains("queued") && story.out.contains("read"),
            "{}",
            story.out
        );
    }
}

#[tokio::test]
async fn one_key_sends_one_message() {
    let stage = Stage::set().await;
    let phone = stage.sim.phone("+15550003333");
    let send = [
        "send",
        "--to",
        "15550003333",
        "--text",
        "once",
        "--idempotency-key",
        "order-1",
        "--wait",
        "--json",
    ];
    let first = stage.serving.json(&send).await;
    let second = stage.serving.json(&send).await;
    assert_eq!(first[0]["id"], second[0]["id"]);
    assert!(phone.take_message().is_some());
    assert!(phone.take_message().is_none());
    let other = stage
        .serving
        .run(&[
            "send",
            "--to",
            "15550003333",
            "--text",
            "twice",
            "--idempotency-key",
            "order-1",
        ])
        .await;
    assert_eq!(other.code, Some(1), "{}", other.err);
    assert!(other.err.contains("idempotency"), "{}", other.err);
}

#[tokio::test]
async fn a_body_of_ones_own_goes_out_as_it_is() {
    let stage = Stage::set().await;
    let phone = stage.sim.phone("+15550003333");
    let body = r#"{"messaging_product": "whatsapp", "to": "15550003333", "type": "location",
                   "location": {"latitude": 52.5, "longitude": 13.4, "name": "Here"}}"#;
    let path = file(&stage.dir, "body.json");
    std::fs::write(&path, body).unwrap();
    stage
        .serving
        .json(&["send", "--json-body", arg(&path), "--wait", "--json"])
        .await;
    let received = phone.take_message().unwrap();
    assert_eq!(received.body["location"]["name"], "Here");
}

#[tokio::test]
async fn what_a_customer_wrote_is_listed_with_what_waits_for_the_hook() {
    let stage = Stage::set().await;
    let phone = stage.sim.phone("+15550003333");
    for text in ["one", "two", "three"] {
        phone.write(text);
    }
    stage.sim.drain().await;

    let events = stage
        .serving
        .json(&["events", "--json", "--type", "message.received"])
        .await;
    let texts: Vec<&str> = events
        .iter()
        .map(|event| event["data"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["one", "two", "three"]);

    let first = stage.serving.run(&["events", "--limit", "2"]).await;
    assert_eq!(
        first.out.lines().count(),
        3,
        "headings and two rows:\n{}",
        first.out
    );
    let cursor = first.err.trim().rsplit(' ').next().unwrap();
    let rest = stage
        .serving
        .json(&["events", "--json", "--after", cursor])
        .await;
    assert_eq!(rest[0]["data"]["text"], "three");

    let newest = [
        "events",
        "--json",
        "--type",
        "message.received",
        "--last",
        "2",
    ];
    let newest = stage.serving.json(&newest).await;
    let texts: Vec<_> = newest.iter().map(|event| &event["data"]["text"]).collect();
    assert_eq!(texts, ["two", "three"]);

    let waiting = stage
        .serving
        .json(&["deliveries", "--json", "--hook", "nobody"])
        .await;
    assert_eq!(waiting.len(), 3);
    assert!(
        waiting
            .iter()
            .all(|delivery| delivery["state"] != "delivered")
    );
    let table = stage
        .serving
        .run(&["deliveries", "--event", events[0]["id"].as_str().unwrap()])
        .await;
    assert!(table.out.contains("nobody"), "{}", table.out);
}

#[tokio::test]
async fn an_id_of_nothing_is_not_found() {
    let stage = Stage::set().await;
    let run = stage.serving.run(&["trace", "evt_0000000000000"]).await;
    assert_eq!(run.code, Some(6), "{}", run.err);
}

#[tokio::test]
async fn a_message_that_fails_while_it_is_waited_for_says_why_and_what_to_do() {
    let stage = Stage::set().await;
    stage.sim.phone("+15550003333");
    stage.sim.fail_next(Fault::Code(131_047));
    let send = [
        "send",
        "--to",
        "15550003333",
        "--text",
        "hi",
        "--wait",
        "--json",
    ];
    let failed = stage.serving.run(&send).await;
    assert_eq!(failed.code, Some(1), "{}", failed.err);
    assert!(failed.err.contains("is failed: "), "{}", failed.err);
    let message: serde_json::Value = serde_json::from_str(&failed.out).unwrap();
    assert_eq!(message["state"], "failed");
    let advice = message["advice"].as_str().unwrap();
    assert!(failed.err.contains(advice), "{}", failed.err);
}

#[tokio::test]
async fn a_message_that_waits_behind_an_uncertain_one_says_so_in_the_list_and_while_it_is_waited_for()
 {
    let stage = Stage::set().await;
    stage.sim.phone("+15550003333");
    stage.sim.fail_next(Fault::Code(131_000));
    let send = [
        "send",
        "--to",
        "15550003333",
        "--text",
        "hi",
        "--wait",
        "--timeout",
        "30",
        "--json",
    ];
    let uncertain = stage.serving.run(&send).await;
    let message: serde_json::Value = serde_json::from_str(&uncertain.out).unwrap();
    assert_eq!(message["state"], "uncertain", "{}", uncertain.err);
    let send = [
        "send",
        "--to",
        "15550003333",
        "--text",
        "hi",
        "--wait",
        "--timeout",
        "1",
    ];
    let late = stage.serving.run(&send).await;
    assert_eq!(late.code, Some(1), "{}", late.err);
    let words = format!(
        "waits behind {} (uncertain), until ",
        message["id"].as_str().unwrap()
    );
    assert!(late.err.contains(&words), "{}", late.err);
    let list = stage.serving.run(&["messages", "--state", "queued"]).await;
    assert!(list.out.contains(&words), "{}", list.out);
}
