//! Deliveries one by one: order, isolation, verdicts, what a hook is told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use waypost_core::delivery::DeliveryState::{Dead, Delivered, Parked, Pending};
use waypost_core::event::EventType;
use waypost_core::hook::{Format, Order, RetrySchedule};
use waypost_engine::ResumeFrom;

use crate::house::{House, hook};
use crate::sink::{Answer, Sink};

/// A sink that answers as `says`, by the number of the event.
async fn sink(says: impl Fn(u64) -> Answer + Send + Sync + 'static) -> Sink {
    Sink::start(move |seen| says(seen.number())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_delivered_in_order_and_many_side_by_side() {
    let sink = sink(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    let contacts: Vec<String> = (0..20)
        .map(|contact| format!("49170000{contact:04}"))
        .collect();
    for number in 0..200 {
        let contact = &contacts[(number % 20) as usize];
        house.accept(contact, number).await;
    }
    house.drain().await;

    let mut last: HashMap<String, u64> = HashMap::new();
    for seen in sink.seen() {
        let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
        let before = last.insert(body["from"].to_string(), seen.number());
        assert!(before.is_none_or(|before| before < seen.number()));
    }
    assert_eq!(sink.seen().len(), 200);
    assert_eq!(house.states("app").await, vec![Delivered; 200]);
}

#[tokio::test]
async fn a_call_says_what_it_is() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let mut app = hook("app", &sink.url().join("in?key=1").unwrap());
    app.headers = vec![
        ("Authorization".to_owned(), "Bearer s3cret".into()),
        ("Content-Length".to_owned(), "1".into()),
        ("Waypost-Parked".to_owned(), "true".into()),
    ];
    app.secrets = vec!["a secret".into()];
    app.format = Format::Event;
    let house = House::new(vec![app]);
    let id = house.accept("491", 1).await;
    house.drain().await;

    let seen = sink.seen().remove(0);
    assert_eq!(
        seen.path,
        "/in?key=1&event=message.received&account_id=main"
    );
    assert_eq!(seen.header("webhook-id"), Some(id.to_string().as_str()));
    assert_eq!(seen.header("webhook-timestamp"), Some("1800000000"));
    assert!(seen.header("webhook-signature").unwrap().starts_with("v1,"));
    assert_eq!(seen.header("authorization"), Some("Bearer s3cret"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert!(seen.header("user-agent").unwrap().starts_with("Waypost/"));
    assert_eq!(seen.header("waypost-attempt"), Some("1"));
    assert_eq!(seen.header("waypost-parked"), None);
}

#[tokio::test]
async fn a_failing_head_blocks_only_its_own_lane_and_only_for_fifteen_minutes() {
    let poison = |number| Answer::Status(if number == 1 { 500 } else { 200 });
    let sink = sink(poison).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept("491", 1).await;
    house.accept("491", 2).await;
    house.drain().await;
    // Another conversation shows that the hook is up.
    for number in 0..14 {
        house.accept("492", 100 + number).await;
        house
            .pass(Duration::from_mins(1), Duration::from_secs(10))
            .await;
        assert!(
            !sink.numbers().contains(&2),
            "overtaken after {number} minutes"
        );
    }
    for number in 20..24 {
        house.accept("492", 100 + number).await;
        house
            .pass(Duration::from_mins(1), Duration::from_secs(10))
            .await;
    }
    assert!(sink.numbers().contains(&2), "still blocked");
    assert_eq!(house.states("app").await[..2], [Parked, Delivered]);
    let parked = house.deliveries("app").await.remove(0);
    assert_eq!(
        parked.reason.as_deref(),
        Some("held its conversation for 15 minutes: status: answered 500")
    );

    let before = sink.numbers().len();
    house
        .pass(Duration::from_hours(4), Duration::from_mins(10))
        .await;
    let later = &sink.seen()[before..];
    assert!(!later.is_empty(), "what is parked is still tried");
    assert!(
        later
            .iter()
            .all(|seen| seen.header("waypost-parked") == Some("true"))
    );
}

#[tokio::test]
async fn a_permanent_answer_parks_at_once_unless_the_lane_is_strict() {
    let sink = sink(|number| Answer::Status(if number == 1 { 422 } else { 200 })).await;
    let mut strict = hook("strict", &sink.url());
    strict.order = Order::Strict;
    let house = House::new(vec![hook("bounded", &sink.url()), strict]);
    house.accept("491", 1).await;
    house.accept("491", 2).await;
    house.drain().await;
    assert_eq!(house.states("bounded").await, [Parked, Delivered]);
    assert_eq!(house.states("strict").await, [Pending, Pending]);
}

#[tokio::test]
async fn without_order_nothing_waits_for_anything() {
    let sink = sink(|number| Answer::Status(if number == 1 { 503 } else { 200 })).await;
    let mut loose = hook("loose", &sink.url());
    loose.order = Order::None;
    let house = House::new(vec![loose]);
    house
        .accept_all(&[("491", 1), ("491", 2), ("491", 3)])
        .await;
    house.drain().await;
    assert_eq!(house.states("loose").await, [Pending, Delivered, Delivered]);
}

#[tokio::test]
async fn what_is_exhausted_is_dead_and_says_why() {
    let sink = sink(|_| Answer::Status(500)).await;
    let mut app = hook("app", &sink.url());
    app.retry = RetrySchedule {
        delays: vec![Duration::from_secs(10)],
        give_up_after: Duration::from_secs(25),
    };
    let house = House::new(vec![app]);
    house.accept("491", 1).await;
    house
        .pass(Duration::from_mins(1), Duration::from_secs(1))
        .await;
    let dead = house.deliveries("app").await.remove(0);
    assert_eq!(dead.state, Dead);
    let numbers: Vec<u32> = dead.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(dead.attempts[3].status, Some(500));
    let reason = dead.reason.unwrap();
    assert_eq!(
        reason,
        "given up after 4 attempts; the last: status: answered 500"
    );
}

#[tokio::test]
async fn a_hook_in_a_private_network_is_not_called_without_permission() {
    let sink = sink(|_| Answer::Status(200)).await;
    let mut public = hook("public", &sink.url());
    public.private_network = false;
    let named = format!("http://localhost:{}/", sink.address.port());
    let mut by_name = hook("by-name", &named.parse().unwrap());
    by_name.private_network = false;
    let metadata = "http://169.254.169.254/latest".parse().unwrap();
    let house = House::new(vec![public, by_name, hook("metadata", &metadata)]);
    house.accept("491", 1).await;
    house.drain().await;
    for hook in ["public", "by-name", "metadata"] {
        let delivery = house.deliveries(hook).await.remove(0);
        let error = delivery.attempts[0].error.clone().unwrap();
        assert!(error.starts_with("refused_address: "), "{hook}: {error}");
        assert_eq!(delivery.state, Pending);
    }
    assert!(sink.numbers().is_empty());
}

#[tokio::test]
async fn hooks_hear_of_other_hooks_if_they_ask_for_it_by_name() {
    let failing = sink(|_| Answer::Status(500)).await;
    let watching = Sink::start(|_| Answer::Status(200)).await;
    let mut watcher = hook("watcher", &watching.url());
    watcher.format = Format::Flat;
    watcher.events = vec![
        EventType::HookTriggered,
        EventType::HookSuccess,
        EventType::HookFailed,
    ];
    let house = House::new(vec![hook("app", &failing.url()), watcher]);
    house.accept("491", 1).await;
    house.drain().await;
    let told: Vec<serde_json::Value> = watching
        .seen()
        .iter()
        .map(|seen| serde_json::from_str(&seen.body).unwrap())
        .collect();
    let types: Vec<_> = told
        .iter()
        .map(|told| told["event_type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["hook.triggered", "hook.failed"]);
    assert_eq!(told[1]["data"]["hook_id"], "app");
    assert_eq!(told[1]["data"]["status"], 500);
    assert_eq!(
        house.events_of(EventType::HookSuccess).await,
        0,
        "none about its own deliveries"
    );
}

#[tokio::test]
async fn a_hook_that_left_the_configuration_keeps_what_was_queued_for_it() {
    let sink = sink(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.pause("app", "until it has left").await;
    house.accept("491", 1).await;
    let with_hook = house.directory.load_full();
    let mut without_hook = (*with_hook).clone();
    without_hook.hooks.clear();
    house.directory.store(Arc::new(without_hook));
    house.resume("app", ResumeFrom::Backlog).await;
    house
        .pass(Duration::from_hours(1), Duration::from_mins(10))
        .await;
    assert!(sink.numbers().is_empty());
    house.directory.store(with_hook);
    house.engine.directory_changed();
    house.drain().await;
    assert_eq!(sink.numbers(), [1]);
}

#[tokio::test]
async fn a_call_that_a_stop_cuts_off_was_an_attempt() {
    let sink = sink(|_| Answer::Hang).await;
    let mut patient = hook("app", &sink.url());
    patient.timeout = Duration::from_hours(1);
    let house = House::new(vec![patient]);
    house.accept("491", 1).await;
    while sink.numbers().is_empty() {
        tokio::task::yield_now().await;
    }
    // A quarter of it is for storing what is cut off, on a busy machine too.
    assert!(!house.engine.stop(Duration::from_secs(4)).await);
    let delivery = house.deliveries("app").await.remove(0);
    let error = delivery.attempts[0].error.as_deref();
    assert!(error.unwrap().starts_with("stopped: "), "{error:?}");
    assert_eq!(delivery.state, Pending);
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_starts_nothing_more() {
    let sink = sink(|number| {
        if number == 1 {
            Answer::Hang
        } else {
            Answer::Status(200)
        }
    })
    .await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept_all(&[("491", 1), ("491", 2)]).await;
    while sink.numbers().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(house.engine.stop(Duration::from_mins(1)).await);
    let delivery = house.deliveries("app").await.remove(0);
    assert!(
        delivery.attempts[0]
            .error
            .as_deref()
            .unwrap()
            .starts_with("timeout: ")
    );
    assert_eq!(sink.numbers(), [1]);
}
