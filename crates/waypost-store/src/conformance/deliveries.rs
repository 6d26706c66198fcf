//! Claiming, settling, order, isolation, parking.

use std::sync::Arc;

use waypost_core::delivery::{DeliveryState, Verdict};
use waypost_core::event::{EventType, Scope};
use waypost_core::hook::Order;
use waypost_core::message::Origin;
use waypost_core::time::UnixMillis;

use super::samples::{
    NOW, accept, account, claim, delivery, hook, later, message, names, notice, phone, settle,
    settlement, text_to,
};
use crate::{DeliveryQuery, DeliverySettlement, Lease, MessageQuery, Store};

/// Every case of the deliveries.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    a_lane_goes_in_order_one_at_a_time(make()).await;
    a_failing_head_blocks_only_its_own_lane(make()).await;
    one_hooks_lanes_are_nothing_to_another(make()).await;
    without_order_nothing_waits(make()).await;
    a_group_is_one_lane_whoever_writes(make()).await;
    a_long_lane_does_not_starve_others(make()).await;
    a_parked_delivery_lets_its_lane_go_on_and_says_so(make()).await;
    a_recovered_hook_gets_what_was_parked_first_in_order(make()).await;
    a_void_lease_changes_nothing(make()).await;
    a_lease_is_settled_once(make()).await;
    a_claim_given_back_costs_nothing(make()).await;
    replies_and_notices_are_stored_with_their_attempt(make()).await;
    every_attempt_is_seen(make()).await;
    deliveries_are_listed_by_state(make()).await;
    the_backlog_is_counted(make()).await;
}

