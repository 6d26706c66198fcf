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
            "interactive.action.sections[0].title: is missing",
            "interactive.action.sections[1].title: is missing",
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

fn read(body: &serde_json::Value) -> Message {
    let message: Message = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(serde_json::to_value(&message).unwrap(), *body);
    message
}

fn told(message: &Message) -> Vec<String> {
    let violations = message.violations();
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn a_message_that_was_read_and_is_odd_is_refused_with_the_place_and_what_should_stand_there() {
    let secret = "words nobody should see";
    for (kind, content, expected) in [
        ("text", json!(5), vec!["text: an object"]),
        (
            "text",
            json!({"body": {"a": secret}}),
            vec!["text.body: 1 to 4096 characters"],
        ),
        (
            "text",
            json!({"body": "x", "preview_url": secret}),
            vec!["text.preview_url: true or false"],
        ),
        (
            "text",
            json!({"body": "x".repeat(5000), "preview_url": 1}),
            vec![
                "text.body: 1 to 4096 characters, has 5000",
                "text.preview_url: true or false",
            ],
        ),
        ("image", json!({"id": [secret]}), vec!["image.id: a text"]),
        (
            "audio",
            json!({"id": "1", "voice": "true"}),
            vec!["audio.voice: true or false"],
        ),
        (
            "contacts",
            json!([{"name": {"formatted_name": "Ada"}, "phones": [{"phone": true}], "emails": 7}]),
            vec![
                "contacts[0].emails: a list",
                "contacts[0].phones[0].phone: a text",
            ],
        ),
        (
            "interactive",
            json!({"type": "button", "body": {"text": "x"}, "action": {"buttons": [{"type": "reply", "reply": {"id": "1"}}]}}),
            vec!["interactive.action.buttons[0].reply.title: is missing"],
        ),
        (
            "interactive",
            json!({"type": "button", "body": secret, "header": {"type": "text", "text": {}},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "t"}}]}}),
            vec![
                "interactive.header.text: 1 to 60 characters",
                "interactive.body: an object",
            ],
        ),
        (
            "interactive",
            json!({"type": "cta_url", "body": {"text": "x"}, "action": {"name": "cta_url", "parameters": [secret]}}),
            vec!["interactive.action.parameters: an object"],
        ),
        (
            "interactive",
            json!({"type": "location_request_message", "body": {"text": "x"}}),
            vec!["interactive.action: is missing"],
        ),
        (
            "template",
            json!({"name": "n", "language": "en"}),
            vec!["template.language: an object"],
        ),
        (
            "template",
            json!({"name": "n", "language": {"code": "en"}, "components": [
            {"type": "body", "parameters": [{"type": "text"}, {"type": "text", "text": [1]}, {"type": "mood", "mood": 1}]}]}),
            vec![
                "template.components[0].parameters[0].text: is missing",
                "template.components[0].parameters[1].text: a text",
            ],
        ),
        (
            "Text",
            json!({"body": "x"}),
            vec![
                "type: one of text, image, video, audio, document, sticker, location, contacts, reaction, \
            interactive, template, pin",
            ],
        ),
    ] {
        let message =
            read(&json!({"messaging_product": "whatsapp", "to": "1", "type": kind, kind: content}));
        assert_eq!(told(&message), expected, "{content}");
        assert!(!told(&message).concat().contains(secret));
        // The way around is there on purpose.
        assert_eq!(Message::raw("1", kind, content).violations(), []);
    }
}

