//! Replays: what they deliver, in which order, how fast, and what a restart makes of them.

use std::time::Duration;

use waypost_core::delivery::DeliveryState::{Dead, Delivered};
use waypost_core::event::{Body, EventType, Handles, NewEvent};
use waypost_core::hook::{Format, Hook};
use waypost_core::id::ReplayId;
use waypost_core::replay::{Counts, Request, State, Status};
use waypost_core::route;
use waypost_engine::{Clock as _, ResumeFrom};

use crate::house::{House, event, hook};
use crate::sink::{Answer, Sink, json};

fn to(name: &str) -> Request {
    Request {
        hook_id: Some(name.into()),
        ..Request::default()
    }
}

async fn start(house: &House, request: Request) -> ReplayId {
    house.engine.start_replay(request).await.unwrap().id
}

async fn counts(house: &House, id: ReplayId) -> (State, Counts) {
    let replay = house.store.replay(id).await.unwrap().unwrap();
    (replay.state, replay.counts)
}

#[tokio::test]
async fn a_new_hook_gets_everything_in_order_under_the_same_ids() {
    let old = Sink::start(|_| Answer::Status(200)).await;
    let new = Sink::start(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("old", &old.url())]);
    let mut ids = Vec::new();
    for number in 1..=700 {
        ids.push(house.accept("491", number).await.to_string());
    }
    house.drain().await;
    let mut directory = (**house.directory.load()).clone();
    directory.hooks.push(hook("new", &new.url()));
    house.directory.store(directory.into());
    house.engine.directory_changed();

    let preview = house.engine.preview_replay(&to("new")).await.unwrap();
    assert_eq!(preview.counts.deliveries, 700);
    assert_eq!(preview.hooks, [("new".into(), 700)]);
    let id = start(&house, to("new")).await;
    house.drain().await;
    let (state, done) = counts(&house, id).await;
    assert_eq!((state, done.deliveries), (State::Done, 700));
    assert_eq!(new.numbers(), (1..=700).collect::<Vec<_>>());
    let seen = new.seen();
    let seen_ids: Vec<_> = seen
        .iter()
        .filter_map(|one| one.header("webhook-id"))
        .collect();
    assert_eq!(seen_ids, ids);
    assert_eq!(
        seen[0].header("waypost-replay"),
        Some(id.to_string().as_str())
    );
    assert_eq!(old.numbers().len(), 700, "nobody else gets it again");
}

#[tokio::test]
async fn what_a_replay_is_answered_is_not_sent_unless_it_asks_for_that() {
    let reply = serde_json::json!({"send_message": true, "to": "4915550001", "text": "hello"});
    let sink = Sink::start(move |_| json(&reply)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept("491", 1).await;
    house.drain().await;
    for replies in [false, true] {
        start(
            &house,
            Request {
                replies,
                ..to("app")
            },
        )
        .await;
        house.drain().await;
    }
    let deliveries = house.deliveries("app").await.into_iter();
    let notes: Vec<String> = deliveries
        .map(|one| one.attempts[0].reply.clone().unwrap())
        .collect();
    assert_eq!(notes[0], "1 message queued");
    assert!(notes[1].starts_with("not sent"), "{}", notes[1]);
    assert_eq!(notes[2], "1 message queued");
}

#[tokio::test]
async fn only_what_stands_as_asked_for_is_delivered_again() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept("491", 1).await;
    house.drain().await;
    house.pause("app", "holiday").await;
    house.accept_all(&[("492", 2), ("491", 3)]).await;
    house.resume("app", ResumeFrom::Now).await;
    house.clock.advance(Duration::from_secs(1));
    house.pause("app", "again").await;
    house.accept("493", 4).await;

    let preview = house.engine.preview_replay(&to("app")).await.unwrap();
    assert_eq!((preview.counts.deliveries, preview.counts.open), (3, 1));
    let dead = Request {
        status: Some(Status::Dead),
        ..to("app")
    };
    let id = start(&house, dead).await;
    house.drain().await;
    assert_eq!(counts(&house, id).await.1.deliveries, 2);
    house.resume("app", ResumeFrom::Backlog).await;
    house.drain().await;
    let mut numbers = sink.numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let states = house.states("app").await;
    assert_eq!(
        states,
        [Delivered, Dead, Dead, Delivered, Delivered, Delivered]
    );
}

#[tokio::test]
async fn a_replay_waits_for_its_hook_and_outlives_a_restart() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept_all(&numbered(2500)).await;
    house.drain().await;
    house.pause("app", "maintenance").await;
    let id = start(&house, to("app")).await;
    house.drain().await;
    let (state, queued) = counts(&house, id).await;
    assert_eq!(state, State::Running);
    assert!((1000..1500).contains(&queued.deliveries), "{queued:?}");
    let house = house.restart().await;
    house.drain().await;
    assert_eq!(counts(&house, id).await, (State::Running, queued));
    house.resume("app", ResumeFrom::Backlog).await;
    house.drain().await;
    let (state, queued) = counts(&house, id).await;
    assert_eq!((state, queued.deliveries), (State::Done, 2500));
    assert_eq!(sink.numbers().len(), 5000);
}

