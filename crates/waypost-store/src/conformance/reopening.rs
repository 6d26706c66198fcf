//! What outlives the process: everything but leases.

use std::sync::Arc;

use waypost_core::delivery::{DeliveryState, Verdict};
use waypost_core::event::EventType;
use waypost_core::hook::{Pause, Standing};
use waypost_core::message::MessageState;
use waypost_core::replay::State;

use super::hooks::{dead, pause, standing};
use super::replays::{many, step, to_hook};
use super::samples::{
    NOW, accept, claim, claim_sends, delivery, enqueue, hook, later, lost, message, message_from,
    names, notice, phone, phone_and_user, sent, settle, settle_send, settlement, status, text_to,
    user, view,
};
use crate::{DeliveryQuery, DeliverySettlement, HookNews, Store};

/// One store that is closed and opened again. Opening it while it is open is an error.
pub trait Reopen {
    /// Opens it with all it held when it was last closed, however it was closed.
    fn open(&mut self) -> Arc<dyn Store>;
}

/// Runs every case on a store of its own. What `make` returns is empty when it is first opened.
pub async fn run<R: Reopen>(mut make: impl FnMut() -> R) {
    nothing_stored_is_lost(make()).await;
    leases_are_void_and_what_was_claimed_is_claimed_again(make()).await;
    order_and_due_times_are_kept(make()).await;
    what_was_being_sent_is_uncertain(make()).await;
    uncertain_messages_hold_their_lanes(make()).await;
    duplicates_are_recognised(make()).await;
    merged_lanes_stay_merged(make()).await;
    a_recovery_goes_on(make()).await;
    ids_only_grow(make()).await;
    what_keeps_a_hook_from_being_called_is_kept(make()).await;
    a_redelivery_goes_on(make()).await;
    a_replay_goes_on(make()).await;
}

async fn nothing_stored_is_lost(mut place: impl Reopen) {
    let store = place.open();
    let event = accept(&store, message("15550001", "a", &["crm"])).await;
    let message = enqueue(&store, text_to(phone("15550001"), "hello")).await;
    store.set_setting("key", "value").await.unwrap();
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    drop(store);
    let store = place.open();
    assert!(store.event(event).await.unwrap().is_some());
    assert_eq!(view(&store, message).await.state, MessageState::Queued);
    assert_eq!(store.stats().outbox_open, [1, 0, 0]);
    assert_eq!(
        store.setting("key").await.unwrap().as_deref(),
        Some("value")
    );
    let view = delivery(&store, claims[0].id).await;
    assert_eq!(
        (view.state, view.attempts.len()),
        (DeliveryState::Delivered, 1)
    );
    assert!(claim(&store, NOW, &[("crm", 10)]).await.is_empty());
    assert_eq!(claim_sends(&store, NOW, 10).await[0].body, "hello");
}

async fn leases_are_void_and_what_was_claimed_is_claimed_again(mut place: impl Reopen) {
    let store = place.open();
    accept(&store, message("15550001", "a", &["crm"])).await;
    let old = claim(&store, NOW, &[("crm", 1)]).await;
    drop(store);
    let store = place.open();
    let new = claim(&store, NOW, &[("crm", 1)]).await;
    assert_eq!(new[0].id, old[0].id);
    assert_eq!(new[0].event.id, old[0].event.id);
    let late = settlement(&old[0], NOW, Verdict::Delivered);
    store.settle_deliveries(NOW, vec![late]).await.unwrap();
    assert_eq!(store.stats().fenced, 1);
    assert_eq!(
        delivery(&store, new[0].id).await.state,
        DeliveryState::Delivering
    );
    settle(&store, &new[0], NOW, Verdict::Delivered).await;
    assert_eq!(
        delivery(&store, new[0].id).await.state,
        DeliveryState::Delivered
    );
}

