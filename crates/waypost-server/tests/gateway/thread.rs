//! The main job, end to end in one process: a customer writes, the webhook is stored, the hook is called, its reply is sent,
//! and the statuses come back; and the same when Meta misbehaves.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use whatsapp_sim::{Fault, Sim, SimConfig};

use crate::house::House;
use crate::sink::Sink;

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A gateway whose Meta is a simulator, with one hook.
pub(crate) struct Town {
    pub(crate) house: House,
    pub(crate) sim: Sim,
    pub(crate) sink: Sink,
}

impl Town {
    pub(crate) async fn start(more: &str) -> Self {
        let sim = Sim::start(SimConfig::default()).await.unwrap();
        let sink = Sink::start().await;
        let number = &sim.config().numbers[0];
        let config = format!(
            r#"
graph_url = "{}"
[[account]]
id = "shop"
phone_number_id = "{}"
business_account_id = "{}"
access_token = "{}"
verify_token = "{}"
app_secret = "{}"
[[hook]]
id = "app"
url = "{}?tenant=7"
{more}"#,
            sim.graph_url(),
            number.phone_number_id,
            number.business_account_id,
            sim.config().access_token.expose(),
            sim.config().verify_token.expose(),
            sim.config().app_secret.expose(),
            sink.url,
        );
        let house = House::start(&config).await;
        sim.set_webhook_url(&house.url("/webhooks/whatsapp"))
            .unwrap();
        sim.handshake().await.unwrap();
        Self { house, sim, sink }
    }

    /// Until nothing is under way anywhere.
    pub(crate) async fn settle(&self) {
        for _ in 0..3 {
            timeout(PATIENCE, self.sim.drain()).await.unwrap();
            timeout(PATIENCE, self.house.gateway.engine().drain())
                .await
                .unwrap();
        }
    }

