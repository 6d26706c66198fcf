//! Our own ids: 63-bit numbers that sort by the time they were made, shown with a prefix that says of what.
//!
//! A number is `milliseconds since 1970 << 20 | counter << 10 | tag`, where the tag is ten random bits of one store. So a key
//! is always appended at the end of its table (random keys are what makes a store slow), an id tells its own time,
//! retention is a range of keys, and a store that is deleted and begun anew never repeats an id its consumers have seen.
//!
//! **Invariant:** one store's ids only ever grow, whatever its clock does.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::UnixMillis;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 13;
const TIME_SHIFT: u32 = 20;
const STEP: i64 = 1 << 10;

/// The text was not one of our ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}… with {DIGITS} characters after it")]
pub struct ParseIdError {
    prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// What the text form begins with.
            pub const PREFIX: &'static str = $prefix;

            /// When it was made.
            pub fn time(self) -> UnixMillis {
                UnixMillis(self.0 >> TIME_SHIFT)
            }

            /// The smallest id that can have been made at or after `time`.
            pub fn floor(time: UnixMillis) -> Self {
                Self(time.0.clamp(0, i64::MAX >> TIME_SHIFT) << TIME_SHIFT)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                f.write_str(std::str::from_utf8(&encode(self.0)).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix($prefix).and_then(decode).map(Self).ok_or(ParseIdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A stored event. The same on every delivery, attempt and replay: it is the `webhook-id` that hooks see.
    EventId = "evt_";
    /// One event on its way to one hook.
    DeliveryId = "dlv_";
    /// One message of ours in the outbox. Meta's own id for it, once known, is its `wamid`.
    OutboxId = "msg_";
    /// Someone an account talks with, however they are known.
    ContactId = "con_";
    /// Stored events delivered once more, many at a time.
    ReplayId = "rpl_";
}

impl EventId {
    /// The ids that deliveries get when they are queued together with this event, one for each of at most `hooks` hooks: the
    /// first ones after its own.
    pub fn first_deliveries(self, hooks: u32) -> RangeInclusive<DeliveryId> {
        let last = self.0.saturating_add(STEP * i64::from(hooks));
        DeliveryId(self.0.saturating_add(1))..=DeliveryId(last)
    }
}

/// Makes ids that only ever grow.
#[derive(Debug, Clone)]
pub struct IdSource {
    last: i64,
    tag: i64,
}

impl IdSource {
    /// `last` is the greatest id the store holds (0 if empty); of `tag`, the store's own random number, ten bits are used.
    pub fn new(last: i64, tag: u16) -> Self {
        Self {
            last,
            tag: i64::from(tag) % STEP,
        }
    }

    /// The next id. Follows `now` while the clock goes forward, and its own last id while it does not.
    pub fn next(&mut self, now: UnixMillis) -> i64 {
        let from_clock = now.0.clamp(0, i64::MAX >> (TIME_SHIFT + 1)) << TIME_SHIFT;
        let from_last = (self.last / STEP + 1) * STEP;
        self.last = from_clock.max(from_last) + self.tag;
        self.last
    }

    /// The greatest id given out.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Forgets what was given out after `last`: the transaction that used it was rolled back.
    pub fn rewind(&mut self, last: i64) {
        self.last = self.last.min(last);
    }
}

fn encode(number: i64) -> [u8; DIGITS] {
    let mut rest = number.cast_unsigned();
    let mut text = [b'0'; DIGITS];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    text
}

fn decode(text: &str) -> Option<i64> {
    if text.len() != DIGITS {
        return None;
    }
    text.bytes()
        .try_fold(0u64, |number, byte| {
            let digit = ALPHABET.iter().position(|&known| known == byte)?;
            number.checked_mul(32)?.checked_add(digit as u64)
        })
        .and_then(|number| i64::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    proptest! {
        #[test]
        fn ids_grow_whatever_the_clock_does(clock in proptest::collection::vec(0i64..1 << 42, 1..200), tag in any::<u16>()) {
            let mut source = IdSource::new(0, tag);
            let mut last = 0;
            for now in clock {
                let id = source.next(UnixMillis(now));
                assert!(id > last);
                last = id;
            }
        }

        #[test]
        fn text_reads_back_and_sorts_like_the_number(a in 0i64..i64::MAX, b in 0i64..i64::MAX) {
            assert_eq!(EventId(a).to_string().parse(), Ok(EventId(a)));
            assert_eq!(EventId(a).to_string().cmp(&EventId(b).to_string()), a.cmp(&b));
        }
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let now = UnixMillis(1_770_000_000_123);
        let id = EventId(IdSource::new(0, 77).next(now));
        assert_eq!(id.time(), now);
        assert!(EventId::floor(now) <= id);
        assert!("evt_tooshort".parse::<EventId>().is_err());
        assert!("dlv_0000000000000".parse::<EventId>().is_err());
    }
}
