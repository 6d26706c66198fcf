//! Contacts, as far as they decide about lanes: numbers that move, people who turn out to be one.

use std::sync::Arc;

use waypost_core::delivery::Verdict;
use waypost_core::event::Handles;
use waypost_core::id::{ContactId, EventId};

use super::samples::{
    NOW, accept, account, claim, claim_sends, enqueue, message, message_from, names, phone,
    phone_and_user, settle, text_to, user,
};
use crate::Store;

/// Every case of the contacts.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    someone_is_known_by_any_handle(make()).await;
    accounts_share_no_contacts(make()).await;
    a_recycled_number_is_somebody_else(make()).await;
    two_that_are_one_share_a_lane_from_then_on(make()).await;
    a_message_to_someone_waits_for_those_before_it(make()).await;
    a_username_identifies_nobody(make()).await;
}

async fn contact(store: &Arc<dyn Store>, event: EventId) -> Option<ContactId> {
    store.event(event).await.unwrap().unwrap().contact_id
}

async fn someone_is_known_by_any_handle(store: Arc<dyn Store>) {
    let by_both = accept(
        &store,
        message_from(phone_and_user("15550001", "u.1"), "a", &[]),
    )
    .await;
    let by_phone = accept(&store, message("15550001", "b", &[])).await;
    let by_id = accept(&store, message_from(user("u.1"), "c", &[])).await;
    let other = accept(&store, message("15550002", "d", &[])).await;
    let known = contact(&store, by_both).await;
    assert!(known.is_some());
    assert_eq!(contact(&store, by_phone).await, known);
    assert_eq!(contact(&store, by_id).await, known);
    assert_ne!(contact(&store, other).await, known);
}

async fn accounts_share_no_contacts(store: Arc<dyn Store>) {
    let here = accept(&store, message("15550001", "a", &[])).await;
    let mut event = message("15550001", "b", &[]);
    event.account_id = account("other");
    let there = accept(&store, event).await;
    assert_ne!(contact(&store, here).await, contact(&store, there).await);
}

async fn a_recycled_number_is_somebody_else(store: Arc<dyn Store>) {
    let before = accept(
        &store,
        message_from(phone_and_user("15550001", "u.1"), "a", &["crm"]),
    )
    .await;
    let after = accept(
        &store,
        message_from(phone_and_user("15550001", "u.2"), "b", &["crm"]),
    )
    .await;
    assert_ne!(contact(&store, before).await, contact(&store, after).await);
    let now = accept(&store, message("15550001", "c", &["crm"])).await;
    assert_eq!(contact(&store, now).await, contact(&store, after).await);
    assert_eq!(names(&claim(&store, NOW, &[("crm", 10)]).await), ["a", "b"]);
}

async fn two_that_are_one_share_a_lane_from_then_on(store: Arc<dyn Store>) {
    accept(&store, message("15550001", "phone.1", &["crm"])).await;
    accept(&store, message_from(user("u.1"), "user.1", &["crm"])).await;
    accept(&store, message("15550001", "phone.2", &["crm"])).await;
    accept(&store, message_from(user("u.1"), "user.2", &["crm"])).await;
    for body in ["to phone", "to both"] {
        enqueue(&store, text_to(phone("15550001"), body)).await;
        enqueue(&store, text_to(user("u.1"), body)).await;
    }
    let in_flight = claim(&store, NOW, &[("crm", 10)]).await;
    assert_eq!(names(&in_flight), ["phone.1", "user.1"]);
    // Now it shows that they are one.
    let event = message_from(phone_and_user("15550001", "u.1"), "both", &["crm"]);
    let merged = accept(&store, event).await;
    assert_eq!(contact(&store, merged).await, in_flight[0].event.contact_id);
    assert!(claim(&store, NOW, &[("crm", 10)]).await.is_empty());
    settle(&store, &in_flight[0], NOW, Verdict::Delivered).await;
    assert!(
        claim(&store, NOW, &[("crm", 10)]).await.is_empty(),
        "the younger lane's lease goes on"
    );
    settle(&store, &in_flight[1], NOW, Verdict::Delivered).await;
    for id in ["phone.2", "user.2", "both"] {
        let claims = claim(&store, NOW, &[("crm", 10)]).await;
        assert_eq!(names(&claims), [id]);
        settle(&store, &claims[0], NOW, Verdict::Delivered).await;
    }
    assert_eq!(
        claim_sends(&store, NOW, 10).await.len(),
        1,
        "one lane of sends, too"
    );
}

async fn a_message_to_someone_waits_for_those_before_it(store: Arc<dyn Store>) {
    accept(
        &store,
        message_from(phone_and_user("15550001", "u.1"), "a", &[]),
    )
    .await;
    enqueue(&store, text_to(phone("15550001"), "by phone")).await;
    enqueue(&store, text_to(user("u.1"), "by user id")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].body, "by phone");
}

async fn a_username_identifies_nobody(store: Arc<dyn Store>) {
    let named = Handles {
        username: Some("ada".into()),
        ..Handles::default()
    };
    let event = accept(&store, message_from(named, "a", &["crm"])).await;
    assert_eq!(contact(&store, event).await, None);
    assert_eq!(claim(&store, NOW, &[("crm", 10)]).await.len(), 1);
}
