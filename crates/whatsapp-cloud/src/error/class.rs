//! Meta's error codes, sorted by what to do about them.
//!
//! Meta asks to branch on the code, never on the HTTP status: its throttles answer 400. To teach it a code, add it to
//! its row in `CODES`, or to `RANGES` if Meta gives a family one range; exact codes win over ranges.

use std::fmt;
use std::ops::RangeInclusive;

/// What an error code asks of the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The token is wrong or has ended: stop, and get another.
    Auth,
    /// The token or the app may not do this: stop, and have it granted.
    Permission,
    /// The app, the business account or the number is too fast: wait for all of it.
    Throttled,
    /// Too fast for this one recipient: wait 4^X seconds for that pair; others may go on.
    ThrottledPair,
    /// Held back for quality or limits: do not send again by yourself.
    Hold,
    /// Meta is unwell: again later, where sending twice does no harm.
    Transient,
    /// More than 24 hours since the recipient wrote: only a template may go out.
    WindowClosed,
    /// This recipient cannot be reached.
    Recipient,
    /// The request is wrong and will stay wrong.
    Invalid,
    /// The template or flow is disabled or wrong until it is edited.
    Template,
    /// The account is restricted, unregistered or unpaid: stop its sender, and tell somebody.
    Account,
    /// The media could not be fetched or used.
    Media,
    /// Coexistence needs onboarding again.
    Coexistence,
    /// The business's username.
    Username,
    /// A code this version does not know.
    Unknown,
}

use ErrorClass as C;

const CODES: &[(ErrorClass, &[i64])] = &[
    (C::Auth, &[0, 102, 104, 190]),
    (C::Permission, &[3, 10, 131_005]),
    (
        C::Throttled,
        &[4, 17, 613, 80_007, 130_429, 131_208, 133_016],
    ),
    (C::ThrottledPair, &[131_056]),
    (
        C::Hold,
        &[130_472, 131_048, 131_049, 131_064, 132_015, 132_069],
    ),
    (
        C::Transient,
        &[
            1, 2, 131_000, 131_016, 131_057, 133_004, 133_015, 134_101, 138_004, 138_007, 139_103,
        ],
    ),
    (C::WindowClosed, &[131_047]),
    (
        C::Recipient,
        &[131_021, 131_026, 131_030, 131_050, 131_062, 137_000],
    ),
    (
        C::Invalid,
        &[
            33, 100, 803, 136_024, 136_025, 131_008, 131_009, 131_051, 131_055, 131_059, 132_000,
            132_001, 132_005, 132_007, 132_008, 132_012, 132_018, 134_100, 135_000, 139_001,
            139_002, 139_003, 139_004, 139_100, 139_101, 139_102,
        ],
    ),
    (
        C::Template,
        &[
            132_016, 132_068, 2_388_019, 2_388_040, 2_388_047, 2_388_072, 2_388_073, 2_388_293,
            2_388_299,
        ],
    ),
    (
        C::Account,
        &[
            368, 130_497, 131_031, 131_037, 131_042, 131_044, 131_045, 131_063, 131_215, 133_000,
            133_005, 133_006, 133_008, 133_009, 133_010, 134_011, 134_102, 138_000, 138_018,
            139_000,
        ],
    ),
    (C::Media, &[131_036, 131_052, 131_053]),
    (C::Coexistence, &[2_593_107, 2_593_108]),
];

const RANGES: &[(ErrorClass, RangeInclusive<i64>)] = &[
    (C::Permission, 200..=299),
    (C::Invalid, 131_200..=131_299),
    (C::Invalid, 138_000..=138_999),
    (C::Username, 147_001..=147_005),
    // Signups.
    (C::Invalid, 2_494_164..=2_494_179),
];

impl ErrorClass {
    /// The class of one of Meta's codes.
    pub fn of(code: i64) -> Self {
        let exact = CODES.iter().find(|(_, codes)| codes.contains(&code));
        let range = || RANGES.iter().find(|(_, range)| range.contains(&code));
        match (exact, range) {
            (Some((class, _)), _) => *class,
            (None, range) => range().map_or(Self::Unknown, |(class, _)| *class),
        }
    }

    /// Whether waiting alone can cure it.
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Throttled | Self::ThrottledPair | Self::Transient
        )
    }

    /// Whether it concerns the whole sender rather than this message: other messages will fail alike.
    pub fn is_about_the_sender(self) -> bool {
        matches!(
            self,
            Self::Auth | Self::Permission | Self::Account | Self::Throttled | Self::Coexistence
        )
    }

    /// In a few plain words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "the access token is not valid",
            Self::Permission => "permission is missing",
            Self::Throttled => "too many requests",
            Self::ThrottledPair => "too many messages to one recipient",
            Self::Hold => "held back for quality or limits",
            Self::Transient => "a passing failure at Meta",
            Self::WindowClosed => "the 24-hour window is closed",
            Self::Recipient => "the recipient cannot be reached",
            Self::Invalid => "the request is not valid",
            Self::Template => "the template cannot be used",
            Self::Account => "the account is restricted",
            Self::Media => "the media cannot be used",
            Self::Coexistence => "the number must be onboarded again",
            Self::Username => "the username was refused",
            Self::Unknown => "an error this version does not know",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_in_two_classes() {
        let mut seen = std::collections::HashMap::new();
        for (class, codes) in CODES {
            for code in *codes {
                assert_eq!(seen.insert(code, class), None, "{code} is listed twice");
            }
        }
    }

    #[test]
    fn exact_codes_win_over_the_range_around_them() {
        assert_eq!(ErrorClass::of(131_208), C::Throttled);
        assert_eq!(ErrorClass::of(131_215), C::Account);
        assert_eq!(ErrorClass::of(131_210), C::Invalid);
        assert_eq!(ErrorClass::of(138_004), C::Transient);
        assert_eq!(ErrorClass::of(138_999), C::Invalid);
    }

    #[test]
    fn codes_ask_for_what_meta_says_they_ask_for() {
        for (code, class) in [
            (0, C::Auth),
            (190, C::Auth),
            (10, C::Permission),
            (200, C::Permission),
            (299, C::Permission),
            (130_429, C::Throttled),
            (131_056, C::ThrottledPair),
            (131_049, C::Hold),
            (131_016, C::Transient),
            (131_047, C::WindowClosed),
            (131_026, C::Recipient),
            (100, C::Invalid),
            (132_016, C::Template),
            (131_031, C::Account),
            (131_053, C::Media),
            (2_593_107, C::Coexistence),
            (147_003, C::Username),
            (2_494_170, C::Invalid),
            (424_242, C::Unknown),
            (-7, C::Unknown),
        ] {
            assert_eq!(ErrorClass::of(code), class, "{code}");
        }
    }
}
