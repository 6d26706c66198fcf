//! What the cases put into a store, and the few steps they share.

use std::sync::Arc;

use bytes::Bytes;
use waypost_core::account::AccountId;
use waypost_core::delivery::{Attempt, DeliveryView, Verdict};
use waypost_core::event::{Body, DedupeKey, EventType, Handles, NewEvent, Scope, Target};
use waypost_core::hook::{HookId, Order};
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::message::{
    MessageState, MessageView, NewMessage, Origin, Recipient, SendVerdict, StatusChange,
};
use waypost_core::normalise::subject;
use waypost_core::time::UnixMillis;

use crate::{
    DeliveryClaim, DeliveryQuery, DeliverySettlement, Demand, NoPace, SendClaim, SendSettlement,
    Store,
};

/// The moment at which every case begins.
pub(super) const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

/// A moment so many seconds later.
pub(super) fn later(seconds: i64) -> UnixMillis {
    UnixMillis(NOW.0 + seconds * 1000)
}

pub(super) fn account(name: &str) -> AccountId {
    name.into()
}

pub(super) fn hook(name: &str) -> HookId {
    name.into()
}

/// Known by a phone number.
pub(super) fn phone(number: &str) -> Handles {
    Handles {
        wa_id: Some(number.to_owned()),
        ..Handles::default()
    }
}

/// Known by a user id.
pub(super) fn user(id: &str) -> Handles {
    Handles {
        user_id: Some(id.to_owned()),
        ..Handles::default()
    }
}

/// Known by both.
pub(super) fn phone_and_user(number: &str, id: &str) -> Handles {
    Handles {
        wa_id: Some(number.to_owned()),
        ..user(id)
    }
}

/// A message from someone with this phone number, for these hooks, in order.
pub(super) fn message(from: &str, id: &str, hooks: &[&str]) -> NewEvent {
    message_from(phone(from), id, hooks)
}

