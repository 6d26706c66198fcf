//! Lengths of time as a configuration writes them: `500ms`, `15s`, `2m`, `1h`, `7d`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A whole number and its unit; at most 365 days, so that no sum of them overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span(pub(super) Duration);

/// Units from the longest to the shortest, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];
const LONGEST_MS: u64 = 365 * 86_400_000;

impl Span {
    /// So many seconds.
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

/// The text is not a number and a unit, or longer than 365 days.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotASpan;

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| NotASpan)?;
        let (_, scale) = UNITS
            .iter()
            .find(|(name, _)| *name == unit.trim())
            .ok_or(NotASpan)?;
        let ms = number
            .checked_mul(*scale)
            .filter(|ms| *ms <= LONGEST_MS)
            .ok_or(NotASpan)?;
        Ok(Self(Duration::from_millis(ms)))
    }
}

/// In the longest unit that gives a whole number.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = u64::try_from(self.0.as_millis()).unwrap_or(LONGEST_MS);
        let (unit, scale) = UNITS
            .into_iter()
            .find(|(_, scale)| ms > 0 && ms % scale == 0)
            .unwrap_or(("s", 1000));
        write!(f, "{}{unit}", ms / scale)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|NotASpan| serde::de::Error::custom("not a length of time"))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "span", "pattern": r"^[0-9]+ ?(ms|s|m|h|d)$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_back_as_it_is_written() {
        for text in [
            "0s", "1ms", "1500ms", "15s", "90s", "2m", "1h", "36h", "7d", "365d",
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string(), text);
        }
        assert_eq!("60 s".parse::<Span>().unwrap().to_string(), "1m");
    }

    #[test]
    fn what_has_no_unit_or_no_number_is_refused() {
        for text in [
            "",
            "15",
            "s",
            "-1s",
            "1.5s",
            "1 week",
            "366d",
            "99999999999999999999s",
            "1é",
        ] {
            assert_eq!(text.parse::<Span>(), Err(NotASpan), "{text}");
        }
    }
}
