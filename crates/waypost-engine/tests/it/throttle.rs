//! How fast messages go, and whether an account may send at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use waypost_core::account::Account;
use waypost_core::event::EventType;
use waypost_core::id::OutboxId;
use waypost_core::message::MessageState;

use crate::house::{House, account};
use crate::sink::{self, Answer, Seen, Sink};

fn taken(seen: &Seen) -> Answer {
    sink::json(&json!({"messages": [{"id": format!("wamid.{}", seen.number())}]}))
}

fn refused(code: i64) -> Answer {
    let error = json!({"error": {"message": "no", "code": code, "fbtrace_id": "T"}});
    Answer::With(400, "content-type: application/json\r\n", error.to_string())
}

fn with_throughput(throughput: u32) -> Account {
    Account {
        throughput,
        ..account()
    }
}

fn house(graph: &Sink, account: Account) -> House {
    House::with_graph(Vec::new(), vec![account], graph.url().as_str())
}

/// Messages to so many people.
async fn to_everyone(house: &House, people: u64) -> Vec<OutboxId> {
    let mut ids = Vec::new();
    for person in 0..people {
        ids.push(house.enqueue(&format!("4917{person:04}"), person).await);
    }
    ids
}

async fn states(house: &House, ids: &[OutboxId]) -> Vec<(MessageState, u32)> {
    let mut states = Vec::new();
    for id in ids {
        let message = house.message(*id).await;
        states.push((message.state, message.attempts));
    }
    states
}

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_number_sends_no_more_in_a_second_than_it_may_and_waiting_costs_nothing() {
    let graph = Sink::start(taken).await;
    let house = house(&graph, with_throughput(5));
    let ids = to_everyone(&house, 23).await;
    for second in 1..=4 {
        house.drain().await;
        assert_eq!(graph.numbers().len(), 5 * second);
        house.clock.advance(MILLISECOND * 999);
        house.drain().await;
        assert_eq!(graph.numbers().len(), 5 * second, "a second is not over");
        house.clock.advance(MILLISECOND);
    }
    house.drain().await;
    assert_eq!(graph.numbers().len(), 23);
    let all = vec![(MessageState::Sent, 1); 23];
    assert_eq!(states(&house, &ids).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_has_borrowed_all_it_may_waits_and_others_go() {
    let graph = Sink::start(taken).await;
    let house = house(&graph, account());
    let mut ids = Vec::new();
    for number in 0..47 {
        ids.push(house.enqueue("491", number).await);
    }
    house.drain().await;
    assert_eq!(graph.numbers().len(), 45);
    let other = house.enqueue("492", 100).await;
    house.drain().await;
    assert_eq!(house.message(other).await.state, MessageState::Sent);
    assert_eq!(
        states(&house, &ids[45..]).await,
        [(MessageState::Queued, 0); 2]
    );
    house.pass(Duration::from_secs(6), MILLISECOND * 500).await;
    assert_eq!(
        states(&house, &ids[45..]).await,
        [(MessageState::Sent, 1), (MessageState::Queued, 0)]
    );
    house.pass(Duration::from_secs(6), SECOND).await;
    assert_eq!(graph.numbers().len(), 48);
}

#[tokio::test]
async fn a_refused_pair_waits_four_to_the_x_seconds() {
    let calls = Arc::new(AtomicU16::new(0));
    let count = Arc::clone(&calls);
    let graph = Sink::start(move |seen| match count.fetch_add(1, Ordering::SeqCst) {
        0..3 => refused(131_056),
        _ => taken(seen),
    })
    .await;
    let house = house(&graph, account());
    let id = house.enqueue("491", 1).await;
    for (wait_ms, calls) in [(1_000, 1), (4_000, 2), (16_000, 3)] {
        house.drain().await;
        assert_eq!(graph.numbers().len(), calls);
        house.clock.advance(MILLISECOND * (wait_ms - 1));
        house.drain().await;
        assert_eq!(graph.numbers().len(), calls, "too early");
        house.clock.advance(MILLISECOND);
    }
    house.drain().await;
    assert_eq!(states(&house, &[id]).await, [(MessageState::Sent, 4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_too_fast_slows_down_and_finds_its_way_back() {
    let first = AtomicBool::new(true);
    let graph = Sink::start(move |seen| {
        if first.swap(false, Ordering::SeqCst) {
            refused(130_429)
        } else {
            taken(seen)
        }
    })
    .await;
    let house = house(&graph, with_throughput(20));
    house.enqueue("490", 0).await;
    house.drain().await;
    let ids = to_everyone(&house, 400).await;
    house.drain().await;
    assert_eq!(graph.numbers().len(), 1, "the whole number waits");
    let mut rates = Vec::new();
    for _ in 0..40 {
        let before = graph.numbers().len();
        house.pass(SECOND, SECOND).await;
        rates.push(graph.numbers().len() - before);
    }
    assert!(rates[..3].iter().all(|rate| *rate <= 11), "{rates:?}");
    assert!(rates.iter().all(|rate| *rate <= 20), "{rates:?}");
    house.pass(Duration::from_mins(1), SECOND).await;
    assert_eq!(graph.numbers().len(), 402);
    let all = vec![(MessageState::Sent, 1); 400];
    assert_eq!(states(&house, &ids).await, all);
}

#[tokio::test]
async fn metas_usage_headers_are_heeded() {
    let graph = Sink::start(|_| {
        Answer::With(
            200,
            "x-business-use-case-usage: {\"1\":[{\"call_count\":100,\"estimated_time_to_regain_access\":3}]}\r\n",
            json!({"messages": [{"id": "wamid.a"}]}).to_string(),
        )
    })
    .await;
    let house = house(&graph, account());
    house.enqueue("491", 1).await;
    house.drain().await;
    let next = house.enqueue("492", 2).await;
    house.pass(Duration::from_secs(179), SECOND * 10).await;
    assert_eq!(states(&house, &[next]).await, [(MessageState::Queued, 0)]);
    house.pass(SECOND, SECOND).await;
    assert_eq!(states(&house, &[next]).await, [(MessageState::Sent, 1)]);
}

/// A Meta that refuses everything with 190 until told otherwise.
async fn without_a_token(is_mended: &Arc<AtomicBool>) -> Sink {
    let is_mended = Arc::clone(is_mended);
    Sink::start(move |seen| {
        if is_mended.load(Ordering::SeqCst) {
            taken(seen)
        } else {
            refused(190)
        }
    })
    .await
}

async fn hold_of(house: &House) -> Value {
    let text = house.store.setting("held:main").await.unwrap();
    serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_token_ended_is_held_probes_and_resumes_by_itself() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let graph = without_a_token(&is_mended).await;
    let house = house(&graph, account());
    let mut ids = vec![house.enqueue("490", 1000).await];
    house.drain().await;
    ids.extend(to_everyone(&house, 30).await);
    house.drain().await;
    assert_eq!(graph.numbers().len(), 1, "one refusal is enough to know");
    assert_eq!(hold_of(&house).await["error"]["code"], 190);
    let waiting = states(&house, &ids).await;
    assert!(
        waiting
            .iter()
            .all(|(state, _)| *state == MessageState::Queued)
    );
    assert_eq!(house.events_of(EventType::WhatsappDisconnected).await, 1);

    house.pass(SECOND * 14, SECOND).await;
    assert_eq!(graph.numbers().len(), 1);
    house.pass(SECOND, SECOND).await;
    assert_eq!(graph.numbers().len(), 2, "one probe");
    is_mended.store(true, Ordering::SeqCst);
    house.pass(SECOND * 29, SECOND).await;
    assert_eq!(graph.numbers().len(), 2);
    house.pass(SECOND * 2, SECOND).await;
    let all = states(&house, &ids).await;
    assert!(all.iter().all(|(state, _)| *state == MessageState::Sent));
    assert_eq!(hold_of(&house).await, Value::Null);
    assert_eq!(house.events_of(EventType::WhatsappDisconnected).await, 1);
    assert_eq!(house.events_of(EventType::WhatsappConnected).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_knows_of_the_hold_and_tries_one_message_alone() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let graph = without_a_token(&is_mended).await;
    let house = house(&graph, account());
    house.enqueue("490", 1000).await;
    house.drain().await;
    let ids = to_everyone(&house, 30).await;
    let house = house.restart_towards(graph.url().as_str()).await;
    house.drain().await;
    assert_eq!(graph.numbers().len(), 2);
    is_mended.store(true, Ordering::SeqCst);
    house.pass(Duration::from_mins(10), SECOND * 10).await;
    let all = states(&house, &ids).await;
    assert!(all.iter().all(|(state, _)| *state == MessageState::Sent));
    assert_eq!(house.events_of(EventType::WhatsappDisconnected).await, 1);
    assert_eq!(house.events_of(EventType::WhatsappConnected).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_that_looks_like_the_senders_fault_does_not_hold_the_others_for_ever() {
    let graph = Sink::start(|seen| match seen.number() {
        1000 => refused(131_042),
        _ => taken(seen),
    })
    .await;
    let house = house(&graph, account());
    let guilty = house.enqueue("490", 1000).await;
    let mut ids = Vec::new();
    for minute in 0..30 {
        ids.push(house.enqueue(&format!("4917{minute}"), minute).await);
        house.pass(Duration::from_mins(1), SECOND * 10).await;
    }
    let message = house.message(guilty).await;
    assert_eq!(message.state, MessageState::Failed);
    assert!(message.attempts >= 3);
    assert_eq!(message.error.unwrap()["fbtrace_id"], "T");
    let others = states(&house, &ids).await;
    assert!(others.iter().all(|(state, _)| *state == MessageState::Sent));
}

#[tokio::test]
async fn a_message_of_a_held_account_is_given_up_after_a_week_with_metas_error() {
    let graph = Sink::start(|_| refused(131_031)).await;
    let house = house(&graph, account());
    let id = house.enqueue("491", 1).await;
    house
        .pass(Duration::from_hours(167), Duration::from_mins(30))
        .await;
    assert_eq!(house.message(id).await.state, MessageState::Queued);
    house
        .pass(Duration::from_hours(3), Duration::from_mins(30))
        .await;
    let message = house.message(id).await;
    assert_eq!(message.state, MessageState::Failed);
    assert_eq!(message.error.unwrap()["code"], 131_031);
}
