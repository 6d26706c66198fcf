use proptest::prelude::*;
use serde_json::{Value, json};
use whatsapp_cloud::webhook::parse;

use super::*;
use crate::account::{Senders, UncertainPolicy};
use crate::id::OutboxId;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const NUMBER: &str = "700000000000001";
const BUSINESS: &str = "800000000000001";

fn account(id: &str, number: &str, business: &str, secret: &str) -> Account {
    Account {
        id: id.into(),
        enabled: true,
        phone_number_id: Some(number.to_owned()),
        business_account_id: Some(business.to_owned()),
        phone_number: None,
        api_version: "v25.0".to_owned(),
        access_token: None,
        verify_token: None,
        app_secrets: vec![AppSecret::new(secret)],
        allow_unsigned: false,
        senders: Senders::Everyone,
        uncertain: UncertainPolicy::Hold,
        throughput: 80,
    }
}

/// `main` and `second` share an app; `stranger` has its own.
fn directory() -> Directory {
    Directory {
        accounts: vec![
            account("main", NUMBER, BUSINESS, "ours"),
            account("second", "700000000000002", "800000000000002", "ours"),
            account("stranger", "700000000000003", "800000000000003", "theirs"),
        ],
        hooks: Vec::new(),
    }
}

fn note(business: &str, number: Option<&str>, field: &str, value: Value) -> String {
    let mut value = value;
    if let Some(number) = number {
        value["metadata"] = json!({"phone_number_id": number});
    }
    json!({"object": "whatsapp_business_account", "entry": [
        {"id": business, "time": 1_790_000_009, "changes": [{"field": field, "value": value}]}
    ]})
    .to_string()
}

fn message(business: &str, number: &str) -> String {
    let value = json!({"messages": [{"id": "wamid.1", "from": "4915550001", "timestamp": "1790000001", "type": "text", "text": {"body": "hi"}}]});
    note(business, Some(number), "messages", value)
}

/// The one event of a body that came to `path` signed with `secret`.
fn one(directory: &Directory, path: Option<&str>, secret: Option<&str>, body: &str) -> NewEvent {
    let secret = secret.map(AppSecret::new);
    let door = match path {
        Some(path) => Door::account(directory.account(path).unwrap(), secret.as_ref(), directory),
        None => Door::shared(secret.as_ref().unwrap(), directory),
    };
    let mut events = normalise(&parse(body.as_bytes()).unwrap(), &door, NOW);
    assert_eq!(events.len(), 1);
    events.remove(0)
}

#[test]
fn a_changed_user_id_names_the_one_it_was() {
    let value = json!({"user_id_update": [{
        "wa_id": "4915550001",
        "user_id": {"previous": "DE.AAA1", "current": "DE.AAA2"},
        "parent_user_id": {"previous": "DE.ENT.AAA1", "current": "DE.ENT.AAA2"},
        "timestamp": "1790000501",
    }]});
    let body = note(BUSINESS, Some(NUMBER), "user_id_update", value);
    let handles = one(&directory(), Some("main"), Some("ours"), &body).handles;
    assert_eq!(handles.user_id.as_deref(), Some("DE.AAA2"));
    assert_eq!(handles.previous_user_id.as_deref(), Some("DE.AAA1"));
    assert_eq!(
        handles.previous_parent_user_id.as_deref(),
        Some("DE.ENT.AAA1")
    );
}

fn owner(path: Option<&str>, secret: Option<&str>, body: &str) -> (String, bool) {
    let event = one(&directory(), path, secret, body);
    (event.account_id.to_string(), event.foreign)
}

fn is(account: &str, foreign: bool) -> (String, bool) {
    (account.to_owned(), foreign)
}

#[test]
fn on_an_account_path_a_message_is_the_accounts_own() {
    assert_eq!(
        owner(Some("main"), Some("ours"), &message(BUSINESS, NUMBER)),
        is("main", false)
    );
}

#[test]
fn a_change_for_another_account_of_the_same_app_goes_there() {
    assert_eq!(
        owner(
            Some("main"),
            Some("ours"),
            &message(BUSINESS, "700000000000002")
        ),
        is("second", false)
    );
    let review = note(
        "800000000000002",
        None,
        "account_review_update",
        json!({"decision": "APPROVED"}),
    );
    assert_eq!(
        owner(Some("main"), Some("ours"), &review),
        is("second", false)
    );
}

#[test]
fn a_secret_admits_only_its_own_accounts() {
    assert_eq!(
        owner(
            Some("main"),
            Some("ours"),
            &message(BUSINESS, "700000000000003")
        ),
        is("main", true)
    );
    assert_eq!(
        owner(
            None,
            Some("ours"),
            &message("800000000000003", "700000000000003")
        ),
        is("main", true)
    );
    // Unsigned reaches the path's account and no other.
    assert_eq!(
        owner(Some("main"), None, &message(BUSINESS, "700000000000002")),
        is("main", true)
    );
}

