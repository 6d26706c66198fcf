//! Replays: what they find, what they queue, and that a step is all or nothing.

use std::sync::Arc;

use waypost_core::delivery::{DeliveryState, Verdict};
use waypost_core::event::{EventType, NewEvent, Scope, Target};
use waypost_core::hook::Order;
use waypost_core::id::EventId;
use waypost_core::replay::{Counts, Replay, Request, State};

use super::samples::{
    NOW, accept, account, claim, delivery, hook, later, message, message_from, names, notice,
    phone, phone_and_user, settle, user,
};
use crate::{Candidate, Candidates, Step, StepItem, Store};

/// Every case of the replays.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    a_replayed_event_is_the_same_event_and_says_so(make()).await;
    a_step_happens_once(make()).await;
    a_replay_is_as_far_as_its_own_events(make()).await;
    a_cancelled_replay_takes_no_more_steps(make()).await;
    a_replay_without_its_hook_stays_ended(make()).await;
    first_attempts_go_before_what_is_replayed(make()).await;
    a_search_finds_what_is_asked_for_and_how_it_stands(make()).await;
    a_search_ends_where_the_replay_began(make()).await;
    a_contact_is_found_under_every_id_it_had(make()).await;
    what_could_not_be_read_becomes_what_it_is(make()).await;
    replays_are_listed_in_pages(make()).await;
}

/// Everything, to one hook.
pub(super) fn to_hook(name: &str) -> Request {
    Request {
        hook_id: Some(hook(name)),
        ..Request::default()
    }
}

/// Accepts messages of one contact that no hook gets.
pub(super) async fn many(store: &Arc<dyn Store>, count: usize) -> Vec<EventId> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(accept(store, message("15550001", &number.to_string(), &[])).await);
    }
    ids
}

async fn search(store: &Arc<dyn Store>, request: &Request, place: EventId) -> Candidates {
    let end = EventId(i64::MAX);
    store.candidates(request, place, end, 100).await.unwrap()
}

/// Takes one step of at most `limit` events, all of them to these hooks.
pub(super) async fn step(
    store: &Arc<dyn Store>,
    replay: Replay,
    limit: usize,
    hooks: &[&str],
) -> Replay {
    let step = next_step(store, &replay, limit, hooks).await;
    store.step_replay(later(1), step).await.unwrap().unwrap()
}

pub(super) async fn next_step(
    store: &Arc<dyn Store>,
    replay: &Replay,
    limit: usize,
    hooks: &[&str],
) -> Step {
    let end = replay.request.range(replay.id).end;
    let found = store
        .candidates(&replay.request, replay.place, end, limit)
        .await
        .unwrap();
    let events = found.events.len() as u64;
    Step {
        id: replay.id,
        from: replay.place,
        to: found.place,
        state: if found.is_end {
            State::Done
        } else {
            State::Running
        },
        counts: Counts {
            looked_at: found.looked_at,
            events,
            deliveries: events * hooks.len() as u64,
            open: 0,
        },
        items: found
            .events
            .into_iter()
            .map(|candidate| item(candidate, hooks))
            .collect(),
    }
}

fn item(candidate: Candidate, hooks: &[&str]) -> StepItem {
    let target = |name: &&str| Target {
        hook_id: hook(name),
        order: Order::Bounded,
    };
    StepItem {
        event: candidate.event,
        scope: Scope::Contact,
        targets: hooks.iter().map(target).collect(),
        read: None,
    }
}

