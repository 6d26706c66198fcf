//! Recipients of messages of ours: lanes that rest, templates that are suppressed, lists by recipient and state.

use std::sync::Arc;

use serde_json::json;
use waypost_core::account::AccountId;
use waypost_core::id::OutboxId;
use waypost_core::lane::LaneKey;
use waypost_core::message::{MessageState, NewMessage, Recipient, SendVerdict};
use waypost_core::time::UnixMillis;

use super::samples::{
    NOW, accept, account, claim_sends, enqueue, later, message_from, phone, phone_and_user, sent,
    settle_send, status, text_to, user, view,
};
use crate::{Demand, MessageQuery, Pace, Store};

/// Every case of recipients.
pub(super) async fn run(make: &mut impl FnMut() -> Arc<dyn Store>) {
    a_lane_that_rests_waits_and_others_go(make()).await;
    a_template_refused_for_its_recipient_is_not_tried_again_that_day(make()).await;
    a_failed_status_suppresses_as_an_answer_does(make()).await;
    messages_are_found_by_state_account_and_recipient(make()).await;
}

/// One lane rests until a time.
struct Rest(LaneKey, UnixMillis);

impl Pace for Rest {
    fn opens_at(&self, _: UnixMillis, _: &AccountId, lane: LaneKey) -> UnixMillis {
        if lane == self.0 {
            self.1
        } else {
            UnixMillis::ZERO
        }
    }
}

async fn a_lane_that_rests_waits_and_others_go(store: Arc<dyn Store>) {
    for (to, body) in [("15550001", "a"), ("15550001", "b"), ("15550002", "c")] {
        enqueue(&store, text_to(phone(to), body)).await;
    }
    let first = claim_sends(&store, NOW, 1).await.remove(0);
    assert_eq!(first.body, "a");
    settle_send(&store, &first, NOW, sent("wamid.a")).await;
    let demand = [Demand {
        of: account("main"),
        room: 2,
        width: 2,
        probes: false,
    }];
    let rest = Rest(first.lane, later(6));
    let claims = store.claim_sends(NOW, &demand, &rest).await.unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].body, "c");
    assert_eq!(store.next_send_due(&[account("main")]), Some(later(6)));
    assert_eq!(store.stats().outbox_open, [1, 1, 0], "nothing was written");
    assert!(claim_sends(&store, later(5), 10).await.is_empty());
    let claims = claim_sends(&store, later(6), 10).await;
    assert_eq!((claims[0].body.as_str(), claims[0].attempts), ("b", 0));
}

fn template(to: &str, name: &str) -> NewMessage {
    let body = json!({"to": to, "type": "template", "template": {"name": name}});
    text_to(phone(to), &body.to_string())
}

/// What is claimed now, by id; the rest of what waits for this account is left.
async fn claimed(store: &Arc<dyn Store>, now: UnixMillis) -> Vec<OutboxId> {
    let claims = claim_sends(store, now, 10).await;
    for claim in &claims {
        settle_send(store, claim, now, sent(&claim.id.to_string())).await;
    }
    claims.iter().map(|claim| claim.id).collect()
}

async fn is_suppressed(store: &Arc<dyn Store>, id: OutboxId) -> bool {
    let message = view(store, id).await;
    let error = message.error.unwrap_or_default();
    message.state == MessageState::Failed
        && message.attempts == 0
        && error["code"] == "recipient_suppressed"
        && error["until"].is_string()
        && error["cause"].to_string().contains("131050")
}

async fn a_template_refused_for_its_recipient_is_not_tried_again_that_day(store: Arc<dyn Store>) {
    enqueue(&store, template("15550001", "sale")).await;
    let claim = claim_sends(&store, NOW, 1).await.remove(0);
    let error = json!({"code": 131_050, "fbtrace_id": "T"}).to_string();
    settle_send(&store, &claim, NOW, SendVerdict::Failed { error }).await;

    let same = enqueue(&store, template("15550001", "sale")).await;
    let behind = enqueue(&store, text_to(phone("15550001"), "an answer")).await;
    let other = enqueue(&store, template("15550002", "sale")).await;
    let invoice = enqueue(&store, template("15550001", "invoice")).await;
    assert_eq!(claimed(&store, later(60)).await, [other]);
    assert!(is_suppressed(&store, same).await);
    assert_eq!(store.stats().suppressed, 1);
    assert_eq!(
        claimed(&store, later(60)).await,
        [behind],
        "its lane goes on"
    );
    assert_eq!(claimed(&store, later(60)).await, [invoice]);

    let next_day = enqueue(&store, template("15550001", "sale")).await;
    assert_eq!(claimed(&store, later(24 * 3600)).await, [next_day]);
    assert_eq!(store.stats().outbox_open, [0, 0, 0]);
}

