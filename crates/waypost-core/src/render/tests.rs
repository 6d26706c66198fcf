use std::time::Duration;

use serde_json::{Value, json};
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook::parse;

use super::*;
use crate::account::{Senders, UncertainPolicy};
use crate::directory::Directory;
use crate::event::{Body, NewEvent};
use crate::hook::{Order, Replies, RetrySchedule};
use crate::normalise::{Door, normalise};
use crate::time::UnixMillis;

fn account() -> Account {
    Account {
        id: "main".into(),
        enabled: true,
        phone_number_id: Some("700000000000001".to_owned()),
        business_account_id: Some("800000000000001".to_owned()),
        phone_number: None,
        api_version: "v25.0".to_owned(),
        access_token: None,
        verify_token: None,
        app_secrets: vec![AppSecret::new("ours")],
        allow_unsigned: false,
        senders: Senders::Everyone,
        uncertain: UncertainPolicy::Hold,
        throughput: 80,
    }
}

fn hook(format: Format) -> Hook {
    Hook {
        id: "app".into(),
        name: None,
        url: "http://127.0.0.1/".parse().unwrap(),
        method: "POST".to_owned(),
        headers: Vec::new(),
        active: true,
        accounts: Vec::new(),
        events: Vec::new(),
        format,
        secrets: Vec::new(),
        order: Order::Bounded,
        replies: Replies::Messages,
        timeout: Duration::from_secs(15),
        in_flight: 32,
        retry: RetrySchedule::default(),
        backlog: 1_000_000,
        private_network: true,
    }
}

fn stored(event: NewEvent) -> StoredEvent {
    StoredEvent {
        id: EventId(1 << 50),
        event_type: event.event_type,
        account_id: event.account_id,
        timestamp: event.timestamp,
        received_at: UnixMillis(1_795_000_000_000),
        message_id: event.message_id,
        contact_id: Some(ContactId(1 << 50)),
        body: event.body,
        foreign: event.foreign,
        quarantined: event.quarantined,
    }
}

fn events(body: &str) -> Vec<StoredEvent> {
    let directory = Directory {
        accounts: vec![account()],
        hooks: Vec::new(),
    };
    let door = Door::account(&directory.accounts[0], None, &directory);
    let payload = parse(body.as_bytes()).unwrap();
    normalise(&payload, &door, UnixMillis(1_795_000_000_000))
        .into_iter()
        .map(stored)
        .collect()
}

fn rendered(event: &StoredEvent, format: Format) -> Value {
    let rendered = render(event, &hook(format), Some(&account()));
    serde_json::from_slice(&rendered.body).unwrap()
}

fn message(element: &Value) -> StoredEvent {
    let body = json!({"entry": [{"id": "800000000000001", "changes": [{"field": "messages", "value": {
        "metadata": {"display_phone_number": "49305550100", "phone_number_id": "700000000000001"},
        "contacts": [{"wa_id": "4915550001", "profile": {"name": "Ada"}}], "messages": [element]}}]}]});
    events(&body.to_string()).remove(0)
}

const MESSAGES: &str =
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/messages-of-every-type.json");
const FIXTURES: [&str; 7] = [
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/statuses.json"),
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/people-without-numbers.json"),
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/coexistence.json"),
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/calls-and-groups.json"),
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/people.json"),
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/accounts-templates-numbers.json"),
    include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/irregular.json"),
];

/// One line for each body.
fn bodies(fixtures: &[&str], format: Format) -> String {
    let events = fixtures.iter().flat_map(|fixture| events(fixture));
    let lines = events.map(|event| rendered(&event, format).to_string());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn flat_messages_of_every_type() {
    insta::assert_snapshot!(bodies(&[MESSAGES], Format::Flat));
}

#[test]
fn flat_bodies_of_everything_else() {
    insta::assert_snapshot!(bodies(&FIXTURES, Format::Flat));
}

#[test]
fn event_envelopes() {
    insta::assert_snapshot!(bodies(&[FIXTURES[0], FIXTURES[1]], Format::Event));
}

#[test]
fn a_flat_message_has_every_field_of_whatshooked_in_its_order() {
    let event = message(
        &json!({"from": "4915550001", "id": "wamid.1", "timestamp": "1769774400", "type": "text", "text": {"body": "Hello World"}}),
    );
    let body = render(&event, &hook(Format::Flat), Some(&account())).body;
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"account_id":"main","message_id":"wamid.1","from":"4915550001","to":"49305550100","text":"Hello World","timestamp":"2026-01-30T12:00:00Z","is_group":false,"sender_name":"Ada","message_type":"text"}"#
    );
}

