//! Time as Meta writes it: whole seconds since 1970-01-01 UTC.

use std::fmt;

/// A moment in whole seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixSeconds(pub i64);

impl UnixSeconds {
    /// Reads the digits of a timestamp. Thirteen digits and more are milliseconds, which a few fields carry. `None` for
    /// anything that is no whole number, such as a documentation placeholder.
    pub fn read(text: &str) -> Option<Self> {
        const FIRST_IN_MILLISECONDS: u64 = 100_000_000_000;
        let number: i64 = text.trim().parse().ok()?;
        let seconds = if number.unsigned_abs() >= FIRST_IN_MILLISECONDS {
            number / 1000
        } else {
            number
        };
        Some(Self(seconds))
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A timestamp as it came: digits, a number, or something that is neither, which costs nothing but the time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub crate::open::Text);

impl Timestamp {
    /// The moment, if this is one.
    pub fn seconds(&self) -> Option<UnixSeconds> {
        UnixSeconds::read(self.0.as_str())
    }
}

/// Digits in a string, as most timestamps come.
impl From<UnixSeconds> for Timestamp {
    fn from(moment: UnixSeconds) -> Self {
        Self(moment.to_string().into())
    }
}
