//! Whether, and how patiently, a call that Meta refused may be made again: by class, and for some codes apart.
//!
//! To teach it a code with a wait of its own, add it to `APART`.

use std::time::Duration;

use super::ErrorClass;

/// Whether, and how patiently, the same call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// Not by itself: the call, its recipient or its sender must change first, or too much time must pass.
    Never,
    /// After a wait that doubles each time.
    BackOff,
    /// After 4^X seconds for this number and this recipient, X from 0; others may go on.
    BackOffPair,
    /// After this long at the least.
    After(Duration),
}

/// Codes whose wait is not that of their class.
const APART: &[(i64, Policy)] = &[
    // Ten registrations in 72 hours: no wait that a program should sit out.
    (133_016, Policy::Never),
    // The number is being set up: Meta names five minutes.
    (133_015, Policy::After(Duration::from_mins(5))),
    // Up to ten minutes for an amount to be corrected.
    (134_101, Policy::After(Duration::from_mins(10))),
    // The throughput is being raised: at most one minute.
    (131_057, Policy::After(Duration::from_secs(10))),
];

impl Policy {
    /// Of a code, and of its class where the code has none of its own.
    pub fn of(code: Option<i64>, class: ErrorClass) -> Self {
        let apart = APART.iter().find(|(apart, _)| Some(*apart) == code);
        if let Some((_, policy)) = apart {
            return *policy;
        }
        match class {
            ErrorClass::Throttled | ErrorClass::Transient => Self::BackOff,
            ErrorClass::ThrottledPair => Self::BackOffPair,
            _ => Self::Never,
        }
    }
}
