//! The four doors: which format a text is written in, and how the seed formats become the native one.
//!
//! A seed format is a type with its own keys, checked like the native one, and a translation into a [`Document`]. Sections of
//! the native format may stand beside the seed's own, so that its users can add hooks, API keys or a `graph_url` in place. To
//! add a door: a variant here, a module with its type, its `translate` and its `spell`.

use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Door;
use super::check::{check, schema_of};
use super::document::Document;
use super::environment::Environment;
use super::error::Problems;
use super::syntax::{Parsed, Syntax};

mod openparallax;
mod prx;
mod whatshooked;

/// Keys at the top of a WhatsHooked file, any of which gives it away.
const WHATSHOOKED: [&str; 8] = [
    "whatsapp",
    "hooks",
    "server",
    "media",
    "message_cache",
    "event_logger",
    "database",
    "log_level",
];

/// The door a parsed text belongs to.
pub(super) fn recognise(syntax: Syntax, value: &Value) -> Door {
    let at = |pointer| value.pointer(pointer).is_some();
    let list = |key| value.get(key).is_some_and(Value::is_array);
    if at("/channels_config") {
        Door::Prx
    } else if at("/channels") {
        Door::OpenParallax
    } else if list("whatsapp") || list("hooks") {
        Door::WhatsHooked
    } else if list("account") || list("hook") {
        Door::Native
    } else if syntax == Syntax::Json && WHATSHOOKED.iter().any(|key| value.get(key).is_some()) {
        Door::WhatsHooked
    } else {
        Door::Native
    }
}

/// What the file says, as a native document. From here on, problems know how the file spells native keys.
pub(super) fn open(
    door: Door,
    parsed: Parsed,
    environment: &Environment,
    problems: &mut Problems,
) -> Document {
    let Parsed { value, .. } = parsed;
    match door {
        Door::Native => {
            let mut value = value;
            check(&mut value, &schema_of::<Document>(), problems);
            typed(value, problems)
        }
        Door::WhatsHooked => {
            let natives = ["graph_url", "api", "delivery", "send", "log"];
            let (seed, document) = split(value, &natives, problems);
            let document = whatshooked::translate(seed, document, problems);
            problems.speak(whatshooked::spell);
            document
        }
        Door::Prx => {
            let (seed, document) = split(value, &BESIDE, problems);
            let document = prx::translate(seed, document, environment, problems);
            problems.speak(prx::spell);
            document
        }
        Door::OpenParallax => {
            let (seed, document) = split(value, &BESIDE, problems);
            let document = openparallax::translate(seed, document, problems);
            problems.speak(openparallax::spell);
            document
        }
    }
}

/// Native sections that may stand beside a channel's table.
const BESIDE: [&str; 10] = [
    "graph_url",
    "server",
    "api",
    "delivery",
    "send",
    "log",
    "hook",
    "media",
    "cache",
    "event_log",
];

/// Takes the native sections out of a seed document, and reads both.
fn split<T>(value: Value, natives: &[&str], problems: &mut Problems) -> (T, Document)
where
    T: JsonSchema + DeserializeOwned + Default,
{
    let mut seed = match value {
        Value::Object(table) => table,
        _ => Map::new(),
    };
    let mut native = Map::new();
    for key in natives {
        if let Some(part) = seed.shift_remove(*key) {
            native.insert((*key).to_owned(), part);
        }
    }
    let (mut seed, mut native) = (Value::Object(seed), Value::Object(native));
    check(&mut seed, &schema_of::<T>(), problems);
    check(&mut native, &schema_of::<Document>(), problems);
    (typed(seed, problems), typed(native, problems))
}

/// Checked values become types. That this could fail would be a gap in `check`; the message of serde might quote a secret,
/// so only the place is told.
pub(super) fn typed<T: DeserializeOwned + Default>(value: Value, problems: &mut Problems) -> T {
    serde_path_to_error::deserialize(value).unwrap_or_else(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        problems.add(
            &path,
            "the value does not fit here",
            "compare with docs/configuration.md",
        );
        T::default()
    })
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "Waypost TOML",
            Self::WhatsHooked => "WhatsHooked JSON",
            Self::Prx => "PRX TOML",
            Self::OpenParallax => "OpenParallax YAML",
        })
    }
}
