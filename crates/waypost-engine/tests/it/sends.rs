//! Messages to Meta, which here is a server that says what a test tells it to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use waypost_core::account::{Account, UncertainPolicy};
use waypost_core::event::EventType;
use waypost_core::hook::Format;
use waypost_core::message::{MessageState, StatusChange};

use crate::house::{House, account, event, hook};
use crate::sink::{self, Answer, Seen, Sink};

fn taken(seen: &Seen) -> Answer {
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    sink::json(&json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": body["to"], "wa_id": body["to"]}],
        "messages": [{"id": format!("wamid.out.{}", body["n"])}],
    }))
}

fn refused(status: u16, code: i64) -> Answer {
    let error = json!({"error": {"message": "no", "type": "OAuthException", "code": code, "fbtrace_id": "T"}});
    Answer::With(
        status,
        "content-type: application/json\r\n",
        error.to_string(),
    )
}

fn house(graph: &Sink, accounts: Vec<Account>) -> House {
    House::with_graph(Vec::new(), accounts, graph.url().as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_out_in_order_for_each_recipient_and_carry_our_id() {
    let graph = Sink::start(taken).await;
    let house = house(&graph, vec![account()]);
    let mut ids = Vec::new();
    for number in 0..60 {
        ids.push(house.enqueue(&format!("49170{}", number % 3), number).await);
    }
    house.drain().await;
    for recipient in 0..3 {
        let of_recipient: Vec<u64> = graph
            .numbers()
            .into_iter()
            .filter(|number| number % 3 == recipient)
            .collect();
        assert!(of_recipient.is_sorted(), "{of_recipient:?}");
        assert_eq!(of_recipient.len(), 20);
    }
    let first = graph
        .seen()
        .into_iter()
        .find(|seen| seen.number() == 0)
        .unwrap();
    assert_eq!(first.path, "/v25.0/1001/messages");
    assert_eq!(first.header("authorization"), Some("Bearer token"));
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["biz_opaque_callback_data"], ids[0].to_string());
    let message = house.message(ids[7]).await;
    assert_eq!(message.state, MessageState::Sent);
    assert_eq!(message.wamid.as_deref(), Some("wamid.out.7"));
}

#[tokio::test]
async fn a_refused_message_fails_with_metas_whole_error_and_its_successor_goes_on() {
    let graph = Sink::start(|seen| match seen.number() {
        1 => refused(400, 131_047),
        _ => taken(seen),
    })
    .await;
    let house = house(&graph, vec![account()]);
    let first = house.enqueue("491", 1).await;
    let second = house.enqueue("491", 2).await;
    house.drain().await;
    let failed = house.message(first).await;
    assert_eq!(failed.state, MessageState::Failed);
    let error = failed.error.unwrap();
    assert_eq!(
        (&error["code"], &error["fbtrace_id"]),
        (&json!(131_047), &json!("T"))
    );
    assert_eq!(house.message(second).await.state, MessageState::Sent);
}

#[tokio::test]
async fn a_lost_answer_is_uncertain_is_told_of_and_is_never_sent_again() {
    for loss in [Answer::Hang, Answer::Reset, Answer::Status(502)] {
        let graph = Sink::start(move |seen| match seen.number() {
            1 => loss.clone(),
            _ => taken(seen),
        })
        .await;
        let told = Sink::start(|_| Answer::Status(200)).await;
        let mut watcher = hook("watcher", &told.url());
        watcher.format = Format::Flat;
        let house = House::with_graph(vec![watcher], vec![account()], graph.url().as_str());
        let first = house.enqueue("491", 1).await;
        let second = house.enqueue("491", 2).await;
        house.drain().await;
        assert_eq!(house.message(first).await.state, MessageState::Uncertain);
        assert_eq!(
            house.message(second).await.state,
            MessageState::Queued,
            "it waits"
        );

        house
            .pass(Duration::from_mins(6), Duration::from_secs(5))
            .await;
        assert_eq!(
            house.message(first).await.state,
            MessageState::Uncertain,
            "held"
        );
        assert_eq!(
            house.message(second).await.state,
            MessageState::Sent,
            "the lane goes on"
        );
        assert_eq!(house.events_of(EventType::MessageUncertain).await, 1);
        let notice: Value = serde_json::from_str(&told.seen()[0].body).unwrap();
        assert_eq!(notice["event_type"], "message.uncertain");
        assert_eq!(notice["data"]["id"], first.to_string());
        house
            .pass(Duration::from_hours(48), Duration::from_hours(1))
            .await;
        assert_eq!(graph.numbers(), [1, 2], "no double send");
    }
}

#[tokio::test]
async fn an_account_may_have_uncertain_messages_sent_again() {
    let calls = Arc::new(AtomicU16::new(0));
    let count = Arc::clone(&calls);
    let graph = Sink::start(move |seen| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::Reset,
        _ => taken(seen),
    })
    .await;
    let mut again = account();
    again.uncertain = UncertainPolicy::Resend;
    let house = house(&graph, vec![again]);
    let id = house.enqueue("491", 1).await;
    house
        .pass(Duration::from_mins(6), Duration::from_secs(5))
        .await;
    assert_eq!(house.message(id).await.state, MessageState::Sent);
    assert_eq!(graph.numbers(), [1, 1]);
}

