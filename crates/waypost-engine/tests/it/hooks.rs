//! Hooks as people handle them: paused, resumed, skipped, and what of it a restart remembers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use waypost_core::delivery::DeliveryState::{Dead, Delivered};
use waypost_engine::{Clock as _, HookCondition, ResumeFrom};
use waypost_store::Redelivered;

use crate::house::{House, hook};
use crate::sink::{Answer, Sink, json};

/// A sink that answers with the status the test has set.
async fn sink() -> (Sink, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(200));
    let says = Arc::clone(&status);
    let sink = Sink::start(move |_| Answer::Status(says.load(Ordering::SeqCst))).await;
    (sink, status)
}

fn pause_reason(house: &House) -> Option<String> {
    match house.engine.status().remove(0).condition {
        HookCondition::Paused(pause) => Some(pause.reason),
        _ => None,
    }
}

#[tokio::test]
async fn after_a_410_the_hook_is_paused_and_what_comes_is_kept_in_order() {
    let (sink, status) = sink().await;
    status.store(410, Ordering::SeqCst);
    let mut house = House::new(vec![hook("app", &sink.url())]);
    for number in 1..=3 {
        house.accept("491", number).await;
        house
            .pass(Duration::from_mins(10), Duration::from_mins(1))
            .await;
        house.engine.directory_changed();
        house = house.restart().await;
        assert_eq!(
            pause_reason(&house).as_deref(),
            Some("it answered 410 Gone")
        );
    }
    assert_eq!(sink.numbers(), [1]);
    status.store(200, Ordering::SeqCst);
    assert_eq!(house.resume("app", ResumeFrom::Backlog).await, 0);
    house.drain().await;
    assert_eq!(sink.numbers(), [1, 1, 2, 3]);
    let house = house.restart().await;
    assert_eq!(house.engine.status()[0].condition, HookCondition::Up);
}

#[tokio::test]
async fn a_paused_hook_loses_nothing_over_restarts_and_resumes_in_order() {
    let (sink, _) = sink().await;
    let mut house = House::new(vec![hook("app", &sink.url())]);
    house.pause("app", "a person paused it").await;
    house.pause("app", "and another").await;
    house
        .accept_all(&[("491", 1), ("492", 2), ("491", 3)])
        .await;
    for _ in 0..2 {
        house
            .pass(Duration::from_hours(9 * 24), Duration::from_hours(24))
            .await;
        house = house.restart().await;
        assert_eq!(pause_reason(&house).as_deref(), Some("a person paused it"));
    }
    assert!(sink.numbers().is_empty());
    house.resume("app", ResumeFrom::Backlog).await;
    house.drain().await;
    let mut numbers = sink.numbers();
    assert!(numbers.iter().position(|n| *n == 1) < numbers.iter().position(|n| *n == 3));
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
}

#[tokio::test]
async fn retry_after_outlives_a_restart() {
    let busy = Sink::start(|_| Answer::With(503, "retry-after: 7200\r\n", String::new())).await;
    let house = House::new(vec![hook("app", &busy.url())]);
    house.accept("491", 1).await;
    house.drain().await;
    let opens = house.clock.now().plus(Duration::from_hours(2));
    let house = house.restart().await;
    house.accept("492", 2).await;
    house
        .pass(Duration::from_mins(119), Duration::from_mins(1))
        .await;
    assert_eq!(busy.numbers(), [1], "called before it wanted to be");
    assert_eq!(house.engine.status()[0].not_before, Some(opens));
    house
        .pass(Duration::from_mins(1), Duration::from_mins(1))
        .await;
    assert!(busy.numbers().len() > 1);
}

#[tokio::test]
async fn a_clock_set_back_keeps_no_hook_shut_for_longer_than_a_day() {
    let busy = Sink::start(|_| Answer::With(503, "retry-after: 86400\r\n", String::new())).await;
    let house = House::new(vec![hook("app", &busy.url())]);
    house.accept("491", 1).await;
    house.drain().await;
    let earlier = waypost_core::time::UnixMillis(house.clock.now().0 - 1_000_000_000_000);
    house.clock.set(earlier);
    let house = house.restart().await;
    let opens = house.engine.status()[0].not_before.unwrap();
    assert_eq!(opens.since(earlier), Duration::from_hours(24));
}