/// A message from someone, for these hooks, in order.
pub(super) fn message_from(handles: Handles, id: &str, hooks: &[&str]) -> NewEvent {
    let text = format!(r#"{{"around":{{"id":"{id}"}}}}"#);
    let account_id = account("main");
    let key = key(&account_id, id, "message");
    NewEvent {
        event_type: EventType::MessageReceived,
        timestamp: UnixMillis(NOW.0 - 1000),
        message_id: Some(id.to_owned()),
        key: Some(key),
        handles,
        scope: Scope::Contact,
        status: None,
        body: Body {
            raw: 10..text.len() - 1,
            text: Bytes::from(text),
        },
        foreign: false,
        quarantined: None,
        targets: hooks
            .iter()
            .map(|name| Target {
                hook_id: hook(name),
                order: Order::Bounded,
            })
            .collect(),
        account_id,
    }
}

/// A status about a message of ours, with our own id if Meta gave it back.
pub(super) fn status(wamid: &str, state: MessageState, ours: Option<OutboxId>) -> NewEvent {
    let (event_type, name) = match state {
        MessageState::Sent => (EventType::MessageSent, "sent"),
        MessageState::Delivered => (EventType::MessageDelivered, "delivered"),
        MessageState::Read => (EventType::MessageRead, "read"),
        _ => (EventType::MessageFailed, "failed"),
    };
    let failed = state == MessageState::Failed;
    let errors = failed.then(|| r#"[{"code":131026}]"#.to_owned());
    let text = match &errors {
        Some(errors) => format!(r#"{{"status":"{name}","errors":{errors}}}"#),
        None => format!(r#"{{"status":"{name}"}}"#),
    };
    let account_id = account("main");
    NewEvent {
        event_type,
        key: Some(key(&account_id, wamid, name)),
        handles: Handles::default(),
        status: Some(StatusChange {
            wamid: wamid.to_owned(),
            outbox_id: ours,
            state,
            error: errors,
        }),
        body: Body {
            raw: 0..text.len(),
            text: Bytes::from(text),
        },
        ..message_from(Handles::default(), wamid, &[])
    }
}

/// An event of the gateway's own: it has no key.
pub(super) fn notice(event_type: EventType, about: Option<&str>, hooks: &[&str]) -> NewEvent {
    NewEvent {
        event_type,
        key: None,
        message_id: about.map(str::to_owned),
        scope: Scope::Field("hook".into()),
        ..message_from(Handles::default(), "", hooks)
    }
}

/// The kind of key that normalising makes.
fn key(account_id: &AccountId, message_id: &str, kind: &str) -> DedupeKey {
    DedupeKey {
        subject: subject(account_id.as_str(), message_id),
        digest: subject(kind, message_id),
    }
}

/// A text to someone.
pub(super) fn text_to(handles: Handles, body: &str) -> NewMessage {
    NewMessage {
        account_id: account("main"),
        recipient: Recipient::Contact(handles),
        body: body.to_owned(),
        origin: Origin::Api,
    }
}

/// Accepts one event.
pub(super) async fn accept(store: &Arc<dyn Store>, event: NewEvent) -> EventId {
    let accepted = store.accept(NOW, vec![event]).await.unwrap();
    accepted[0].id.unwrap()
}

/// Claims as many deliveries as each of these hooks has room for.
pub(super) async fn claim(
    store: &Arc<dyn Store>,
    now: UnixMillis,
    room: &[(&str, usize)],
) -> Vec<DeliveryClaim> {
    let demand: Vec<_> = room
        .iter()
        .map(|&(name, room)| Demand {
            of: hook(name),
            room,
            width: room,
            probes: false,
        })
        .collect();
    store.claim_deliveries(now, &demand).await.unwrap()
}

/// Meta's ids of what was claimed, in the order of the claims.
pub(super) fn names(claims: &[DeliveryClaim]) -> Vec<&str> {
    claims
        .iter()
        .map(|claim| claim.event.message_id.as_deref().unwrap_or_default())
        .collect()
}

/// A settlement after one call.
pub(super) fn settlement(
    claim: &DeliveryClaim,
    now: UnixMillis,
    verdict: Verdict,
) -> DeliverySettlement {
    let delivered = verdict == Verdict::Delivered;
    DeliverySettlement {
        lease: claim.lease,
        id: claim.id,
        attempt: Some(Attempt {
            number: claim.attempts + 1,
            at: now,
            duration_ms: 12,
            status: Some(if delivered { 200 } else { 500 }),
            error: (!delivered).then(|| "status: 500".to_owned()),
            response: None,
            reply: None,
        }),
        verdict,
        blocked_ms: claim.blocked_ms,
        replies: Vec::new(),
        notices: Vec::new(),
        hook_news: None,
    }
}

/// Settles one claim after one call.
pub(super) async fn settle(
    store: &Arc<dyn Store>,
    claim: &DeliveryClaim,
    now: UnixMillis,
    verdict: Verdict,
) {
    let settlement = settlement(claim, now, verdict);
    store
        .settle_deliveries(now, vec![settlement])
        .await
        .unwrap();
}

/// One delivery, as people see it.
pub(super) async fn delivery(store: &Arc<dyn Store>, id: DeliveryId) -> DeliveryView {
    let query = DeliveryQuery {
        limit: 1,
        id: Some(id),
        ..DeliveryQuery::default()
    };
    store.deliveries(&query).await.unwrap().items.remove(0)
}

/// Stores one message to be sent.
pub(super) async fn enqueue(store: &Arc<dyn Store>, message: NewMessage) -> OutboxId {
    store.enqueue(NOW, vec![message], None).await.unwrap()[0]
}

/// Claims messages of the account.
pub(super) async fn claim_sends(
    store: &Arc<dyn Store>,
    now: UnixMillis,
    room: usize,
) -> Vec<SendClaim> {
    let demand = [Demand {
        of: account("main"),
        room,
        width: room,
        probes: false,
    }];
    store.claim_sends(now, &demand, &NoPace).await.unwrap()
}

/// Settles one send after one call.
pub(super) async fn settle_send(
    store: &Arc<dyn Store>,
    claim: &SendClaim,
    now: UnixMillis,
    verdict: SendVerdict,
) {
    let settlement = SendSettlement {
        lease: claim.lease,
        id: claim.id,
        verdict,
        attempted: true,
    };
    store.settle_sends(now, vec![settlement]).await.unwrap();
}

/// Meta's answer that it took the message.
pub(super) fn sent(wamid: &str) -> SendVerdict {
    SendVerdict::Sent {
        wamid: wamid.to_owned(),
    }
}

/// No answer.
pub(super) fn lost() -> SendVerdict {
    SendVerdict::Uncertain {
        error: r#"{"code":"timeout"}"#.to_owned(),
    }
}

/// One message, as people see it.
pub(super) async fn view(store: &Arc<dyn Store>, id: OutboxId) -> MessageView {
    store.message(id).await.unwrap().unwrap()
}