async fn order_and_due_times_are_kept(mut place: impl Reopen) {
    let store = place.open();
    for id in ["a", "b", "c", "d"] {
        accept(&store, message("15550001", id, &["crm"])).await;
    }
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    let park = Verdict::Park {
        next: later(500),
        reason: "permanent".into(),
    };
    settle(&store, &claims[0], NOW, park).await;
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    settle(&store, &claims[0], NOW, Verdict::Retry(later(60))).await;
    drop(store);
    let store = place.open();
    assert!(claim(&store, later(59), &[("crm", 10)]).await.is_empty());
    assert_eq!(store.next_delivery_due(&[hook("crm")]), Some(later(60)));
    for id in ["b", "c", "d"] {
        let claims = claim(&store, later(60), &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        settle(&store, &claims[0], later(60), Verdict::Delivered).await;
    }
    let claims = claim(&store, later(500), &[("crm", 10)]).await;
    assert_eq!(names(&claims), ["a"]);
    assert!(claims[0].parked && claims[0].attempts == 1);
}

async fn what_was_being_sent_is_uncertain(mut place: impl Reopen) {
    let store = place.open();
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    drop(store);
    let store = place.open();
    let message = view(&store, id).await;
    assert_eq!(message.state, MessageState::Uncertain);
    assert_eq!(message.error.unwrap()["code"], "interrupted");
    assert_eq!(store.stats().outbox_open, [1, 0, 1]);
    assert!(
        claim_sends(&store, later(999), 10).await.is_empty(),
        "it is not sent again"
    );
    settle_send(&store, &claims[0], NOW, sent("wamid.late")).await;
    assert_eq!(store.stats().fenced, 1);
    assert_eq!(
        store.overdue_uncertain(later(1), 10).await.unwrap().len(),
        1
    );
    accept(&store, status("wamid.a", MessageState::Sent, Some(id))).await;
    assert_eq!(view(&store, id).await.state, MessageState::Sent);
    assert_eq!(claim_sends(&store, NOW, 10).await[0].body, "b");
}

async fn uncertain_messages_hold_their_lanes(mut place: impl Reopen) {
    let store = place.open();
    let held = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    let told = enqueue(&store, text_to(phone("15550002"), "c")).await;
    enqueue(&store, text_to(phone("15550002"), "d")).await;
    for claim in claim_sends(&store, NOW, 10).await {
        settle_send(&store, &claim, NOW, lost()).await;
    }
    let event = notice(EventType::MessageUncertain, None, &[]);
    store
        .resolve_uncertain(later(301), told, false, event)
        .await
        .unwrap();
    drop(store);
    let store = place.open();
    let claims = claim_sends(&store, later(301), 10).await;
    let bodies: Vec<_> = claims.iter().map(|claim| claim.body.as_str()).collect();
    assert_eq!(bodies, ["d"]);
    let event = notice(EventType::MessageUncertain, None, &[]);
    store
        .resolve_uncertain(later(301), held, true, event)
        .await
        .unwrap();
    assert_eq!(claim_sends(&store, later(301), 10).await[0].body, "a");
}

async fn duplicates_are_recognised(mut place: impl Reopen) {
    let store = place.open();
    let mut ids = Vec::new();
    for number in 0..100 {
        ids.push(accept(&store, message("15550001", &format!("{number}"), &[])).await);
    }
    drop(store);
    let store = place.open();
    for (number, id) in ids.into_iter().enumerate() {
        let again = message("15550001", &format!("{number}"), &[]);
        let accepted = store.accept(NOW, vec![again]).await.unwrap();
        assert!(accepted[0].duplicate);
        assert_eq!(accepted[0].id, Some(id));
    }
}

async fn merged_lanes_stay_merged(mut place: impl Reopen) {
    let store = place.open();
    accept(&store, message("15550001", "phone.1", &["crm"])).await;
    accept(&store, message_from(user("u.1"), "user.1", &["crm"])).await;
    accept(&store, message("15550001", "phone.2", &["crm"])).await;
    accept(
        &store,
        message_from(phone_and_user("15550001", "u.1"), "both", &["crm"]),
    )
    .await;
    drop(store);
    let store = place.open();
    accept(&store, message_from(user("u.1"), "user.2", &["crm"])).await;
    for id in ["phone.1", "user.1", "phone.2", "both", "user.2"] {
        let claims = claim(&store, NOW, &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    }
}

async fn a_recovery_goes_on(mut place: impl Reopen) {
    let store = place.open();
    for id in ["a", "b", "c"] {
        accept(&store, message("15550001", id, &["crm"])).await;
    }
    for _ in 0..2 {
        let claims = claim(&store, NOW, &[("crm", 1)]).await;
        let park = Verdict::Park {
            next: later(9000),
            reason: "down".into(),
        };
        settle(&store, &claims[0], NOW, park).await;
    }
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    let much_later = Verdict::Retry(later(9000));
    settle(&store, &claims[0], NOW, much_later).await;
    store.recover_hook(later(5), &hook("crm")).await.unwrap();
    drop(store);
    let store = place.open();
    for id in ["a", "b", "c"] {
        let claims = claim(&store, later(6), &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        settle(&store, &claims[0], later(6), Verdict::Delivered).await;
    }
}

async fn ids_only_grow(mut place: impl Reopen) {
    let store = place.open();
    let first = accept(&store, message("15550001", "a", &["crm"])).await;
    drop(store);
    let store = place.open();
    // The clock was set back meanwhile.
    let earlier = later(-3600);
    let accepted = store
        .accept(earlier, vec![message("15550001", "b", &["crm"])])
        .await
        .unwrap();
    assert!(accepted[0].id.unwrap() > first);
    let query = DeliveryQuery {
        limit: 10,
        ..DeliveryQuery::default()
    };
    let listed = store.deliveries(&query).await.unwrap().items;
    assert!(listed[0].event_id == first && listed[0].id < listed[1].id);
}

async fn what_keeps_a_hook_from_being_called_is_kept(mut place: impl Reopen) {
    let store = place.open();
    accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let busy = DeliverySettlement {
        hook_news: Some(HookNews::Busy {
            hook_id: hook("crm"),
            not_before: later(3600),
        }),
        ..settlement(&claims[0], NOW, Verdict::Retry(later(3600)))
    };
    store.settle_deliveries(NOW, vec![busy]).await.unwrap();
    let gone = Pause {
        by_hook: true,
        ..pause("it answered 410 Gone")
    };
    store.pause_hook(&hook("crm"), gone.clone()).await.unwrap();
    drop(store);
    let store = place.open();
    let kept = standing(&store);
    assert_eq!(kept.paused, Some(gone));
    assert_eq!(kept.not_before, later(3600));
    store.resume_hook(later(1), &hook("crm")).await.unwrap();
    drop(store);
    let store = place.open();
    assert_eq!(standing(&store), Standing::default());
    let claims = claim(&store, later(1), &[("crm", 10)]).await;
    assert_eq!(names(&claims), ["a"], "due at once, by the resumption");
}

async fn a_redelivery_goes_on(mut place: impl Reopen) {
    let store = place.open();
    accept(&store, message("15550001", "a", &["crm"])).await;
    let first = claim(&store, NOW, &[("crm", 10)]).await;
    settle(&store, &first[0], NOW, dead()).await;
    store.redeliver(NOW, vec![first[0].id]).await.unwrap();
    drop(store);
    let store = place.open();
    let again = claim(&store, NOW, &[("crm", 10)]).await;
    assert_eq!(names(&again), ["a"]);
    assert_eq!(again[0].redelivery.unwrap().id, first[0].id);
}

async fn a_replay_goes_on(mut place: impl Reopen) {
    let store = place.open();
    let ids = many(&store, 4).await;
    let request = to_hook("new");
    let replay = store.start_replay(NOW, request).await.unwrap();
    let replay = step(&store, replay, 2, &["new"]).await;
    drop(store);
    let store = place.open();
    let mut running = store.running_replays().await.unwrap();
    assert_eq!(running, [replay]);
    let ended = step(&store, running.remove(0), 100, &["new"]).await;
    assert_eq!(ended.state, State::Done);
    assert!(store.running_replays().await.unwrap().is_empty());
    drop(store);
    let store = place.open();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let claims = claim(&store, later(1), &[("new", 1)]).await;
        assert_eq!(claims[0].replay.unwrap().id, ended.id);
        seen.push(claims[0].event.id);
        settle(&store, &claims[0], later(1), Verdict::Delivered).await;
    }
    assert_eq!(seen, ids);
    let next = accept(&store, message("15550001", "after", &["new"])).await;
    assert!(next.0 > ended.id.0);
}
