//! Answers of hooks, good and bad.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::account::{Account, Senders, UncertainPolicy};
use crate::event::Body;
use crate::hook::{Format, Order, RetrySchedule};
use crate::id::EventId;
use crate::message::Recipient;
use crate::time::UnixMillis;

fn hook(replies: Replies) -> Hook {
    Hook {
        id: "app".into(),
        name: None,
        url: "https://app.example/".parse().unwrap(),
        method: "POST".to_owned(),
        headers: Vec::new(),
        active: true,
        accounts: Vec::new(),
        events: Vec::new(),
        format: Format::Flat,
        secrets: Vec::new(),
        order: Order::Bounded,
        replies,
        timeout: Duration::from_secs(15),
        in_flight: 32,
        retry: RetrySchedule::default(),
        backlog: 1_000_000,
        private_network: true,
    }
}

fn account(id: &str, enabled: bool) -> Account {
    Account {
        id: id.into(),
        enabled,
        phone_number_id: None,
        business_account_id: None,
        phone_number: None,
        api_version: "v25.0".to_owned(),
        access_token: None,
        verify_token: None,
        app_secrets: Vec::new(),
        allow_unsigned: false,
        senders: Senders::Everyone,
        uncertain: UncertainPolicy::Hold,
        throughput: 80,
    }
}

fn directory() -> Directory {
    Directory {
        accounts: vec![
            account("shop", true),
            account("other", true),
            account("closed", false),
        ],
        hooks: Vec::new(),
    }
}

fn event(event_type: EventType) -> StoredEvent {
    StoredEvent {
        id: EventId(7),
        event_type,
        account_id: "shop".into(),
        timestamp: UnixMillis(0),
        received_at: UnixMillis(0),
        message_id: Some("wamid.Q".to_owned()),
        contact_id: None,
        body: Body {
            text: Bytes::new(),
            raw: 0..0,
        },
        foreign: false,
        quarantined: None,
    }
}

fn ann() -> Handles {
    Handles {
        wa_id: Some("4915550001".to_owned()),
        user_id: Some("DE.9z".to_owned()),
        ..Handles::default()
    }
}

fn answer(body: &str) -> Reply {
    ask(
        body,
        &event(EventType::MessageReceived),
        &ann(),
        Replies::Messages,
        None,
    )
}

fn ask(
    body: &str,
    event: &StoredEvent,
    sender: &Handles,
    replies: Replies,
    again: Option<Again>,
) -> Reply {
    let question = Question {
        event,
        sender,
        delivery_id: DeliveryId(9),
        again,
    };
    parse(body.as_bytes(), &question, &hook(replies), &directory())
}

fn bodies(reply: &Reply) -> Vec<Value> {
    reply
        .messages
        .iter()
        .map(|message| serde_json::from_str(&message.body).unwrap())
        .collect()
}

#[track_caller]
fn note(body: &str, expected: &str) {
    let reply = answer(body);
    assert!(reply.messages.is_empty());
    assert_eq!(reply.note.as_deref(), Some(expected));
}

#[test]
fn the_guides_answer_is_sent_as_it_says() {
    let reply = answer(
        r#"{"send_message": true, "to": "+1 234 567 890", "text": "Thanks!", "account_id": "other"}"#,
    );
    assert_eq!(reply.note.as_deref(), Some("1 message queued"));
    assert_eq!(reply.messages[0].account_id.as_str(), "other");
    assert_eq!(
        reply.messages[0].origin,
        Origin::Reply {
            event_id: EventId(7),
            delivery_id: DeliveryId(9)
        }
    );
    assert_eq!(
        bodies(&reply)[0],
        json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": "1234567890", "type": "text", "text": {"body": "Thanks!"}})
    );
}

