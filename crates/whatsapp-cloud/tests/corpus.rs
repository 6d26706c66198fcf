//! Real notifications and Meta's own examples, where the corpus is at hand (`WAYPOST_CORPUS`, or beside the workspace).

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop, and says what it skipped"
)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use whatsapp_cloud::webhook::{UpdateKind, parse};

/// The only bodies of the corpus that are no notifications.
const NOT_NOTIFICATIONS: [&str; 1] = [
    // `{"object": …}` and nothing else.
    "zeroclaw-rs/webhooks/src-whatsapp-rs__06.json",
];

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("WAYPOST_CORPUS").map_or(beside, PathBuf::from);
    root.is_dir().then_some(root)
}

fn webhooks() -> Vec<(String, Vec<u8>)> {
    let Some(root) = corpus() else {
        eprintln!("skipped: no corpus here; WAYPOST_CORPUS names its folder");
        return Vec::new();
    };
    let mut found = Vec::new();
    for source in std::fs::read_dir(root).unwrap() {
        let folder = source.unwrap().path().join("webhooks");
        let Ok(files) = std::fs::read_dir(&folder) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            let name = path.iter().rev().take(3).collect::<Vec<_>>();
            let name = name
                .iter()
                .rev()
                .map(|part| part.to_string_lossy())
                .collect::<Vec<_>>()
                .join("/");
            found.push((name, std::fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
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