#[test]
fn a_disabled_account_gets_nothing_from_another_path() {
    let mut directory = directory();
    directory.accounts[1].enabled = false;
    let event = one(
        &directory,
        Some("main"),
        Some("ours"),
        &message(BUSINESS, "700000000000002"),
    );
    assert_eq!((event.account_id.as_str(), event.foreign), ("main", true));
}

#[test]
fn metas_test_button_is_foreign_under_the_paths_account() {
    assert_eq!(
        owner(Some("main"), Some("ours"), &message("0", "123456123")),
        is("main", true)
    );
    let review = note(
        "0",
        None,
        "account_review_update",
        json!({"decision": "APPROVED"}),
    );
    assert_eq!(owner(Some("main"), Some("ours"), &review), is("main", true));
}

#[test]
fn a_shared_path_goes_by_number_then_by_business_account_then_to_the_first() {
    assert_eq!(
        owner(None, Some("ours"), &message(BUSINESS, "700000000000002")),
        is("second", false)
    );
    let review = note(
        "800000000000002",
        None,
        "account_review_update",
        json!({"decision": "APPROVED"}),
    );
    assert_eq!(owner(None, Some("ours"), &review), is("second", false));
    assert_eq!(
        owner(None, Some("ours"), &message("800000000000002", "123")),
        is("second", true)
    );
    assert_eq!(
        owner(None, Some("theirs"), &message("5", "123")),
        is("stranger", true)
    );
}

#[test]
fn an_account_that_does_not_know_its_number_calls_none_foreign() {
    let mut directory = directory();
    directory.accounts[0].phone_number_id = None;
    let event = one(
        &directory,
        Some("main"),
        Some("ours"),
        &message(BUSINESS, "123"),
    );
    assert!(!event.foreign);
}

#[test]
fn someone_not_on_the_list_is_refused_and_still_known() {
    let mut directory = directory();
    directory.accounts[0].senders = Senders::Only(vec!["+49 155 50009".to_owned()]);
    let refused = one(
        &directory,
        Some("main"),
        Some("ours"),
        &message(BUSINESS, NUMBER),
    );
    assert_eq!(refused.event_type, EventType::SenderRefused);
    assert_eq!(refused.handles.wa_id.as_deref(), Some("4915550001"));
    assert_eq!(refused.message_id.as_deref(), Some("wamid.1"));
    directory.accounts[0].senders = Senders::Only(vec!["+49 155 50001".to_owned()]);
    let admitted = one(
        &directory,
        Some("main"),
        Some("ours"),
        &message(BUSINESS, NUMBER),
    );
    assert_eq!(admitted.event_type, EventType::MessageReceived);
    // Statuses are of our own messages: nobody is refused for them.
    directory.accounts[0].senders = Senders::Nobody;
    let status = json!({"statuses": [{"id": "wamid.2", "status": "read", "timestamp": "1", "recipient_id": "4915550001"}]});
    let status = one(
        &directory,
        Some("main"),
        Some("ours"),
        &note(BUSINESS, Some(NUMBER), "messages", status),
    );
    assert_eq!(status.event_type, EventType::MessageRead);
}

