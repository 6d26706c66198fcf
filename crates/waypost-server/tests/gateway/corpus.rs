//! Every webhook of the shared corpus, given fresh ids, signed and posted: one event for each update, and a `meta` hook that
//! gets the original bytes of each. The corpus is no part of the repository; without it the test says so and passes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::value::RawValue;
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook::{self, Key};

use crate::house::{House, SECRET};
use crate::sink::Sink;

const HOOK_SECRET: &str = "the-meta-hook's-own-secret";

/// Where the corpus is: `WAYPOST_CORPUS`, or beside the workspace.
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let given = std::env::var_os("WAYPOST_CORPUS").map(PathBuf::from);
    Some(given.unwrap_or(beside)).filter(|dir| dir.is_dir())
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.components().any(|part| part.as_os_str() == "webhooks")
                && path
                    .extension()
                    .is_some_and(|extension| extension == "json")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The text with every `id` that is a text made new, so that no two files repeat one another.
fn fresh(text: &str, file: usize) -> String {
    let mut fresh = String::with_capacity(text.len() + 256);
    let mut rest = text;
    while let Some(at) = rest.find("\"id\"") {
        let (before, found) = rest.split_at(at + "\"id\"".len());
        fresh.push_str(before);
        rest = found;
        let value = found.trim_start().strip_prefix(':').map(str::trim_start);
        if let Some(value) = value.and_then(|value| value.strip_prefix('"')) {
            fresh.push_str(&found[..found.len() - value.len()]);
            let _ = write!(fresh, "f{file}.");
            rest = value;
        }
    }
    fresh.push_str(rest);
    fresh
}

/// What the gateway is to tell updates apart by.
fn known_by(key: &Key<'_>) -> Vec<String> {
    let parts: &[&str] = match key {
        Key::Message { field, kind, id } => &["message", field, kind, id],
        Key::Status {
            id,
            status,
            participant,
        } => &["status", id, status, participant.unwrap_or_default()],
        Key::Content {
            entry_id,
            entry_time,
            field,
            phone_number_id,
            raw,
        } => &["content", entry_id, entry_time, field, phone_number_id, raw],
    };
    parts.iter().map(|part| (*part).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_webhook_of_the_corpus_is_stored_shown_and_passed_on() {
    let Some(dir) = corpus() else {
        eprintln!("skipped: there is no corpus; set WAYPOST_CORPUS to its directory");
        return;
    };
    let sink = Sink::start().await;
    let house = House::start(&format!(
        r#"
[[account]]
id = "all"
verify_token = "a-verify-token-of-more-than-32-characters"
phone_number_id = "1"
app_secret = "{SECRET}"
[[hook]]
id = "meta"
url = "{}"
format = "meta"
secret = "{HOOK_SECRET}"
order = "none"
"#,
        sink.url
    ))
    .await;

    let files = files(&dir);
    assert!(!files.is_empty());
    let mut expected = Vec::new();
    let mut total = 0;
    let mut seen = std::collections::HashSet::new();
    for (index, file) in files.iter().enumerate() {
        let text = fresh(&std::fs::read_to_string(file).unwrap(), index);
        if serde_json::from_str::<&RawValue>(&text).is_err() {
            let answer = house.post("/webhooks/whatsapp/all", SECRET, text).await;
            assert_eq!(answer.problem(), (400, "not_json"), "{}", file.display());
            continue;
        }
        let payload = webhook::parse(text.as_bytes()).unwrap();
        for update in payload.updates() {
            total += 1;
            // Without an id of its own an update is known by its content, which files may share.
            if seen.insert(known_by(&update.key())) {
                expected.push((
                    file.clone(),
                    update.raw.to_owned(),
                    update.fault().is_some(),
                ));
            }
        }
        let answer = house
            .post("/webhooks/whatsapp/all", SECRET, text.clone())
            .await;
        assert_eq!(answer.status, 200, "{}: {}", file.display(), answer.text);
    }
    house.gateway.engine().drain().await;

    let events = house.events().await;
    let calls = sink.calls();
    println!(
        "{} webhooks, {total} updates, {} of them different, {} events, {} calls",
        files.len(),
        expected.len(),
        events.len(),
        calls.len()
    );
    assert_eq!(events.len(), expected.len(), "one event for each update");
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for ((file, raw, _), event) in expected.iter().zip(&events) {
        if event.get("raw_bytes").is_none() {
            assert_eq!(json(raw), event["raw"], "{}", file.display());
        }
    }

    let mut bodies: Vec<_> = calls
        .iter()
        .map(|call| std::str::from_utf8(&call.body).unwrap())
        .collect();
    for call in &calls {
        let signature = call.headers["x-hub-signature-256"].to_str().unwrap();
        assert!(webhook::verify(
            &AppSecret::new(HOOK_SECRET),
            &call.body,
            signature
        ));
        let parsed = webhook::parse(&call.body).unwrap();
        assert_eq!(
            parsed.updates().len(),
            1,
            "exactly one change with one update"
        );
    }
    for (file, raw, _) in &expected {
        let place = bodies.iter().position(|body| body.contains(raw.as_str()));
        let place = place
            .unwrap_or_else(|| panic!("{}: its bytes were not passed on: {raw}", file.display()));
        bodies.swap_remove(place);
    }
    assert!(bodies.is_empty());
}