async fn a_failed_status_suppresses_as_an_answer_does(store: Arc<dyn Store>) {
    let first = enqueue(&store, template("15550001", "sale")).await;
    assert_eq!(claimed(&store, NOW).await, [first]);
    let mut failed = status(&first.to_string(), MessageState::Failed, None);
    if let Some(change) = &mut failed.status {
        change.error = Some(json!([{"code": 131_050}]).to_string());
    }
    accept(&store, failed).await;
    let same = enqueue(&store, template("15550001", "sale")).await;
    assert!(claimed(&store, later(1)).await.is_empty());
    assert!(is_suppressed(&store, same).await);
}

async fn messages_are_found_by_state_account_and_recipient(store: Arc<dyn Store>) {
    let by_phone = enqueue(&store, text_to(phone("15550001"), "a")).await;
    let by_user = enqueue(&store, text_to(user("u.1"), "b")).await;
    let elsewhere = enqueue(&store, text_to(phone("15550002"), "c")).await;
    let mut foreign = text_to(phone("15550001"), "d");
    foreign.account_id = account("other");
    let foreign = enqueue(&store, foreign).await;
    let mut grouped = text_to(phone(""), "e");
    grouped.recipient = Recipient::Group("g-1".into());
    let grouped = enqueue(&store, grouped).await;
    // Two of them turn out to be one.
    let event = message_from(phone_and_user("15550001", "u.1"), "x", &[]);
    accept(&store, event).await;

    let found = async |query: MessageQuery| {
        let query = MessageQuery { limit: 10, ..query };
        let page = store.messages(&query).await.unwrap();
        page.items.iter().map(|item| item.id).collect::<Vec<_>>()
    };
    let to = |recipient| MessageQuery {
        recipient: Some(recipient),
        ..MessageQuery::default()
    };
    for handles in [phone("15550001"), user("u.1")] {
        let query = MessageQuery {
            account_id: Some(account("main")),
            ..to(Recipient::Contact(handles))
        };
        assert_eq!(found(query).await, [by_phone, by_user]);
    }
    let everywhere = to(Recipient::Contact(phone("15550001")));
    assert_eq!(found(everywhere).await, [by_phone, by_user, foreign]);
    assert_eq!(found(to(Recipient::Group("g-1".into()))).await, [grouped]);
    assert!(
        found(to(Recipient::Contact(phone("1999"))))
            .await
            .is_empty()
    );

    let claims = claim_sends(&store, NOW, 10).await;
    settle_send(&store, &claims[0], NOW, sent("wamid.a")).await;
    let error = r#"{"code":131026}"#.to_owned();
    settle_send(&store, &claims[1], NOW, SendVerdict::Failed { error }).await;
    let state = |state, account_id: Option<&str>| MessageQuery {
        state: Some(state),
        account_id: account_id.map(Into::into),
        ..MessageQuery::default()
    };
    assert_eq!(found(state(MessageState::Sent, None)).await, [claims[0].id]);
    assert_eq!(
        found(state(MessageState::Failed, None)).await,
        [claims[1].id]
    );
    assert!(
        found(state(MessageState::Failed, Some("other")))
            .await
            .is_empty()
    );
    let queued = found(state(MessageState::Queued, None)).await;
    assert_eq!(queued, [by_user, foreign]);
    let _ = elsewhere;
    let query = MessageQuery {
        state: Some(MessageState::Queued),
        ..to(Recipient::Contact(phone("15550001")))
    };
    assert_eq!(found(query).await, [by_user, foreign]);
}
