//! How webhooks come: in large batches, late, in another order, and again for seven days.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use whatsapp_sim::{Behaviour, RetrySchedule, Sim, SimConfig};

use crate::caller::CUSTOMER;
use crate::receiver::Receiver;

async fn started(receiver: &Receiver, config: SimConfig) -> Sim {
    let webhook_url = Some(receiver.url.clone());
    let config = SimConfig {
        webhook_url,
        ..config
    };
    Sim::start(config).await.expect("started")
}

fn ids(receiver: &Receiver) -> Vec<String> {
    receiver.updates().into_iter().map(|(id, ..)| id).collect()
}

#[tokio::test]
async fn a_batch_holds_a_thousand_updates_and_no_more() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver, SimConfig::default()).await;
    sim.hold_webhooks();
    let phones: Vec<_> = (0..50)
        .map(|n| sim.phone(&format!("155500000{n:02}")))
        .collect();
    let written: Vec<String> = (0..1500).map(|n| phones[n % 50].write("hello")).collect();
    sim.release_batch().await;
    let mut arrived = Vec::new();
    for body in receiver.bodies() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        let messages = body["entry"][0]["changes"][0]["value"]["messages"]
            .as_array()
            .unwrap();
        arrived.extend(
            messages
                .iter()
                .map(|message| message["id"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(arrived, written);
    let sizes: Vec<usize> = sim.posts().iter().map(|post| post.updates.len()).collect();
    assert_eq!(sizes, [1000, 500]);
    sim.stop().await;
}

#[tokio::test]
async fn shuffled_webhooks_all_come_in_an_order_that_follows_from_the_seed() {
    let receiver = Receiver::start(&[503]).await;
    let sim = started(&receiver, SimConfig::default()).await;
    let phone = sim.phone(CUSTOMER);
    let mut orders = Vec::new();
    for seed in [1, 1, 2] {
        sim.hold_webhooks();
        let written: Vec<String> = (0..20).map(|_| phone.write("hello")).collect();
        sim.release_shuffled(seed);
        sim.drain().await;
        let acknowledged = sim.acknowledged();
        let arrived = acknowledged[acknowledged.len() - 20..].iter();
        let place = |id: &String| written.iter().position(|known| known == id).unwrap();
        orders.push(arrived.map(place).collect::<Vec<usize>>());
    }
    assert_eq!(orders[0], orders[1]);
    assert_ne!(orders[0], orders[2]);
    for order in &orders {
        assert!(!order.is_sorted());
        assert_eq!(order.iter().collect::<HashSet<_>>().len(), 20);
    }
    sim.stop().await;
}

#[tokio::test]
async fn every_third_update_comes_late_and_is_overtaken() {
    let receiver = Receiver::start(&[]).await;
    let behaviour = Behaviour {
        late_every: 3,
        late_by_ms: 3_600_000,
        ..Behaviour::default()
    };
    let config = SimConfig {
        behaviour,
        ..SimConfig::default()
    };
    let sim = started(&receiver, config).await;
    let phone = sim.phone(CUSTOMER);
    let written: Vec<String> = (0..6).map(|n| phone.write(&n.to_string())).collect();
    while sim.outstanding() > 2 {
        tokio::task::yield_now().await;
    }
    let on_time = [0, 1, 3, 4].map(|place| written[place].clone());
    assert_eq!(ids(&receiver), on_time);
    sim.pass(Duration::from_hours(1));
    sim.drain().await;
    let late: HashSet<String> = ids(&receiver)[4..].iter().cloned().collect();
    assert_eq!(
        late,
        HashSet::from([written[2].clone(), written[5].clone()])
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_delayed_webhook_comes_when_its_time_has_passed() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver, SimConfig::default()).await;
    sim.behave(Behaviour {
        delay_ms: 3_600_000,
        ..Behaviour::default()
    });
    sim.phone(CUSTOMER).write("patience");
    tokio::task::yield_now().await;
    assert_eq!((receiver.bodies().len(), sim.outstanding()), (0, 1));
    while sim.outstanding() > 0 {
        sim.pass(Duration::from_hours(1));
        tokio::task::yield_now().await;
    }
    assert_eq!(receiver.bodies().len(), 1);
    sim.stop().await;
}

#[tokio::test]
async fn seven_days_of_refusals_pass_in_a_moment_and_then_meta_gives_up() {
    let receiver = Receiver::start(&[500; 100]).await;
    let config = SimConfig {
        retry: RetrySchedule::like_meta(),
        ..SimConfig::default()
    };
    let sim = started(&receiver, config).await;
    let phone = sim.phone(CUSTOMER);
    phone.write("is anybody there?");
    let mut wait = Duration::from_secs(1);
    let mut waited = Duration::ZERO;
    for attempt in 1.. {
        while sim.posts().is_empty() || sim.posts()[0].attempts < attempt {
            tokio::task::yield_now().await;
        }
        if sim.posts()[0].is_given_up {
            break;
        }
        // A second too early, nothing happens.
        sim.pass(wait.saturating_sub(Duration::from_secs(1)));
        tokio::task::yield_now().await;
        assert_eq!(receiver.bodies().len(), attempt as usize);
        sim.pass(Duration::from_secs(1));
        waited += wait;
        wait = (wait * 2).min(Duration::from_hours(4));
    }
    let bodies = receiver.bodies();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let days = waited.as_secs_f64() / 86_400.0;
    assert!((6.9..=7.1).contains(&days), "{days} days");
    assert_eq!((sim.counts().updates_given_up, sim.outstanding()), (1, 0));
    sim.stop().await;
}
