//! Request bodies of real clients and of Meta's own pages, where the corpus is at hand (`WAYPOST_CORPUS`, or beside the
//! workspace): what is valid by Meta's rules is read into the SDK's types and written again as the same JSON.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop, and says what it skipped"
)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use whatsapp_cloud::graph::messages::ReadReceipt;
use whatsapp_cloud::message::{Content, Message, Template};
use whatsapp_cloud::template::definition::Definition;

/// What one client's own functions take: neither a template to send nor one to create.
const BUILDER_ARGUMENTS: &str = "gokapso-js/requests-templates/tests-templates-";

/// Definitions whose lists a tool wrote as objects of indices.
const INVALID_DEFINITIONS: [&str; 2] = [
    "meta-docs-2026-03/requests-templates/referencia-conta-do-whatsapp-business-template-api__2.json",
    "meta-docs-2026-03/requests-templates/referencia-conta-do-whatsapp-business-template-api__4-placeholder.json",
];

/// Messages of the corpus that Meta would refuse, by the reason.
const INVALID: &[(&str, &[&str])] = &[
    (
        "a placeholder stands where Meta wants one of its words, a country or a number",
        &[
            "fbsamples/requests-messages/controller-media-js__04.json",
            "meta-docs-2025-12/requests-messages/groups-groups-messaging__6-placeholder.json",
            "meta-docs-2025-12/requests-messages/messages-address-messages__1-placeholder.json",
            "meta-docs-2025-12/requests-messages/messages-address-messages__2-placeholder.json",
            "meta-docs-2025-12/requests-messages/messages-location-messages__1-placeholder.json",
            "meta-docs-2025-12/requests-messages/templates-marketing-templates-catalog-templates__4-placeholder.json",
            "meta-docs-2025-12/requests-messages/templates-utility-templates-utility-templates__5-placeholder.json",
            "meta-docs-2026-03/requests-messages/mensagens-de-marketing-onboarding__1-placeholder.json",
            "meta-openapi/requests/sendmessage__send-multi-product-message.json",
            "meta-postman/requests-messages/send-location-message-request-placeholder.json",
            "meta-postman/requests-messages/send-reply-to-location-message-request-placeholder.json",
        ],
    ),
    (
        "a section without rows",
        &["fbsamples/requests-messages/javascripts-interactivemessages-js__01-2.json"],
    ),
    (
        "a template's name is a placeholder, or has a dash",
        &[
            "meta-docs-2025-12/requests-messages/marketing-messages-get-started__1-placeholder.json",
            "meta-docs-2025-12/requests-messages/payments-payments-in-enhanced-payment-links__1.json",
            "meta-docs-2025-12/requests-messages/templates-authentication-templates-autofill-button-authentication-templates__4-placeholder.json",
            "meta-docs-2025-12/requests-messages/templates-authentication-templates-zero-tap-authentication-templates__2-placeholder.json",
            "meta-docs-2025-12/requests-messages/templates-marketing-templates-call-permission-request-message-template__2-placeholder.json",
            "meta-docs-2025-12/requests-messages/templates-marketing-templates-custom-marketing-templates__4-placeholder.json",
            "meta-docs-2025-12/requests-messages/templates-marketing-templates-spm-templates__3-placeholder.json",
            "meta-docs-2026-03/requests-messages/modelos-gerenciamento-de-modelos-tap-target-url-title-override__1-placeholder.json",
            "meta-docs-2026-03/requests-messages/pagamentos-pagamentos-na-india-orderstatustemplate__1-placeholder.json",
            "meta-openapi/requests/sendmessage__send-flow-template-message.json",
            "meta-openapi/requests/sendmessage__send-message-template-interactive.json",
            "meta-openapi/requests/sendmessage__send-message-template-media.json",
            "meta-openapi/requests/sendmessage__send-message-template-text.json",
            "meta-openapi/requests/sendmessage__send-sample-shipping-confirmation-template.json",
            "meta-openapi/requests/sendmessage__send-sample-text-message.json",
            "meta-postman/requests-messages/send-flow-template-message-request-placeholder-2.json",
        ],
    ),
    (
        "both an id and a link",
        &[
            "meta-docs-2025-12/requests-messages/messages-document-messages__1-placeholder.json",
            "meta-docs-2025-12/requests-messages/messages-image-messages__1-placeholder.json",
            "meta-docs-2025-12/requests-messages/messages-sticker-messages__1-placeholder.json",
        ],
    ),
    (
        "a placeholder stands where Meta wants an address",
        &[
            "meta-openapi/requests/sendmessage__send-audio-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-document-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-image-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-reply-to-audio-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-reply-to-document-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-reply-to-image-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-reply-to-sticker-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-reply-to-video-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-sticker-message-by-url.json",
            "meta-openapi/requests/sendmessage__send-video-message-by-url.json",
            "meta-postman/requests-messages/send-audio-message-by-url-request.json",
            "meta-postman/requests-messages/send-document-message-by-url-request-placeholder.json",
        ],
    ),
    (
        "an interactive message that does not say its type, which Meta takes for a text without text",
        &["meta-openapi/requests/sendmessage__send-reply-to-list-message.json"],
    ),
    (
        "`Yes` and `No` became `true` and `false` on the way through YAML; Meta's collection has them as words",
        &["meta-openapi/requests/sendmessage__send-sample-issue-resolution-template.json"],
    ),
    (
        "the action stands one level too deep, as it did in a trial of 2022",
        &["meta-postman/requests-messages/send-order-details-message-request.json"],
    ),
];

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("WAYPOST_CORPUS").map_or(beside, PathBuf::from);
    root.is_dir().then_some(root)
}

