//! Queueing, sending, statuses in any order, what stays uncertain.

use std::sync::Arc;

use tokio::task::JoinSet;
use waypost_core::delivery::Verdict;
use waypost_core::event::EventType;
use waypost_core::message::{MessageState, Recipient, SendVerdict};
use waypost_core::time::UnixMillis;

use super::samples::{
    NOW, accept, account, claim, claim_sends, enqueue, later, lost, message, notice, phone, sent,
    settle, settle_send, status, text_to, view,
};
use crate::{Error, Idempotency, Lease, MessageQuery, SendSettlement, Store};

/// Every case of the outbox.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    messages_to_one_recipient_go_in_order(make()).await;
    a_message_is_sending_before_it_is_sent(make()).await;
    a_certain_failure_is_tried_again_and_holds_its_lane(make()).await;
    a_refusal_is_kept_whole_and_lets_the_lane_go_on(make()).await;
    statuses_move_a_message_forward_only(make()).await;
    a_status_before_the_answer_is_not_undone(make()).await;
    a_status_before_its_id_is_known_counts_afterwards(make()).await;
    a_status_of_another_account_changes_nothing(make()).await;
    an_uncertain_message_holds_its_lane_until_its_status(make()).await;
    an_overdue_message_is_told_of_once_and_lets_its_lane_go_on(make()).await;
    a_resent_message_goes_first_in_its_lane(make()).await;
    a_status_overtakes_the_resend(make()).await;
    a_message_decided_before_its_turn_is_not_sent(make()).await;
    a_void_lease_settles_nothing(make()).await;
    a_send_and_a_delivery_settled_together_are_both_settled(make()).await;
    an_idempotency_key_stores_once(make()).await;
    messages_are_found(make()).await;
}

async fn messages_to_one_recipient_go_in_order(store: Arc<dyn Store>) {
    for body in ["a", "b"] {
        enqueue(&store, text_to(phone("15550001"), body)).await;
    }
    enqueue(&store, text_to(phone("15550002"), "c")).await;
    let mut group = text_to(phone(""), "d");
    group.recipient = Recipient::Group("group-1".into());
    enqueue(&store, group).await;
    let claims = claim_sends(&store, NOW, 10).await;
    let bodies: Vec<_> = claims.iter().map(|claim| claim.body.as_str()).collect();
    assert_eq!(bodies, ["a", "c", "d"]);
    assert_eq!(claims[0].queued_at, NOW);
    settle_send(&store, &claims[0], NOW, sent("wamid.a")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    assert_eq!(claims[0].body, "b");
    assert_eq!(store.next_send_due(&[account("main")]), None);
}

async fn a_message_is_sending_before_it_is_sent(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    assert_eq!(view(&store, id).await.state, MessageState::Queued);
    assert_eq!(store.stats().outbox_open, [1, 0, 0]);
    let claims = claim_sends(&store, later(1), 10).await;
    assert_eq!(view(&store, id).await.state, MessageState::Sending);
    assert_eq!(store.stats().outbox_open, [0, 1, 0]);
    settle_send(&store, &claims[0], later(2), sent("wamid.a")).await;
    let message = view(&store, id).await;
    assert_eq!(message.state, MessageState::Sent);
    assert_eq!(message.wamid.as_deref(), Some("wamid.a"));
    assert_eq!((message.attempts, message.updated_at), (1, later(2)));
    assert_eq!(store.stats().outbox_open, [0, 0, 0]);
}

async fn a_certain_failure_is_tried_again_and_holds_its_lane(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    let again = SendVerdict::Retry {
        at: later(30),
        error: r#"{"code":"connect"}"#.into(),
    };
    settle_send(&store, &claims[0], NOW, again).await;
    let message = view(&store, id).await;
    assert_eq!(message.state, MessageState::Queued);
    assert_eq!(message.next_attempt_at, Some(later(30)));
    assert_eq!(message.error.unwrap()["code"], "connect");
    assert!(claim_sends(&store, later(29), 10).await.is_empty());
    assert_eq!(store.next_send_due(&[account("main")]), Some(later(30)));
    let claims = claim_sends(&store, later(30), 10).await;
    assert_eq!((claims[0].body.as_str(), claims[0].attempts), ("a", 1));
}

async fn a_refusal_is_kept_whole_and_lets_the_lane_go_on(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    let error = r#"{"code":131030,"error_data":{"details":"not listed"}}"#;
    let refused = SendVerdict::Failed {
        error: error.into(),
    };
    settle_send(&store, &claims[0], NOW, refused).await;
    let message = view(&store, id).await;
    assert_eq!(message.state, MessageState::Failed);
    assert_eq!(message.error.unwrap().to_string(), error);
    assert_eq!(claim_sends(&store, NOW, 10).await[0].body, "b");
}

async fn statuses_move_a_message_forward_only(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[0], NOW, sent("wamid.a")).await;
    let steps = [
        (MessageState::Read, MessageState::Read),
        (MessageState::Delivered, MessageState::Read),
        (MessageState::Sent, MessageState::Read),
    ];
    for (told, then) in steps {
        accept(&store, status("wamid.a", told, None)).await;
        assert_eq!(view(&store, id).await.state, then);
    }
}

