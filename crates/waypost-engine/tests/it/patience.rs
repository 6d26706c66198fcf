//! How long a failing delivery is tried, and how a busy hook is spared: the whole schedule, by the clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use waypost_core::delivery::DeliveryState::{Dead, Pending};
use waypost_core::hook::{Order, RetrySchedule};

use crate::house::{House, START, hook};
use crate::sink::{Answer, Sink};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Follows one delivery that always fails to its end; every attempt must come at its time and not before. Answers how long
/// after the one before each attempt was made.
async fn follow(order: Order) -> Vec<Duration> {
    let sink = Sink::start(|_| Answer::Status(500)).await;
    let mut app = hook("app", &sink.url());
    app.order = order;
    let house = House::new(vec![app]);
    house.accept("491", 1).await;
    house.drain().await;
    let mut gaps = Vec::new();
    loop {
        let delivery = house.deliveries("app").await.remove(0);
        let made = delivery.attempts.len();
        assert_eq!(sink.seen().len(), made);
        if delivery.state == Dead {
            let last = delivery.attempts.last().unwrap();
            assert_eq!(last.at.since(START), Duration::from_hours(7 * 24));
            let reason = delivery.reason.unwrap();
            let expected =
                format!("given up after {made} attempts; the last: status: answered 500");
            assert_eq!(reason, expected);
            house
                .pass(Duration::from_hours(48), Duration::from_hours(1))
                .await;
            assert_eq!(sink.seen().len(), made, "dead is dead");
            return gaps;
        }
        assert_eq!(delivery.state, Pending);
        let due = delivery.next_attempt_at.unwrap();
        let gap = due.since(delivery.attempts[made - 1].at);
        house.clock.advance(gap.saturating_sub(MILLISECOND));
        house.drain().await;
        assert_eq!(sink.seen().len(), made, "before its time");
        house.clock.advance(MILLISECOND);
        house.drain().await;
        assert_eq!(sink.seen().len(), made + 1, "at its time");
        gaps.push(gap);
    }
}

#[tokio::test]
async fn a_failing_delivery_keeps_to_its_schedule_for_seven_days_and_is_dead_then() {
    let gaps = follow(Order::Strict).await;
    let schedule = RetrySchedule::default().delays;
    let last = gaps.len() - 1;
    for (place, gap) in gaps.iter().enumerate() {
        let delay = *schedule.get(place).or(schedule.last()).unwrap();
        assert!(
            *gap <= delay.mul_f64(1.2),
            "gap {place}: {gap:?} after {delay:?}"
        );
        // The last one is cut short by the end of the seven days.
        assert!(
            place == last || *gap >= delay.mul_f64(0.8),
            "gap {place}: {gap:?} after {delay:?}"
        );
    }
    assert!((15..=20).contains(&gaps.len()), "{gaps:?}");
    assert!(
        gaps.iter().zip(&schedule).any(|(gap, delay)| gap != delay),
        "no jitter"
    );
}

#[tokio::test]
async fn a_lone_head_of_a_bounded_lane_is_tried_for_seven_days_too() {
    let gaps = follow(Order::Bounded).await;
    assert!(
        gaps.iter().all(|gap| *gap <= Duration::from_mins(15)),
        "{gaps:?}"
    );
}

#[tokio::test]
async fn an_overloaded_hook_is_called_less_at_once_and_more_again_as_it_succeeds() {
    let busy = Arc::new(AtomicBool::new(true));
    let says = Arc::clone(&busy);
    let sink = Sink::start(move |seen| {
        Answer::Status(if says.load(Ordering::SeqCst) && seen.number() == 0 {
            429
        } else {
            200
        })
    })
    .await;
    let house = House::new(vec![hook("app", &sink.url())]);
    let limit = || house.engine.status()[0].limit;
    assert_eq!(limit(), 32);
    house.accept("490", 0).await;
    house.drain().await;
    assert_eq!(limit(), 16);
    house
        .pass(Duration::from_secs(10), Duration::from_secs(1))
        .await;
    assert_eq!(limit(), 4, "after three refusals");
    busy.store(false, Ordering::SeqCst);
    for number in 1..=600 {
        house.accept("491", number).await;
    }
    house.drain().await;
    assert_eq!(limit(), 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn first_attempts_go_out_while_retries_hang() {
    let failing = Arc::new(AtomicBool::new(true));
    let says = Arc::clone(&failing);
    // Contacts below 100 fail at first, and hang when they are tried again.
    let counts: std::sync::Mutex<HashMap<u64, u32>> = std::sync::Mutex::default();
    let sink = Sink::start(move |seen| {
        let mut counts = counts.lock().unwrap();
        let tried = counts.entry(seen.number()).or_default();
        *tried += 1;
        if seen.number() >= 100 || !says.load(Ordering::SeqCst) {
            Answer::Status(200)
        } else if *tried == 1 {
            Answer::Status(409)
        } else {
            Answer::Hang
        }
    })
    .await;
    let mut app = hook("app", &sink.url());
    app.timeout = Duration::from_secs(30);
    let house = House::new(vec![app]);
    let poisoned: Vec<String> = (0..100).map(|contact| format!("4917{contact}")).collect();
    for (contact, number) in poisoned.iter().zip(0..) {
        house.accept(contact, number).await;
        // A success in between keeps the breaker shut.
        house.accept("4999", 1000 + number).await;
        house.drain().await;
    }
    house.clock.advance(Duration::from_secs(2));
    let retries_hang = async {
        while house.engine.status()[0].in_flight < 24 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), retries_hang)
        .await
        .expect("the retries were not begun");
    let before = sink.seen().len();
    let events: Vec<(String, u64)> = (0..200)
        .map(|contact| (format!("4920{contact}"), 5000 + contact))
        .collect();
    let events: Vec<(&str, u64)> = events
        .iter()
        .map(|(contact, number)| (contact.as_str(), *number))
        .collect();
    house.accept_all(&events).await;
    let all_there = async {
        while sink.numbers()[before..]
            .iter()
            .filter(|number| **number >= 5000)
            .count()
            < 200
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all_there)
        .await
        .expect("first attempts wait for retries");
    failing.store(false, Ordering::SeqCst);
}
