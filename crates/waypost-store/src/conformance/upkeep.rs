//! Removing what is old, and giving up what has waited for too long.

use std::sync::Arc;

use waypost_core::delivery::{DeliveryState, Verdict};
use waypost_core::id::EventId;
use waypost_core::replay::Request;

use super::hooks::dead;
use super::samples::{
    NOW, accept, claim, claim_sends, delivery, enqueue, hook, later, message, names, phone, sent,
    settle, settle_send, text_to,
};
use crate::{DeliveryQuery, Forget, Redelivered, Store};

/// Every case of the upkeep.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    what_is_old_and_done_is_removed_whole(make()).await;
    what_waits_is_kept_however_old(make()).await;
    what_is_dead_goes_only_where_asked_for(make()).await;
    steps_are_small_and_go_on_where_they_ended(make()).await;
    messages_that_have_ended_go_and_others_stay(make()).await;
    keys_are_kept_for_ten_days(make()).await;
    contacts_nobody_uses_are_forgotten(make()).await;
    what_was_removed_is_not_replayed_or_done_again(make()).await;
    the_oldest_that_wait_are_given_up(make()).await;
}

const DAY: i64 = 86_400;

/// Everything from before this moment, in as many steps as it takes; the answer is how many events went.
pub(super) async fn forget(
    store: &Arc<dyn Store>,
    now: i64,
    before: i64,
    is_dead_too: bool,
) -> usize {
    let mut step = Forget {
        after: EventId(0),
        before: EventId::floor(later(before)),
        limit: 3,
        dead: is_dead_too,
    };
    let mut count = 0;
    loop {
        let done = store.forget(later(now), step).await.unwrap();
        count += done.events;
        if done.is_end {
            return count;
        }
        step.after = done.place;
    }
}

async fn deliver(store: &Arc<dyn Store>, verdict: Verdict) {
    let claims = claim(store, NOW, &[("crm", 1)]).await;
    settle(store, &claims[0], NOW, verdict).await;
}