#[test]
fn a_location_says_what_it_knows_with_six_decimals() {
    let text = |location: Value| {
        let event = message(&json!({"id": "wamid.1", "type": "location", "location": location}));
        rendered(&event, Format::Flat)["text"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let full = json!({"name": "Office", "address": "123 Main St", "latitude": 40.7128, "longitude": -74.006});
    assert_eq!(
        text(full),
        "Location: Office (123 Main St) - 40.712800, -74.006000"
    );
    assert_eq!(
        text(json!({"name": "Office", "latitude": 40, "longitude": "-74.006"})),
        "Location: Office - 40.000000, -74.006000"
    );
    assert_eq!(
        text(json!({"latitude": 0, "longitude": 0})),
        "Location: 0.000000, 0.000000"
    );
    assert_eq!(text(json!({"address": "Here"})), "Location: Here");
}

#[test]
fn a_meta_hook_gets_the_original_bytes_and_the_same_update() {
    for fixture in FIXTURES.iter().chain(&[MESSAGES]) {
        let payload = parse(fixture.as_bytes()).unwrap();
        for (event, update) in events(fixture).iter().zip(payload.updates()) {
            let body = render(event, &hook(Format::Meta), Some(&account())).body;
            let text = std::str::from_utf8(&body).unwrap();
            assert!(text.contains(update.raw));
            assert_eq!(parse(&body).unwrap().updates().len(), 1);
        }
    }
}

#[test]
fn whatever_people_send_the_json_holds() {
    let nasty = "\"}, {\"admin\": true} \u{0} \u{2028} \\ \u{1f4a5} </script>";
    for element in [
        json!({"id": nasty, "from": nasty, "type": "text", "text": {"body": nasty}}),
        json!({"id": "a", "type": "document", "document": {"filename": nasty, "caption": nasty, "mime_type": nasty}}),
        json!({"id": "a", "type": nasty, nasty: {"caption": nasty}}),
        json!({"id": "a", "type": "interactive", "interactive": {nasty: nasty}}),
        json!({"id": "a", "type": "reaction", "reaction": {"emoji": {"not": "text"}}}),
    ] {
        let event = message(&element);
        for format in [Format::Flat, Format::Event, Format::Meta] {
            let body = rendered(&event, format);
            assert!(body.get("admin").is_none());
        }
        let shown: Value =
            serde_json::from_str(api_event(&event, None, RawLimit::Whole).get()).unwrap();
        assert_eq!(shown["raw"], element);
    }
}

#[test]
fn half_an_emoji_does_not_break_a_body() {
    let body = r#"{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"a","type":"text","text":{"body":"cut \ud83d"}}]}}]}]}"#;
    let event = events(body).remove(0);
    assert!(
        rendered(&event, Format::Flat)["text"]
            .as_str()
            .unwrap()
            .starts_with("cut ")
    );
}

#[test]
fn lists_show_the_size_of_what_is_large_and_one_event_all_of_it() {
    let event = message(
        &json!({"id": "a", "from": "4915550001", "type": "text", "text": {"body": "x".repeat(LISTED_RAW_BYTES)}}),
    );
    let listed: Value =
        serde_json::from_str(api_event(&event, None, RawLimit::Listed).get()).unwrap();
    assert_eq!(listed["raw_bytes"], event.body.raw().len());
    assert!(listed.get("raw").is_none());
    assert_eq!(
        listed["data"]["text"].as_str().unwrap().len(),
        LISTED_RAW_BYTES
    );
    let whole: Value =
        serde_json::from_str(api_event(&event, None, RawLimit::Whole).get()).unwrap();
    assert_eq!(whole["raw"]["id"], "a");
    assert!(whole.get("raw_bytes").is_none());
}

#[test]
fn a_list_repeats_no_large_value() {
    let body = json!({"object": "page", "x": "y".repeat(LISTED_RAW_BYTES)}).to_string();
    let event = events(&body).remove(0);
    let listed: Value =
        serde_json::from_str(api_event(&event, None, RawLimit::Listed).get()).unwrap();
    assert!(listed["data"]["account_id"].is_string());
    assert!(listed["data"].get("value").is_none());
}

#[test]
fn a_quarantined_event_shows_all_there_is() {
    let event = events(r#"{"object":"page"}"#).remove(0);
    let shown: Value =
        serde_json::from_str(api_event(&event, None, RawLimit::Whole).get()).unwrap();
    assert_eq!(shown["type"], "webhook.other");
    assert_eq!(shown["raw"], json!({"object": "page"}));
    assert_eq!(shown["data"]["value"], json!({"object": "page"}));
    assert_eq!(shown["quarantined"], "entry: is missing");
}

#[test]
fn the_gateways_own_events_show_what_they_were_stored_with() {
    let mut event = events(r#"{"object":"page"}"#).remove(0);
    event.event_type = EventType::MessageUncertain;
    let text = Bytes::from_static(br#"{"message_id":"msg_1"}"#);
    event.body = Body {
        raw: 0..text.len(),
        text,
    };
    assert_eq!(
        rendered(&event, Format::Flat)["data"],
        json!({"message_id": "msg_1"})
    );
    event.body = Body {
        raw: 0..3,
        text: Bytes::from_static(b"oh!"),
    };
    assert_eq!(rendered(&event, Format::Flat)["data"], "oh!");
}

#[test]
fn a_reply_knows_whom_and_which_group_it_answers() {
    let event = message(
        &json!({"id": "a", "from": "4915550001", "group_id": "GRP1", "type": "text", "text": {"body": "hi"}}),
    );
    let (handles, group) = party(&event);
    assert_eq!(handles.wa_id.as_deref(), Some("4915550001"));
    assert_eq!(group.as_deref(), Some("GRP1"));
}
