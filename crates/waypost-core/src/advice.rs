//! What to do about an error, in plain words: Meta's codes, and our own.
//!
//! The SDK advises on Meta's codes; a row here says what the gateway does about one besides, or which of its keys to change.
//!
//! **Invariant:** advice is about the code alone and repeats nothing of the message.

use serde_json::Value;
use whatsapp_cloud::ErrorClass;
use whatsapp_cloud::error::advice_on;

use crate::account::UncertainPolicy;
use crate::refusal::code_in;

/// Where the gateway does something about it by itself, or a key of its configuration is what to change. What to do about
/// every other code is Meta's language, and the SDK's to say.
const OF_META: &[(i64, &str)] = &[
    (
        4,
        "The app makes too many calls: the number slows down by itself; if it stays so, spread the load over the hour.",
    ),
    (
        33,
        "This phone number id does not exist or the token may not use it: compare the account's `phone_number_id` with the API Setup page.",
    ),
    (
        190,
        "The access token has expired or was revoked: set a new one in the configuration and reload. A system user's token does not expire.",
    ),
    (
        80_007,
        "The business account makes too many calls: the number slows down by itself.",
    ),
    (
        130_429,
        "The number sends faster than its throughput: the number slows down by itself; set the account's `throughput` to what Meta allows it.",
    ),
    (
        131_016,
        "Meta's service is overloaded: it is tried again by itself.",
    ),
    (
        131_031,
        "The business account is locked: see Account Quality in WhatsApp Manager and appeal there. Messages wait.",
    ),
    (
        131_037,
        "The number's display name is not approved yet: wait for the approval or change it in WhatsApp Manager. Messages wait.",
    ),
    (
        131_042,
        "Meta cannot bill the account: check the payment method in Business Manager. Messages wait.",
    ),
    (
        131_044,
        "Meta cannot bill the account: check the payment method in Business Manager. Messages wait.",
    ),
    (
        131_045,
        "The number is not registered correctly: register it again with its PIN. Messages wait.",
    ),
    (
        131_049,
        "Meta gives this person no more marketing for now: do not send it again for at least a day. The same template is not tried before then.",
    ),
    (
        131_050,
        "This person wants no marketing from you: leave them out of your campaigns. The same template is not tried for a day.",
    ),
    (
        131_056,
        "Too many messages to one person: the conversation waits by itself.",
    ),
    (
        131_057,
        "The number is being upgraded: it is tried again by itself.",
    ),
    (
        133_010,
        "The number is not registered: register it with its PIN. Messages wait.",
    ),
    (
        133_016,
        "The number was registered too often: Meta allows it again within 72 hours. Messages wait.",
    ),
];

const OF_OURS: &[(&str, &str)] = &[
    (
        "no_access_token",
        "Set the account's `access_token` and reload.",
    ),
    (
        "no_phone_number_id",
        "Set the account's `phone_number_id` and reload.",
    ),
    (
        "no_account",
        "Put the account back into the configuration, or enable it: the message waits for a day.",
    ),
    ("not_a_message", "Send a Cloud API message object."),
    (
        "not_sent",
        "Meta could not be reached: check the network between here and Meta. It is tried again by itself for a day.",
    ),
    (
        "ambiguous",
        "Meta's answer was lost, so the message may have gone out: wait for its status, or ask the recipient before you send it again.",
    ),
    (
        "interrupted",
        "The gateway was stopped during the call, so the message may have gone out: wait for its status, or ask the recipient before you send it again.",
    ),
    (
        "internal",
        "The gateway failed during the call: report it, with the log.",
    ),
    (
        "recipient_suppressed",
        "Meta refused this template for this person within the last day: see `cause`. It is tried again after `until`.",
    ),
];

/// What to do about an error as it is stored, if there is anything to say.
pub fn advice(error: &Value) -> Option<&'static str> {
    if let Some(ours) = error.get("code").and_then(Value::as_str) {
        let row = OF_OURS.iter().find(|(code, _)| *code == ours);
        if let Some((_, advice)) = row {
            return Some(advice);
        }
    }
    let code = code_in(error)?;
    let row = OF_META.iter().find(|(known, _)| *known == code);
    row.map(|(_, advice)| *advice)
        .or_else(|| (ErrorClass::of(code) != ErrorClass::Unknown).then(|| advice_on(code)))
}

/// What becomes of a message that may have gone out, whatever the error was, and what to do about it meanwhile.
pub fn of_uncertain(policy: UncertainPolicy) -> &'static str {
    match policy {
        UncertainPolicy::Hold => {
            "It may have gone out: a status that names it settles it. Without one by `send.uncertain_after` a message.uncertain event \
             tells of it, the next messages go on, and it is not sent again by itself: ask the recipient before you do."
        }
        UncertainPolicy::Resend => {
            "It may have gone out: a status that names it settles it. Without one by `send.uncertain_after` a message.uncertain event \
             tells of it, and it is sent again, as the account's `uncertain` says."
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{OF_META, advice};

    #[test]
    fn there_is_advice_for_what_happens_every_day() {
        let says = |error| advice(&error).unwrap_or_default();
        assert!(says(json!({"code": 131_047, "message": "x"})).contains("template"));
        assert!(says(json!([{"code": 131_026}])).contains("cannot be delivered"));
        assert!(says(json!({"type": "waypost", "code": "no_access_token"})).contains("reload"));
        assert!(says(json!({"code": 132_999})).is_empty());
        assert!(!says(json!({"code": 205})).is_empty(), "its class speaks");
        assert_eq!(advice(&json!({"type": "http", "http_status": 404})), None);
    }

    #[test]
    fn no_code_is_advised_on_twice() {
        assert!(OF_META.is_sorted_by(|one, other| one.0 < other.0));
    }
}
