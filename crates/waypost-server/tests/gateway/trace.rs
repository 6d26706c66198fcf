//! A trace says what keeps a message, and what was done again.

use serde_json::{Value, json};
use whatsapp_sim::Fault;

use crate::house::{ACCOUNTS, Answer, House, SECRET, text_message};
use crate::sink::Sink;
use crate::thread::{Town, text_to};

fn step<'a>(trace: &'a Answer, word: &str) -> &'a Value {
    let mut steps = trace.body["steps"].as_array().unwrap().iter();
    let found = steps.find(|step| step["step"] == word);
    found.unwrap_or_else(|| panic!("no {word} in {:#}", trace.body))
}

#[tokio::test]
async fn a_trace_names_the_delivery_that_was_done_again_and_the_one_that_did_it() {
    let sink = Sink::start().await;
    let hook = format!(
        "{ACCOUNTS}\n[[hook]]\nid = \"app\"\nurl = \"{}\"\n",
        sink.url
    );
    let house = House::start(&hook).await;
    let body = text_message("111", "wamid.A", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
    house.gateway.engine().drain().await;
    let old = house.get("/api/deliveries").await.body["data"][0]["id"].clone();
    let old = old.as_str().unwrap();
    let request = house
        .http
        .post(house.url(&format!("/api/deliveries/{old}/redeliver")));
    let request = request.bearer_auth(house.gateway.local_key());
    let new = Answer::of(request.send().await.unwrap()).await;
    let new = new.body["id"].as_str().unwrap();
    house.gateway.engine().drain().await;

    let request = house.http.post(house.url("/api/replay"));
    let request = request.bearer_auth(house.gateway.local_key());
    let replay = request
        .json(&json!({"hook_id": "app", "everything": true}))
        .send()
        .await;
    let replay = Answer::of(replay.unwrap()).await;
    let replay = replay.body["id"].as_str().unwrap();
    house.gateway.engine().drain().await;
    let event = house.get("/api/events").await.body["data"][0]["id"].clone();
    let event = event.as_str().unwrap();
    let trace = house.get(&format!("/api/trace/{event}")).await;
    assert_eq!(
        trace.body["summary"],
        format!(
            "message.received was delivered to app, was delivered to app by the redelivery {new}, \
             was delivered to app by the replay {replay}"
        )
    );

    let trace = house.get(&format!("/api/trace/{old}")).await;
    let again = step(&trace, "redelivered")["text"].as_str().unwrap();
    assert!(again.contains(new), "{again}");
    let trace = house.get(&format!("/api/trace/{new}")).await;
    let after = step(&trace, "delivery")["text"].as_str().unwrap();
    assert!(after.contains(old), "{after}");
}

#[tokio::test]
async fn a_trace_says_that_a_message_waits_for_its_account() {
    let town = Town::start("").await;
    town.sim.phone("491700000001");
    town.sim.fail_next(Fault::Code(131_031));
    let sent = town.house.send(&text_to("491700000001", "hi"), None).await;
    let id = sent.body["id"].as_str().unwrap();
    let held = town.is_held(id).await["held"].clone();

    let trace = town.house.get(&format!("/api/trace/{id}")).await;
    let why = step(&trace, "held")["text"].as_str().unwrap();
    assert!(why.contains("131031"), "{why}");
    assert_eq!(step(&trace, "retry_due")["at"], held["probe_at"]);
    let summary = trace.body["summary"].as_str().unwrap();
    assert!(
        summary.ends_with("is queued, since its account is held"),
        "{summary}"
    );
}

#[tokio::test]
async fn a_trace_tells_of_the_call_that_meta_took_and_that_it_was_not_the_first() {
    let town = Town::start("").await;
    town.sim.phone("491700000001");
    town.sim.fail_next(Fault::Code(130_429));
    let sent = town.house.send(&text_to("491700000001", "hi"), None).await;
    let id = sent.body["id"].as_str().unwrap();
    let message = town.reaches(id, "delivered").await;
    let wamid = message["wamid"].as_str().unwrap();

    let trace = town.house.get(&format!("/api/trace/{id}")).await;
    let steps = trace.body["steps"].as_array().unwrap();
    let words: Vec<_> = steps.iter().map(|step| &step["step"]).collect();
    assert_eq!(words, ["queued", "sent", "status", "status"]);
    let text = step(&trace, "sent")["text"].as_str().unwrap();
    assert!(text.contains("attempt 2"), "{text}");
    assert!(text.contains(wamid), "{text}");
}
