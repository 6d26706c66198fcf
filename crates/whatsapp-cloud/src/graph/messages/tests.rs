use serde_json::{Value, json};

use super::*;

fn sent(endpoint: &impl Endpoint) -> (String, Value) {
    let body = endpoint.body().unwrap();
    (
        format!("{} {}", endpoint.method(), endpoint.path()),
        serde_json::from_slice(&body).unwrap(),
    )
}

#[test]
fn a_text_goes_out_as_meta_documents_it() {
    let message = Message::text("491701234567", "good morning").in_reply_to("wamid.A");
    let call = SendMessage::new("123", &message).unwrap();
    let call = call.with_callback_data("msg_1").unwrap();
    assert_eq!(
        sent(&call),
        (
            "POST 123/messages".to_owned(),
            json!({
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": "491701234567",
                "context": {"message_id": "wamid.A"},
                "type": "text",
                "text": {"body": "good morning"},
                "biz_opaque_callback_data": "msg_1",
            })
        )
    );
    assert_eq!(call.callback_data().as_deref(), Some("msg_1"));
    assert!(!format!("{call:?}").contains("4917"));
}

#[test]
fn a_raw_message_keeps_what_this_version_does_not_know() {
    let raw = r#"{"to":"1","type":"hologram","hologram":{"depth":1.10,"big":123456789012345678901234567890}}"#;
    let body = SendMessage::raw("9", raw).unwrap().body().unwrap();
    let text = std::str::from_utf8(&body).unwrap();
    assert!(text.contains(r#"{"depth":1.10,"big":123456789012345678901234567890}"#));
    assert!(text.contains(r#""messaging_product":"whatsapp""#));
    assert!(SendMessage::raw("9", "[]").is_err());
}

#[test]
fn reading_and_typing_are_one_call() {
    let mut call = MarkRead {
        phone_number_id: "123".to_owned(),
        wamid: "wamid.A".to_owned(),
        typing: true,
    };
    let expected = json!({
        "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A",
        "typing_indicator": {"type": "text"},
    });
    assert_eq!(sent(&call), ("POST 123/messages".to_owned(), expected));
    call.typing = false;
    assert_eq!(sent(&call).1.get("typing_indicator"), None);
}

#[test]
fn an_answer_without_a_message_id_is_not_taken_for_success() {
    let call = SendMessage::raw("1", "{}").unwrap();
    let answer = br#"{"messaging_product":"whatsapp","contacts":[{"input":"+1","wa_id":"1"}],
        "messages":[{"id":"wamid.B","message_status":"accepted"}],"news":1}"#;
    let sent = call.decode(answer).unwrap();
    assert_eq!(sent.wamid, "wamid.B");
    assert_eq!(sent.message_status.as_deref(), Some("accepted"));
    assert_eq!(sent.contacts[0].wa_id.as_deref(), Some("1"));
    for answer in ["{}", "", r#"{"messages":[]}"#, r#"{"success":true}"#] {
        assert!(call.decode(answer.as_bytes()).is_err(), "{answer}");
    }
}

#[test]
fn a_message_that_was_taken_is_not_lost_to_an_odd_answer() {
    let call = SendMessage::raw("1", "{}").unwrap();
    let read = |answer: &str| call.decode(answer.as_bytes()).unwrap();
    for answer in [
        r#"{"contacts":null,"messages":[{"id":"wamid.A"}]}"#,
        r#"{"contacts":{},"messages":[{"id":"wamid.A","message_status":7}]}"#,
        r#"{"contacts":[null,"x",{"wa_id":491701234567}],"messages":[{"id":"wamid.A"}]}"#,
        r#"{"contacts":[{"input":["x"]}],"messages":[null,{"id":"wamid.A"},{"id":"wamid.B"}]}"#,
        r#"{"messages":{"id":"wamid.A"}}"#,
        r#"{"messages":["wamid.A"]}"#,
        r#"{"messages":[{"id":"wamid.A"}],"contacts":[{"input":"cut \ud83d"}]}"#,
        r#"{"messages":[{"id":"wamid.A"}],"contacts":[{"inp"#,
        "{\"messages\":[{\"id\":\"wamid.A\"}]}\n<!-- proxy -->",
    ] {
        assert_eq!(read(answer).wamid, "wamid.A", "{answer}");
    }
    assert_eq!(read(r#"{"messages":[{"id":17}]}"#).wamid, "17");
    // A message that an answer speaks of elsewhere may be another one.
    for answer in [
        r#"{"data":{"message_id":"wamid.A"}}"#,
        r#"{"error":{"error_data":{"message_id":"wamid.A"#,
        r#"{"context":{"id":"wamid.A"},"mess"#,
    ] {
        assert!(call.decode(answer.as_bytes()).is_err(), "{answer}");
    }
    let sent = read(r#"{"contacts":[null,{"wa_id":49,"input":null}],"messages":[{"id":"a"}]}"#);
    assert_eq!(sent.contacts.len(), 1);
    assert_eq!(sent.contacts[0].wa_id.as_deref(), Some("49"));
}

#[test]
fn what_meta_would_refuse_is_not_sent_and_every_reason_is_given_at_once() {
    let data = "x".repeat(CALLBACK_DATA_MAX_CHARS + 1);
    let message = Message::text("", "é".repeat(4097)).with_callback_data(data);
    let refused = SendMessage::new("123", &message).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "to: at least 1 characters, has 0; biz_opaque_callback_data: at most 512 characters, has 513; \
         text.body: 1 to 4096 characters, has 4097"
    );
    assert!(SendMessage::raw("123", &serde_json::to_string(&message).unwrap()).is_ok());
}

#[test]
fn a_marketing_message_and_an_encrypted_one_have_paths_of_their_own() {
    let template = crate::message::Template::named("spring_sale", "en");
    let call = SendMarketing::new("123", &Message::new("491701234567", template)).unwrap();
    let call = call
        .product_policy(ProductPolicy::Strict)
        .message_activity_sharing(false);
    let (line, body) = sent(&call);
    assert_eq!(line, "POST 123/marketing_messages");
    assert_eq!(body["product_policy"], "STRICT");
    assert_eq!(body["message_activity_sharing"], false);
    assert_eq!(body["template"]["name"], "spring_sale");

    let call = SendEncrypted {
        phone_number_id: "123".to_owned(),
        encrypted_contents: "eyJ.x.y".to_owned(),
    };
    let expected = json!({"messaging_product": "whatsapp", "encrypted_contents": "eyJ.x.y"});
    assert_eq!(
        sent(&call),
        ("POST 123/messages_encrypted".to_owned(), expected)
    );
    assert!(!format!("{call:?}").contains("eyJ"));
}
