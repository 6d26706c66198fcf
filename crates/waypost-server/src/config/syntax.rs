//! From text to a value, with the line of every key.
//!
//! TOML, JSON (with comments and trailing commas, as people write it) and YAML all become a JSON value; what they differ in
//! ends here. A message about broken syntax says where and what was expected, and never quotes the text, which may hold secrets.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

mod json;
mod toml;
mod yaml;

/// A document as it was written.
pub(super) struct Parsed {
    /// What it says. Always an object.
    pub(super) value: Value,
    /// Line of each key path (`account[0].id`), counted from 1.
    pub(super) lines: BTreeMap<String, usize>,
}

/// Why a text is not a document.
#[derive(Debug)]
pub(super) struct Broken {
    /// Counted from 1.
    pub(super) line: Option<usize>,
    /// What is wrong.
    pub(super) what: String,
}

/// The syntax of a configuration text, by its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Begins with `{`.
    Json,
    /// Has a line `[table]` or `key = value` before any `key: value`.
    Toml,
    /// Anything else.
    Yaml,
}

impl Syntax {
    /// The word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }

    /// Decides by the first line that says anything.
    pub(super) fn of(text: &str) -> Self {
        for line in text.lines() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with(['{', '/']) {
                return Self::Json;
            }
            let before = |mark| line.find(mark).unwrap_or(usize::MAX);
            let toml = line.starts_with('[') || before('=') < before(':');
            return if toml { Self::Toml } else { Self::Yaml };
        }
        Self::Toml
    }

    /// Reads a text.
    pub(super) fn read(self, text: &str) -> Result<Parsed, Broken> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = Lines::default();
        let value = match self {
            Self::Json => json::read(text, &mut lines),
            Self::Toml => toml::read(text, &mut lines),
            Self::Yaml => yaml::read(text, &mut lines),
        }?;
        Ok(Parsed {
            value,
            lines: lines.0,
        })
    }
}

/// Line of each key path, while it is gathered.
#[derive(Default)]
struct Lines(BTreeMap<String, usize>);

impl Lines {
    fn note(&mut self, path: &str, line: usize) {
        self.0.insert(path.to_owned(), line);
    }
}

/// Key path of a key in a table.
pub(super) fn child(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Key path of an element of a list.
pub(super) fn element(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// The line of a byte offset, counted from 1.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.split(|byte| *byte == b'\n').count()
}

/// Puts a key into a table; a key that is there already is a mistake in every syntax.
fn insert(
    table: &mut Map<String, Value>,
    key: String,
    value: Value,
    line: usize,
) -> Result<(), Broken> {
    if table.contains_key(&key) {
        return Err(Broken {
            line: Some(line),
            what: format!("the key `{key}` is there twice"),
        });
    }
    table.insert(key, value);
    Ok(())
}

#[cfg(test)]
mod tests;
