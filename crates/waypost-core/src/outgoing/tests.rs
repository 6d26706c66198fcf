//! What goes through, what is completed, and what is refused where.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::event::Handles;
use crate::message::Recipient;

fn composed(value: Value) -> Result<Vec<NewMessage>, Problem> {
    let Value::Object(object) = value else {
        panic!("an object");
    };
    compose(&"shop".into(), object, Origin::Api)
}

#[track_caller]
fn one(value: Value) -> (Value, Recipient) {
    let messages = composed(value).unwrap();
    assert_eq!(messages.len(), 1);
    (
        serde_json::from_str(&messages[0].body).unwrap(),
        messages[0].recipient.clone(),
    )
}

#[track_caller]
fn refused(value: Value, path: &str) {
    let problem = composed(value).expect_err("it is no message");
    assert_eq!(problem.path, path);
}

fn phone(digits: &str) -> Recipient {
    Recipient::Contact(Handles {
        wa_id: Some(digits.to_owned()),
        ..Handles::default()
    })
}

#[test]
fn what_can_only_be_meant_one_way_is_completed() {
    let whole = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "4915550001", "type": "text", "text": {"body": "hi"}
    });
    for given in [
        whole.clone(),
        json!({"to": "+49 (155) 500-01", "text": {"body": "hi"}}),
        json!({"to": "0049 155 500-01", "text": {"body": "hi"}}),
        json!({"to": 4_915_550_001u64, "type": "text", "text": {"body": "hi"}, "account_id": "shop"}),
    ] {
        assert_eq!(one(given), (whole.clone(), phone("4915550001")));
    }
    let (body, _) = one(json!({"to": "4915550001", "image": {"link": "https://a.example/b.jpg"}}));
    assert_eq!(body["type"], "image");
}

#[test]
fn a_user_id_goes_where_meta_wants_it() {
    let (body, recipient) = one(json!({"to": "US.1A2b3C", "text": {"body": "hi"}}));
    assert_eq!(
        (&body["recipient"], &body["to"]),
        (&json!("US.1A2b3C"), &Value::Null)
    );
    assert_eq!(
        recipient,
        Recipient::Contact(Handles {
            user_id: Some("US.1A2b3C".to_owned()),
            ..Handles::default()
        })
    );
    let (body, recipient) = one(json!({"recipient": "DE.ENT.77x", "text": {"body": "hi"}}));
    assert_eq!(body["recipient"], "DE.ENT.77x");
    let Recipient::Contact(handles) = recipient else {
        panic!("a contact")
    };
    assert_eq!(handles.parent_user_id.as_deref(), Some("DE.ENT.77x"));
}

#[test]
fn a_group_is_named_by_its_id() {
    let (body, recipient) =
        one(json!({"recipient_type": "group", "to": "Y2FwaV9n", "text": {"body": "hi"}}));
    assert_eq!(
        (&body["to"], &body["recipient_type"]),
        (&json!("Y2FwaV9n"), &json!("group"))
    );
    assert_eq!(recipient, Recipient::Group("Y2FwaV9n".to_owned()));
    refused(
        json!({"recipient_type": "group", "text": {"body": "hi"}}),
        "to",
    );
}

#[test]
fn what_is_not_known_goes_to_meta_as_it_came() {
    let (body, _) = one(
        json!({"to": "4915550001", "type": "hologram", "hologram": {"depth": [3, null]}, "future": 1.50}),
    );
    assert_eq!(
        (&body["hologram"], &body["future"]),
        (&json!({"depth": [3, null]}), &json!(1.50))
    );
}

#[test]
fn what_meta_would_refuse_is_refused_with_its_place() {
    let to = "4915550001";
    refused(json!({"text": {"body": "hi"}}), "to");
    refused(json!({"to": "", "text": {"body": "hi"}}), "to");
    refused(json!({"to": "12", "text": {"body": "hi"}}), "to");
    refused(json!({"to": "Ann", "text": {"body": "hi"}}), "to");
    refused(json!({"to": ["4915550001"], "text": {"body": "hi"}}), "to");
    refused(
        json!({"recipient": to, "text": {"body": "hi"}}),
        "recipient",
    );
    refused(json!({"to": to}), "type");
    refused(
        json!({"to": to, "text": {"body": "hi"}, "image": {}}),
        "type",
    );
    refused(json!({"to": to, "type": 7}), "type");
    refused(json!({"to": to, "type": "image"}), "image");
    refused(json!({"to": to, "type": "image", "image": "x"}), "image");
    refused(
        json!({"to": to, "type": "contacts", "contacts": {}}),
        "contacts",
    );
    refused(json!({"to": to, "text": {"body": " "}}), "text.body");
    refused(json!({"to": to, "text": "hi"}), "text");
    refused(json!({"to": to, "text": {}}), "text.body");
    refused(json!({"to": to, "type": "text", "text": null}), "text");
    refused(
        json!({"to": to, "text": {"body": "hi"}, "messaging_product": "sms"}),
        "messaging_product",
    );
    refused(
        json!({"to": to, "text": {"body": "hi"}, "context": "wamid.1"}),
        "context",
    );
    refused(
        json!({"to": to, "text": {"body": "hi"}, "context": {}}),
        "context.message_id",
    );
    refused(
        json!({"to": to, "text": {"body": "hi"}, "biz_opaque_callback_data": "x".repeat(513)}),
        "biz_opaque_callback_data",
    );
    refused(json!({"status": "read", "message_id": "wamid.1"}), "status");
}

