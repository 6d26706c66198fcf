//! Room on a real disk: pages that go back, a full disk, and kills in the middle of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use waypost_core::delivery::{DeliveryState, DeliveryView};
use waypost_core::event::{Scope, Target};
use waypost_core::hook::{HookId, Order};
use waypost_core::id::EventId;
use waypost_core::replay::{Counts, Request, State};
use waypost_store::sqlite::{Options, SqliteStore};
use waypost_store::{
    Deliveries as _, DeliveryQuery, Error, EventQuery, Events as _, Forget, Inbox as _,
    Replays as _, Step, StepItem, Store as _, Upkeep as _,
};

use crate::sample::{NOW, accept, event, open};

/// One step of removing, from the beginning.
async fn forget(store: &SqliteStore, limit: usize) -> usize {
    let step = Forget {
        after: EventId(0),
        before: EventId(i64::MAX),
        limit,
        dead: true,
    };
    store.forget(NOW, step).await.unwrap().events
}

async fn events(store: &SqliteStore) -> Vec<EventId> {
    let mut query = EventQuery {
        limit: 1000,
        ..EventQuery::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = store.events(&query).await.unwrap();
        ids.extend(page.items.iter().map(|event| event.id));
        query.after = page.next;
        if query.after.is_none() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_removed_goes_back_to_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &Options::default());
    for number in 0..600 {
        accept(&store, event(number, 20_000)).await.unwrap();
    }
    let full = store.space().await.unwrap();
    assert!(full.used > 12_000_000, "{full:?}");
    while forget(&store, 64).await > 0 {}
    let mut space = store.space().await.unwrap();
    assert!(
        space.used < 1_000_000 && space.free > 11_000_000,
        "{space:?}"
    );
    while space.free > 0 {
        let before = space.free;
        space = store.give_back().await.unwrap();
        let given = before - space.free;
        assert!(
            given == 64 * 4096 || space.free == 0,
            "a step is small, and one: {given}"
        );
    }
    drop(store);
    let size = fs::metadata(directory.path().join("waypost.db"))
        .unwrap()
        .len();
    assert!(size < 1_000_000, "{size} bytes are left");
    let store = open(directory.path(), &Options::default());
    assert!(events(&store).await.is_empty());
    let again = store.accept(NOW, vec![event(1, 10)]).await.unwrap();
    assert!(again[0].duplicate, "what was removed is still recognised");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_takes_nothing_new_until_what_is_old_made_room_for_the_ballast_too() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        max_page_count: Some(800),
        ballast_bytes: 300_000,
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    let ballast = directory.path().join("ballast");
    store.keep_ballast().await.unwrap();
    assert_eq!(fs::metadata(&ballast).unwrap().len(), 300_000);
    let mut acknowledged = Vec::new();
    while let Ok(id) = accept(&store, event(acknowledged.len(), 3000)).await {
        acknowledged.push(id);
    }
    assert!(store.is_full() && !store.is_writable());
    let last = fs::metadata(&ballast).unwrap().len();
    assert_eq!(last, 75_000, "its room is for removing, but for the last");
    let small = accept(&store, event(100_000, 1)).await;
    assert!(matches!(small, Err(Error::Full)), "{small:?}");
    store.keep_ballast().await.unwrap();
    let last = fs::metadata(&ballast).unwrap().len();
    assert_eq!(last, 75_000, "it is made when there is room");
    assert_eq!(events(&store).await, acknowledged);

    let mut removed = 0;
    while removed < acknowledged.len() / 2 {
        removed += forget(&store, 16).await;
    }
    while !store.is_writable() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!store.is_full());
    assert_eq!(fs::metadata(&ballast).unwrap().len(), 300_000);
    let last = accept(&store, event(100_001, 3000)).await.unwrap();
    let mut left = acknowledged.split_off(removed);
    left.push(last);
    assert_eq!(events(&store).await, left);
}

/// The directory as a `kill -9` at this moment would leave it.
fn as_if_killed(path: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["waypost.db", "waypost.db-wal"] {
        if path.join(name).exists() {
            fs::copy(path.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}

async fn all_deliveries(store: &SqliteStore) -> Vec<DeliveryView> {
    let mut query = DeliveryQuery {
        limit: 1000,
        ..DeliveryQuery::default()
    };
    let mut all = Vec::new();
    loop {
        let page = store.deliveries(&query).await.unwrap();
        all.extend(page.items);
        query.after = page.next;
        if query.after.is_none() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_and_a_retention_cut_anywhere_agree_with_themselves() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &Options::default());
    for number in 0..200 {
        accept(&store, event(number, 50)).await.unwrap();
    }
    let mut replay = store.start_replay(NOW, Request::default()).await.unwrap();
    let mut cuts = Vec::new();
    while replay.state == State::Running {
        let end = EventId(replay.id.0);
        let found = store
            .candidates(&replay.request, replay.place, end, 7)
            .await
            .unwrap();
        let target = Target {
            hook_id: HookId::from("crm"),
            order: Order::Bounded,
        };
        let count = found.events.len() as u64;
        let step = Step {
            id: replay.id,
            from: replay.place,
            to: found.place,
            state: if found.is_end {
                State::Done
            } else {
                State::Running
            },
            counts: Counts {
                events: count,
                deliveries: count,
                ..Counts::default()
            },
            items: found
                .events
                .into_iter()
                .map(|candidate| StepItem {
                    event: candidate.event,
                    scope: Scope::Contact,
                    targets: vec![target.clone()],
                    read: None,
                })
                .collect(),
        };
        replay = store.step_replay(NOW, step).await.unwrap().unwrap();
        // Nothing waits here before its turn to be replayed, so retention eats what comes next.
        forget(&store, 3 + cuts.len() % 5).await;
        cuts.push(as_if_killed(directory.path()));
    }
    assert!(cuts.len() > 10);
    for cut in cuts {
        let store = open(cut.path(), &Options::default());
        let replay = store.replays(1, None).await.unwrap().items.remove(0);
        let deliveries = all_deliveries(&store).await;
        assert_eq!(replay.counts.deliveries, deliveries.len() as u64);
        let events = events(&store).await;
        let mut seen = BTreeMap::new();
        for delivery in deliveries {
            assert_eq!(delivery.state, DeliveryState::Pending);
            assert!(
                events.contains(&delivery.event_id),
                "it waits, so it is there"
            );
            assert!(delivery.event_id <= replay.place);
            *seen.entry(delivery.event_id).or_insert(0) += 1;
        }
        assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    }
}