async fn a_replayed_event_is_the_same_event_and_says_so(store: Arc<dyn Store>) {
    let id = accept(&store, message("15550001", "a", &["crm"])).await;
    let first = claim(&store, NOW, &[("crm", 1)]).await.remove(0);
    settle(&store, &first, NOW, Verdict::Delivered).await;
    let request = Request {
        replies: true,
        ..to_hook("crm")
    };
    let replay = store.start_replay(NOW, request).await.unwrap();
    let replay = step(&store, replay, 10, &["crm", "new"]).await;
    assert_eq!((replay.state, replay.counts.deliveries), (State::Done, 2));
    for name in ["crm", "new"] {
        let claims = claim(&store, later(1), &[(name, 10)]).await;
        assert_eq!(claims.len(), 1);
        let again = &claims[0];
        assert_eq!((again.event.id, again.attempts), (id, 0));
        let of = again.replay.unwrap();
        assert_eq!((of.id, of.replies), (replay.id, true));
        assert!(again.redelivery.is_none());
        settle(&store, again, later(1), Verdict::Delivered).await;
        let seen = delivery(&store, again.id).await;
        assert_eq!(seen.replay_id, Some(replay.id));
        assert_eq!(seen.state, DeliveryState::Delivered);
    }
    assert_eq!(delivery(&store, first.id).await.replay_id, None);
}

