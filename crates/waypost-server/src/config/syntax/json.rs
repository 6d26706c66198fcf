//! JSON with the line of every key; `//` and `/* */` comments and trailing commas are let through.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Broken, Lines, child, element, insert, line_at};

/// Reads a JSON text.
pub(super) fn read(text: &str, lines: &mut Lines) -> Result<Value, Broken> {
    let plain = plain(text);
    let root: &RawValue =
        serde_json::from_str(&plain).map_err(|error| broken(&plain, 0, &error))?;
    let mut reader = Reader {
        text: &plain,
        lines,
        depth: 0,
    };
    reader.value(root, "")
}

struct Reader<'t, 'l> {
    text: &'t str,
    lines: &'l mut Lines,
    depth: usize,
}

/// Deeper than any configuration, and shallow enough for any stack.
const DEEPEST: usize = 64;

impl<'t> Reader<'t, '_> {
    fn value(&mut self, raw: &'t RawValue, path: &str) -> Result<Value, Broken> {
        // A raw value is a slice of the text, so the distance of their beginnings is its offset.
        let offset = raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
        let line = line_at(self.text, offset);
        self.lines.note(path, line);
        let broken = |error| broken(self.text, offset, &error);
        if self.depth > DEEPEST {
            return Err(Broken {
                line: Some(line),
                what: "lists and objects are nested too deeply".to_owned(),
            });
        }
        self.depth += 1;
        let value = match raw.get().as_bytes().first() {
            Some(b'{') => {
                let Pairs(pairs) = serde_json::from_str(raw.get()).map_err(broken)?;
                let mut table = Map::new();
                for (key, raw) in pairs {
                    let value = self.value(raw, &child(path, &key))?;
                    insert(&mut table, key, value, line)?;
                }
                Value::Object(table)
            }
            Some(b'[') => {
                let raws: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(broken)?;
                let mut list = Vec::with_capacity(raws.len());
                for (index, raw) in raws.into_iter().enumerate() {
                    list.push(self.value(raw, &element(path, index))?);
                }
                Value::Array(list)
            }
            _ => serde_json::from_str(raw.get()).map_err(broken)?,
        };
        self.depth -= 1;
        Ok(value)
    }
}

/// An object's members as they stand, repeated keys included.
struct Pairs<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// `serde_json` speaks of syntax without quoting the text, and ends with its own line and column.
fn broken(text: &str, offset: usize, error: &serde_json::Error) -> Broken {
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    Broken {
        line: Some(line_at(text, offset) + error.line().saturating_sub(1)),
        what: what.to_owned(),
    }
}

/// The text with comments and trailing commas turned into blanks, every byte in its place.
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = bytes.to_vec();
    let mut at = 0;
    // The last byte that says anything, and where a comma stood that may turn out to be trailing.
    let mut last = b'{';
    let mut comma = None;
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'/')) => find(bytes, at, b"\n"),
            (b'/', Some(b'*')) => find(bytes, at + 2, b"*/") + 2,
            (byte, _) => {
                if matches!(byte, b'}' | b']')
                    && let Some(comma) = comma
                {
                    plain[comma] = b' ';
                }
                if !byte.is_ascii_whitespace() {
                    comma = (byte == b',' && !b"{[,:".contains(&last)).then_some(at);
                    last = byte;
                }
                at = if byte == b'"' {
                    string_end(bytes, at)
                } else {
                    at + 1
                };
                continue;
            }
        };
        let end = end.min(bytes.len());
        for byte in &mut plain[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Only whole comments and single ASCII bytes were replaced, so this never falls back.
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

/// Just past the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn find(bytes: &[u8], from: usize, mark: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(mark.len())
        .position(|window| window == mark)
        .map_or(bytes.len(), |position| from + position)
}