#[test]
fn a_member_that_is_null_is_written_as_null_again_until_it_is_set() {
    fn nulled(
        value: &serde_json::Value,
        at: &mut Vec<serde_json::Value>,
        whole: &dyn Fn(serde_json::Value) -> serde_json::Value,
    ) {
        if let Some(object) = value.as_object() {
            for (key, member) in object {
                let with = |inner: serde_json::Value| {
                    let mut object = object.clone();
                    object[key] = inner;
                    whole(object.into())
                };
                at.push(with(serde_json::Value::Null));
                nulled(member, at, &with);
            }
        }
        for (place, element) in value.as_array().into_iter().flatten().enumerate() {
            let with = |inner: serde_json::Value| {
                let mut list = value.clone();
                list[place] = inner;
                whole(list)
            };
            nulled(element, at, &with);
        }
    }
    let (mut kept, mut refused) = (0, 0);
    for (_, expected) in every_message() {
        let mut bodies = Vec::new();
        nulled(&expected, &mut bodies, &|whole| whole);
        for mut body in bodies {
            if body["messaging_product"].is_null() {
                body["messaging_product"] = "whatsapp".into();
            }
            match serde_json::from_value::<Message>(body.clone()) {
                Ok(message) => {
                    assert_eq!(serde_json::to_value(&message).unwrap(), body);
                    kept += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(kept > 5 * refused, "{kept} {refused}");

    let body = json!({"messaging_product": "whatsapp", "to": "1", "recipient": null, "context": null, "type": "interactive",
        "interactive": {"type": "list", "header": null, "footer": null, "body": {"text": "x"},
            "action": {"button": "b", "sections": [{"title": null, "rows": [{"id": "1", "title": "t", "description": null}]}]}}});
    let message = read(&body);
    assert_eq!(told(&message), Vec::<String>::new());
    let message = serde_json::to_value(message.in_reply_to("wamid.A")).unwrap();
    assert_eq!(message["context"]["message_id"], "wamid.A");
    let mut text: Text = serde_json::from_value(json!({"body": "x", "preview_url": null})).unwrap();
    assert_eq!(
        serde_json::to_value(&text).unwrap(),
        json!({"body": "x", "preview_url": null})
    );
    text.preview_url = Some(true);
    assert_eq!(
        serde_json::to_string(&text).unwrap(),
        r#"{"body":"x","preview_url":true}"#
    );
}

#[test]
fn a_component_of_a_template_without_values_is_taken_and_a_button_without_is_not() {
    let with = |components: serde_json::Value| {
        json!({"messaging_product": "whatsapp", "to": "1", "type": "template",
            "template": {"name": "n", "language": {"code": "en"}, "components": components}})
    };
    for component in [
        json!({"type": "body"}),
        json!({"type": "header"}),
        json!({"type": "body", "parameters": []}),
        json!({"type": "body", "parameters": null}),
    ] {
        let message = read(&with(json!([component])));
        assert!(matches!(message.content(), Content::Template(_)));
        assert_eq!(told(&message), [""; 0], "{component}");
    }
    assert_eq!(
        told(&read(&with(
            json!([{"type": "button", "sub_type": "url", "index": 0}])
        ))),
        ["template.components[0].parameters: is missing"]
    );
}

#[test]
fn a_phone_number_written_as_a_number_is_taken_and_written_as_one() {
    let body = json!({"messaging_product": "whatsapp", "to": 491_701_234_567_u64, "type": "text", "text": {"body": "x"}});
    let message = read(&body);
    assert_eq!(message.recipient(), &Recipient::Phone(ADA.to_owned()));
    assert_eq!(told(&message), [""; 0]);
}

#[test]
fn an_address_is_taken_whatever_the_case_of_its_scheme() {
    let image = Media::link("HTTPS://example.com/a.png");
    assert_eq!(told(&Message::image(ADA, image)), [""; 0]);
}

#[test]
fn an_odd_context_is_refused_with_its_place() {
    for (context, expected) in [
        (json!({}), "context.message_id: is missing"),
        (json!("wamid.A"), "context: an object"),
        (json!({"message_id": {}}), "context.message_id: a text"),
    ] {
        for kind in ["text", "hologram"] {
            let body = json!({"messaging_product": "whatsapp", "to": "1", "context": context, "type": kind,
                kind: {"body": "x"}});
            let message = read(&body);
            assert!(told(&message).contains(&expected.to_owned()), "{context}");
            assert_eq!(message.in_reply_to("wamid.B").replies_to(), Some("wamid.B"));
        }
    }
}

#[test]
fn a_file_without_an_id_or_a_link_is_refused() {
    assert_eq!(
        told(&Message::image(ADA, Media::id(""))),
        ["image: exactly one of id, link, has 0"]
    );
}

#[test]
fn a_whole_number_is_taken_as_text_too_and_written_as_it_came() {
    let order = json!({"reference_id": "r", "type": "digital-goods", "currency": "INR",
        "total_amount": {"value": "250", "offset": "100"},
        "order": {"status": "pending", "subtotal": {"value": 250, "offset": "100"},
            "items": [{"name": "Pot", "amount": {"value": "250", "offset": 100}, "quantity": "1"}]}});
    let card = |index: serde_json::Value| {
        json!({"card_index": index, "components": [{"type": "body", "parameters": [
            {"type": "currency", "currency": {"fallback_value": "5", "code": "EUR", "amount_1000": "5000"}}]}]})
    };
    let of = |index: serde_json::Value| {
        read(
            &json!({"messaging_product": "whatsapp", "to": "1", "type": "template", "template":
            {"name": "n", "language": {"code": "en"}, "components": [
                {"type": "limited_time_offer", "parameters": [{"type": "limited_time_offer",
                    "limited_time_offer": {"expiration_time_ms": "1800000000000"}}]},
                {"type": "button", "sub_type": "order_details", "index": 0,
                    "parameters": [{"type": "action", "action": {"order_details": order}}]},
                {"type": "carousel", "cards": [card(index), card(json!(1))]}]}}),
        )
    };
    assert_eq!(told(&of(json!("0"))), [""; 0]);
    assert_eq!(
        told(&of(json!("0.5"))),
        ["template.components[2].cards[0].card_index: a whole number"]
    );
}

#[test]
fn sections_of_several_have_titles_and_no_two_buttons_say_the_same() {
    let list = |sections: serde_json::Value| {
        told(&read(
            &json!({"messaging_product": "whatsapp", "to": "1", "type": "interactive", "interactive":
            {"type": "list", "body": {"text": "x"}, "action": {"button": "b", "sections": sections}}}),
        ))
    };
    let rows = |id: &str| json!([{"id": id, "title": "row"}]);
    assert_eq!(list(json!([{"rows": rows("1")}])), [""; 0]);
    let titled = json!([{"title": "A", "rows": rows("1")}, {"title": "B", "rows": rows("2")}]);
    assert_eq!(list(titled), [""; 0]);
    assert_eq!(
        list(json!([{"title": "", "rows": rows("1")}, {"rows": rows("2")}])),
        [
            "interactive.action.sections[1].title: is missing",
            "interactive.action.sections[0].title: at least 1 characters, has 0",
        ]
    );
    let button =
        |id: &str, title: &str| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let buttons = |one: serde_json::Value, other: serde_json::Value| {
        told(&read(
            &json!({"messaging_product": "whatsapp", "to": "1", "type": "interactive", "interactive":
            {"type": "button", "body": {"text": "x"}, "action": {"buttons": [one, other]}}}),
        ))
    };
    assert_eq!(buttons(button("1", "Yes"), button("2", "No")), [""; 0]);
    assert_eq!(
        buttons(button("1", "Yes"), button("2", "Yes")),
        ["interactive.action.buttons[1].reply.title: is there twice"]
    );
}