    pub(crate) async fn message(&self, id: &str) -> Value {
        let answer = self.house.get(&format!("/api/messages/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }

    /// Looks at a message until it is in this state.
    pub(crate) async fn reaches(&self, id: &str, state: &str) -> Value {
        self.becomes(id, state, |message| message["state"] == state)
            .await
    }

    /// Looks at a message until its account is held.
    pub(crate) async fn is_held(&self, id: &str) -> Value {
        self.becomes(id, "held", |message| message["held"].is_object())
            .await
    }

    async fn becomes(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let reached = async {
            loop {
                let message = self.message(id).await;
                if is(&message) {
                    return message;
                }
                self.settle().await;
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, reached)
            .await
            .unwrap_or_else(|_| panic!("never {what}"))
    }
}

pub(crate) fn text_to(to: &str, text: &str) -> Value {
    json!({"account_id": "shop", "to": to, "type": "text", "text": {"body": text}})
}

#[tokio::test]
async fn a_customer_writes_is_answered_and_reads_the_answer() {
    let town = Town::start("").await;
    let phone = town.sim.phone("491700000001");
    town.sink.answer_next(
        200,
        json!({"send_message": true, "text": "We are open until six."}),
    );

    let wamid = phone.write("Are you open?");
    let answer = phone.next_message(PATIENCE).await.expect("an answer");
    assert_eq!(answer.text(), Some("We are open until six."));
    phone.read(&answer.wamid);
    town.settle().await;

    let call = town.sink.calls()[0].clone();
    assert_eq!(call.json()["text"], "Are you open?");
    assert_eq!(call.json()["message_id"], wamid.as_str());
    let mut query: Vec<_> = call.query.split('&').collect();
    query.sort_unstable();
    assert_eq!(
        query,
        ["account_id=shop", "event=message.received", "tenant=7"]
    );

    let list = town
        .house
        .get(&format!("/api/messages?wamid={}", answer.wamid))
        .await;
    let id = list.body["data"][0]["id"].as_str().unwrap().to_owned();
    let message = town.message(&id).await;
    assert_eq!(message["state"], "read");
    assert_eq!(message["wamid"], answer.wamid.as_str());
    let event = town
        .house
        .get(&format!("/api/events?message_id={wamid}"))
        .await
        .body["data"][0]
        .clone();
    assert_eq!(message["event_id"], event["id"]);
    assert_eq!(call.headers["webhook-id"], event["id"].as_str().unwrap());

    // One story, whichever end it is taken by.
    for end in [event["id"].as_str().unwrap(), &wamid, &id, &answer.wamid] {
        let trace = town.house.get(&format!("/api/trace/{end}")).await;
        assert_eq!(trace.status, 200, "{end}");
        let steps: Vec<_> = trace.body["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["step"].as_str().unwrap())
            .collect();
        for step in [
            "accepted",
            "attempt",
            "delivered",
            "queued",
            "sent",
            "status",
        ] {
            assert!(steps.contains(&step), "{end}: no {step} in {steps:?}");
        }
        let text = trace.text;
        assert!(
            !text.contains("open") && !text.contains("491700000001"),
            "a trace holds no text and no number: {text}"
        );
    }
    let statuses: Vec<_> = town
        .house
        .events()
        .await
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        statuses,
        [
            "message.received",
            "message.sent",
            "message.delivered",
            "message.read"
        ]
    );
}

#[tokio::test]
async fn ids_of_metas_are_found_however_they_are_spelt_in_a_url() {
    let town = Town::start("").await;
    let mut message = serde_json::Map::new();
    message.insert("id".to_owned(), "wamid.HBg+/A==".into());
    message.insert("type".to_owned(), "text".into());
    message.insert("text".to_owned(), json!({"body": "hello"}));
    town.sim.phone("491700000001").write_raw(message);
    town.settle().await;
    for path in [
        "/api/events?message_id=wamid.HBg+/A==",
        "/api/events?message_id=wamid.HBg%2B%2FA%3D%3D",
    ] {
        let answer = town.house.get(path).await;
        assert_eq!(
            answer.body["data"].as_array().map(Vec::len),
            Some(1),
            "{path}"
        );
    }
    for path in [
        "/api/trace/wamid.HBg+/A==",
        "/api/trace/wamid.HBg%2B%2FA%3D%3D",
    ] {
        assert_eq!(town.house.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_message_of_the_api_is_sent_once_however_often_it_is_asked_for() {
    let town = Town::start("").await;
    let phone = town.sim.phone("491700000001");
    let body = text_to("+49 170 0000001", "It is on its way.");
    let first = town.house.send(&body, Some("order-17")).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let id = first.body["id"].as_str().unwrap();
    assert!(id.starts_with("msg_"));
    // With a key the state is looked up, and the message may be on its way by then.
    assert_ne!(first.body["state"], "failed");
    assert_eq!(first.headers["location"], format!("/api/messages/{id}"));
    let answer = phone.next_message(PATIENCE).await.unwrap();
    town.reaches(id, "delivered").await;
    let listed = town.house.get("/api/messages").await;
    let shown = &listed.body["data"][0];
    assert_eq!(
        (&shown["to"], &shown["type"]),
        (&json!("491700000001"), &json!("text"))
    );
    assert!(!listed.text.contains("on its way"), "{}", listed.text);

    let again = town.house.send(&body, Some("order-17")).await;
    assert_eq!((again.status, &again.body["id"]), (202, &first.body["id"]));
    assert_eq!(again.body["state"], "delivered");
    let other = town
        .house
        .send(
            &text_to("491700000001", "Something else."),
            Some("order-17"),
        )
        .await;
    assert_eq!(other.problem(), (409, "idempotency_conflict"));
    town.settle().await;
    assert_eq!(phone.take_message(), None);
    assert_eq!(answer.text(), Some("It is on its way."));
    assert_eq!(town.sim.counts().sends_taken, 1);

    let without = town.house.send(&body, None).await;
    assert_ne!(without.body["id"], first.body["id"]);
    assert_eq!(without.body["state"], "queued");
    assert!(phone.next_message(PATIENCE).await.is_some());
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_a_remedy() {
    let town = Town::start("").await;
    for (body, status, code) in [
        (json!({"account_id": "shop"}), 422, "invalid_message"),
        (
            json!({"account_id": "shop", "to": "491700000001", "type": "text", "text": {"body": ""}}),
            422,
            "invalid_message",
        ),
        (json!([]), 422, "invalid_message"),
        (
            json!({"account_id": "shop", "to": "491700000001", "type": "text", "text": "hi"}),
            422,
            "invalid_message",
        ),
        (
            json!({"account_id": "nobody", "to": "491700000001", "text": {"body": "hi"}}),
            422,
            "no_such_account",
        ),
        (
            json!({"account_id": 7, "to": "491700000001", "text": {"body": "hi"}}),
            422,
            "no_such_account",
        ),
    ] {
        let answer = town.house.send(&body, None).await;
        assert_eq!(answer.problem(), (status, code), "{body}");
        assert!(answer.body["hint"].is_string());
    }
    let post = || {
        town.house
            .http
            .post(town.house.url("/api/messages"))
            .bearer_auth(town.house.gateway.local_key())
    };
    let answer = crate::house::Answer::of(post().body("{}").send().await.unwrap()).await;
    assert_eq!(answer.problem(), (415, "not_json_type"));
    let json = || post().header("content-type", "application/json; charset=utf-8");
    let answer = crate::house::Answer::of(json().body("{").send().await.unwrap()).await;
    assert_eq!(answer.problem(), (400, "not_json"));
    let answer =
        crate::house::Answer::of(json().body(vec![b' '; 2 << 20]).send().await.unwrap()).await;
    assert_eq!(answer.problem(), (413, "body_too_large"));
    for key in [
        "x".repeat(256),
        "order 17".to_owned(),
        "order\t17".to_owned(),
        "größe".to_owned(),
    ] {
        let keyed = json().header("idempotency-key", &key).body("{}");
        let answer = crate::house::Answer::of(keyed.send().await.unwrap()).await;
        assert_eq!(answer.problem(), (400, "invalid_header"), "{key}");
    }
    assert_eq!(town.sim.counts().sends_taken, 0);

    let bare = House::start(crate::house::ACCOUNTS).await;
    let answer = bare
        .send(
            &json!({"account_id": "bank", "to": "491700000001", "text": {"body": "hi"}}),
            None,
        )
        .await;
    assert_eq!(answer.problem(), (422, "account_cannot_send"));
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("access_token")
    );
}

#[tokio::test]
async fn meta_resets_after_taking_the_message_and_it_is_settled_by_its_status() {
    let town = Town::start("").await;
    let phone = town.sim.phone("491700000001");
    town.sim.hold_webhooks();
    town.sim.fail_next(Fault::ResetAfter);
    let answer = town
        .house
        .send(&text_to("491700000001", "once"), None)
        .await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let received = phone.next_message(PATIENCE).await.unwrap();
    let uncertain = town.reaches(&id, "uncertain").await;
    assert_eq!(uncertain["wamid"], Value::Null);

    town.sim.release_webhooks();
    let settled = town.reaches(&id, "delivered").await;
    assert_eq!(settled["wamid"], received.wamid.as_str());
    assert_eq!(settled["error"], Value::Null);
    assert_eq!(phone.take_message(), None, "exactly one on the phone");
    assert_eq!(
        (
            town.sim.counts().sends_taken,
            town.sim.counts().double_sends
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn meta_hangs_after_taking_the_message_and_it_is_settled_by_its_status() {
    let town = Town::start("[send]\ntimeout = \"300ms\"\n").await;
    let phone = town.sim.phone("491700000001");
    town.sim.fail_next(Fault::HangAfter);
    let answer = town
        .house
        .send(&text_to("491700000001", "once"), None)
        .await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let received = phone.next_message(PATIENCE).await.unwrap();
    phone.read(&received.wamid);
    let settled = town.reaches(&id, "read").await;
    assert_eq!(settled["wamid"], received.wamid.as_str());
    town.settle().await;
    assert_eq!(town.sim.counts().sends_taken, 1);
    assert_eq!(phone.take_message(), None);
}

#[tokio::test]
async fn meta_refuses_and_the_whole_error_is_shown() {
    let town = Town::start("").await;
    town.sim.phone("491700000001");
    town.sim.fail_next(Fault::Code(131_047));
    let answer = town
        .house
        .send(&text_to("491700000001", "too late"), None)
        .await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let failed = town.reaches(&id, "failed").await;
    assert_eq!(failed["error"]["code"], 131_047, "{failed}");
    assert_eq!(failed["error"]["type"], "OAuthException");
    assert!(failed["error"]["fbtrace_id"].is_string());
}

#[tokio::test]
async fn people_without_a_number_are_answered_all_the_same() {
    let town = Town::start("").await;
    let phone = town.sim.phone(whatsapp_sim::Person::without_number("ada"));
    town.sink.answer_next(
        200,
        json!({"messages": [{"type": "text", "text": {"body": "hello Ada"}}], "reply_to": true}),
    );
    let wamid = phone.write("hi");
    let answer = phone.next_message(PATIENCE).await.expect("an answer");
    assert_eq!(answer.reply_to(), Some(wamid.as_str()));
    let events = town.house.events().await;
    let contact = &events[0]["contact"];
    assert!(
        contact["user_id"].is_string() && contact.get("wa_id").is_none_or(Value::is_null),
        "{contact}"
    );
}