async fn what_is_old_and_done_is_removed_whole(store: Arc<dyn Store>) {
    let nobodys = accept(&store, message("15550001", "nobody", &[])).await;
    let old = accept(&store, message("15550001", "old", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    let new = message("15550001", "new", &[]);
    let new = store.accept(later(100), vec![new]).await.unwrap()[0]
        .id
        .unwrap();
    assert_eq!(forget(&store, 200, 50, false).await, 2);
    for (id, is_there) in [(nobodys, false), (old, false), (new, true)] {
        assert_eq!(store.event(id).await.unwrap().is_some(), is_there);
    }
    let gone = DeliveryQuery {
        limit: 1,
        id: Some(claims[0].id),
        ..DeliveryQuery::default()
    };
    assert!(store.deliveries(&gone).await.unwrap().items.is_empty());
    assert_eq!(forget(&store, 200, 50, true).await, 0);
}

async fn what_waits_is_kept_however_old(store: Arc<dyn Store>) {
    for id in ["waits", "parked", "retried", "in-flight", "fan-out"] {
        accept(&store, message(id, id, &["crm"])).await;
    }
    let both = accept(&store, message("15550009", "both", &["crm", "log"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let park = Verdict::Park {
        next: later(90 * DAY),
        reason: "permanent".into(),
    };
    settle(&store, &claims[1], NOW, park).await;
    settle(&store, &claims[2], NOW, Verdict::Retry(later(90 * DAY))).await;
    settle(&store, &claims[5], NOW, Verdict::Delivered).await;
    assert_eq!(forget(&store, 60 * DAY, 50 * DAY, true).await, 0);
    settle(&store, &claims[3], NOW, Verdict::Delivered).await;
    let log = claim(&store, NOW, &[("log", 10)]).await;
    assert_eq!(log[0].event.id, both, "the other hook still gets it");
    settle(&store, &log[0], NOW, Verdict::Delivered).await;
    assert_eq!(forget(&store, 60 * DAY, 50 * DAY, true).await, 2);
}

async fn what_is_dead_goes_only_where_asked_for(store: Arc<dyn Store>) {
    for id in ["dead", "delivered"] {
        accept(&store, message(id, id, &["crm"])).await;
    }
    deliver(&store, dead()).await;
    deliver(&store, Verdict::Delivered).await;
    assert_eq!(forget(&store, 200, 100, false).await, 1);
    assert_eq!(forget(&store, 200, 100, true).await, 1);
}

async fn steps_are_small_and_go_on_where_they_ended(store: Arc<dyn Store>) {
    for number in 0..10 {
        accept(&store, message("15550001", &number.to_string(), &[])).await;
    }
    let step = Forget {
        after: EventId(0),
        before: EventId(i64::MAX),
        limit: 4,
        dead: false,
    };
    let first = store.forget(later(1), step).await.unwrap();
    assert_eq!((first.events, first.is_end), (4, false));
    let next = Forget {
        after: first.place,
        limit: 100,
        ..step
    };
    let rest = store.forget(later(1), next).await.unwrap();
    assert_eq!((rest.events, rest.is_end), (6, true));
}

async fn messages_that_have_ended_go_and_others_stay(store: Arc<dyn Store>) {
    let ended = enqueue(&store, text_to(phone("15550001"), "sent")).await;
    let waiting = enqueue(&store, text_to(phone("15550001"), "queued")).await;
    let claims = claim_sends(&store, NOW, 1).await;
    settle_send(&store, &claims[0], NOW, sent("wamid.a")).await;
    forget(&store, 40 * DAY, 30 * DAY, true).await;
    assert!(store.message(ended).await.unwrap().is_none());
    assert!(store.message(waiting).await.unwrap().is_some());
}

async fn keys_are_kept_for_ten_days(store: Arc<dyn Store>) {
    let first = message("15550001", "a", &[]);
    accept(&store, first.clone()).await;
    assert_eq!(forget(&store, 9 * DAY, 9 * DAY, true).await, 1);
    let again = store.accept(later(9 * DAY), vec![first]).await.unwrap();
    assert!(again[0].duplicate, "it is gone, and known all the same");
}

async fn contacts_nobody_uses_are_forgotten(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &[])).await;
    accept(&store, message("15550002", "b", &[])).await;
    for day in [20, 40] {
        let again = message("15550002", &format!("b{day}"), &[]);
        store.accept(later(day * DAY), vec![again]).await.unwrap();
    }
    for _ in 0..3 {
        forget(&store, 70 * DAY, 39 * DAY, true).await;
    }
    assert!(store.contacts(None, "15550001").await.unwrap().is_empty());
    let used = store.contacts(None, "15550002").await.unwrap();
    assert_eq!(used.len(), 1);
    let again = accept(&store, message("15550001", "c", &[])).await;
    let again = store.event(again).await.unwrap().unwrap();
    assert_eq!(
        store.contacts(None, "15550001").await.unwrap(),
        [again.contact_id.unwrap()]
    );
}

async fn what_was_removed_is_not_replayed_or_done_again(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    let request = Request {
        hook_id: Some(hook("crm")),
        ..Request::default()
    };
    let replay = store.start_replay(NOW, request).await.unwrap();
    let late = super::replays::next_step(&store, &replay, 10, &["crm"]).await;
    assert_eq!(late.items.len(), 1);
    assert_eq!(forget(&store, 200, 100, true).await, 1);
    store.step_replay(later(200), late).await.unwrap();
    assert!(claim(&store, later(201), &[("crm", 10)]).await.is_empty());
    let answer = store
        .redeliver(later(200), vec![claims[0].id])
        .await
        .unwrap();
    assert_eq!(answer, [Redelivered::Missing]);
}

async fn the_oldest_that_wait_are_given_up(store: Arc<dyn Store>) {
    for number in 0..6 {
        let from = format!("1555{}", number % 2);
        accept(&store, message(&from, &number.to_string(), &["crm", "log"])).await;
    }
    let under_way = claim(&store, NOW, &[("crm", 1)]).await;
    assert_eq!(names(&under_way), ["0"]);
    let crm = hook("crm");
    let expired = store.expire(&crm, 3, "expired: too many").await.unwrap();
    assert_eq!((expired, store.stats().expired), (3, 3));
    settle(&store, &under_way[0], NOW, Verdict::Delivered).await;
    assert_eq!(
        delivery(&store, under_way[0].id).await.state,
        DeliveryState::Delivered
    );
    let left = claim(&store, NOW, &[("crm", 10)]).await;
    let mut left = names(&left);
    left.sort_unstable();
    assert_eq!(left, ["4", "5"]);
    let gone = DeliveryQuery {
        limit: 10,
        state: Some(DeliveryState::Dead),
        ..DeliveryQuery::default()
    };
    let gone = store.deliveries(&gone).await.unwrap().items;
    assert_eq!(gone.len(), 3);
    assert!(
        gone.iter()
            .all(|one| one.reason.as_deref() == Some("expired: too many"))
    );
    assert_eq!(claim(&store, NOW, &[("log", 10)]).await.len(), 2);
    assert_eq!(store.expire(&crm, 9, "expired").await.unwrap(), 0);
}
