//! Accepting, recognising, listing.

use std::sync::Arc;

use waypost_core::event::EventType;
use waypost_core::id::EventId;

use super::samples::{NOW, accept, account, claim, message, names, notice, status};
use crate::{Error, EventQuery, Store};
use waypost_core::message::MessageState;

/// Every case of the inbox.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    what_was_accepted_is_read_back_byte_for_byte(make()).await;
    a_repeated_event_is_stored_and_delivered_once(make()).await;
    a_repetition_inside_one_call_is_recognised(make()).await;
    repetitions_in_flight_together_are_recognised(make()).await;
    the_gateways_own_events_are_never_duplicates(make()).await;
    lists_go_on_where_they_ended(make()).await;
    lists_are_filtered(make()).await;
    settings_are_kept(make()).await;
}

async fn what_was_accepted_is_read_back_byte_for_byte(store: Arc<dyn Store>) {
    let mut event = message("15550001", "wamid.1", &["crm"]);
    event.foreign = true;
    event.quarantined = Some("no type".into());
    let id = accept(&store, event.clone()).await;
    let stored = store.event(id).await.unwrap().unwrap();
    assert_eq!(stored.body, event.body);
    assert_eq!(stored.body.raw(), br#"{"id":"wamid.1"}"#);
    assert_eq!(stored.event_type, event.event_type);
    assert_eq!(stored.account_id, event.account_id);
    assert_eq!(stored.timestamp, event.timestamp);
    assert_eq!(stored.received_at, NOW);
    assert_eq!(stored.message_id, event.message_id);
    assert!(stored.foreign && stored.contact_id.is_some());
    assert_eq!(stored.quarantined.as_deref(), Some("no type"));
    assert!(store.event(EventId(1)).await.unwrap().is_none());
}

async fn a_repeated_event_is_stored_and_delivered_once(store: Arc<dyn Store>) {
    let first = accept(&store, message("15550001", "wamid.1", &["crm"])).await;
    let again = message("15550001", "wamid.1", &["crm"]);
    let accepted = store.accept(NOW, vec![again]).await.unwrap();
    assert!(accepted[0].duplicate);
    assert_eq!(accepted[0].id, Some(first));
    assert_eq!(claim(&store, NOW, &[("crm", 10)]).await.len(), 1);
    assert_eq!(store.stats().duplicates, 1);
    assert_eq!(store.stats().events, 1);
}

async fn a_repetition_inside_one_call_is_recognised(store: Arc<dyn Store>) {
    let event = message("15550001", "wamid.1", &["crm"]);
    let other = message("15550001", "wamid.2", &["crm"]);
    let accepted = store
        .accept(NOW, vec![event.clone(), other, event])
        .await
        .unwrap();
    let duplicates: Vec<_> = accepted.iter().map(|one| one.duplicate).collect();
    assert_eq!(duplicates, [false, false, true]);
    assert_eq!(accepted[0].id, accepted[2].id);
}

async fn repetitions_in_flight_together_are_recognised(store: Arc<dyn Store>) {
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = Arc::clone(&store);
        calls.spawn(async move {
            let event = message("15550001", "wamid.1", &["crm"]);
            store.accept(NOW, vec![event]).await.unwrap()[0]
        });
    }
    let accepted = calls.join_all().await;
    let stored = accepted.iter().filter(|one| !one.duplicate).count();
    assert_eq!(stored, 1);
    assert!(accepted.iter().all(|one| one.id == accepted[0].id));
}

async fn the_gateways_own_events_are_never_duplicates(store: Arc<dyn Store>) {
    for _ in 0..2 {
        accept(
            &store,
            notice(EventType::HookFailed, Some("wamid.1"), &["ops"]),
        )
        .await;
    }
    let claims = claim(&store, NOW, &[("ops", 10)]).await;
    assert_eq!(claims.len(), 1, "they are one lane");
    let about = EventQuery {
        limit: 10,
        message_id: Some("wamid.1".into()),
        ..EventQuery::default()
    };
    assert_eq!(store.events(&about).await.unwrap().items.len(), 2);
}

async fn lists_go_on_where_they_ended(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(accept(&store, message("15550001", &format!("wamid.{number}"), &[])).await);
    }
    let mut query = EventQuery {
        limit: 3,
        ..EventQuery::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = store.events(&query).await.unwrap();
        assert!(page.items.len() <= 3);
        listed.extend(page.items.iter().map(|event| event.id));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    assert_eq!(listed, ids);
    (query.after, query.newest_first) = (None, true);
    listed.clear();
    loop {
        let page = store.events(&query).await.unwrap();
        listed.extend(page.items.iter().map(|event| event.id));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    listed.reverse();
    assert_eq!(listed, ids, "the newest first");
    query.message_id = Some("wamid.6".into());
    query.after = None;
    assert_eq!(store.events(&query).await.unwrap().items[0].id, ids[6]);
    query.after = Some("nonsense".into());
    assert!(matches!(store.events(&query).await, Err(Error::Cursor)));
}

async fn lists_are_filtered(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "wamid.1", &[])).await;
    accept(&store, status("wamid.2", MessageState::Sent, None)).await;
    accept(&store, status("wamid.2", MessageState::Read, None)).await;
    let mut elsewhere = message("15550001", "wamid.3", &[]);
    elsewhere.account_id = account("other");
    accept(&store, elsewhere).await;
    let all = EventQuery {
        limit: 10,
        ..EventQuery::default()
    };
    let read = EventQuery {
        event_type: Some(EventType::MessageRead),
        ..all.clone()
    };
    let other = EventQuery {
        account_id: Some(account("other")),
        ..all.clone()
    };
    let nobody = EventQuery {
        account_id: Some(account("nobody")),
        ..all.clone()
    };
    let about = EventQuery {
        message_id: Some("wamid.2".into()),
        ..all.clone()
    };
    let read_about = EventQuery {
        event_type: Some(EventType::MessageRead),
        account_id: Some(account("main")),
        ..about.clone()
    };
    let counts = [
        (all, 4),
        (read, 1),
        (other, 1),
        (nobody, 0),
        (about, 2),
        (read_about, 1),
    ];
    for (query, count) in counts {
        let page = store.events(&query).await.unwrap();
        assert_eq!(page.items.len(), count, "{query:?}");
    }
}

async fn settings_are_kept(store: Arc<dyn Store>) {
    assert_eq!(store.setting("key").await.unwrap(), None);
    store.set_setting("key", "one").await.unwrap();
    store.set_setting("key", "two").await.unwrap();
    assert_eq!(store.setting("key").await.unwrap().as_deref(), Some("two"));
    assert!(store.is_writable());
    let empty = claim(&store, NOW, &[("crm", 1)]).await;
    assert!(names(&empty).is_empty());
}
