//! Notifications: every part makes sense, no text is lost, decoding and encoding again gives the same JSON, keys are stable.

use serde_json::{Value, json};
use whatsapp_cloud::webhook::{UpdateKind, parse};

use crate::files::{self, File};

/// The only bodies of the corpus that are no notifications.
const NOT_NOTIFICATIONS: [&str; 2] = [
    // A status that says nothing.
    "secreto-js/other/test-webhooks-mocks-js__02-placeholder.json",
    // `{"object": …}` and nothing else.
    "zeroclaw-rs/webhooks/src-whatsapp-rs__06.json",
];

/// Parts of notifications that stand alone on a page.
const PARTS: &[&str] = &[
    "ericvera-ts/other/types-readme-md__01.json",
    "meta-docs-2025-12/other/embedded-signup-onboarding-business-app-users__10",
    "meta-docs-2025-12/other/flows-reference-flowswebhooks__1",
    "meta-docs-2025-12/other/messages-address-messages__",
    "meta-docs-2025-12/other/webhooks-reference-history__",
    "secreto-js/other/test-",
];

pub(crate) fn reads(file: &File) -> bool {
    file.folder() == "webhooks" || PARTS.iter().any(|part| file.name.starts_with(part))
}

/// Every notification, the parts completed.
fn webhooks() -> Vec<(String, Vec<u8>)> {
    let found = files::all().into_iter().filter(reads);
    found
        .map(|file| {
            let whole =
                |entry: Value| json!({"object": "whatsapp_business_account", "entry": [entry]});
            let body = if file.folder() == "webhooks" {
                file.bytes
            } else if let Some(event) = file.value.get("event") {
                event.to_string().into_bytes()
            } else if file.has("changes") {
                whole(file.value).to_string().into_bytes()
            } else {
                let change = if file.has("field") {
                    file.value
                } else if file.has("history") {
                    json!({"field": "history", "value": file.value})
                } else {
                    json!({"field": "messages", "value": file.value})
                };
                whole(json!({"id": "1", "changes": [change]}))
                    .to_string()
                    .into_bytes()
            };
            (file.name, body)
        })
        .collect()
}

#[test]
fn every_part_of_every_notification_makes_sense() {
    for (name, body) in webhooks() {
        let payload = parse(&body).unwrap();
        let malformed: Vec<_> = payload
            .updates()
            .iter()
            .filter_map(|update| update.fault())
            .collect();
        if NOT_NOTIFICATIONS.contains(&name.as_str()) {
            assert_eq!(malformed.len(), 1, "{name}");
        } else {
            assert!(malformed.is_empty(), "{name}: {malformed:?}");
        }
    }
}

#[test]
fn an_updates_own_notification_holds_its_bytes_and_reads_as_the_same_update() {
    for (name, body) in webhooks() {
        let text = std::str::from_utf8(&body).unwrap();
        for update in parse(&body).unwrap().updates() {
            let (notification, raw) = update.notification();
            assert_eq!(&notification[raw], update.raw, "{name}");
            assert!(text.contains(update.raw), "{name}");
            let again = parse(notification.as_bytes()).unwrap();
            let [same] = again.updates() else {
                panic!("{name}: {} updates", again.updates().len())
            };
            assert_eq!(same.raw, update.raw, "{name}");
            if update.kind != UpdateKind::Malformed(update.fault().cloned().unwrap_or_else(none)) {
                assert_eq!(same.kind, update.kind, "{name}");
            }
            assert!(same.key() == update.key(), "{name}");
            assert_eq!(same.head.person, update.head.person, "{name}");
        }
    }
}

fn none() -> whatsapp_cloud::webhook::Fault {
    whatsapp_cloud::webhook::Fault {
        path: "none".into(),
        reason: "none",
    }
}

/// Leaves of a document, to see that none is lost.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

#[test]
fn no_text_of_a_notification_is_lost() {
    for (name, body) in webhooks() {
        let value: Value = serde_json::from_slice(&body).unwrap();
        let of_updates: usize = parse(&body)
            .unwrap()
            .updates()
            .iter()
            .map(|update| leaves(&serde_json::from_str(&update.notification().0).unwrap()))
            .sum();
        assert!(of_updates >= leaves(&value), "{name}");
    }
}

#[test]
fn decoding_and_encoding_again_gives_the_same_json() {
    for (name, body) in webhooks() {
        for update in parse(&body).unwrap().updates() {
            let value: Value = serde_json::from_str(update.raw).unwrap();
            let decoded = update.decode().unwrap();
            assert_eq!(serde_json::to_value(&decoded).unwrap(), value, "{name}");
            if let Some(contact) = update.contact() {
                let encoded = serde_json::to_value(&contact).unwrap();
                assert!(
                    value_contains(&serde_json::from_slice(&body).unwrap(), &encoded),
                    "{name}"
                );
            }
        }
    }
}

fn value_contains(tree: &Value, wanted: &Value) -> bool {
    tree == wanted
        || match tree {
            Value::Array(items) => items.iter().any(|item| value_contains(item, wanted)),
            Value::Object(members) => members
                .values()
                .any(|member| value_contains(member, wanted)),
            _ => false,
        }
}

#[test]
fn what_comes_again_has_the_same_key_and_what_else_happened_another() {
    for (name, body) in webhooks() {
        let payload = parse(&body).unwrap();
        let updates = payload.updates();
        // The same notification, whatever it comes with.
        let text = std::str::from_utf8(&body).unwrap().trim();
        let text = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        let batch = format!("[{text},{text}]");
        let batch = parse(batch.as_bytes()).unwrap();
        for (again, update) in batch.updates().iter().zip(updates.iter().cycle()) {
            assert!(again.key() == update.key(), "{name}");
        }
        assert_eq!(batch.updates().len(), 2 * updates.len(), "{name}");
        for (place, one) in updates.iter().enumerate() {
            for other in &updates[place + 1..] {
                assert!(one.raw == other.raw || one.key() != other.key(), "{name}");
            }
        }
    }
}