#[test]
fn a_recipient_is_named_in_any_spelling() {
    for spelling in ["4915550001", " 49 155-50001", "+4915550001", "004915550001"] {
        assert_eq!(recipient_named(spelling), phone("4915550001"));
    }
    let group = Recipient::Group("Y2FwaV9n".to_owned());
    assert_eq!(recipient_named("Y2FwaV9n"), group);
    let Recipient::Contact(handles) = recipient_named("US.1A2b3C") else {
        panic!("a user id names a contact")
    };
    assert_eq!(handles.user_id.as_deref(), Some("US.1A2b3C"));
}

#[test]
fn a_problem_says_what_to_do_and_nothing_of_the_content() {
    let problem =
        composed(json!({"to": "my secret friend", "text": {"body": "hi"}})).expect_err("nobody");
    assert_eq!(
        problem.to_string(),
        "`to` is neither a phone number nor a user id; write a phone number with its country code, or a user id such as \"US.1A2b3C\""
    );
}

#[test]
fn a_long_text_becomes_several_messages_and_the_first_of_them_quotes() {
    let text = "word ".repeat(1_500);
    let messages = composed(json!({"to": "4915550001", "text": {"body": text, "preview_url": false}, "context": {"message_id": "wamid.1"}})).unwrap();
    let bodies: Vec<Value> = messages
        .iter()
        .map(|message| serde_json::from_str(&message.body).unwrap())
        .collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(
        (&bodies[0]["context"]["message_id"], &bodies[1]["context"]),
        (&json!("wamid.1"), &Value::Null)
    );
    for body in &bodies {
        assert!(body["text"]["body"].as_str().unwrap().chars().count() <= TEXT_LIMIT);
        assert_eq!(body["text"]["preview_url"], json!(false));
    }
}

/// JSON of any shape, with our own words in it more often than not.
pub(crate) fn json_like_ours() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("to"),
        Just("type"),
        Just("text"),
        Just("body"),
        Just("recipient"),
        Just("recipient_type"),
        Just("context"),
        Just("message_id"),
        Just("messages"),
        Just("send_message"),
        Just("reply_to"),
        Just("account_id"),
        Just("image"),
        Just("contacts"),
        Just("group"),
        Just("4915550001"),
        Just("US.1A2b3C"),
        Just("shop"),
        Just("whatsapp"),
        Just("messaging_product"),
        Just("biz_opaque_callback_data"),
        Just("status"),
        Just(""),
        Just("é")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((word.clone(), inner), 0..7).prop_map(
                |fields| Value::Object(
                    fields
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect()
                )
            )
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_a_whole_message(value in json_like_ours()) {
        let Value::Object(object) = value else { return Ok(()) };
        let Ok(messages) = compose(&"shop".into(), object, Origin::Api) else { return Ok(()) };
        prop_assert!(!messages.is_empty());
        for message in messages {
            let body: Value = serde_json::from_str(&message.body).unwrap();
            prop_assert_eq!(&body["messaging_product"], "whatsapp");
            prop_assert!(body["type"].is_string());
            prop_assert!(body["to"].is_string() || body["recipient"].is_string());
            prop_assert!(body.get("account_id").is_none());
            let is_someone = match &message.recipient {
                Recipient::Contact(handles) => !handles.is_empty(),
                Recipient::Group(group) => !group.is_empty(),
            };
            prop_assert!(is_someone);
            // Composing what was composed changes nothing.
            let Value::Object(again) = body.clone() else { unreachable!("an object") };
            let again = compose(&"shop".into(), again, Origin::Api).unwrap();
            prop_assert_eq!(again.len(), 1);
            prop_assert_eq!(serde_json::from_str::<Value>(&again[0].body).unwrap(), body);
        }
    }
}