async fn a_status_before_the_answer_is_not_undone(store: Arc<dyn Store>) {
    for verdict in [sent("wamid.a"), lost()] {
        let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
        enqueue(&store, text_to(phone("15550001"), "b")).await;
        let claims = claim_sends(&store, NOW, 1).await;
        let mut told = status(&format!("wamid.{id}"), MessageState::Delivered, Some(id));
        told.targets.clear();
        accept(&store, told).await;
        settle_send(&store, &claims[0], NOW, verdict).await;
        let message = view(&store, id).await;
        assert_eq!(message.state, MessageState::Delivered);
        assert!(message.wamid.is_some() && message.error.is_none());
        // And its lane goes on.
        let claims = claim_sends(&store, NOW, 10).await;
        assert_eq!(claims[0].body, "b");
        settle_send(&store, &claims[0], NOW, sent(&format!("wamid.b.{id}"))).await;
    }
}

async fn a_status_before_its_id_is_known_counts_afterwards(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    let other = enqueue(&store, text_to(phone("15550002"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    accept(&store, status("wamid.a", MessageState::Sent, None)).await;
    accept(&store, status("wamid.a", MessageState::Delivered, None)).await;
    accept(&store, status("wamid.b", MessageState::Failed, None)).await;
    assert_eq!(view(&store, id).await.state, MessageState::Sending);
    settle_send(&store, &claims[0], NOW, sent("wamid.a")).await;
    settle_send(&store, &claims[1], NOW, sent("wamid.b")).await;
    assert_eq!(view(&store, id).await.state, MessageState::Delivered);
    let failed = view(&store, other).await;
    assert_eq!(failed.state, MessageState::Failed);
    assert_eq!(failed.error.unwrap()[0]["code"], 131_026);
}

async fn a_status_of_another_account_changes_nothing(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[0], NOW, sent("wamid.a")).await;
    let mut told = status("wamid.a", MessageState::Failed, Some(id));
    told.account_id = account("other");
    accept(&store, told).await;
    assert_eq!(view(&store, id).await.state, MessageState::Sent);
}

async fn an_uncertain_message_holds_its_lane_until_its_status(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    let next = enqueue(&store, text_to(phone("15550001"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[0], NOW, lost()).await;
    assert_eq!(view(&store, id).await.state, MessageState::Uncertain);
    assert_eq!(store.stats().outbox_open, [1, 0, 1]);
    let elsewhere = enqueue(&store, text_to(phone("15550002"), "c")).await;
    let claims = claim_sends(&store, later(100_000), 10).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].id, elsewhere);
    let ids = [id, next, elsewhere];
    let behind = store.waits_behind(&ids).await.unwrap();
    let behind: Vec<_> = behind.iter().map(|(id, ahead)| (*id, ahead.id)).collect();
    assert_eq!(behind, [(next, id)]);
    accept(&store, status("wamid.a", MessageState::Sent, Some(id))).await;
    assert!(store.waits_behind(&ids).await.unwrap().is_empty());
    let message = view(&store, id).await;
    assert_eq!(message.state, MessageState::Sent);
    assert_eq!(message.wamid.as_deref(), Some("wamid.a"));
    assert_eq!(message.error, None);
    assert_eq!(claim_sends(&store, NOW, 10).await[0].body, "b");
}

async fn an_overdue_message_is_told_of_once_and_lets_its_lane_go_on(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[0], later(1), lost()).await;
    assert!(
        store
            .overdue_uncertain(later(1), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let overdue = store.overdue_uncertain(later(2), 10).await.unwrap();
    assert_eq!(
        overdue.iter().map(|message| message.id).collect::<Vec<_>>(),
        [id]
    );
    for _ in 0..2 {
        let told = notice(EventType::MessageUncertain, Some("msg"), &["ops"]);
        store
            .resolve_uncertain(later(301), id, false, told)
            .await
            .unwrap();
    }
    assert_eq!(store.stats().events, 1, "told once");
    assert!(
        store
            .overdue_uncertain(later(999), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(view(&store, id).await.state, MessageState::Uncertain);
    assert_eq!(claim_sends(&store, later(301), 10).await[0].body, "b");
    // The status still counts, however late.
    accept(&store, status("wamid.a", MessageState::Read, Some(id))).await;
    assert_eq!(view(&store, id).await.state, MessageState::Read);
}

async fn a_resent_message_goes_first_in_its_lane(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[0], NOW, lost()).await;
    let told = notice(EventType::MessageUncertain, None, &[]);
    store
        .resolve_uncertain(later(301), id, true, told)
        .await
        .unwrap();
    assert_eq!(view(&store, id).await.state, MessageState::Queued);
    let claims = claim_sends(&store, later(301), 10).await;
    assert_eq!((claims[0].body.as_str(), claims[0].attempts), ("a", 1));
    // Lost again, it is overdue again.
    settle_send(&store, &claims[0], later(302), lost()).await;
    let overdue = store.overdue_uncertain(later(602), 10).await.unwrap();
    assert_eq!(overdue.len(), 1);
}

async fn a_status_overtakes_the_resend(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[0], NOW, lost()).await;
    accept(&store, status("wamid.a", MessageState::Sent, Some(id))).await;
    let told = notice(EventType::MessageUncertain, None, &[]);
    store
        .resolve_uncertain(later(301), id, true, told)
        .await
        .unwrap();
    assert_eq!(view(&store, id).await.state, MessageState::Sent);
    assert_eq!(store.stats().events, 1, "only the status");
    assert_eq!(claim_sends(&store, later(301), 10).await[0].body, "b");
}

async fn a_message_decided_before_its_turn_is_not_sent(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    enqueue(&store, text_to(phone("15550001"), "b")).await;
    accept(&store, status("wamid.a", MessageState::Delivered, Some(id))).await;
    let claims = claim_sends(&store, NOW, 10).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].body, "b");
}

async fn a_void_lease_settles_nothing(store: Arc<dyn Store>) {
    let id = enqueue(&store, text_to(phone("15550001"), "a")).await;
    let claims = claim_sends(&store, NOW, 10).await;
    let settlement = |lease, verdict| SendSettlement {
        lease,
        id,
        verdict,
        attempted: true,
    };
    let invented = settlement(Lease(claims[0].lease.0 ^ 0x5555), sent("wamid.x"));
    let real = settlement(claims[0].lease, sent("wamid.a"));
    let twice = settlement(claims[0].lease, sent("wamid.y"));
    store
        .settle_sends(NOW, vec![invented, real, twice])
        .await
        .unwrap();
    assert_eq!(store.stats().fenced, 2);
    let message = view(&store, id).await;
    assert_eq!(
        (message.wamid.as_deref(), message.attempts),
        (Some("wamid.a"), 1)
    );
}

/// Each queue counts its own leases, so that the first of both have the same number.
async fn a_send_and_a_delivery_settled_together_are_both_settled(store: Arc<dyn Store>) {
    for round in 0..50 {
        let incoming = message("15550001", &format!("wamid.{round}"), &["app"]);
        accept(&store, incoming).await;
        enqueue(&store, text_to(phone("15550002"), "a")).await;
        let deliveries = claim(&store, NOW, &[("app", 1)]).await;
        let sends = claim_sends(&store, NOW, 1).await;
        // What comes before them keeps the store busy, so that the two come together.
        let mut callers = JoinSet::new();
        for n in 0..8 {
            let (store, id) = (Arc::clone(&store), format!("wamid.{round}.{n}"));
            callers.spawn(async move {
                let incoming = message("15550003", &id, &[]);
                store.accept(NOW, vec![incoming]).await.unwrap();
            });
        }
        let (delivery, send) = (deliveries[0].clone(), sends[0].clone());
        let deliverer = Arc::clone(&store);
        callers.spawn(async move { settle(&deliverer, &delivery, NOW, Verdict::Delivered).await });
        let sender = Arc::clone(&store);
        callers.spawn(async move {
            let wamid = sent(&format!("wamid.out.{round}"));
            settle_send(&sender, &send, NOW, wamid).await;
        });
        callers.join_all().await;
    }
    assert_eq!(store.stats().fenced, 0);
    assert_eq!(store.stats().outbox_open, [0, 0, 0]);
}

async fn an_idempotency_key_stores_once(store: Arc<dyn Store>) {
    let key = |fingerprint| Idempotency {
        key: "api:1".into(),
        fingerprint: [fingerprint; 32],
    };
    let messages = || {
        vec![
            text_to(phone("15550001"), "a"),
            text_to(phone("15550001"), "b"),
        ]
    };
    let first = store.enqueue(NOW, messages(), Some(key(1))).await.unwrap();
    let again = store.enqueue(NOW, messages(), Some(key(1))).await.unwrap();
    assert_eq!(first, again);
    let other = store.enqueue(NOW, messages(), Some(key(2))).await;
    assert!(matches!(other, Err(Error::IdempotencyConflict)));
    assert_eq!(store.stats().outbox_open, [2, 0, 0]);
    // In flight together, too.
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        let key = Idempotency {
            key: "api:2".into(),
            fingerprint: [7; 32],
        };
        let message = text_to(phone("15550002"), "c");
        calls.spawn(async move { store.enqueue(NOW, vec![message], Some(key)).await.unwrap() });
    }
    let ids = calls.join_all().await;
    assert!(ids.iter().all(|one| *one == ids[0]));
    assert_eq!(store.stats().outbox_open, [3, 0, 0]);
}

