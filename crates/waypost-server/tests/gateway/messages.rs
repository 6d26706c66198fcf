//! `/api/messages`: what its filters find, and what it says of messages that are held.

use std::time::Duration;

use serde_json::{Value, json};
use waypost_core::time::UnixMillis;
use whatsapp_sim::Fault;

use crate::thread::{PATIENCE, Town, text_to};

const ADA: &str = "491700000001";
const BEN: &str = "491700000002";

async fn send(town: &Town, to: &str) -> String {
    let answer = town.house.send(&text_to(to, "hello"), None).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.body["id"].as_str().unwrap().to_owned()
}

/// The ids that a filter finds.
async fn found(town: &Town, query: &str) -> Vec<String> {
    let answer = town.house.get(&format!("/api/messages?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let messages = answer.body["data"].as_array().unwrap();
    let id = |message: &Value| message["id"].as_str().unwrap().to_owned();
    messages.iter().map(id).collect()
}

#[tokio::test]
async fn messages_are_found_by_state_recipient_event_and_metas_id() {
    let town = Town::start("").await;
    let phones = (town.sim.phone(ADA), town.sim.phone(BEN));
    let to_ada = send(&town, ADA).await;
    town.reaches(&to_ada, "delivered").await;
    town.sim.fail_next(Fault::Code(131_047));
    let failed = send(&town, BEN).await;
    town.reaches(&failed, "failed").await;
    let answer = json!({"messages": [{"type": "text", "text": {"body": "hello Ben"}}]});
    town.sink.answer_next(200, answer);
    phones.1.write("hi");
    let wamid = phones.1.next_message(PATIENCE).await.unwrap().wamid;
    town.settle().await;
    let reply = found(&town, &format!("wamid={wamid}")).await.remove(0);
    let event = town.reaches(&reply, "delivered").await["event_id"].clone();
    let event = event.as_str().unwrap();
    assert!(event.starts_with("evt_"), "{event}");

    let (all, bens) = ([&to_ada, &failed, &reply], [&failed, &reply]);
    for (query, expected) in [
        ("account_id=shop", &all[..]),
        ("state=failed", &[&failed]),
        ("state=delivered", &[&to_ada, &reply]),
        ("state=read", &[]),
        ("to=%2B49+170+0000002", &bens),
        (&format!("to={BEN}&state=failed"), &[&failed]),
        (&format!("to={ADA}&state=failed"), &[]),
        ("to=491700000003", &[]),
        (&format!("event_id={event}"), &[&reply]),
        (&format!("event_id={event}&to={ADA}"), &[]),
        (&format!("wamid={wamid}"), &[&reply]),
        ("wamid=wamid.of-nobody", &[]),
    ] {
        let expected: Vec<String> = expected.iter().map(|id| (*id).clone()).collect();
        assert_eq!(found(&town, query).await, expected, "{query}");
    }
    let first = town.house.get("/api/messages?limit=2").await;
    let next = first.body["next"].as_str().unwrap();
    let rest = found(&town, &format!("limit=2&after={next}")).await;
    assert_eq!(rest, [reply]);
}

#[tokio::test]
async fn a_held_message_says_why_it_waits_and_what_to_do() {
    let town = Town::start("").await;
    town.sim.phone(ADA);
    town.sim.fail_next(Fault::Code(190));
    let id = send(&town, ADA).await;
    let message = town.is_held(&id).await;
    assert_eq!(message["state"], "queued");
    let held = &message["held"];
    assert_eq!(held["error"]["code"], 190, "{message}");
    let advice = held["advice"].as_str().unwrap();
    assert!(advice.contains("access token"), "{advice}");
    assert_eq!(message["next_attempt_at"], held["probe_at"]);

    // What is queued behind it waits for the same reason, and a list says so too.
    let behind = send(&town, BEN).await;
    let listed = town.house.get("/api/messages?state=queued").await.body;
    assert_eq!(listed["data"][1]["id"], behind.as_str());
    for message in listed["data"].as_array().unwrap() {
        assert_eq!(&message["held"], held, "{message}");
    }
    assert_eq!(town.sim.counts().sends_taken, 0);
}

#[tokio::test]
async fn a_message_behind_an_uncertain_one_says_so_and_until_when() {
    let town = Town::start("").await;
    town.sim.phone(ADA);
    town.sim.fail_next(Fault::Code(131_000));
    let first = send(&town, ADA).await;
    let uncertain = town.reaches(&first, "uncertain").await;
    assert_eq!(uncertain["error"]["code"], 131_000);
    let advice = uncertain["advice"].as_str().unwrap();
    assert!(advice.contains("not sent again by itself"), "{advice}");
    let behind = send(&town, ADA).await;
    town.settle().await;

    let message = town.message(&behind).await;
    let ahead = &message["waits_behind"];
    assert_eq!(
        (&ahead["id"], &ahead["state"]),
        (&uncertain["id"], &json!("uncertain"))
    );
    let moment = |value: &Value| UnixMillis::from_rfc3339(value.as_str().unwrap()).unwrap();
    let waits = moment(&ahead["until"]).since(moment(&uncertain["updated_at"]));
    assert_eq!(waits, Duration::from_mins(5));
    assert_eq!(message["next_attempt_at"], ahead["until"]);
    let elsewhere = send(&town, BEN).await;
    assert_eq!(town.message(&elsewhere).await["waits_behind"], Value::Null);

    let until = ahead["until"].as_str().unwrap();
    for (id, words) in [
        (
            &behind,
            format!("waits behind {first}, which is uncertain, until {until}"),
        ),
        (&first, format!("its status is waited for until {until}")),
        (&first, "Meta answered with an error".to_owned()),
    ] {
        let trace = town.house.get(&format!("/api/trace/{id}")).await.text;
        assert!(trace.contains(&words), "no {words} in {trace}");
    }
}
