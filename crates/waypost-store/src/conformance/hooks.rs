//! Hooks as a whole, and deliveries done again by hand.

use std::sync::Arc;

use waypost_core::delivery::{DeliveryState, Verdict};
use waypost_core::hook::{Pause, Standing};
use waypost_core::id::DeliveryId;
use waypost_core::time::UnixMillis;

use super::samples::{
    NOW, accept, claim, delivery, hook, later, message, names, settle, settlement,
};
use crate::{DeliveryQuery, DeliverySettlement, HookNews, Redelivered, Store};

/// Every case of the hooks.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    a_pause_is_remembered_until_the_hook_is_resumed(make()).await;
    what_an_answer_means_for_the_hook_is_remembered_with_it(make()).await;
    a_resumed_hook_gets_what_was_parked_first(make()).await;
    what_is_skipped_is_dead_and_says_why(make()).await;
    what_is_under_way_is_not_skipped(make()).await;
    what_is_dead_is_done_again_at_the_end_of_its_lane(make()).await;
    what_was_delivered_says_so_when_it_is_done_again(make()).await;
    what_is_on_its_way_or_was_done_again_is_not_done_again(make()).await;
}

/// A pause by a person.
pub(super) fn pause(reason: &str) -> Pause {
    Pause {
        since: NOW,
        reason: reason.to_owned(),
        by_hook: false,
    }
}

/// What keeps `crm` from being called.
pub(super) fn standing(store: &Arc<dyn Store>) -> Standing {
    let all = store.standings();
    let found = all.into_iter().find(|(id, _)| *id == hook("crm"));
    found.map(|(_, standing)| standing).unwrap_or_default()
}

pub(super) fn dead() -> Verdict {
    Verdict::Dead {
        reason: "exhausted".into(),
    }
}

async fn a_pause_is_remembered_until_the_hook_is_resumed(store: Arc<dyn Store>) {
    assert_eq!(standing(&store), Standing::default());
    let first = pause("maintenance");
    store.pause_hook(&hook("crm"), first.clone()).await.unwrap();
    store
        .pause_hook(&hook("crm"), pause("again"))
        .await
        .unwrap();
    assert_eq!(standing(&store).paused, Some(first));
    store.resume_hook(NOW, &hook("crm")).await.unwrap();
    assert_eq!(standing(&store), Standing::default());
}