#[tokio::test]
async fn a_hook_that_skips_to_now_gets_only_what_comes_then() {
    let (sink, _) = sink().await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.pause("app", "holiday").await;
    house
        .accept_all(&[("491", 1), ("492", 2), ("491", 3)])
        .await;
    assert_eq!(house.resume("app", ResumeFrom::Now).await, 3);
    house.clock.advance(Duration::from_secs(1));
    house.accept("491", 4).await;
    house.drain().await;
    assert_eq!(sink.numbers(), [4]);
    assert_eq!(
        house.states("app").await,
        [Dead, Dead, Dead, Delivered],
        "and what was skipped is to be seen"
    );
    let skipped = house.deliveries("app").await.remove(0);
    assert!(skipped.reason.unwrap().starts_with("skipped when the hook"));
    assert!(house.restart().await.states("app").await.contains(&Dead));
}

#[tokio::test]
async fn a_hook_that_goes_on_from_a_time_gets_what_came_since() {
    let (sink, _) = sink().await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.pause("app", "holiday").await;
    house.accept_all(&[("491", 1), ("492", 2)]).await;
    house.clock.advance(Duration::from_hours(1));
    let since = house.clock.now();
    house.accept_all(&[("491", 3), ("491", 4)]).await;
    assert_eq!(house.resume("app", ResumeFrom::Time(since)).await, 2);
    house.drain().await;
    assert_eq!(sink.numbers(), [3, 4]);
}

#[tokio::test]
async fn what_was_skipped_is_delivered_by_hand_and_says_what_it_does_again() {
    let (sink, _) = sink().await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.pause("app", "holiday").await;
    let event = house.accept("491", 1).await;
    house.resume("app", ResumeFrom::Now).await;
    house.drain().await;
    let dead = house.deliveries("app").await.remove(0);
    let answer = house.store.redeliver(house.clock.now(), vec![dead.id]);
    assert!(matches!(answer.await.unwrap()[0], Redelivered::As(_)));
    house.drain().await;
    let seen = sink.seen().remove(0);
    assert_eq!(seen.header("webhook-id"), Some(event.to_string().as_str()));
    assert_eq!(
        seen.header("waypost-redelivery"),
        Some(dead.id.to_string().as_str())
    );
    assert_eq!(house.states("app").await, [Dead, Delivered]);
}

#[tokio::test]
async fn what_was_answered_is_not_answered_twice() {
    let reply = serde_json::json!({"send_message": true, "to": "4915550001", "text": "hello"});
    let sink = Sink::start(move |_| json(&reply)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept("491", 1).await;
    house.drain().await;
    let first = house.deliveries("app").await.remove(0);
    assert_eq!(first.attempts[0].reply.as_deref(), Some("1 message queued"));
    let again = house.store.redeliver(house.clock.now(), vec![first.id]);
    again.await.unwrap();
    house.drain().await;
    let again = house.deliveries("app").await.remove(1);
    assert_eq!(again.state, Delivered);
    let note = again.attempts[0].reply.clone().unwrap();
    assert!(note.starts_with("not sent"), "{note}");
}

#[tokio::test]
async fn a_hook_is_tried_out_where_a_delivery_might_go_and_nowhere_else() {
    let (sink, _) = sink().await;
    let mut public = hook("public", &sink.url());
    public.private_network = false;
    let house = House::new(vec![hook("app", &sink.url()), public]);
    house.pause("app", "holiday").await;
    let refused = house.engine.try_hook(&"public".into()).await.unwrap();
    assert_eq!((refused.outcome, refused.status), ("refused_address", None));
    assert!(sink.seen().is_empty());
    let taken = house.engine.try_hook(&"app".into()).await.unwrap();
    assert_eq!((taken.outcome, taken.status), ("ok", Some(200)));
    let body: serde_json::Value = serde_json::from_str(&sink.seen().remove(0).body).unwrap();
    let change = &body["entry"][0]["changes"][0];
    assert_eq!(change["field"], "hook_test", "shaped as Meta shapes it");
    assert!(house.engine.try_hook(&"nobody".into()).await.is_none());
    assert!(house.deliveries("app").await.is_empty());
}
