//! What only SQLite has to prove: durability, locks, a full disk, segments, reading beside the writer.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use waypost_core::account::AccountId;
use waypost_core::delivery::{DeliveryState, Verdict};
use waypost_core::event::{NewEvent, Target};
use waypost_core::hook::{HookId, Order};
use waypost_core::id::EventId;
use waypost_core::message::{MessageState, NewMessage, Origin, Recipient, SendVerdict};
use waypost_core::time::UnixMillis;
use waypost_store::sqlite::{Options, SqliteStore};
use waypost_store::{
    Deliveries as _, DeliveryClaim, DeliveryQuery, DeliverySettlement, Demand, Error, EventQuery,
    Events as _, Inbox as _, NoPace, Outbox as _, SendClaim, SendSettlement, Settings as _,
    Store as _,
};

use crate::sample::{self, NOW, accept, open};

/// A message that one hook gets.
fn event(number: usize, size: usize) -> NewEvent {
    NewEvent {
        targets: vec![Target {
            hook_id: HookId::from("crm"),
            order: Order::Bounded,
        }],
        ..sample::event(number, size)
    }
}

/// Accepts all of these at once, each in a call of its own.
async fn accept_together(
    store: &Arc<SqliteStore>,
    events: impl IntoIterator<Item = NewEvent>,
) -> Vec<Result<EventId, Error>> {
    let mut calls = tokio::task::JoinSet::new();
    for event in events {
        let store = Arc::clone(store);
        calls.spawn(async move { accept(&store, event).await });
    }
    calls.join_all().await
}

/// Claims at most this many deliveries of the one hook.
async fn claim(store: &SqliteStore, room: usize) -> Vec<DeliveryClaim> {
    let of = HookId::from("crm");
    store
        .claim_deliveries(
            NOW,
            &[Demand {
                of,
                room,
                width: room,
                probes: false,
            }],
        )
        .await
        .unwrap()
}

