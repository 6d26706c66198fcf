//! Messages and read receipts: what is valid by Meta's rules is read into the SDK's types, kept within limits, and written
//! again as the same JSON.

use whatsapp_cloud::graph::messages::ReadReceipt;
use whatsapp_cloud::message::{Content, Message};

use crate::calls::completed;
use crate::files::{self, File};

/// Messages of the corpus that Meta would refuse, by the reason.
const INVALID: &[(&str, &[&str])] = &[
    (
        "a placeholder stands where Meta wants one of its words, a country or a number",
        &[
            "fbsamples/requests-messages/controller-media-js__04.json",
            "meta-docs-2025-12/other/payments-payments-in-payment-links__4.json",
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

pub(crate) fn reads(file: &File) -> bool {
    (file.folder().starts_with("requests") || file.folder() == "other")
        && (file.has("to") || file.has("recipient"))
        && (file.has("type") || file.has("text") || file.has("interactive"))
}

pub(crate) fn reads_receipt(file: &File) -> bool {
    file.folder().starts_with("requests") && file.value["status"] == "read"
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
    for File {
        name, value: body, ..
    } in files::all().into_iter().filter(reads)
    {
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
        let written = serde_json::to_value(&message).unwrap();
        assert_eq!(written, completed(&body, &written), "{name}");
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
    for File {
        name, value: body, ..
    } in files::all().into_iter().filter(reads_receipt)
    {
        let receipt: ReadReceipt =
            serde_json::from_value(body.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(serde_json::to_value(&receipt).unwrap(), body, "{name}");
    }
}
