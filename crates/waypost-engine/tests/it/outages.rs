//! A hook as a whole: hanging, down, overloaded, back again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use waypost_core::delivery::DeliveryState::{Delivered, Parked, Pending};
use waypost_engine::HookCondition;

use crate::house::{House, hook};
use crate::sink::{Answer, Sink};

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_hangs_costs_another_nothing() {
    let black_hole = Sink::start(|_| Answer::Hang).await;
    let healthy = Sink::start(|_| Answer::Status(200)).await;
    let mut hanging = hook("hanging", &black_hole.url());
    hanging.timeout = Duration::from_secs(20);
    let house = House::new(vec![hanging, hook("healthy", &healthy.url())]);
    let contacts: Vec<String> = (0..100).map(|contact| format!("4917{contact}")).collect();
    let events: Vec<(&str, u64)> = contacts.iter().map(String::as_str).zip(0..).collect();
    house.accept_all(&events).await;
    let all_there = async {
        while healthy.seen().len() < 100 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), all_there)
        .await
        .expect("the healthy hook waits for the other");
    let status = house.engine.status();
    assert_eq!(status[0].in_flight, 32, "and no more than its cap");
}

#[tokio::test]
async fn an_outage_burns_few_attempts_parks_nothing_and_ends_in_order() {
    let up = Arc::new(AtomicBool::new(false));
    let answer = Arc::clone(&up);
    let sink = Sink::start(move |_| {
        Answer::Status(if answer.load(Ordering::SeqCst) {
            200
        } else {
            503
        })
    })
    .await;
    let house = House::new(vec![hook("app", &sink.url())]);
    let contacts: Vec<String> = (0..50).map(|contact| format!("4917{contact}")).collect();
    for round in 0..4 {
        let numbers = (round * 50)..;
        let events: Vec<(&str, u64)> = contacts.iter().map(String::as_str).zip(numbers).collect();
        house.accept_all(&events).await;
    }
    house
        .pass(Duration::from_hours(1), Duration::from_secs(5))
        .await;
    let probes = sink.numbers().len();
    assert!((60..200).contains(&probes), "{probes} attempts in an hour");
    let status = house.engine.status().remove(0);
    assert!(
        matches!(status.condition, HookCondition::Down { .. }),
        "{status:?}"
    );
    assert_eq!(house.states("app").await, vec![Pending; 200]);

    up.store(true, Ordering::SeqCst);
    house
        .pass(Duration::from_mins(2), Duration::from_secs(5))
        .await;
    assert_eq!(house.states("app").await, vec![Delivered; 200]);
    let mut last: HashMap<u64, u64> = HashMap::new();
    for number in &sink.numbers()[probes..] {
        let before = last.insert(number % 50, *number);
        assert!(
            before.is_none_or(|before| before < *number),
            "{number} was overtaken"
        );
    }
    assert_eq!(house.engine.status()[0].condition, HookCondition::Up);
}

#[tokio::test]
async fn what_was_parked_goes_first_when_the_hook_is_back() {
    // 0: takes all but the first; 1: takes nothing; 2: takes everything.
    let mood = Arc::new(AtomicU16::new(0));
    let answer = Arc::clone(&mood);
    let sink = Sink::start(move |seen| {
        Answer::Status(match answer.load(Ordering::SeqCst) {
            0 if seen.number() == 1 => 422,
            1 => 500,
            _ => 200,
        })
    })
    .await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept("491", 1).await;
    house.drain().await;
    assert_eq!(house.states("app").await, [Parked]);
    mood.store(1, Ordering::SeqCst);
    let contacts: Vec<String> = (0..10).map(|contact| format!("4917{contact}")).collect();
    let events: Vec<(&str, u64)> = contacts.iter().map(String::as_str).zip(100..).collect();
    house.accept_all(&events).await;
    house.accept_all(&[("491", 2), ("491", 3)]).await;
    house
        .pass(Duration::from_mins(5), Duration::from_secs(1))
        .await;
    assert!(matches!(
        house.engine.status()[0].condition,
        HookCondition::Down { .. }
    ));

    mood.store(2, Ordering::SeqCst);
    let before = sink.numbers().len();
    house
        .pass(Duration::from_mins(2), Duration::from_secs(1))
        .await;
    let numbers = sink.numbers();
    let at = |wanted| {
        let found = numbers[before..]
            .iter()
            .rposition(|number| *number == wanted);
        found.unwrap()
    };
    // The probe that found the hook back may have been any of them; after it, the parked one leads its lane.
    assert!(at(1) < at(3) && at(2) < at(3), "{:?}", &numbers[before..]);
    assert!(
        house
            .states("app")
            .await
            .iter()
            .all(|state| *state == Delivered)
    );
}

#[tokio::test]
async fn what_an_app_never_takes_keeps_nobody_else_waiting_and_to_its_schedule() {
    for refusal in [422, 500] {
        // The first sixty conversations' messages are more than the app can bear.
        let sink =
            Sink::start(move |seen| Answer::Status(if seen.number() < 60 { refusal } else { 200 }))
                .await;
        let house = House::new(vec![hook("app", &sink.url())]);
        let name = |contact: u64| format!("4917{contact}");
        let bad: Vec<String> = (0..60).map(name).collect();
        let events: Vec<(&str, u64)> = bad.iter().map(String::as_str).zip(0..).collect();
        house.accept_all(&events).await;
        for second in 0..90 {
            let good = name(1000 + second % 20);
            house.accept(&good, 1000 + second).await;
            house
                .pass(Duration::from_secs(1), Duration::from_secs(1))
                .await;
        }
        house
            .pass(Duration::from_secs(10), Duration::from_secs(1))
            .await;
        let numbers = sink.numbers();
        let late: Vec<_> = (1000..1085)
            .filter(|good| !numbers.contains(good))
            .collect();
        assert!(
            late.is_empty(),
            "{refusal}: {late:?} wait for what is never taken"
        );
        let worst = (0..60).map(|bad| numbers.iter().filter(|number| **number == bad).count());
        let worst = worst.max().unwrap();
        assert!(worst <= 5, "{refusal}: called {worst} times in 100 s");
    }
}

#[tokio::test]
async fn retry_after_is_honoured_for_the_whole_hook() {
    let busy = Arc::new(AtomicBool::new(true));
    let answer = Arc::clone(&busy);
    let sink = Sink::start(move |_| {
        if answer.swap(false, Ordering::SeqCst) {
            Answer::With(429, "retry-after: 3600\r\n", String::new())
        } else {
            Answer::Status(200)
        }
    })
    .await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept("491", 1).await;
    house.drain().await;
    house.accept("492", 2).await;
    house
        .pass(Duration::from_mins(59), Duration::from_secs(30))
        .await;
    assert_eq!(sink.numbers(), [1], "called again too early");
    house
        .pass(Duration::from_mins(2), Duration::from_secs(30))
        .await;
    let mut after = sink.numbers()[1..].to_vec();
    after.sort_unstable();
    assert_eq!(after, [1, 2]);
}

#[tokio::test]
async fn a_lone_conversation_is_not_parked_while_nothing_proves_the_hook_up() {
    let sink = Sink::start(|_| Answer::Reset).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept("491", 1).await;
    house.accept("491", 2).await;
    house
        .pass(Duration::from_hours(5), Duration::from_secs(30))
        .await;
    assert_eq!(house.states("app").await, [Pending, Pending]);
    assert!(sink.numbers().iter().all(|number| *number == 1));
    let head = house.deliveries("app").await.remove(0);
    let error = head.attempts[0].error.as_deref().unwrap();
    assert!(error.starts_with("reset: "), "{error}");
}