async fn settle(store: &SqliteStore, claim: &DeliveryClaim, verdict: Verdict) {
    let settlement = DeliverySettlement {
        lease: claim.lease,
        id: claim.id,
        verdict,
        attempt: None,
        blocked_ms: 0,
        replies: Vec::new(),
        notices: Vec::new(),
        hook_news: None,
    };
    store
        .settle_deliveries(NOW, vec![settlement])
        .await
        .unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_acknowledgements_in_a_row_are_a_hundred_commits() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &Options::default());
    let before = store.stats().commits;
    for number in 0..100 {
        accept(&store, event(number, 10)).await.unwrap();
    }
    assert!(store.stats().commits - before >= 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_together_is_committed_together() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &Options::default());
    let outcomes = accept_together(&store, (0..256).map(|number| event(number, 10))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let stats = store.stats();
    assert_eq!(stats.transactions, 256);
    assert!(stats.commits < 200, "{} commits", stats.commits);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledgement_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        segment_keys: 64,
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    for round in 0..8 {
        // Rounds of changing size, so that kills meet every stage of a segment.
        for number in 0..30 + round {
            accept(&store, event(round * 100 + number, 50))
                .await
                .unwrap();
        }
        let copy = as_if_killed(directory.path());
        let revived = open(copy.path(), &options);
        for earlier in 0..=round {
            for number in 0..30 + earlier {
                let again = event(earlier * 100 + number, 50);
                let accepted = revived.accept(NOW, vec![again]).await.unwrap();
                assert!(accepted[0].duplicate, "round {round}: {earlier}/{number}");
            }
        }
        let demand = [Demand {
            of: HookId::from("crm"),
            room: 1000,
            width: 1000,
            probes: false,
        }];
        let claims = revived.claim_deliveries(NOW, &demand).await.unwrap();
        assert_eq!(claims.len(), (30 + round).min(50), "one of each lane");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_found_in_every_segment_and_events_by_their_message() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        segment_keys: 100,
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    let mut ids = Vec::new();
    for number in 0..1000 {
        ids.push(accept(&store, event(number, 1)).await.unwrap());
    }
    drop(store);
    // A filter that cannot be read is made again from the keys.
    let connection = rusqlite::Connection::open(directory.path().join("waypost.db")).unwrap();
    let damaged = connection
        .execute("UPDATE segment SET filter = x'00' WHERE number = 2", [])
        .unwrap();
    assert_eq!(damaged, 1);
    drop(connection);
    let store = open(directory.path(), &options);
    for (number, id) in ids.iter().enumerate() {
        let accepted = store.accept(NOW, vec![event(number, 1)]).await.unwrap();
        assert!(accepted[0].duplicate && accepted[0].id == Some(*id));
    }
    for number in [0, 150, 555, 999] {
        let query = EventQuery {
            limit: 10,
            message_id: Some(format!("wamid.{number}")),
            ..EventQuery::default()
        };
        let looker = SqliteStore::open_read_only(directory.path()).unwrap();
        for found in [
            store.events(&query).await.unwrap(),
            looker.events(&query).await.unwrap(),
        ] {
            let found: Vec<_> = found.items.iter().map(|event| event.id).collect();
            assert_eq!(found, [ids[number]]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_found_at_start_however_much_came_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        young_deliveries: 100,
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    let mut waiting = Vec::new();
    // Enough for several steps: the first of them grow old, the last stay young. One lane is stuck from its head on.
    for number in 0..2000 {
        let id = accept(&store, event(number, 10)).await.unwrap();
        let claims = claim(&store, 1).await;
        if number % 50 == 0 {
            waiting.push(id);
        } else {
            settle(&store, &claims[0], Verdict::Delivered).await;
        }
    }
    let pending = DeliveryQuery {
        state: Some(DeliveryState::Pending),
        limit: 1000,
        ..DeliveryQuery::default()
    };
    drop(store);
    let store = open(directory.path(), &options);
    let listed = store.deliveries(&pending).await.unwrap().items;
    let listed: Vec<_> = listed.iter().map(|delivery| delivery.event_id).collect();
    assert_eq!(listed, waiting);
    for id in waiting {
        let claims = claim(&store, 1000).await;
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].event.id, id);
        settle(&store, &claims[0], Verdict::Delivered).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_loses_nothing_and_is_left_behind_without_help() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        max_page_count: Some(400),
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    let mut acknowledged = Vec::new();
    let refused = loop {
        match accept(&store, event(acknowledged.len(), 3000)).await {
            Ok(id) => acknowledged.push(id),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, Error::Full), "{refused:?}");
    assert!(!store.is_writable());
    assert!(acknowledged.len() > 50);
    for id in &acknowledged {
        assert!(store.event(*id).await.unwrap().is_some());
    }
    assert_eq!(store.stats().events, acknowledged.len() as u64);
    // Somebody makes room.
    let connection = rusqlite::Connection::open(directory.path().join("waypost.db")).unwrap();
    let half = acknowledged[acknowledged.len() / 2];
    connection
        .execute("DELETE FROM event WHERE id < ?", [half.0])
        .unwrap();
    drop(connection);
    while !store.is_writable() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let last = accept(&store, event(acknowledged.len(), 3000))
        .await
        .unwrap();
    assert!(store.is_writable());
    assert!(store.event(last).await.unwrap().is_some());
    assert!(store.event(half).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_whose_directory_is_removed_takes_nothing_more() {
    let parent = tempfile::tempdir().unwrap();
    let (directory, aside) = (parent.path().join("data"), parent.path().join("aside"));
    let store = open(&directory, &Options::default());
    accept(&store, event(0, 10)).await.unwrap();
    std::fs::rename(&directory, &aside).unwrap();
    assert!(!store.is_writable());
    let refused = accept(&store, event(1, 10)).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused:?}");
    // Another file in its place is not it.
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("waypost.db"), "").unwrap();
    assert!(!store.is_writable());
    std::fs::remove_dir_all(&directory).unwrap();
    std::fs::rename(&aside, &directory).unwrap();
    assert!(store.is_writable());
    accept(&store, event(2, 10)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_does_not_fit_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        max_page_count: Some(1000),
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    for round in 0..20 {
        let events = (0..16).map(|number| {
            let size = if number == 7 { 5 << 20 } else { 10 };
            event(round * 16 + number, size)
        });
        let outcomes = accept_together(&store, events).await;
        let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert_eq!(refused, 1);
    }
    let demand = [Demand {
        of: HookId::from("crm"),
        room: 1000,
        width: 1000,
        probes: false,
    }];
    let claims = store.claim_deliveries(NOW, &demand).await.unwrap();
    assert!(
        claims
            .iter()
            .all(|claim| claim.event.body.text.len() < 1000)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_a_newer_version_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path(), &Options::default()));
    let connection = rusqlite::Connection::open(directory.path().join("waypost.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = SqliteStore::open(directory.path(), &Options::default()).unwrap_err();
    assert!(
        matches!(refused, Error::Newer { found: 99, .. }),
        "{refused:?}"
    );
    let refused = SqliteStore::open_read_only(directory.path()).unwrap_err();
    assert!(
        matches!(refused, Error::Newer { found: 99, .. }),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gateway_owns_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &Options::default());
    let refused = SqliteStore::open(directory.path(), &Options::default()).unwrap_err();
    assert!(matches!(refused, Error::Locked { .. }), "{refused:?}");
    if cfg!(unix) {
        std::fs::remove_file(directory.path().join("waypost.lock")).unwrap();
        let refused = SqliteStore::open(directory.path(), &Options::default()).unwrap_err();
        assert!(matches!(refused, Error::Locked { .. }), "{refused:?}");
    }
    drop(store);
    drop(open(directory.path(), &Options::default()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_leaves_no_log_behind() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..50 {
        let store = open(directory.path(), &Options::default());
        accept(&store, event(number, 100)).await.unwrap();
        assert!(directory.path().join("waypost.db-wal").exists());
        // Readers with the database open must not be the last to close it: they may not write.
        store.events(&EventQuery::default()).await.unwrap();
        drop(store);
        assert!(!directory.path().join("waypost.db-wal").exists());
    }
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let refused = SqliteStore::open(&path, &Options::default()).unwrap_err();
        assert!(matches!(&refused, Error::Directory { path: named, .. } if *named == path));
    }
    let nothing = directory.path().join("nothing");
    let refused = SqliteStore::open_read_only(&nothing).unwrap_err();
    assert!(matches!(refused, Error::Directory { .. }), "{refused:?}");
    assert!(!nothing.exists());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a").join("b");
    let store = open(&path, &Options::default());
    accept(&store, event(1, 10)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for entry in fs::read_dir(&path).unwrap() {
        let file = entry.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_read_beside_a_gateway_after_a_stop_and_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), &Options::default());
    let id = accept(&store, event(1, 10)).await.unwrap();
    let killed = as_if_killed(directory.path());
    let beside = SqliteStore::open_read_only(directory.path()).unwrap();
    assert!(beside.event(id).await.unwrap().is_some());
    let next = accept(&store, event(2, 10)).await.unwrap();
    assert!(beside.event(next).await.unwrap().is_some());
    let refused = beside.set_setting("key", "value").await;
    assert!(matches!(refused, Err(Error::Unavailable { .. })));
    assert!(!beside.is_writable());
    drop((beside, store));
    let stopped = SqliteStore::open_read_only(directory.path()).unwrap();
    assert!(stopped.event(next).await.unwrap().is_some());
    let killed = SqliteStore::open_read_only(killed.path()).unwrap();
    assert!(killed.event(id).await.unwrap().is_some());
    assert!(killed.event(next).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_nobody_waits_for_goes_back() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        event_cache_bytes: 0,
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    accept(&store, event(1, 10)).await.unwrap();
    let message = NewMessage {
        account_id: AccountId::from("main"),
        recipient: Recipient::Group("group".into()),
        body: "hello".into(),
        origin: Origin::Api,
    };
    let id = store.enqueue(NOW, vec![message], None).await.unwrap()[0];
    let hooks = [Demand {
        of: HookId::from("crm"),
        room: 1,
        width: 1,
        probes: false,
    }];
    let accounts = [Demand {
        of: AccountId::from("main"),
        room: 1,
        width: 1,
        probes: false,
    }];
    for _ in 0..20 {
        // Asked for and let go at once. The rare answer that is there already is given back by hand.
        tokio::select! {
            biased;
            claims = store.claim_deliveries(NOW, &hooks) => {
                for claim in claims.unwrap() {
                    settle(&store, &claim, Verdict::Retry(UnixMillis::ZERO)).await;
                }
            }
            () = std::future::ready(()) => {}
        }
        tokio::select! {
            biased;
            claims = store.claim_sends(NOW, &accounts, &NoPace) => {
                give_back_sends(&store, claims.unwrap()).await;
            }
            () = std::future::ready(()) => {}
        }
    }
    let deliveries = store.claim_deliveries(NOW, &hooks).await.unwrap();
    assert_eq!(deliveries.len(), 1);
    let sends = store.claim_sends(NOW, &accounts, &NoPace).await.unwrap();
    assert_eq!(sends[0].id, id);
    let sent = SendSettlement {
        lease: sends[0].lease,
        id,
        verdict: SendVerdict::Sent {
            wamid: "wamid.a".into(),
        },
        attempted: true,
    };
    store.settle_sends(NOW, vec![sent]).await.unwrap();
    let message = store.message(id).await.unwrap().unwrap();
    assert_eq!(message.state, MessageState::Sent);
    assert_eq!(store.stats().outbox_open, [0, 0, 0]);
}

async fn give_back_sends(store: &SqliteStore, claims: Vec<SendClaim>) {
    let back = claims.into_iter().map(|claim| SendSettlement {
        lease: claim.lease,
        id: claim.id,
        verdict: SendVerdict::Retry {
            at: UnixMillis::ZERO,
            error: "{}".into(),
        },
        attempted: false,
    });
    store.settle_sends(NOW, back.collect()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_is_no_duplicate_when_it_comes_again() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        max_page_count: Some(1000),
        ..Options::default()
    };
    let store = open(directory.path(), &options);
    // The first of two would fit, but it is both or none.
    let both = vec![event(1, 10), event(2, 5 << 20)];
    let refused = store.accept(NOW, both).await;
    assert!(matches!(refused, Err(Error::Full)), "{refused:?}");
    assert_eq!(store.stats().events, 0);
    let accepted = store.accept(NOW, vec![event(1, 10)]).await.unwrap()[0];
    assert!(!accepted.duplicate);
    let stored = store.event(accepted.id.unwrap()).await.unwrap().unwrap();
    assert_eq!(stored.account_id, AccountId::from("main"));
    let demand = [Demand {
        of: HookId::from("crm"),
        room: 10,
        width: 10,
        probes: false,
    }];
    let claims = store.claim_deliveries(NOW, &demand).await.unwrap();
    assert_eq!(claims.len(), 1);
    let again = event(3, 10);
    let same_person = NewEvent {
        handles: event(1, 10).handles,
        ..again
    };
    accept(&store, same_person).await.unwrap();
    drop(store);
    // Whoever was made known by what was refused was not: the contact is there, and one lane holds both.
    let store = open(directory.path(), &options);
    assert_eq!(store.claim_deliveries(NOW, &demand).await.unwrap().len(), 1);
}
