//! Retention and backlog quotas, by the clock.

use std::time::Duration;

use waypost_core::delivery::DeliveryState::{Dead, Delivered};
use waypost_engine::ResumeFrom;
use waypost_store::EventQuery;

use crate::house::{House, hook};
use crate::sink::{Answer, Sink};

async fn stored(house: &House) -> usize {
    let query = EventQuery {
        limit: 1000,
        ..EventQuery::default()
    };
    house.store.events(&query).await.unwrap().items.len()
}

#[tokio::test]
async fn what_is_older_than_thirty_days_goes_unless_it_still_waits() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    for number in 0..100 {
        house.accept("491", number).await;
    }
    house.drain().await;
    house.pause("app", "holiday").await;
    house.accept("492", 200).await;
    house
        .pass(Duration::from_hours(29 * 24), Duration::from_hours(24))
        .await;
    house.accept("493", 300).await;
    assert_eq!(stored(&house).await, 102);
    house
        .pass(Duration::from_hours(2 * 24), Duration::from_hours(12))
        .await;
    // Steps within a round are some milliseconds apart.
    house
        .pass(Duration::from_secs(2), Duration::from_millis(20))
        .await;
    assert_eq!(stored(&house).await, 2, "what waits, and what is new");
    house.resume("app", ResumeFrom::Backlog).await;
    house.drain().await;
    assert_eq!(sink.numbers().len(), 102);
}

#[tokio::test]
async fn a_backlog_beyond_its_quota_loses_its_oldest_and_they_are_seen() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let other = Sink::start(|_| Answer::Status(200)).await;
    let mut small = hook("app", &sink.url());
    small.backlog = 500;
    let house = House::new(vec![small, hook("other", &other.url())]);
    house.pause("app", "holiday").await;
    for round in 0..8 {
        let events: Vec<(&str, u64)> = (0..100)
            .map(|number| ("491", round * 100 + number))
            .collect();
        house.accept_all(&events).await;
    }
    house
        .pass(Duration::from_secs(5), Duration::from_secs(1))
        .await;
    let states = house.states("app").await;
    assert_eq!(states.iter().filter(|state| **state == Dead).count(), 300);
    assert!(
        states[..300].iter().all(|state| *state == Dead),
        "the oldest"
    );
    let first = house.deliveries("app").await.remove(0);
    assert!(first.reason.unwrap().starts_with("expired"));
    assert_eq!(house.store.stats().expired, 300);
    house.resume("app", ResumeFrom::Backlog).await;
    house.drain().await;
    assert_eq!(sink.numbers(), (300..800).collect::<Vec<_>>());
    assert_eq!(other.numbers().len(), 800, "nobody else notices");
    assert_eq!(house.states("other").await, [Delivered; 800]);
}
