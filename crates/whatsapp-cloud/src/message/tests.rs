//! Every type as it is written, read again, and kept within its limits.

use serde_json::json;

use super::interactive::{CtaUrl, Header, List, Row, Section};
use super::*;
use examples::{choices, every_interactive, every_message};

#[path = "../../tests/requests/messages.rs"]
mod examples;

const ADA: &str = "491701234567";

#[test]
fn every_type_is_written_as_meta_documents_it_and_keeps_its_limits() {
    for (message, expected) in every_message() {
        assert_eq!(serde_json::to_value(&message).unwrap(), expected);
        assert_eq!(message.violations(), [], "{expected}");
        let read: Message = serde_json::from_value(expected).unwrap();
        assert_eq!(read, message);
        assert!(!matches!(read.content(), Content::Raw { .. }));
    }
}

#[test]
fn what_this_version_does_not_know_is_kept_and_so_is_the_spelling() {
    for text in [
        json!({"messaging_product": "whatsapp", "to": "1", "type": "hologram", "hologram": {"depth": 2}, "new": [1]}),
        json!({"messaging_product": "whatsapp", "to": "1", "text": {"body": "no type", "tone": "warm"}}),
        json!({"messaging_product": "whatsapp", "to": "1", "type": "interactive", "interactive":
            {"type": "BUTTON", "body": {"text": "x"}, "action": {"buttons": [{"type": "spin", "spin": {}}]}}}),
        json!({"messaging_product": "whatsapp", "to": "1", "type": "interactive", "interactive":
            {"type": "hologram", "body": {"text": "x"}, "action": [1]}}),
        json!({"messaging_product": "whatsapp", "to": "1", "type": "location", "location":
            {"latitude": "52.5", "longitude": 13}}),
        json!({"messaging_product": "whatsapp", "to": "1", "type": "template", "template":
            {"name": "x", "language": {"code": "en"}, "components": [{"type": "BODY", "parameters": [{"type": "mood"}]},
                {"type": "button", "sub_type": "URL", "index": 0, "parameters": [{"type": "text", "text": 7}]}]}}),
    ] {
        let message: Message = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&message).unwrap(), text);
        assert!(!format!("{message:?} {:?}", message.content()).contains("no type"));
    }
}

#[test]
fn every_violation_is_told_at_once_with_its_place_its_limit_and_its_size() {
    let rows = |from: usize, count: usize| {
        (from..from + count)
            .map(|n| Row::new(format!("r{n}"), "Row"))
            .collect::<Vec<_>>()
    };
    let list = List::new(
        "A label that is far too long",
        [
            Section::new(rows(0, 6)),
            Section::new([rows(0, 1), rows(6, 4)].concat()),
        ],
    );
    let list = Interactive::list("x".repeat(4097), list).header(Header::image(Media::id("1")));
    let told: Vec<_> = Message::new(ADA, list)
        .violations()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "interactive.body.text: 1 to 4096 characters, has 4097",
            "interactive.header.type: one of text",
            "interactive.action.button: 1 to 20 characters, has 28",
            "interactive.action.sections[].rows[]: 1 to 10 together, has 11",
            "interactive.action.sections[1].rows[0].id: is there twice",
        ]
    );
    let text = "words nobody should see";
    let message = Message::new(ADA, Interactive::cta_url("x", CtaUrl::new(text, text)));
    assert!(
        message.violations().len() == 2 && !format!("{:?}", message.violations()).contains(text)
    );
}

#[test]
fn groups_take_no_buttons_and_only_groups_take_pins() {
    let group = Recipient::Group("G1".to_owned());
    let told = |message: Message| {
        message
            .violations()
            .iter()
            .map(|one| one.path.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(Message::new(group, Interactive::buttons("x", choices(1)))),
        ["type"]
    );
    let pin = Content::Pin(Pin::new(PinOperation::Pin, "wamid.A").expiration_days("31"));
    assert_eq!(
        told(Message::new(ADA, pin)),
        ["recipient_type", "pin.expiration_days"]
    );
}

#[test]
fn a_raw_message_is_the_way_around_what_is_checked() {
    let long = json!({"body": "x".repeat(5000)});
    assert_eq!(Message::raw(ADA, "text", long).violations(), []);
    assert_eq!(Message::raw("", "text", json!({})).violations().len(), 1);
}

#[test]
fn every_interactive_kind_has_limits_and_an_example_here() {
    let examples: Vec<_> = every_interactive()
        .iter()
        .map(|(interactive, _)| format!("interactive/{}", interactive.action.kind()))
        .collect();
    let tables: Vec<_> = limits::INTERACTIVE_TABLES
        .iter()
        .map(|table| table.about.to_owned())
        .collect();
    for table in &tables {
        assert!(examples.contains(table), "{table}");
    }
    assert_eq!(tables.len(), examples.len());
}