async fn a_step_happens_once(store: Arc<dyn Store>) {
    many(&store, 4).await;
    let replay = store.start_replay(NOW, to_hook("crm")).await.unwrap();
    let first = next_step(&store, &replay, 2, &["crm"]).await;
    let after = store
        .step_replay(NOW, first.clone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(after.counts.deliveries, 2);
    let again = store.step_replay(NOW, first).await.unwrap().unwrap();
    assert_eq!(again, after);
    let ended = step(&store, after, 10, &["crm"]).await;
    assert_eq!((ended.state, ended.counts.deliveries), (State::Done, 4));
    assert_eq!(store.stats().backlog[0].waiting, 4);
}

async fn a_replay_is_as_far_as_its_own_events(store: Arc<dyn Store>) {
    let empty = store.start_replay(NOW, to_hook("crm")).await.unwrap();
    assert_eq!((empty.span, empty.progress()), (None, 0.0));
    for minute in 0..5 {
        let event = message("15550001", &minute.to_string(), &[]);
        let at = later(minute * 60);
        store.accept(at, vec![event]).await.unwrap();
    }
    let begun = later(86_400);
    let mut replay = store.start_replay(begun, to_hook("crm")).await.unwrap();
    let mut seen = vec![replay.progress()];
    for _ in 0..5 {
        let mut next = next_step(&store, &replay, 1, &["crm"]).await;
        next.state = State::Running;
        replay = store.step_replay(begun, next).await.unwrap().unwrap();
        assert_eq!(store.replay(replay.id).await.unwrap().unwrap(), replay);
        seen.push(replay.progress());
    }
    for (seen, wanted) in seen.iter().zip([0.0, 0.0, 0.25, 0.5, 0.75, 1.0]) {
        assert!((seen - wanted).abs() < 0.001, "{seen} for {wanted}");
    }
}

async fn a_cancelled_replay_takes_no_more_steps(store: Arc<dyn Store>) {
    many(&store, 4).await;
    let replay = store.start_replay(NOW, to_hook("crm")).await.unwrap();
    let replay = step(&store, replay, 1, &["crm"]).await;
    let late = next_step(&store, &replay, 10, &["crm"]).await;
    let cancelled = store
        .cancel_replay(later(2), replay.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
    let after = store.step_replay(later(3), late).await.unwrap().unwrap();
    assert_eq!(after, cancelled);
    assert_eq!(store.stats().backlog[0].waiting, 1, "what was queued stays");
    let again = store.cancel_replay(later(4), replay.id).await.unwrap();
    assert_eq!(again, Some(cancelled));
    let unknown = waypost_core::id::ReplayId(replay.id.0 + 1024);
    assert_eq!(store.cancel_replay(NOW, unknown).await.unwrap(), None);
}

async fn a_replay_without_its_hook_stays_ended(store: Arc<dyn Store>) {
    many(&store, 2).await;
    let replay = store.start_replay(NOW, to_hook("crm")).await.unwrap();
    let mut last = next_step(&store, &replay, 1, &["crm"]).await;
    last.state = State::HookGone;
    let ended = store.step_replay(later(1), last).await.unwrap().unwrap();
    assert_eq!(ended.state, State::HookGone);
    assert_eq!(store.replay(replay.id).await.unwrap(), Some(ended));
    assert!(store.running_replays().await.unwrap().is_empty());
}

async fn first_attempts_go_before_what_is_replayed(store: Arc<dyn Store>) {
    for number in 0..20 {
        let from = format!("1555{number:04}");
        accept(&store, message(&from, &format!("old{number}"), &[])).await;
    }
    let replay = store.start_replay(NOW, to_hook("crm")).await.unwrap();
    step(&store, replay, 100, &["crm"]).await;
    for number in 0..8 {
        let from = format!("1777{number:04}");
        accept(&store, message(&from, &format!("live{number}"), &["crm"])).await;
    }
    let claims = claim(&store, later(1), &[("crm", 12)]).await;
    let live = names(&claims)
        .into_iter()
        .filter(|name| name.starts_with("live"));
    assert!(live.count() >= 6, "{:?}", names(&claims));
}

async fn a_search_finds_what_is_asked_for_and_how_it_stands(store: Arc<dyn Store>) {
    let delivered = accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    let other = NewEvent {
        account_id: account("other"),
        ..message("15550002", "b", &[])
    };
    let other = store.accept(later(10), vec![other]).await.unwrap()[0]
        .id
        .unwrap();
    let waiting = message("15550003", "c", &["crm", "log"]);
    let waiting = store.accept(later(20), vec![waiting]).await.unwrap()[0]
        .id
        .unwrap();
    // About a hook: never part of a replay.
    accept(&store, notice(EventType::HookFailed, None, &[])).await;
    let unreadable = NewEvent {
        quarantined: Some("no id".into()),
        event_type: EventType::WebhookOther,
        ..message("15550001", "d", &[])
    };
    let unreadable = store.accept(later(30), vec![unreadable]).await.unwrap()[0]
        .id
        .unwrap();

    let ids = |found: &Candidates| -> Vec<EventId> {
        found.events.iter().map(|one| one.event.id).collect()
    };
    let all = search(&store, &Request::default(), EventId(0)).await;
    assert_eq!(ids(&all), [delivered, other, waiting, unreadable]);
    assert!(all.is_end);
    let states = &all.events[2].deliveries;
    let pending = DeliveryState::Pending;
    assert_eq!(states, &[(hook("crm"), pending), (hook("log"), pending)]);
    assert_eq!(
        all.events[0].deliveries,
        [(hook("crm"), DeliveryState::Delivered)]
    );

    let contact = all.events[0].event.contact_id.unwrap();
    let cases = [
        (
            Request {
                account_id: Some(account("other")),
                ..Request::default()
            },
            vec![other],
        ),
        (
            Request {
                contacts: vec![contact],
                ..Request::default()
            },
            vec![delivered, unreadable],
        ),
        (
            Request {
                event_type: Some(EventType::WebhookOther),
                ..Request::default()
            },
            vec![unreadable],
        ),
        (
            Request {
                quarantined: true,
                ..Request::default()
            },
            vec![unreadable],
        ),
    ];
    for (request, wanted) in cases {
        assert_eq!(
            ids(&search(&store, &request, EventId(0)).await),
            wanted,
            "{request:?}"
        );
    }
    let from_there = search(&store, &Request::default(), other).await;
    assert_eq!(ids(&from_there), [waiting, unreadable]);
    let few = store
        .candidates(&Request::default(), EventId(0), EventId(i64::MAX), 2)
        .await
        .unwrap();
    assert_eq!((few.place, few.is_end, few.looked_at), (other, false, 2));
    let theirs = Request {
        account_id: Some(account("other")),
        ..Request::default()
    };
    let counted = search(&store, &theirs, EventId(0)).await;
    assert_eq!(counted.looked_at, 1, "of others, not even how many");
}

async fn a_search_ends_where_the_replay_began(store: Arc<dyn Store>) {
    let before = many(&store, 2).await;
    let replay = store.start_replay(later(5), to_hook("crm")).await.unwrap();
    let after = message("15550001", "after", &[]);
    store.accept(later(5), vec![after]).await.unwrap();
    let step = next_step(&store, &replay, 100, &["crm"]).await;
    assert_eq!(step.state, State::Done);
    assert_eq!(step.to, before[1]);
    let in_time = Request {
        from: Some(later(1)),
        until: Some(later(5)),
        ..to_hook("crm")
    };
    let replay = store.start_replay(later(9), in_time).await.unwrap();
    let step = next_step(&store, &replay, 100, &["crm"]).await;
    assert_eq!((step.items.len(), step.state), (0, State::Done));
}

async fn a_contact_is_found_under_every_id_it_had(store: Arc<dyn Store>) {
    let by_phone = accept(&store, message("15550001", "a", &[])).await;
    let by_user = accept(&store, message_from(user("US.1"), "b", &[])).await;
    accept(&store, message_from(phone("15550002"), "else", &[])).await;
    let both = message_from(phone_and_user("15550001", "US.1"), "c", &[]);
    let both = accept(&store, both).await;
    let by_number = store.contacts(None, "15550001").await.unwrap();
    let main = account("main");
    assert_eq!(
        store.contacts(Some(&main), "US.1").await.unwrap(),
        by_number
    );
    for contact in &by_number {
        let found = store.contacts(None, &contact.to_string()).await.unwrap();
        assert_eq!(found, by_number);
    }
    let request = Request {
        contacts: by_number,
        ..Request::default()
    };
    let found = search(&store, &request, EventId(0)).await;
    let ids: Vec<_> = found.events.iter().map(|one| one.event.id).collect();
    assert_eq!(ids, [by_phone, by_user, both]);
    let other = account("other");
    assert!(
        store
            .contacts(Some(&other), "15550001")
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.contacts(None, "nobody").await.unwrap().is_empty());
}

async fn what_could_not_be_read_becomes_what_it_is(store: Arc<dyn Store>) {
    let unreadable = NewEvent {
        quarantined: Some("an unknown shape".into()),
        event_type: EventType::WebhookOther,
        message_id: None,
        handles: waypost_core::event::Handles::default(),
        ..message("15550001", "was-unreadable", &[])
    };
    let id = accept(&store, unreadable).await;
    let request = Request {
        quarantined: true,
        ..Request::default()
    };
    let replay = store.start_replay(NOW, request).await.unwrap();
    let mut step = next_step(&store, &replay, 10, &["crm"]).await;
    let read = NewEvent {
        key: message("15550001", "now-read", &[]).key,
        ..message("15550001", "now-read", &[])
    };
    step.items[0].read = Some(Box::new(read.clone()));
    store.step_replay(NOW, step).await.unwrap();
    let event = store.event(id).await.unwrap().unwrap();
    assert_eq!(event.event_type, EventType::MessageReceived);
    assert_eq!(event.message_id.as_deref(), Some("now-read"));
    assert_eq!(event.quarantined, None);
    assert!(event.contact_id.is_some());
    let claims = claim(&store, later(1), &[("crm", 10)]).await;
    assert_eq!(claims[0].event.id, id);
    let repeated = store.accept(later(2), vec![read]).await.unwrap();
    assert!(repeated[0].duplicate, "it is known by its key from now on");
}

async fn replays_are_listed_in_pages(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for _ in 0..3 {
        let replay = store.start_replay(NOW, to_hook("crm")).await.unwrap();
        assert_eq!(store.replay(replay.id).await.unwrap(), Some(replay.clone()));
        ids.push(replay.id);
    }
    let first = store.replays(2, None).await.unwrap();
    let rest = store.replays(2, first.next.as_deref()).await.unwrap();
    let listed = first.items.iter().chain(&rest.items);
    assert_eq!(listed.map(|replay| replay.id).collect::<Vec<_>>(), ids);
    assert_eq!(rest.next, None);
}