/// Every request body, by `source/folder/file`.
fn requests() -> Vec<(String, Value)> {
    let Some(root) = corpus() else {
        eprintln!("skipped: no corpus here; WAYPOST_CORPUS names its folder");
        return Vec::new();
    };
    let mut found = Vec::new();
    for source in std::fs::read_dir(root).unwrap() {
        let source = source.unwrap().path();
        let Ok(folders) = std::fs::read_dir(&source) else {
            continue;
        };
        for folder in folders.map(|folder| folder.unwrap().path()) {
            if !last(&folder).starts_with("requests") || !folder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(&folder).unwrap() {
                let file = file.unwrap().path();
                let name = format!("{}/{}/{}", last(&source), last(&folder), last(&file));
                let body = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
                found.push((name, body));
            }
        }
    }
    found.sort_by(|one, two| one.0.cmp(&two.0));
    found
}

fn last(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn is_message(body: &Value) -> bool {
    let has = |key| body.get(key).is_some();
    (has("to") || has("recipient")) && (has("type") || has("text") || has("interactive"))
}

/// How much of a body this version reads as what it is; the rest it only keeps.
fn unread(value: &impl std::fmt::Debug) -> bool {
    let shown = format!("{value:?}");
    // A word in another spelling is a word; `Unknown({…})` is an object nobody could read.
    shown.contains("Unknown({")
}

#[test]
fn every_valid_message_is_read_whole_kept_within_limits_and_written_the_same() {
    let mut seen = 0;
    let mut invalid: Vec<_> = INVALID
        .iter()
        .flat_map(|(why, names)| names.iter().map(move |name| (*name, *why)))
        .collect();
    for (name, body) in requests() {
        if !is_message(&body) {
            continue;
        }
        seen += 1;
        let read = serde_json::from_value::<Message>(body.clone());
        if let Some(place) = invalid.iter().position(|(listed, _)| *listed == name) {
            invalid.swap_remove(place);
            let refused = read.is_err()
                || read.is_ok_and(|message| {
                    matches!(message.content(), Content::Raw { .. })
                        || unread(message.content())
                        || !message.violations().is_empty()
                });
            assert!(
                refused,
                "{name} is listed as invalid, and nothing is found wrong with it"
            );
            continue;
        }
        let message = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(serde_json::to_value(&message).unwrap(), body, "{name}");
        assert!(!matches!(message.content(), Content::Raw { .. }), "{name}");
        assert!(
            !unread(message.content()),
            "{name}: {:?}",
            message.content()
        );
        assert_eq!(message.violations(), [], "{name}");
    }
    if seen > 0 {
        assert!(
            invalid.is_empty(),
            "listed as invalid, and not there: {invalid:?}"
        );
        eprintln!(
            "{seen} messages, {} of them invalid",
            INVALID.iter().map(|(_, names)| names.len()).sum::<usize>()
        );
    }
}

#[test]
fn every_read_receipt_is_read_and_written_the_same() {
    for (name, body) in requests() {
        if body.get("status").and_then(Value::as_str) == Some("read") {
            let receipt: ReadReceipt = serde_json::from_value(body.clone())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(serde_json::to_value(&receipt).unwrap(), body, "{name}");
        }
    }
}

#[test]
fn every_template_is_read_and_written_the_same() {
    for (name, body) in requests() {
        if body.get("components").is_none()
            || name.starts_with(BUILDER_ARGUMENTS) && body["language"].is_string()
        {
            continue;
        }
        // Of a template to send, the language is an object; of one to create, a word.
        let written = if body["language"].is_object() {
            let template: Template = serde_json::from_value(body.clone())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            serde_json::to_value(&template).unwrap()
        } else if INVALID_DEFINITIONS.contains(&name.as_str()) {
            assert!(
                serde_json::from_value::<Definition>(body).is_err(),
                "{name}"
            );
            continue;
        } else {
            let definition: Definition = serde_json::from_value(body.clone())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            serde_json::to_value(&definition).unwrap()
        };
        assert_eq!(written, body, "{name}");
    }
}