#[tokio::test]
async fn a_status_settles_what_was_uncertain() {
    let graph = Sink::start(|_| Answer::Reset).await;
    let house = house(&graph, vec![account()]);
    let id = house.enqueue("491", 1).await;
    house.drain().await;
    let mut status = event("491", 1);
    status.event_type = EventType::MessageDelivered;
    status.status = Some(StatusChange {
        wamid: "wamid.out.1".to_owned(),
        outbox_id: Some(id),
        state: MessageState::Delivered,
        error: None,
    });
    let now = waypost_engine::Clock::now(&*house.clock);
    house.store.accept(now, vec![status]).await.unwrap();
    let message = house.message(id).await;
    assert_eq!(message.state, MessageState::Delivered);
    assert_eq!(message.wamid.as_deref(), Some("wamid.out.1"));
    house
        .pass(Duration::from_mins(10), Duration::from_secs(5))
        .await;
    assert_eq!(house.events_of(EventType::MessageUncertain).await, 0);
}

#[tokio::test]
async fn while_meta_cannot_be_reached_messages_wait_and_then_go_out_once() {
    let address = {
        let reserved = Sink::start(|_| Answer::Status(500)).await;
        reserved.address
    };
    let url = format!("http://{address}/");
    let house = House::with_graph(Vec::new(), vec![account()], &url);
    let id = house.enqueue("491", 1).await;
    house
        .pass(Duration::from_mins(1), Duration::from_secs(1))
        .await;
    let waiting = house.message(id).await;
    assert_eq!(waiting.state, MessageState::Queued);
    assert!(waiting.attempts >= 5);
    assert_eq!(waiting.error.unwrap()["code"], "not_sent");
    let graph = Sink::start_at(address, taken).await;
    house
        .pass(Duration::from_mins(2), Duration::from_secs(1))
        .await;
    assert_eq!(house.message(id).await.state, MessageState::Sent);
    assert_eq!(graph.numbers(), [1]);
}

#[tokio::test]
async fn a_throttled_account_waits_and_a_throttled_recipient_holds_only_itself_up() {
    let graph = Sink::start({
        let calls = AtomicU16::new(0);
        move |seen| match (seen.number(), calls.fetch_add(1, Ordering::SeqCst)) {
            (1, 0) => refused(400, 131_056),
            (3, _) if calls.load(Ordering::SeqCst) < 5 => refused(400, 130_429),
            _ => taken(seen),
        }
    })
    .await;
    let house = house(&graph, vec![account()]);
    let slow = house.enqueue("491", 1).await;
    house.drain().await;
    let quick = house.enqueue("492", 2).await;
    house.drain().await;
    assert_eq!(house.message(slow).await.state, MessageState::Queued);
    assert_eq!(house.message(quick).await.state, MessageState::Sent);
    house
        .pass(Duration::from_secs(2), Duration::from_secs(1))
        .await;
    assert_eq!(house.message(slow).await.state, MessageState::Sent);

    let throttled = house.enqueue("493", 3).await;
    house.drain().await;
    let behind = house.enqueue("494", 4).await;
    house.drain().await;
    assert_eq!(
        house.message(behind).await.state,
        MessageState::Queued,
        "the account waits"
    );
    house
        .pass(Duration::from_mins(1), Duration::from_secs(1))
        .await;
    assert_eq!(house.message(throttled).await.state, MessageState::Sent);
    assert_eq!(house.message(behind).await.state, MessageState::Sent);
}

