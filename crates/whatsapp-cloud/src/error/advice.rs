//! What to do about an error, in plain words: by code where Meta's pages say something particular, else by class.

use super::{ErrorClass, ErrorKind};

/// Codes with advice of their own.
const CODES: &[(i64, &str)] = &[
    (
        33,
        "The id is wrong, or the token may not see what it names: check the id, and that the token's user has the account assigned.",
    ),
    (
        100,
        "A parameter is wrong or missing; the details name it. With a template, check the number of its parameters.",
    ),
    (
        190,
        "The access token has ended or was revoked: make a new one, best of a system user without an end.",
    ),
    (
        368,
        "The account is blocked for a violation of policy: see Account Quality in the WhatsApp Manager.",
    ),
    (
        130_472,
        "Meta keeps this recipient in an experiment: marketing messages do not reach it. Do not send again.",
    ),
    (
        130_497,
        "The business may not message people in this recipient's country.",
    ),
    (
        131_005,
        "A permission is missing: whatsapp_business_messaging for messages, whatsapp_business_management for the rest.",
    ),
    (131_021, "Sender and recipient are the same number."),
    (
        131_026,
        "The message cannot be delivered: the recipient may not use WhatsApp, or has an old version, or has not agreed to its terms.",
    ),
    (
        131_030,
        "A test number sends only to recipients on its list: add this one in the app's dashboard, written with its country code.",
    ),
    (
        131_031,
        "The account is locked: see Account Quality in the WhatsApp Manager.",
    ),
    (
        131_037,
        "The number's display name is not approved yet: see the WhatsApp Manager.",
    ),
    (
        131_042,
        "Something is wrong with the payment method: see Billing in the WhatsApp Manager.",
    ),
    (
        131_045,
        "The number is not registered: register it with its PIN.",
    ),
    (
        131_047,
        "The recipient has not written for 24 hours: send a template, or wait until they write.",
    ),
    (
        131_048,
        "Too many of this number's messages were blocked or reported: send fewer, and better awaited, ones; see its quality.",
    ),
    (
        131_049,
        "Meta holds marketing messages to this recipient back: wait at least 24 hours, longer each time.",
    ),
    (
        131_050,
        "The recipient has stopped marketing messages of this business: send them no more of these.",
    ),
    (131_051, "This type of message is not supported."),
    (
        131_052,
        "The media that the recipient sent could not be fetched: ask them to send it another way.",
    ),
    (
        131_053,
        "The media could not be uploaded: check its type and its size, and that its link answers with the right type.",
    ),
    (
        131_056,
        "Too many messages from this number to this recipient: wait 4^X seconds, X from 0, for this pair only.",
    ),
    (131_059, "The cursor is not valid: begin the list anew."),
    (
        131_062,
        "This authentication template needs a phone number: a business-scoped user id will not do.",
    ),
    (
        132_000,
        "The number of parameters is not that of the template.",
    ),
    (
        132_001,
        "There is no approved template of this name in this language; approval of a new one takes a moment to spread.",
    ),
    (
        132_005,
        "The translated text with its parameters is too long.",
    ),
    (
        132_007,
        "The template's text breaks a policy: the details say which.",
    ),
    (
        132_012,
        "The parameters are not of the form that the template has.",
    ),
    (
        132_015,
        "The template is paused for its quality: edit it, or wait until Meta lifts the pause.",
    ),
    (
        132_016,
        "The template was paused too often and is disabled for good: make a new one.",
    ),
    (132_068, "The flow is blocked: correct it."),
    (
        132_069,
        "The flow is throttled: ten messages an hour until it is corrected.",
    ),
    (
        133_005,
        "The PIN is wrong: set a new one with two-step verification.",
    ),
    (
        133_010,
        "The number is not registered: register it with its PIN.",
    ),
    (
        133_015,
        "The number was deleted or is being set up: wait five minutes.",
    ),
    (
        133_016,
        "Registered too often: ten times in 72 hours. Wait until they are over.",
    ),
    (
        137_000,
        "The recipient's identity has changed since the hash was made: confirm who they are, and drop the hash.",
    ),
    (
        2_593_107,
        "The contacts or the history of the app were asked for already: once each.",
    ),
    (
        2_593_108,
        "The 24 hours after onboarding are over: onboard the number again.",
    ),
];

/// Of a call that was held against the limits and not made.
pub(super) const EXCEEDS_LIMIT: &str = "The call exceeds a limit, and Meta would refuse it however often it is made: correct what the error names, or allow it with `Client::without_checks`.";

pub(super) fn of(kind: &ErrorKind) -> &'static str {
    let api = match kind {
        ErrorKind::NotSent => {
            return "The request did not leave: check the address and the network. It may be made again.";
        }
        ErrorKind::Damaged => {
            return "What came is not what it should be: fetch a file anew by its id; of a list, the other elements are as good as ever.";
        }
        ErrorKind::Ambiguous(_) => {
            return "The request may have been taken. Do not make it again before a status webhook, or a look at Meta, has told.";
        }
        ErrorKind::Api(api) => api,
    };
    particular(api.code).unwrap_or_else(|| of_class(api.class))
}

/// What to do about an error of Meta's of which no more is known than its code.
pub fn advice_on(code: i64) -> &'static str {
    particular(Some(code)).unwrap_or_else(|| of_class(ErrorClass::of(code)))
}

fn particular(code: Option<i64>) -> Option<&'static str> {
    let row = CODES.iter().find(|(known, _)| Some(*known) == code);
    row.map(|(_, advice)| *advice)
}

fn of_class(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Auth => "Get a new access token.",
        ErrorClass::Permission => {
            "Have the permission granted to the app and to the token, and the account assigned to its user."
        }
        ErrorClass::Throttled => "Wait, and then go on more slowly.",
        ErrorClass::ThrottledPair => {
            "Wait 4^X seconds before the next message to this recipient; others may go on."
        }
        ErrorClass::Hold => {
            "Held back for quality or limits: do not send again by yourself; see the account's quality."
        }
        ErrorClass::Transient => "Meta is unwell: again later.",
        ErrorClass::WindowClosed => "Send a template, or wait until the recipient writes.",
        ErrorClass::Recipient => "This recipient cannot be reached so: correct the contact.",
        ErrorClass::Invalid => "Correct the request; the details say what is wrong with it.",
        ErrorClass::Template => "Correct the template or the flow, and have it approved.",
        ErrorClass::Account => "The account needs attention: see the WhatsApp Manager.",
        ErrorClass::Media => "Check the file's type, size and address.",
        ErrorClass::Coexistence => "Onboard the number again.",
        ErrorClass::Username => {
            "Choose another username, of 3 to 35 of a-z, 0-9, dot and underscore."
        }
        ErrorClass::Unknown => "See Meta's list of error codes; the details may say more.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_given_once_for_each_code_and_the_code_is_known() {
        let mut codes: Vec<i64> = CODES.iter().map(|(code, _)| *code).collect();
        codes.dedup();
        assert_eq!(codes.len(), CODES.len());
        assert!(codes.is_sorted());
        for code in codes {
            assert_ne!(ErrorClass::of(code), ErrorClass::Unknown, "{code}");
        }
    }
}