#[tokio::test]
async fn a_replay_whose_hook_is_removed_is_not_done() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept_all(&numbered(2500)).await;
    house.drain().await;
    house.pause("app", "maintenance").await;
    let id = start(&house, to("app")).await;
    house.drain().await;
    let (_, queued) = counts(&house, id).await;
    let with = house.directory.load_full();
    let mut without = (*with).clone();
    without.hooks.clear();
    house.directory.store(without.into());
    house.engine.directory_changed();
    house.drain().await;
    assert_eq!(counts(&house, id).await, (State::HookGone, queued));
    // Back again, it gets what was queued for it, and a new replay the rest.
    house.directory.store(with);
    house.engine.directory_changed();
    house.resume("app", ResumeFrom::Backlog).await;
    house.drain().await;
    assert_eq!(counts(&house, id).await, (State::HookGone, queued));
    assert_eq!(sink.numbers().len() as u64, 2500 + queued.deliveries);
}

#[tokio::test]
async fn a_cancelled_replay_stays_cancelled() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept_all(&numbered(2500)).await;
    house.drain().await;
    house.pause("app", "maintenance").await;
    let id = start(&house, to("app")).await;
    house.drain().await;
    house.engine.cancel_replay(id).await.unwrap();
    house.resume("app", ResumeFrom::Backlog).await;
    let house = house.restart().await;
    house.drain().await;
    let (state, queued) = counts(&house, id).await;
    assert_eq!(state, State::Cancelled);
    assert!(queued.deliveries < 1500);
    assert_eq!(sink.numbers().len() as u64, 2500 + queued.deliveries);
}

#[tokio::test]
async fn a_rate_is_kept() {
    let sink = Sink::start(|_| Answer::Status(200)).await;
    let house = House::new(vec![hook("app", &sink.url())]);
    house.accept_all(&numbered(300)).await;
    house.drain().await;
    let limited = Request {
        rate: Some(50),
        ..to("app")
    };
    let id = start(&house, limited).await;
    for second in 1..=4 {
        house
            .pass(Duration::from_secs(1), Duration::from_millis(50))
            .await;
        let queued = counts(&house, id).await.1.deliveries;
        assert!(
            (second * 50 - 10..=second * 50 + 10).contains(&queued),
            "{queued} after {second} s"
        );
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_read_again_and_reaches_those_who_did_not_have_it() {
    let meta = Sink::start(|_| Answer::Status(200)).await;
    let flat = Sink::start(|_| Answer::Status(200)).await;
    let flat_hook = Hook {
        format: Format::Flat,
        ..hook("flat", &flat.url())
    };
    let house = House::new(vec![hook("meta", &meta.url()), flat_hook]);
    let readable = serde_json::json!({"object": "whatsapp_business_account", "entry": [{"id": "900", "changes": [{
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550001111", "phone_number_id": "1001"},
            "messages": [{"from": "491700000001", "id": "wamid.q", "timestamp": "1790000000", "type": "text",
                "text": {"body": "hello"}}],
        },
    }]}]});
    let mut unread = Vec::new();
    for text in [readable.to_string(), "{}".to_owned()] {
        unread.push(NewEvent {
            event_type: EventType::WebhookOther,
            message_id: None,
            handles: Handles::default(),
            body: Body {
                raw: 0..text.len(),
                text: text.into(),
            },
            quarantined: Some("an older version could not read it".to_owned()),
            ..event("491700000001", 1)
        });
    }
    route::route(&mut unread, &house.directory.load());
    let accepted = house.store.accept(house.clock.now(), unread).await.unwrap();
    house.drain().await;
    assert_eq!((meta.seen().len(), flat.seen().len()), (2, 0));

    let again = Request {
        quarantined: true,
        ..Request::default()
    };
    let preview = house.engine.preview_replay(&again).await.unwrap();
    assert_eq!(preview.hooks, [("flat".into(), 1)]);
    for _ in 0..2 {
        start(&house, again.clone()).await;
        house.drain().await;
    }
    assert_eq!(meta.seen().len(), 2, "it had it as it was");
    let seen = flat.seen();
    let id = accepted[0].id.unwrap();
    assert_eq!(seen.len(), 1, "read once, it is not read again");
    assert_eq!(seen[0].header("webhook-id"), Some(id.to_string().as_str()));
    assert!(seen[0].body.contains("hello"), "{}", seen[0].body);
    let event = house.store.event(id).await.unwrap().unwrap();
    assert_eq!(event.event_type, EventType::MessageReceived);
    assert_eq!(event.message_id.as_deref(), Some("wamid.q"));
    let other = house
        .store
        .event(accepted[1].id.unwrap())
        .await
        .unwrap()
        .unwrap();
    assert!(
        other.quarantined.is_some(),
        "the other one still cannot be read"
    );
}

fn numbered(count: u64) -> Vec<(&'static str, u64)> {
    let contacts = ["491", "492", "493", "494", "495", "496", "497"];
    let contact = |number: u64| contacts[usize::try_from(number).unwrap() % contacts.len()];
    (1..=count)
        .map(|number| (contact(number), number))
        .collect()
}