#[test]
fn a_status_finds_the_message_it_speaks_of() {
    let id = OutboxId(77 << 20);
    let data = callback::join(Some("order 7"), id);
    let value = json!({"statuses": [{"id": "wamid.2", "status": "failed", "timestamp": "1790000002", "recipient_id": "4915550001",
        "biz_opaque_callback_data": data, "errors": [{"code": 131_047}]}]});
    let event = one(
        &directory(),
        Some("main"),
        Some("ours"),
        &note(BUSINESS, Some(NUMBER), "messages", value),
    );
    assert_eq!(event.event_type, EventType::MessageFailed);
    assert_eq!(event.scope, Scope::Contact);
    assert_eq!(event.timestamp, UnixMillis(1_790_000_002_000));
    let status = event.status.unwrap();
    assert_eq!(
        (status.outbox_id, status.state, status.wamid.as_str()),
        (Some(id), MessageState::Failed, "wamid.2")
    );
    assert_eq!(status.error.as_deref(), Some(r#"[{"code":131047}]"#));
}

#[test]
fn what_happens_in_a_group_is_ordered_by_the_group() {
    let value = json!({"messages": [{"id": "wamid.1", "from": "4915550001", "group_id": "GRP1", "type": "text", "text": {"body": "hi"}}]});
    let event = one(
        &directory(),
        Some("main"),
        Some("ours"),
        &note(BUSINESS, Some(NUMBER), "messages", value),
    );
    assert_eq!(event.scope, Scope::Group("GRP1".to_owned()));
    // No time of its own: the entry's.
    assert_eq!(event.timestamp, UnixMillis(1_790_000_009_000));
}

#[test]
fn a_time_that_no_calendar_has_is_none() {
    let timestamp = |text: &str| {
        let value = json!({"messages": [{"id": "wamid.1", "from": "4915550001", "timestamp": text, "type": "text", "text": {"body": "hi"}}]});
        let body = note(BUSINESS, Some(NUMBER), "messages", value);
        one(&directory(), Some("main"), Some("ours"), &body).timestamp
    };
    let of_entry = UnixMillis(1_790_000_009_000);
    for beyond in [
        "9223372036854775807",
        "-9223372036854775808",
        "999999999999999",
    ] {
        assert_eq!(timestamp(beyond), of_entry, "{beyond}");
    }
    assert_eq!(timestamp("0"), UnixMillis::ZERO);
    assert_eq!(timestamp("-1"), UnixMillis(-1_000));
}

#[test]
fn what_cannot_be_read_is_kept_with_the_reason_and_the_message_id() {
    let value =
        json!({"messages": [{"id": "wamid.1", "from": "4915550001", "type": "text", "text": 7}]});
    let event = one(
        &directory(),
        Some("main"),
        Some("ours"),
        &note(BUSINESS, Some(NUMBER), "messages", value),
    );
    assert_eq!(event.event_type, EventType::WebhookOther);
    assert_eq!(event.message_id.as_deref(), Some("wamid.1"));
    assert_eq!(
        event.quarantined.as_deref(),
        Some("entry[0].changes[0].value.messages[0].text: is no object")
    );
    let whole = one(&directory(), Some("main"), Some("ours"), "{}");
    assert_eq!(
        (whole.event_type, whole.timestamp),
        (EventType::WebhookOther, NOW)
    );
    assert_eq!(whole.body.raw(), b"{}");
}

#[test]
fn the_same_update_has_the_same_key_wherever_and_whenever_it_comes_again() {
    let directory = directory();
    let key = |body: &str| {
        one(&directory, Some("main"), Some("ours"), body)
            .key
            .unwrap()
    };
    let again = message(BUSINESS, NUMBER).replace("1790000009", "1790009999");
    assert_eq!(key(&message(BUSINESS, NUMBER)), key(&again));
    let status = |status: &str, participant: Value| {
        let value = json!({"statuses": [{"id": "wamid.1", "status": status, "recipient_type": "group", "recipient_id": "G", "recipient_participant_id": participant}]});
        key(&note(BUSINESS, Some(NUMBER), "messages", value))
    };
    let keys = [
        status("read", json!("1")),
        status("read", json!("2")),
        status("delivered", json!("1")),
        key(&again),
    ];
    for (i, one) in keys.iter().enumerate() {
        // All about one message: side by side, and each its own.
        assert_eq!(one.subject, subject("main", "wamid.1"));
        assert!(keys[i + 1..].iter().all(|other| other.digest != one.digest));
    }
    let review = |time: u64| {
        note(
            BUSINESS,
            None,
            "account_review_update",
            json!({"decision": "APPROVED"}),
        )
        .replace("1790000009", &time.to_string())
    };
    assert_eq!(key(&review(1)), key(&review(1)));
    assert_ne!(key(&review(1)), key(&review(2)));
}

#[test]
fn every_fixture_of_the_sdk_becomes_one_event_per_update() {
    let mut lines = Vec::new();
    for body in [
        include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/messages-of-every-type.json"),
        include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/statuses.json"),
        include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/people-without-numbers.json"),
        include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/coexistence.json"),
        include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/calls-and-groups.json"),
        include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/people.json"),
        include_str!(
            "../../../whatsapp-cloud/tests/fixtures/webhook/accounts-templates-numbers.json"
        ),
        include_str!("../../../whatsapp-cloud/tests/fixtures/webhook/irregular.json"),
    ] {
        let directory = directory();
        let payload = parse(body.as_bytes()).unwrap();
        let door = Door::account(
            &directory.accounts[0],
            Some(&AppSecret::new("ours")),
            &directory,
        );
        let events = normalise(&payload, &door, NOW);
        assert_eq!(events.len(), payload.updates().len());
        for (event, update) in events.iter().zip(payload.updates()) {
            assert_eq!(event.body.raw(), update.raw.as_bytes());
            let scope = match &event.scope {
                Scope::Contact => "contact".to_owned(),
                Scope::Group(id) => format!("group {id}"),
                Scope::Field(field) => format!("field {field}"),
            };
            let state = event
                .status
                .as_ref()
                .map(|status| format!(" -> {:?}", status.state))
                .unwrap_or_default();
            let id = event.message_id.as_deref().unwrap_or("-");
            lines.push(format!(
                "{} {id} {} by {scope}{state}",
                event.event_type, event.timestamp
            ));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

proptest! {
    #[test]
    fn numbers_are_written_one_way_and_other_ids_left_alone(text in "[+0-9 ()-]{1,16}|[A-Z]{2}\\.[A-Z0-9]{1,12}|.{0,8}") {
        let written = wa_id(&text);
        prop_assert_eq!(wa_id(&written), written.clone());
        prop_assert!(written == text || same_number(&written, &text));
    }
}
