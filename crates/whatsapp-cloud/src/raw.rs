//! JSON as it came: objects and lists split into their members without decoding any of them.
//!
//! Nothing here copies, and nothing here decides what a member means. A notification is split along these types, so that
//! one part of it that makes no sense never costs its neighbours.
//!
//! **Invariant:** splitting recurses into nothing; how deep a document nests never matters.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The most members an [`Object`] and elements a [`List`] may have.
pub const MAX_PARTS: usize = 50_000;

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
    pub value: &'a RawValue,
}

impl<'a> Object<'a> {
    /// Splits an object. `None` if this is none, or has more than [`MAX_PARTS`] members.
    pub fn read(json: &'a RawValue) -> Option<Self> {
        json.get()
            .starts_with('{')
            .then(|| serde_json::from_str(json.get()).ok())
            .flatten()
    }

    /// The members, as they came.
    pub fn members(&self) -> &[Member<'a>] {
        &self.members
    }

    /// The value under a key; the last one where the key is repeated, as every common JSON reader has it. `null` counts
    /// as absent.
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
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
    pub fn is(&self, key: &str) -> bool {
        let written = inside_quotes(self.key);
        written == key || (written.contains('\\') && unescape(self.key) == key)
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

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((key, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
                    if members.len() == MAX_PARTS {
                        return Err(serde::de::Error::custom("too many members"));
                    }
                    members.push(Member {
                        key: key.get(),
                        value,
                    });
                }
                Ok(Object { members })
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A JSON array as its elements. An object whose keys are all decimal numbers, `{"0": …, "1": …}`, counts as one: some
/// of Meta's own examples are written so.
#[derive(Clone, Default)]
pub struct List<'a> {
    elements: Vec<&'a RawValue>,
}

impl<'a> List<'a> {
    /// Splits a list. `None` if this is none, or has more than [`MAX_PARTS`] elements.
    pub fn read(json: &'a RawValue) -> Option<Self> {
        if json.get().starts_with('[') {
            return serde_json::from_str(json.get()).ok();
        }
        let object = Object::read(json)?;
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
    pub fn elements(&self) -> &[&'a RawValue] {
        &self.elements
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = List<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<'de>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element::<&'de RawValue>()? {
                    if elements.len() == MAX_PARTS {
                        return Err(serde::de::Error::custom("too many elements"));
                    }
                    elements.push(element);
                }
                Ok(List { elements })
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

/// The text of a scalar: a string's contents, a number as it was written, `true` or `false`. `None` for `null`, objects
/// and arrays. Half a surrogate pair in a string becomes U+FFFD, since text cut in the middle of an emoji is still text.
pub fn text(json: &RawValue) -> Option<Cow<'_, str>> {
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

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
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