async fn what_an_answer_means_for_the_hook_is_remembered_with_it(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    accept(&store, message("15550002", "b", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let busy = |at| HookNews::Busy {
        hook_id: hook("crm"),
        not_before: at,
    };
    let gone = HookNews::Gone {
        hook_id: hook("crm"),
        pause: Pause {
            by_hook: true,
            ..pause("410")
        },
    };
    let told = |index: usize, news| DeliverySettlement {
        hook_news: Some(news),
        ..settlement(&claims[index], NOW, Verdict::Retry(later(1)))
    };
    let both = vec![told(0, busy(later(3600))), told(1, gone.clone())];
    store.settle_deliveries(NOW, both).await.unwrap();
    let now = standing(&store);
    assert_eq!(now.not_before, later(3600));
    assert_eq!(now.paused.unwrap().reason, "410");

    let claims = claim(&store, later(2), &[("crm", 10)]).await;
    let earlier = DeliverySettlement {
        hook_news: Some(busy(later(60))),
        ..settlement(&claims[0], later(2), Verdict::Retry(later(3)))
    };
    store
        .settle_deliveries(later(2), vec![earlier.clone(), earlier])
        .await
        .unwrap();
    assert_eq!(standing(&store).not_before, later(3600));
    assert_eq!(store.stats().fenced, 1, "a void lease has no news");
}

async fn a_resumed_hook_gets_what_was_parked_first(store: Arc<dyn Store>) {
    for id in ["a", "b"] {
        accept(&store, message("15550001", id, &["crm"])).await;
    }
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let park = Verdict::Park {
        next: later(9000),
        reason: "permanent".into(),
    };
    settle(&store, &claims[0], NOW, park).await;
    store
        .pause_hook(&hook("crm"), pause("maintenance"))
        .await
        .unwrap();
    store.resume_hook(later(5), &hook("crm")).await.unwrap();
    for id in ["a", "b"] {
        let claims = claim(&store, later(5), &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        settle(&store, &claims[0], later(5), Verdict::Delivered).await;
    }
}

/// Skips everything of `crm` that was accepted before this moment, step by step.
async fn skip(store: &Arc<dyn Store>, before: UnixMillis) -> usize {
    let mut from = Some(DeliveryId(0));
    let mut count = 0;
    while let Some(start) = from {
        let range = start..DeliveryId::floor(before);
        let crm = hook("crm");
        let skipped = store.skip_backlog(&crm, range, "skipped").await.unwrap();
        count += skipped.count;
        from = skipped.next;
    }
    count
}

async fn what_is_skipped_is_dead_and_says_why(store: Arc<dyn Store>) {
    let old: Vec<_> = (0..2500)
        .map(|number| {
            let from = format!("1555{:04}", number % 7);
            message(&from, &number.to_string(), &["crm", "log"])
        })
        .collect();
    store.accept(NOW, old).await.unwrap();
    let claims = claim(&store, NOW, &[("crm", 1)]).await;
    let park = Verdict::Park {
        next: later(9000),
        reason: "permanent".into(),
    };
    settle(&store, &claims[0], NOW, park).await;
    let new = message("15550001", "new", &["crm", "log"]);
    store.accept(later(10), vec![new]).await.unwrap();

    assert_eq!(skip(&store, later(5)).await, 2500);
    assert_eq!(skip(&store, later(5)).await, 0);
    let skipped = delivery(&store, claims[0].id).await;
    assert_eq!(skipped.state, DeliveryState::Dead);
    assert_eq!(skipped.reason.as_deref(), Some("skipped"));
    let left = claim(&store, later(9999), &[("crm", 10)]).await;
    assert_eq!(names(&left), ["new"]);
    assert_eq!(claim(&store, later(9999), &[("log", 99)]).await.len(), 7);
}

async fn what_is_under_way_is_not_skipped(store: Arc<dyn Store>) {
    for id in ["a", "b", "c"] {
        accept(&store, message("15550001", id, &["crm"])).await;
    }
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    assert_eq!(skip(&store, later(1)).await, 2);
    settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    assert_eq!(
        delivery(&store, claims[0].id).await.state,
        DeliveryState::Delivered
    );
    assert!(claim(&store, later(1), &[("crm", 10)]).await.is_empty());
    assert_eq!(store.stats().backlog[0].waiting, 0);
}

async fn what_is_dead_is_done_again_at_the_end_of_its_lane(store: Arc<dyn Store>) {
    for id in ["a", "b"] {
        accept(&store, message("15550001", id, &["crm"])).await;
    }
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    settle(&store, &claims[0], NOW, dead()).await;
    let answer = store.redeliver(later(1), vec![claims[0].id]).await.unwrap();
    let Redelivered::As(again) = answer[0] else {
        panic!("{answer:?}")
    };
    let before = delivery(&store, claims[0].id).await;
    assert_eq!(before.state, DeliveryState::Dead, "it stays what it was");
    assert_eq!(before.redelivered_as, Some(again));
    assert_eq!(
        delivery(&store, again).await.redelivery_of,
        Some(claims[0].id)
    );
    for id in ["b", "a"] {
        let claims = claim(&store, later(1), &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        assert_eq!(claims[0].redelivery.is_some(), id == "a");
        assert_eq!(claims[0].attempts, 0);
        settle(&store, &claims[0], later(1), Verdict::Delivered).await;
    }
    let dead_ones = DeliveryQuery {
        limit: 10,
        state: Some(DeliveryState::Dead),
        ..DeliveryQuery::default()
    };
    assert_eq!(store.deliveries(&dead_ones).await.unwrap().items.len(), 1);
}

async fn what_was_delivered_says_so_when_it_is_done_again(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    store.redeliver(NOW, vec![claims[0].id]).await.unwrap();
    let again = claim(&store, NOW, &[("crm", 10)]).await;
    assert_eq!(again[0].event.id, claims[0].event.id);
    let redelivery = again[0].redelivery.unwrap();
    assert_eq!(redelivery.id, claims[0].id);
    assert!(redelivery.was_delivered);
}

async fn what_is_on_its_way_or_was_done_again_is_not_done_again(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "a", &["crm"])).await;
    let claims = claim(&store, NOW, &[("crm", 10)]).await;
    let id = claims[0].id;
    let unknown = DeliveryId(id.0 + 1024);
    let answer = store.redeliver(NOW, vec![id, unknown]).await.unwrap();
    assert_eq!(answer, [Redelivered::Open, Redelivered::Missing]);
    settle(&store, &claims[0], NOW, dead()).await;
    let answer = store.redeliver(NOW, vec![id, id]).await.unwrap();
    let Redelivered::As(again) = answer[0] else {
        panic!("{answer:?}")
    };
    assert_eq!(answer[1], Redelivered::Before(again));
}