#[test]
fn an_answer_without_an_address_goes_to_the_sender() {
    let reply = answer(r#"{"send_message": true, "text": "hi", "to": "", "account_id": ""}"#);
    assert_eq!(bodies(&reply)[0]["to"], "4915550001");
    assert_eq!(reply.messages[0].account_id.as_str(), "shop");

    let hidden = Handles {
        wa_id: None,
        ..ann()
    };
    let received = event(EventType::MessageReceived);
    let reply = ask(
        r#"{"send_message": true, "text": "hi"}"#,
        &received,
        &hidden,
        Replies::Messages,
        None,
    );
    assert_eq!(bodies(&reply)[0]["recipient"], "DE.9z");
    assert!(
        matches!(&reply.messages[0].recipient, Recipient::Contact(handles) if handles.user_id.as_deref() == Some("DE.9z"))
    );

    let nobody = Handles::default();
    let reply = ask(
        r#"{"send_message": true, "text": "hi"}"#,
        &received,
        &nobody,
        Replies::Messages,
        None,
    );
    assert_eq!(
        reply.note.as_deref(),
        Some("none queued; `to` is missing, and the event has no sender")
    );
}

#[test]
fn messages_of_any_type_go_in_their_order_and_a_bad_one_costs_the_others_nothing() {
    let reply = answer(
        r#"{"messages": [{"text": {"body": "one"}}, {"type": "image"}, 7, {"to": "US.1A2b3C", "image": {"id": "5"}}, {"text": {"body": "x"}, "account_id": "none"}], "reply_to": true}"#,
    );
    let bodies = bodies(&reply);
    assert_eq!(
        (&bodies[0]["text"]["body"], &bodies[1]["image"]["id"]),
        (&json!("one"), &json!("5"))
    );
    assert_eq!(
        (&bodies[0]["to"], &bodies[1]["recipient"]),
        (&json!("4915550001"), &json!("US.1A2b3C"))
    );
    assert!(
        bodies
            .iter()
            .all(|body| body["context"]["message_id"] == "wamid.Q")
    );
    assert_eq!(
        reply.note.as_deref(),
        Some(
            "2 messages queued; messages[1]: `image` is missing; put the message's content under the name of its type; \
             messages[2]: it is no object; messages[4]: `account_id` names no account"
        )
    );
}

#[test]
fn a_long_answer_is_split() {
    let reply = answer(
        &json!({"send_message": true, "text": "word ".repeat(2_000), "reply_to": true}).to_string(),
    );
    assert_eq!(reply.note.as_deref(), Some("3 messages queued"));
    assert!(
        bodies(&reply)[0].get("context").is_some() && bodies(&reply)[1].get("context").is_none()
    );
}

#[test]
fn what_is_no_reply_is_ignored_with_the_reason() {
    assert_eq!(answer(" \n").note, None);
    note("OK", "ignored: the answer is not JSON");
    note("[]", "ignored: the answer is JSON, but no object");
    note(
        r#"{"ok": true}"#,
        "ignored: the answer has neither `\"send_message\": true` nor `messages`",
    );
    note(
        r#"{"send_message": false, "text": "hi"}"#,
        "ignored: `send_message` is false",
    );
    note(
        r#"{"send_message": "yes", "text": "hi"}"#,
        "ignored: `send_message` is neither true nor false",
    );
    note(r#"{"messages": {}}"#, "ignored: `messages` is no list");
    note(
        r#"{"send_message": true, "text": "hi", "account_id": "closed"}"#,
        "none queued; `account_id` names an account that is disabled",
    );
    note(
        r#"{"send_message": true}"#,
        "none queued; `text` is missing; put the message's content under the name of its type",
    );
}

#[test]
fn what_answers_no_message_is_sent_only_if_the_hook_says_so() {
    let say = r#"{"send_message": true, "text": "hi"}"#;
    let received = event(EventType::MessageReceived);
    let foreign = StoredEvent {
        foreign: true,
        ..received.clone()
    };
    let cases = [
        (event(EventType::MessageRead), None),
        (event(EventType::MessageEcho), None),
        (event(EventType::HookFailed), None),
        (foreign, None),
        (received.clone(), Some(Again::Redelivery)),
        (received.clone(), Some(Again::Replay)),
    ];
    for (event, again) in &cases {
        let reply = ask(say, event, &ann(), Replies::Messages, *again);
        assert!(reply.messages.is_empty());
        assert!(
            reply
                .note
                .is_some_and(|note| note.starts_with("not sent: "))
        );
        assert_eq!(
            ask(say, event, &ann(), Replies::All, *again).messages.len(),
            1
        );
    }
    assert!(
        ask(say, &received, &ann(), Replies::None, None)
            .messages
            .is_empty()
    );
}

proptest! {
    #[test]
    fn no_answer_breaks_anything_and_no_note_repeats_it(value in crate::outgoing::tests::json_like_ours()) {
        let reply = answer(&value.to_string());
        let note = reply.note.unwrap_or_default();
        prop_assert!(!note.contains("4915550001") && !note.contains('é'));
        prop_assert_eq!(note.starts_with("ignored") || note.starts_with("none"), reply.messages.is_empty());
    }

    #[test]
    fn no_bytes_break_anything(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let event = event(EventType::MessageReceived);
        let question = Question { event: &event, sender: &ann(), delivery_id: DeliveryId(9), again: None };
        let reply = parse(&bytes, &question, &hook(Replies::All), &directory());
        prop_assert!(reply.messages.is_empty());
    }
}
