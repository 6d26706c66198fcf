//! JSON as it came: objects and lists split into their members without decoding any of them.
//!
//! A text is checked once, whole ([`Json::parse`]); splitting it further then only looks for where its parts end. Nothing
//! here copies, and nothing here decides what a member means. A notification is split along these types, so that one part
//! of it that makes no sense never costs its neighbours.
//!
//! **Invariant:** splitting recurses into nothing; how deep a document nests never matters.

mod lenient;
mod outline;
mod scan;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

pub(crate) use self::lenient::{read, read_text};
pub use self::outline::Outline;
use self::scan::Scan;

/// The most members an [`Object`] and elements a [`List`] may have.
pub const MAX_PARTS: usize = 50_000;

/// A text that is one JSON value, without space around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// `null`.
    pub const NULL: Self = Self("null");

    /// Checks all of a text.
    ///
    /// # Errors
    /// Where it is no JSON.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<&RawValue>(text).map(|raw| Self(raw.get()))
    }

    /// A text that was checked before, space around it or not.
    pub(crate) fn checked(text: &'a str) -> Self {
        Self(text.trim_matches([' ', '\t', '\n', '\r']))
    }

    /// The text.
    pub fn get(self) -> &'a str {
        self.0
    }
}

/// Says what kind of value it is, never which.
impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.as_bytes().first() {
            Some(b'{') => "{…}",
            Some(b'[') => "[…]",
            Some(b'"') => "\"…\"",
            _ => "…",
        })
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(self.0)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(|raw| Self(raw.get()))
    }
}

/// A JSON object as its members, in order, repeated keys included.
#[derive(Clone, Default)]
pub struct Object<'a> {
    members: Vec<Member<'a>>,
}

/// One member of an [`Object`].
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// The key with its quotes, as it was written.
    pub key: &'a str,
    /// The value as it was written.
    pub value: Json<'a>,
    key_is_escaped: bool,
}

impl<'a> Object<'a> {
    /// Splits an object. `None` if this is none, or has more than [`MAX_PARTS`] members.
    pub fn read(json: Json<'a>) -> Option<Self> {
        Self::scan(Scan::inside(json.0, b'{')?)
    }

    fn scan(mut scan: Scan<'a, '_>) -> Option<Self> {
        let mut members = Vec::with_capacity(8);
        while let Some((key, key_is_escaped)) = scan.key() {
            if members.len() == MAX_PARTS {
                return None;
            }
            members.push(Member {
                key,
                value: Json(scan.value()?),
                key_is_escaped,
            });
        }
        Some(Self { members })
    }

    /// The members, as they came.
    pub fn members(&self) -> &[Member<'a>] {
        &self.members
    }

    /// The value under a key; the last one where the key is repeated, as every common JSON reader has it. `null` counts
    /// as absent.
    pub fn get(&self, key: &str) -> Option<Json<'a>> {
        let found = self.members.iter().rev().find(|member| member.is(key))?;
        (found.value.get() != "null").then_some(found.value)
    }

    /// The object under a key.
    pub fn object(&self, key: &str) -> Option<Object<'a>> {
        self.get(key).and_then(Object::read)
    }

    /// The text under a key, as [`text`] reads it.
    pub fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key).and_then(text)
    }

    /// Whether a key occurs more than once.
    pub fn repeats(&self, key: &str) -> bool {
        self.members.iter().filter(|member| member.is(key)).count() > 1
    }
}

impl Member<'_> {
    /// Whether this is the key, however it was escaped.
    #[inline]
    pub fn is(&self, key: &str) -> bool {
        if self.key_is_escaped {
            unescape(self.key) == key
        } else {
            // Without its quotes; most keys differ in length already.
            self.key.len() == key.len() + 2 && self.key.as_bytes()[1..].starts_with(key.as_bytes())
        }
    }
}

/// Shows keys only: values may be anything.
impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.members.iter().map(|member| member.key))
            .finish()
    }
}

/// A JSON array as its elements. An object whose keys are all decimal numbers, `{"0": …, "1": …}`, counts as one: some
/// of Meta's own examples are written so.
#[derive(Clone, Default)]
pub struct List<'a> {
    elements: Vec<Json<'a>>,
}

impl<'a> List<'a> {
    /// Splits a list. `None` if this is none, or has more than [`MAX_PARTS`] elements.
    pub fn read(json: Json<'a>) -> Option<Self> {
        match Scan::inside(json.0, b'[') {
            Some(scan) => Self::scan(scan),
            None => Self::of_indices(&Object::read(json)?),
        }
    }

    fn scan(mut scan: Scan<'a, '_>) -> Option<Self> {
        let mut elements = Vec::new();
        while scan.has_more() {
            if elements.len() == MAX_PARTS {
                return None;
            }
            elements.push(Json(scan.value()?));
        }
        Some(Self { elements })
    }

    fn of_indices(object: &Object<'a>) -> Option<Self> {
        let is_index = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        let all_indices = object
            .members
            .iter()
            .all(|member| is_index(inside_quotes(member.key)));
        (all_indices && !object.members.is_empty()).then(|| Self {
            elements: object.members.iter().map(|member| member.value).collect(),
        })
    }

    /// The elements, as they came.
    pub fn elements(&self) -> &[Json<'a>] {
        &self.elements
    }
}

/// The text of a scalar: a string's contents, a number as it was written, `true` or `false`. `None` for `null`, objects
/// and arrays. Half a surrogate pair in a string becomes U+FFFD, since text cut in the middle of an emoji is still text.
pub fn text(json: Json<'_>) -> Option<Cow<'_, str>> {
    let written = json.get();
    match written.as_bytes().first()? {
        b'"' if !written.contains('\\') => Some(Cow::Borrowed(inside_quotes(written))),
        b'"' => Some(Cow::Owned(unescape(written))),
        b'{' | b'[' | b'n' => None,
        _ => Some(Cow::Borrowed(written)),
    }
}

fn inside_quotes(written: &str) -> &str {
    written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(written)
}

/// Decodes a JSON string that is known to be one. Asking for bytes makes `serde_json` let half surrogates through.
fn unescape(written: &str) -> String {
    struct Lossy;
    impl Visitor<'_> for Lossy {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }

        fn visit_str<E>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
    }
    serde_json::Deserializer::from_str(written)
        .deserialize_bytes(Lossy)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Json<'_> {
        Json::parse(json).unwrap()
    }

    #[test]
    fn text_reads_every_scalar_and_survives_half_an_emoji() {
        assert_eq!(text(raw("\"a\\u00e9\\/\"")).unwrap(), "aé/");
        assert_eq!(text(raw("15550001")).unwrap(), "15550001");
        assert_eq!(
            text(raw("\"cut \\ud83d\"")).unwrap(),
            "cut \u{fffd}\u{fffd}\u{fffd}"
        );
        assert!(text(raw("null")).is_none());
        assert!(text(raw("{}")).is_none());
    }

    #[test]
    fn keys_are_found_however_they_are_escaped_and_the_last_repeat_wins() {
        let object = Object::read(raw(r#"{"i\u0064":"1","id":2}"#)).unwrap();
        assert_eq!(object.text("id").unwrap(), "2");
        assert!(object.repeats("id"));
    }

    #[test]
    fn a_list_written_as_an_object_of_indices_is_a_list() {
        assert_eq!(
            List::read(raw(r#"{"0":{},"1":{}}"#))
                .unwrap()
                .elements()
                .len(),
            2
        );
        assert!(List::read(raw(r#"{"0":{},"x":{}}"#)).is_none());
        assert!(List::read(raw("{}")).is_none());
    }
}