async fn a_lane_goes_in_order_one_at_a_time(store: Arc<dyn Store>) {
    for id in ["a", "b", "c"] {
        accept(&store, message("15550001", id, &["crm"])).await;
    }
    for id in ["a", "b", "c"] {
        let claims = claim(&store, NOW, &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        assert!(claim(&store, NOW, &[("crm", 10)]).await.is_empty());
        assert_eq!(store.next_delivery_due(&[hook("crm")]), None);
        settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    }
    assert!(claim(&store, NOW, &[("crm", 10)]).await.is_empty());
}

async fn a_failing_head_blocks_only_its_own_lane(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a1", &["crm"])).await;
    accept(&store, message("15550001", "a2", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    settle(&store, &claims[0], NOW, Verdict::Retry(later(60))).await;
    accept(&store, message("15550002", "b1", &["crm"])).await;
    let claims = claim(&store, later(1), &[("crm", 10)]).await;
    assert_eq!(names(&claims), ["b1"]);
    settle(&store, &claims[0], later(1), Verdict::Delivered).await;
    assert_eq!(store.next_delivery_due(&[hook("crm")]), Some(later(60)));
    assert!(claim(&store, later(59), &[("crm", 10)]).await.is_empty());
    let claims = claim(&store, later(60), &[("crm", 10)]).await;
    assert_eq!(names(&claims), ["a1"]);
    assert_eq!(claims[0].attempts, 1);
    assert_eq!(claims[0].first_attempt_at, Some(NOW));
    assert_eq!(claims[0].last_attempt_at, Some(UnixMillis(NOW.0 + 12)));
    settle(&store, &claims[0], later(60), Verdict::Delivered).await;
    assert_eq!(
        names(&claim(&store, later(60), &[("crm", 10)]).await),
        ["a2"]
    );
}

async fn one_hooks_lanes_are_nothing_to_another(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm", "log"])).await;
    accept(&store, message("15550001", "b", &["crm", "log"])).await;
    let stuck = claim(&store, NOW, &[("crm", 10)]).await;
    assert_eq!(names(&stuck), ["a"]);
    for id in ["a", "b"] {
        let claims = claim(&store, NOW, &[("log", 10), ("nobody", 10)]).await;
        assert_eq!(names(&claims), [id]);
        settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    }
    assert_eq!(
        delivery(&store, stuck[0].id).await.state,
        DeliveryState::Delivering
    );
}

async fn without_order_nothing_waits(store: Arc<dyn Store>) {
    for id in ["a", "b"] {
        let mut event = message("15550001", id, &["crm"]);
        event.targets[0].order = Order::None;
        accept(&store, event).await;
    }
    assert_eq!(claim(&store, NOW, &[("crm", 10)]).await.len(), 2);
}

async fn a_group_is_one_lane_whoever_writes(store: Arc<dyn Store>) {
    for (from, id) in [("15550001", "a"), ("15550002", "b")] {
        let mut event = message(from, id, &["crm"]);
        event.scope = Scope::Group("group-1".into());
        accept(&store, event).await;
    }
    let mut other = message("15550001", "c", &["crm"]);
    other.account_id = account("other");
    other.scope = Scope::Group("group-1".into());
    accept(&store, other).await;
    assert_eq!(names(&claim(&store, NOW, &[("crm", 10)]).await), ["a", "c"]);
}

async fn a_long_lane_does_not_starve_others(store: Arc<dyn Store>) {
    for number in 0..50 {
        accept(
            &store,
            message("15550001", &format!("long.{number}"), &["crm", "log"]),
        )
        .await;
    }
    accept(&store, message("15550002", "short", &["crm"])).await;
    let mut before = 0;
    loop {
        let claims = claim(&store, NOW, &[("crm", 1)]).await;
        settle(&store, &claims[0], NOW, Verdict::Delivered).await;
        if names(&claims) == ["short"] {
            break;
        }
        before += 1;
    }
    assert!(before <= 2, "{before} went first");
    // Nor does a hook with much to do keep another from its turn.
    let claims = claim(&store, NOW, &[("crm", 3), ("log", 3)]).await;
    let hooks: Vec<_> = claims.iter().map(|claim| claim.hook_id.as_str()).collect();
    assert_eq!(hooks, ["crm", "log"]);
}

async fn a_parked_delivery_lets_its_lane_go_on_and_says_so(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    accept(&store, message("15550001", "b", &["crm"])).await;
    let first = claim(&store, NOW, &[("crm", 10)]).await;
    let park = Verdict::Park {
        next: later(300),
        reason: "it held its lane up".into(),
    };
    settle(&store, &first[0], NOW, park.clone()).await;
    let view = delivery(&store, first[0].id).await;
    assert_eq!(view.state, DeliveryState::Parked);
    assert_eq!(view.reason.as_deref(), Some("it held its lane up"));
    assert_eq!(view.next_attempt_at, Some(later(300)));
    assert_eq!(names(&claim(&store, NOW, &[("crm", 10)]).await), ["b"]);
    let again = claim(&store, later(300), &[("crm", 10)]).await;
    assert_eq!(names(&again), ["a"]);
    assert!(again[0].parked);
    // A failure is no way back into the line.
    settle(&store, &again[0], later(300), Verdict::Retry(later(600))).await;
    assert_eq!(
        delivery(&store, first[0].id).await.state,
        DeliveryState::Parked
    );
    let again = claim(&store, later(600), &[("crm", 10)]).await;
    assert!(again[0].parked && again[0].attempts == 2);
    settle(&store, &again[0], later(600), Verdict::Delivered).await;
    let view = delivery(&store, first[0].id).await;
    assert_eq!((view.state, view.reason), (DeliveryState::Delivered, None));
}

async fn a_recovered_hook_gets_what_was_parked_first_in_order(store: Arc<dyn Store>) {
    for id in ["a", "b", "c"] {
        accept(&store, message("15550001", id, &["crm"])).await;
    }
    for seconds in [900, 600] {
        let claims = claim(&store, NOW, &[("crm", 1)]).await;
        let park = Verdict::Park {
            next: later(seconds),
            reason: "down".into(),
        };
        settle(&store, &claims[0], NOW, park).await;
    }
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    let much_later = Verdict::Retry(later(9000));
    settle(&store, &claims[0], NOW, much_later).await;
    store.recover_hook(later(5), &hook("crm")).await.unwrap();
    for id in ["a", "b", "c"] {
        let claims = claim(&store, later(5), &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        settle(&store, &claims[0], later(5), Verdict::Delivered).await;
    }
}

async fn a_void_lease_changes_nothing(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    accept(&store, message("15550002", "b", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let mut invented = settlement(&claims[0], NOW, Verdict::Delivered);
    invented.lease = Lease(claims[0].lease.0 ^ 0x5555);
    invented.replies = vec![text_to(phone("15550001"), "no")];
    let mut another = settlement(&claims[0], NOW, Verdict::Delivered);
    another.lease = claims[1].lease;
    store
        .settle_deliveries(NOW, vec![invented, another])
        .await
        .unwrap();
    assert_eq!(store.stats().fenced, 2);
    for claim in &claims {
        let view = delivery(&store, claim.id).await;
        assert_eq!(view.state, DeliveryState::Delivering);
        assert!(view.attempts.is_empty());
    }
    assert_eq!(store.stats().outbox_open, [0, 0, 0]);
}

async fn a_lease_is_settled_once(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let once = DeliverySettlement {
        replies: vec![text_to(phone("15550001"), "hello")],
        ..settlement(&claims[0], NOW, Verdict::Delivered)
    };
    // Twice in one call, and again later.
    store
        .settle_deliveries(NOW, vec![once.clone(), once.clone()])
        .await
        .unwrap();
    store.settle_deliveries(NOW, vec![once]).await.unwrap();
    assert_eq!(store.stats().fenced, 2);
    assert_eq!(delivery(&store, claims[0].id).await.attempts.len(), 1);
    assert_eq!(store.stats().outbox_open, [1, 0, 0]);
}

async fn a_claim_given_back_costs_nothing(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let back = DeliverySettlement {
        attempt: None,
        blocked_ms: 700,
        ..settlement(&claims[0], NOW, Verdict::Retry(later(10)))
    };
    store.settle_deliveries(NOW, vec![back]).await.unwrap();
    assert!(claim(&store, later(9), &[("crm", 10)]).await.is_empty());
    let again = claim(&store, later(10), &[("crm", 10)]).await;
    assert_eq!(again[0].attempts, 0);
    assert_eq!(again[0].first_attempt_at, None);
    assert_eq!(again[0].blocked_ms, 700);
    assert!(delivery(&store, again[0].id).await.attempts.is_empty());
}

async fn replies_and_notices_are_stored_with_their_attempt(store: Arc<dyn Store>) {
    let event = accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let mut reply = text_to(phone("15550001"), "hello");
    reply.origin = Origin::Reply {
        event_id: event,
        delivery_id: claims[0].id,
    };
    let done = DeliverySettlement {
        replies: vec![reply.clone(), reply],
        notices: vec![notice(EventType::HookSuccess, Some("a"), &["ops"])],
        ..settlement(&claims[0], NOW, Verdict::Delivered)
    };
    store.settle_deliveries(NOW, vec![done]).await.unwrap();
    let query = MessageQuery {
        limit: 10,
        event_id: Some(event),
        ..MessageQuery::default()
    };
    let replies = store.messages(&query).await.unwrap().items;
    assert_eq!(replies.len(), 2);
    assert_eq!(replies[0].delivery_id, Some(claims[0].id));
    let told = claim(&store, NOW, &[("ops", 10)]).await;
    assert_eq!(told[0].event.event_type, EventType::HookSuccess);
}

async fn every_attempt_is_seen(store: Arc<dyn Store>) {
    let event = accept(&store, message("15550001", "a", &["crm"])).await;
    for attempt in 0..3 {
        let claims = claim(&store, later(attempt), &[("crm", 10)]).await;
        let next = Verdict::Retry(later(attempt + 1));
        settle(&store, &claims[0], later(attempt), next).await;
    }
    let claims = claim(&store, later(3), &[("crm", 10)]).await;
    let dead = Verdict::Dead {
        reason: "seven days".into(),
    };
    settle(&store, &claims[0], later(3), dead).await;
    let query = DeliveryQuery {
        limit: 10,
        event_id: Some(event),
        ..DeliveryQuery::default()
    };
    let view = store.deliveries(&query).await.unwrap().items.remove(0);
    assert_eq!(view.state, DeliveryState::Dead);
    assert_eq!(view.reason.as_deref(), Some("seven days"));
    let numbers: Vec<_> = view.attempts.iter().map(|a| (a.number, a.at)).collect();
    assert_eq!(
        numbers,
        [(1, NOW), (2, later(1)), (3, later(2)), (4, later(3))]
    );
    assert!(
        claim(&store, later(1_000_000), &[("crm", 10)])
            .await
            .is_empty()
    );
}

async fn deliveries_are_listed_by_state(store: Arc<dyn Store>) {
    for number in 0..6 {
        let event = message(
            &format!("1555000{number}"),
            &format!("{number}"),
            &["crm", "log"],
        );
        accept(&store, event).await;
    }
    let claims = claim(&store, NOW, &[("crm", 4)]).await;
    settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    let park = Verdict::Park {
        next: later(9),
        reason: "permanent".into(),
    };
    settle(&store, &claims[1], NOW, park).await;
    let dead = Verdict::Dead {
        reason: "poison".into(),
    };
    settle(&store, &claims[2], NOW, dead).await;
    let counts = [
        (DeliveryState::Delivered, 1),
        (DeliveryState::Parked, 1),
        (DeliveryState::Dead, 1),
        (DeliveryState::Delivering, 1),
        (DeliveryState::Pending, 2),
    ];
    for (state, count) in counts {
        let mut query = DeliveryQuery {
            limit: 10,
            hook_id: Some(hook("crm")),
            state: Some(state),
            ..DeliveryQuery::default()
        };
        let items = store.deliveries(&query).await.unwrap().items;
        assert_eq!(items.len(), count, "{state:?}");
        assert!(items.iter().all(|item| item.state == state));
        query.newest_first = true;
        let mut newest = store.deliveries(&query).await.unwrap().items;
        newest.reverse();
        assert_eq!(newest, items, "{state:?}, the newest first");
        query.newest_first = false;
        query.limit = 1;
        let page = store.deliveries(&query).await.unwrap();
        assert_eq!(page.next.is_some(), count > 1, "{state:?}");
    }
    let all = DeliveryQuery {
        limit: 100,
        ..DeliveryQuery::default()
    };
    assert_eq!(store.deliveries(&all).await.unwrap().items.len(), 12);
}

async fn the_backlog_is_counted(store: Arc<dyn Store>) {
    for (from, id) in [("15550001", "a"), ("15550001", "b"), ("15550002", "c")] {
        accept(&store, message(from, id, &["crm"])).await;
    }
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    let park = Verdict::Park {
        next: later(9),
        reason: "down".into(),
    };
    settle(&store, &claims[0], NOW, park).await;
    let stats = store.stats();
    let backlog = &stats.backlog[0];
    assert_eq!(backlog.hook_id, hook("crm"));
    assert_eq!((backlog.waiting, backlog.parked, backlog.lanes), (2, 1, 2));
    assert_eq!(backlog.oldest, Some(NOW));
}
