//! Every field and type of Meta's, from fixtures written for this crate: what is made of them, and that nothing is lost.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use whatsapp_cloud::webhook::{Decoded, Key, Update, parse};

const FIXTURES: [&str; 8] = [
    "messages-of-every-type",
    "statuses",
    "people-without-numbers",
    "coexistence",
    "calls-and-groups",
    "people",
    "accounts-templates-numbers",
    "irregular",
];

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("tests/fixtures/webhook/{name}.json");
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// One line for what routing knows of an update, one for what it decodes to.
fn describe(update: &Update<'_>) -> String {
    let head = &update.head;
    let person = &head.person;
    let mut line = format!("{:?} of `{}`", update.kind, update.field());
    for (name, value) in [
        ("id", head.id.as_deref()),
        ("type", head.kind.as_deref()),
        ("status", head.status.as_deref()),
        ("event", head.event.as_deref()),
        ("group", head.group_id.as_deref()),
        ("participant", head.participant.as_deref()),
        ("wa_id", person.wa_id.as_deref()),
        ("user_id", person.user_id.as_deref()),
        ("parent", person.parent_user_id.as_deref()),
        ("username", person.username.as_deref()),
        ("name", person.name.as_deref()),
        ("callback", head.callback_data.as_deref()),
        ("number", update.phone_number_id()),
        ("entry", update.entry_id()),
    ] {
        if let Some(value) = value {
            write!(line, " {name}={value:?}").unwrap();
        }
    }
    if let Some(at) = update.timestamp().or(update.entry_time()) {
        write!(line, " at={at}").unwrap();
    }
    let key = match update.key() {
        Key::Message { field, kind, id } => format!("message {field} {kind} {id}"),
        Key::Status {
            id,
            status,
            participant,
        } => format!("status {id} {status} {participant:?}"),
        Key::Content {
            entry_id,
            entry_time,
            field,
            ..
        } => format!("content {entry_id} {entry_time} {field}"),
    };
    let decoded = format!("{:?}", update.decode().unwrap());
    // Absent members say nothing.
    let decoded: Vec<_> = decoded
        .split_inclusive([',', '{'])
        .filter(|part| !part.trim_end_matches(',').ends_with(": -"))
        .collect();
    format!("{line}\n  key: {key}\n  decoded: {}\n", decoded.concat())
}

#[test]
fn every_field_and_type_is_recognised() {
    for name in FIXTURES {
        let body = fixture(name);
        let described: String = parse(&body)
            .unwrap()
            .updates()
            .iter()
            .map(describe)
            .collect();
        insta::assert_snapshot!(name, described);
    }
}

#[test]
fn decoding_and_encoding_again_gives_the_same_json() {
    for name in FIXTURES {
        for update in parse(&fixture(name)).unwrap().updates() {
            let value: Value = serde_json::from_str(update.raw).unwrap();
            assert_eq!(
                serde_json::to_value(update.decode().unwrap()).unwrap(),
                value,
                "{name}"
            );
        }
    }
}

/// Every document in which one member of this one is `null`.
fn nulled(document: &Value, path: &mut String, found: &mut Vec<Value>, whole: &Value) {
    let below: Vec<(String, &Value)> = match document {
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| (key.clone(), member))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(place, element)| (place.to_string(), element))
            .collect(),
        _ => return,
    };
    for (step, member) in below {
        let length = path.len();
        path.push('/');
        path.push_str(&step);
        let mut whole_with = whole.clone();
        *whole_with.pointer_mut(path).unwrap() = Value::Null;
        found.push(whole_with);
        nulled(member, path, found, whole);
        path.truncate(length);
    }
}

#[test]
fn whatever_is_null_is_null_again() {
    for name in FIXTURES {
        for update in parse(&fixture(name)).unwrap().updates() {
            // The element's own text, in its own surroundings.
            let (notification, _) = update.notification();
            let whole: Value = serde_json::from_str(&notification).unwrap();
            let mut documents = Vec::new();
            nulled(&whole, &mut String::new(), &mut documents, &whole);
            for document in documents {
                let body = document.to_string();
                for update in parse(body.as_bytes()).unwrap().updates() {
                    let value: Value = serde_json::from_str(update.raw).unwrap();
                    let decoded = serde_json::to_value(update.decode().unwrap()).unwrap();
                    assert_eq!(decoded, value, "{name}");
                    if let (Some(contact), Some(raw)) = (
                        update.contact(),
                        document.pointer("/entry/0/changes/0/value/contacts/0"),
                    ) {
                        assert_eq!(serde_json::to_value(contact).unwrap(), *raw);
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_of_a_fixture_is_odd_or_unknown_but_what_should_be() {
    let mut odd = Vec::new();
    for name in FIXTURES {
        for update in parse(&fixture(name)).unwrap().updates() {
            let decoded = update.decode().unwrap();
            let text = format!("{decoded:?}");
            let unknown = text
                .split("extra: {")
                .skip(1)
                .any(|rest| !rest.starts_with('}'));
            if text.contains(": odd") || unknown || matches!(decoded, Decoded::Other(_)) {
                odd.push(format!(
                    "{name}: {:?} {:?}",
                    update.field(),
                    update.head.kind
                ));
            }
        }
    }
    insta::assert_snapshot!("odd-or-unknown", odd.join("\n"));
}

#[test]
fn each_update_is_a_notification_of_its_own_with_everything_that_belongs_to_it() {
    let body = fixture("irregular");
    let payload = parse(&body).unwrap();
    let notifications: Vec<_> = payload
        .updates()
        .iter()
        .map(|update| serde_json::from_str::<Value>(&update.notification().0).unwrap())
        .collect();
    insta::assert_json_snapshot!("irregular-notifications", notifications);
}

#[test]
fn different_updates_never_share_a_key() {
    let keys = |values: &[&str]| -> std::collections::BTreeSet<String> {
        let change = |value: &&str| format!(r#"{{"field":"messages","value":{value}}}"#);
        let changes: Vec<_> = values.iter().map(change).collect();
        let body = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","time":5,"changes":[{}]}}]}}"#,
            changes.join(",")
        );
        let payload = parse(body.as_bytes()).unwrap();
        assert_eq!(payload.updates().len(), values.len());
        payload
            .updates()
            .iter()
            .map(|update| update.key().digest())
            .collect()
    };
    let paid = |transaction: &str| {
        format!(
            r#"{{"statuses":[{{"id":"wamid.O","type":"payment","status":"pending","timestamp":"1",
                "payment":{{"transaction":{{"id":"{transaction}"}}}}}}]}}"#
        )
    };
    let (first, second) = (paid("t1"), paid("t2"));
    assert_eq!(keys(&[&first, &second, &first]).len(), 2);
    let preference = |number: &str| {
        format!(
            r#"{{"metadata":{{"phone_number_id":"{number}"}},"user_preferences":[{{"wa_id":"49","value":"stop"}}]}}"#
        )
    };
    let (first, second) = (preference("1"), preference("2"));
    assert_eq!(keys(&[&first, &second]).len(), 2);
    let member = |parent: &str| {
        format!(
            r#"{{"statuses":[{{"id":"wamid.G","status":"read","recipient_id":"G1","recipient_type":"group",
                "recipient_participant_parent_user_id":"{parent}"}}]}}"#
        )
    };
    let (first, second) = (member("DE.ENT.1"), member("DE.ENT.2"));
    assert_eq!(keys(&[&first, &second]).len(), 2);
}
