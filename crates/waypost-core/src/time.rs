//! Time as it is stored and compared: milliseconds since 1970-01-01 UTC.
//!
//! **Invariant:** nothing in this crate asks what time it is; `now` is always a parameter.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment, in milliseconds since the Unix epoch. Negative before 1970.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The epoch itself; also "due at once" for anything that waits.
    pub const ZERO: Self = Self(0);
    /// 0000-01-01T00:00:00Z, with which the years of RFC 3339 begin.
    const FIRST: Self = Self(-62_167_219_200_000);
    /// 9999-12-30T22:00:00Z, where our library's calendar ends, for every offset's sake.
    const LAST: Self = Self(253_402_207_200_000);

    /// From whole seconds, as Meta writes timestamps. Saturates.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Reads RFC 3339: `2026-01-30T12:00:00Z`, or with another offset.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let moment: jiff::Timestamp = text.parse().ok()?;
        Some(Self(moment.as_millisecond()))
    }

    /// This moment and `span` later. Saturates.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long ago `earlier` was; zero if it lies ahead (clocks are hostile).
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whether RFC 3339 can write it: within the years 0000 to 9999.
    pub fn is_on_the_calendar(self) -> bool {
        (Self::FIRST..=Self::LAST).contains(&self)
    }

    /// RFC 3339 in UTC, with three digits of a fraction, or none when it is zero: `2026-01-30T12:00:00Z`. So times in a table
    /// stand under one another.
    /// A moment outside the calendar is pinned to its nearest end.
    pub fn rfc3339(self) -> String {
        let pinned = self.clamp(Self::FIRST, Self::LAST).0;
        let moment = jiff::Timestamp::from_millisecond(pinned).unwrap_or_default();
        if pinned % 1000 == 0 {
            moment.to_string()
        } else {
            format!("{moment:.3}")
        }
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::UnixMillis;

    #[test]
    fn whatever_the_number_what_is_written_is_rfc_3339() {
        let written = |millis| UnixMillis(millis).rfc3339();
        assert_eq!(written(0), "1970-01-01T00:00:00Z");
        assert_eq!(written(-1_000), "1969-12-31T23:59:59Z");
        assert_eq!(written(i64::MIN), "0000-01-01T00:00:00Z");
        assert_eq!(written(i64::MAX), "9999-12-30T22:00:00Z");
        assert!(!UnixMillis(i64::MAX).is_on_the_calendar());
        assert!(UnixMillis(253_402_207_200_000).is_on_the_calendar());
    }

    #[test]
    fn a_fraction_has_three_digits_or_is_left_out() {
        let written = |millis| UnixMillis(millis).rfc3339();
        assert_eq!(written(1_769_774_400_810), "2026-01-30T12:00:00.810Z");
        assert_eq!(written(1_769_774_400_000), "2026-01-30T12:00:00Z");
        assert_eq!(
            UnixMillis::from_rfc3339("2026-01-30T12:00:00.810Z"),
            Some(UnixMillis(1_769_774_400_810))
        );
    }
}