async fn messages_are_found(store: Arc<dyn Store>) {
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(enqueue(&store, text_to(phone(&format!("1555000{number}")), "a")).await);
    }
    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[1], NOW, sent("wamid.a")).await;
    let by_wamid = MessageQuery {
        limit: 10,
        wamid: Some("wamid.a".into()),
        ..MessageQuery::default()
    };
    let found = store.messages(&by_wamid).await.unwrap().items;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, claims[1].id);
    let mut query = MessageQuery {
        limit: 2,
        ..MessageQuery::default()
    };
    let page = store.messages(&query).await.unwrap();
    assert_eq!(page.items.len(), 2);
    query.after = page.next;
    let page = store.messages(&query).await.unwrap();
    assert_eq!(page.items[0].id, ids[2]);
    assert_eq!(page.next, None);
    assert_eq!(page.items[0].updated_at, NOW);
    assert_eq!(page.items[0].next_attempt_at, None::<UnixMillis>);
    (query.after, query.newest_first) = (None, true);
    let page = store.messages(&query).await.unwrap();
    assert_eq!([page.items[0].id, page.items[1].id], [ids[2], ids[1]]);
    query.after = page.next;
    let page = store.messages(&query).await.unwrap();
    assert_eq!((page.items[0].id, page.next), (ids[0], None));
}
