//! What to do about an error, in plain words: Meta's codes, and our own.
//!
//! To advise on another code, add a row. A code without one gets the advice of its class.
//!
//! **Invariant:** advice is about the code alone and repeats nothing of the message.

use serde_json::Value;
use whatsapp_cloud::ErrorClass;

use crate::refusal::code_in;

const OF_META: &[(i64, &str)] = &[
    (
        0,
        "Meta could not authenticate the app: give the account a new access token.",
    ),
    (
        3,
        "The app lacks a capability: check the permissions of the access token in Meta's token debugger.",
    ),
    (
        4,
        "The app makes too many calls: the number slows down by itself; if it stays so, spread the load over the hour.",
    ),
    (
        10,
        "A permission is missing or was withdrawn: grant whatsapp_business_messaging to the system user and make a new token.",
    ),
    (
        33,
        "This phone number id does not exist or the token may not use it: compare the account's `phone_number_id` with the API Setup page.",
    ),
    (
        100,
        "Meta refused a field of the message: `error_data.details` names it.",
    ),
    (
        190,
        "The access token has expired or was revoked: set a new one in the configuration and reload. A system user's token does not expire.",
    ),
    (
        368,
        "Meta has blocked the account for a while for breaking its policies: see Account Quality in WhatsApp Manager.",
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
        130_472,
        "Meta holds marketing back from this person, as part of an experiment: do not send it again; other messages reach them.",
    ),
    (
        130_497,
        "The business may not write to people in this country: see WhatsApp Manager.",
    ),
    (
        131_000,
        "Something went wrong at Meta. If it repeats itself for one message, ask Meta's support with the `fbtrace_id`.",
    ),
    (
        131_005,
        "Access denied: grant whatsapp_business_messaging to the system user and make a new token.",
    ),
    (
        131_008,
        "A required field is missing: `error_data.details` names it.",
    ),
    (
        131_009,
        "A field has a value that Meta does not take: `error_data.details` names it.",
    ),
    (
        131_016,
        "Meta's service is overloaded: it is tried again by itself.",
    ),
    (
        131_021,
        "The recipient is the sender itself: write to another number.",
    ),
    (
        131_026,
        "The message cannot be delivered: the number is not on WhatsApp, has an old version, has not accepted the new terms, or the template's kind is not for it. Reach this person another way.",
    ),
    (
        131_030,
        "A test number writes only to numbers on its list, and a live one to no number that was never added: add the recipient under API Setup, or use a live number.",
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
        131_047,
        "More than 24 hours have passed since this person last wrote: send a template.",
    ),
    (
        131_048,
        "Too many people blocked or reported this number, so Meta holds messages back: see its quality rating, and send less and better.",
    ),
    (
        131_049,
        "Meta gives this person no more marketing for now: do not send it again for at least a day. The same template is not tried before then.",
    ),
    (
        131_050,
        "This person wants no marketing from you: leave them out of your campaigns. The same template is not tried for a day.",
    ),
    (131_051, "Meta does not send messages of this type."),
    (131_052, "Meta could not fetch the media this person sent."),
    (
        131_053,
        "Meta could not use the media: check its type, size and link.",
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
        132_000,
        "The template has another number of parameters: count its placeholders.",
    ),
    (
        132_001,
        "There is no approved template of this name and language: check both in WhatsApp Manager.",
    ),
    (
        132_005,
        "The template's text is too long with these parameters: shorten them.",
    ),
    (132_007, "The template breaks Meta's policy: edit it."),
    (
        132_012,
        "A parameter's format is not the template's: `error_data.details` names it.",
    ),
    (
        132_015,
        "The template is paused for low quality: edit it, or use another.",
    ),
    (
        132_016,
        "The template was paused too often and is disabled: make a new one.",
    ),
    (132_068, "The flow is blocked: correct it."),
    (
        132_069,
        "The flow is throttled: ten an hour go out until it is mended.",
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
        .or_else(|| of_class(ErrorClass::of(code)))
}

fn of_class(class: ErrorClass) -> Option<&'static str> {
    let advice = match class {
        ErrorClass::Auth => "Give the account a new access token.",
        ErrorClass::Permission => {
            "Grant the token its permissions, above all whatsapp_business_messaging, and make a new one."
        }
        ErrorClass::Throttled => "Too many calls: the number slows down by itself.",
        ErrorClass::ThrottledPair => {
            "Too many messages to one person: the conversation waits by itself."
        }
        ErrorClass::Hold => {
            "Meta holds this back for quality or limits: do not send it again by itself."
        }
        ErrorClass::Transient => "Something passing at Meta.",
        ErrorClass::WindowClosed => "Send a template.",
        ErrorClass::Recipient => "This person cannot be reached with this message.",
        ErrorClass::Invalid => "The message is wrong for Meta: `error_data.details` says where.",
        ErrorClass::Template => "Edit the template, or use another.",
        ErrorClass::Account => "Something is wrong with the account: see WhatsApp Manager.",
        ErrorClass::Media => "Check the media's type, size and link.",
        ErrorClass::Coexistence => "Onboard the number again from the WhatsApp Business app.",
        ErrorClass::Username => "Choose another username.",
        _ => return None,
    };
    Some(advice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{OF_META, advice};

    #[test]
    fn there_is_advice_for_what_happens_every_day() {
        let says = |error| advice(&error).unwrap_or_default();
        assert!(says(json!({"code": 131_047, "message": "x"})).contains("template"));
        assert!(says(json!([{"code": 131_026}])).contains("not on WhatsApp"));
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
