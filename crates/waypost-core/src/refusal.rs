//! What Meta's refusal of a message means: for the message, for its recipient, for the number, for everyone who sends.
//!
//! | classes of errors | what is done |
//! |---|---|
//! | the number, its account or the app is too fast | the number slows down ([`crate::throttle`]), the message goes again |
//! | too fast for one recipient | that pair waits 4^X seconds, the message goes again |
//! | Meta is unwell and took nothing | the message goes again, ten times |
//! | token, permission, account | the account is held ([`crate::sender`]): its messages stay queued until a probe is taken |
//! | everything else | the message fails, with Meta's whole error and with advice ([`crate::advice`]) |
//!
//! **Invariant:** a refusal that is about one message never holds the others up.

use std::time::Duration;

use serde_json::Value;
use whatsapp_cloud::ErrorClass;

/// What a refusal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The number slows down; the message goes again.
    Number,
    /// The pair waits; the message goes again.
    Pair,
    /// The message goes again, a few times.
    Passing,
    /// The account is held, and tried at these distances.
    Sender(Patience),
    /// The message fails.
    Message,
}

/// How far apart the probes of a held account are: the distance doubles from the first to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From the refusal to the first probe.
    pub first: Duration,
    /// The longest distance.
    pub longest: Duration,
}

/// A token or a permission: somebody is probably mending it.
const CREDENTIALS: Patience = Patience {
    first: Duration::from_secs(15),
    longest: Duration::from_mins(10),
};
/// The account or its number: that takes people at Meta.
const ACCOUNT: Patience = Patience {
    first: Duration::from_mins(1),
    longest: Duration::from_hours(1),
};
/// Too many registrations of a number, which Meta forgives within three days, and every further call counts.
const REGISTRATION: Patience = Patience {
    first: Duration::from_hours(1),
    longest: Duration::from_hours(6),
};

/// Codes of the class [`ErrorClass::Account`] that speak of one message, one country or one feature, so that others may well
/// go: a country the account may not write to, groups, payments, marketing messages, calls.
const OF_ONE_MESSAGE: [i64; 6] = [130_497, 131_215, 134_011, 134_102, 138_000, 138_018];

impl Refusal {
    /// What an error of this class and code asks for.
    pub fn of(class: ErrorClass, code: Option<i64>) -> Self {
        match (class, code) {
            (_, Some(133_016)) => Self::Sender(REGISTRATION),
            (ErrorClass::Throttled, _) => Self::Number,
            (ErrorClass::ThrottledPair, _) => Self::Pair,
            (ErrorClass::Transient, _) => Self::Passing,
            (ErrorClass::Auth | ErrorClass::Permission, _) => Self::Sender(CREDENTIALS),
            (ErrorClass::Account, Some(code)) if OF_ONE_MESSAGE.contains(&code) => Self::Message,
            (ErrorClass::Account, _) => Self::Sender(ACCOUNT),
            _ => Self::Message,
        }
    }
}

/// For how long this recipient gets no more of the same template: Meta asks for a day after 131049 (too much marketing lately),
/// and after 131050 (no marketing wanted) every further one would count against the number. A day later Meta is asked again,
/// since people change their minds. Only templates are concerned: answers within the window go out as ever.
pub fn suppressed_for(code: i64) -> Option<Duration> {
    matches!(code, 131_049 | 131_050).then_some(Duration::from_hours(24))
}

/// Meta's code in an error as it is stored: one error object, or the list a status carries.
pub fn code_in(error: &Value) -> Option<i64> {
    let error = match error {
        Value::Array(errors) => errors.first()?,
        error => error,
    };
    let code = error.get("code")?;
    code.as_i64().or_else(|| code.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whatsapp_cloud::ErrorClass;

    use super::{Refusal, code_in, suppressed_for};

    fn of(code: i64) -> Refusal {
        Refusal::of(ErrorClass::of(code), Some(code))
    }

    #[test]
    fn what_concerns_the_sender_holds_it_and_what_concerns_the_message_fails_it() {
        for code in [
            0, 3, 10, 190, 200, 299, 368, 131_005, 131_031, 131_037, 131_042, 131_045, 133_006,
            133_010, 133_016,
        ] {
            assert!(matches!(of(code), Refusal::Sender(_)), "{code}");
        }
        for code in [
            33, 100, 130_472, 130_497, 131_008, 131_021, 131_026, 131_030, 131_047, 131_048,
            131_049, 131_050, 131_051, 131_053, 131_215, 132_000, 132_001, 132_015, 132_016,
            134_011, 138_000, 147_003, 424_242,
        ] {
            assert_eq!(of(code), Refusal::Message, "{code}");
        }
        for code in [4, 613, 80_007, 130_429] {
            assert_eq!(of(code), Refusal::Number, "{code}");
        }
        assert_eq!(of(131_056), Refusal::Pair);
        for code in [2, 131_016, 131_057, 133_004, 133_015] {
            assert_eq!(of(code), Refusal::Passing, "{code}");
        }
        assert!(matches!(
            Refusal::of(ErrorClass::Auth, None),
            Refusal::Sender(_)
        ));
    }

    #[test]
    fn a_code_is_found_in_an_error_and_in_a_list_of_them() {
        assert_eq!(code_in(&json!({"code": 190})), Some(190));
        assert_eq!(
            code_in(&json!([{"code": "131050"}, {"code": 1}])),
            Some(131_050)
        );
        for none in [
            json!([]),
            json!("x"),
            json!({"code": "not_sent"}),
            json!(null),
        ] {
            assert_eq!(code_in(&none), None);
        }
        assert!(suppressed_for(131_050).is_some() && suppressed_for(131_026).is_none());
    }
}