#[tokio::test]
async fn a_new_token_lets_messages_go_that_the_old_one_could_not_send() {
    let graph = Sink::start(|seen| match seen.header("authorization") {
        Some("Bearer new") => taken(seen),
        _ => refused(401, 190),
    })
    .await;
    let house = house(&graph, vec![account()]);
    let id = house.enqueue("491", 1).await;
    house.drain().await;
    let waiting = house.message(id).await;
    assert_eq!(waiting.state, MessageState::Queued);
    assert_eq!(waiting.error.unwrap()["code"], 190);
    let mut directory = (*house.directory.load_full()).clone();
    directory.accounts[0].access_token = Some(whatsapp_cloud::secret::AccessToken::new("new"));
    house.directory.store(Arc::new(directory));
    house.engine.directory_changed();
    house
        .pass(Duration::from_secs(3), Duration::from_secs(1))
        .await;
    assert_eq!(house.message(id).await.state, MessageState::Sent);
}

#[tokio::test]
async fn an_account_without_a_token_says_so() {
    let graph = Sink::start(taken).await;
    let mut mute = account();
    mute.access_token = None;
    let house = house(&graph, vec![mute]);
    let id = house.enqueue("491", 1).await;
    house.drain().await;
    let message = house.message(id).await;
    assert_eq!(message.state, MessageState::Failed);
    assert_eq!(message.error.unwrap()["code"], "no_access_token");
    assert!(graph.numbers().is_empty());
}

#[tokio::test]
async fn what_a_hook_answers_is_sent_once_and_seen_with_the_attempt() {
    let graph = Sink::start(|_| sink::json(&json!({"messages": [{"id": "wamid.reply"}]}))).await;
    let app = Sink::start(|_| {
        sink::json(&json!({"send_message": true, "to": "491700000001", "text": "on its way"}))
    })
    .await;
    let app_hook = hook("app", &app.url());
    let house = House::with_graph(vec![app_hook], vec![account()], graph.url().as_str());
    let event_id = house.accept("491", 1).await;
    house.drain().await;
    let sent = graph.seen();
    assert_eq!(sent.len(), 1);
    let body: Value = serde_json::from_str(&sent[0].body).unwrap();
    assert_eq!(
        (&body["to"], &body["text"]["body"]),
        (&json!("491700000001"), &json!("on its way"))
    );
    let delivery = house.deliveries("app").await.remove(0);
    assert_eq!(
        delivery.attempts[0].reply.as_deref(),
        Some("1 message queued")
    );
    let query = waypost_store::MessageQuery {
        limit: 10,
        event_id: Some(event_id),
        ..Default::default()
    };
    let reply = house.store.messages(&query).await.unwrap().items.remove(0);
    assert_eq!(reply.state, MessageState::Sent);
    assert_eq!(reply.delivery_id, Some(delivery.id));
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_a_success_without_a_reply() {
    let graph = Sink::start(taken).await;
    let app = Sink::start(|_| Answer::With(200, "", "x".repeat(10 << 20))).await;
    let app_hook = hook("app", &app.url());
    let house = House::with_graph(vec![app_hook], vec![account()], graph.url().as_str());
    house.accept("491", 1).await;
    house.drain().await;
    let delivery = house.deliveries("app").await.remove(0);
    assert_eq!(
        delivery.state,
        waypost_core::delivery::DeliveryState::Delivered
    );
    let attempt = &delivery.attempts[0];
    assert!(attempt.response.as_ref().unwrap().len() <= 4096);
    assert!(attempt.reply.as_deref().unwrap().starts_with("ignored: "));
}
