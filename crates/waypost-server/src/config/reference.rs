//! Every key, its default and its variable, as Markdown: the generated part of `docs/configuration.md`.

use std::fmt::Write as _;

use serde_json::Value;

use waypost_core::event::EventType;

use super::check::{choices, describe, schema_of};
use super::document::{Account, Database, Document, Hook, Key};
use super::overrides::{SHORT, variable};

/// The tables that are read for the sake of files that have them; see `sections_to_come`.
const NOT_ACTED_ON: [&str; 4] = ["[media]", "[cache]", "[event_log]", "[event_log.database]"];

/// A table of the native format.
struct Section {
    /// How TOML writes it.
    heading: &'static str,
    /// Where its schema is.
    pointer: &'static str,
    /// Its variables begin so.
    variable: &'static str,
    defaults: Value,
}

/// The tables, in reading order.
fn sections() -> Vec<Section> {
    let whole = value(&Document::default());
    let part = |key: &str| whole.get(key).cloned().unwrap_or_default();
    let section = |heading, pointer, variable, defaults| Section {
        heading,
        pointer,
        variable,
        defaults,
    };
    vec![
        section("top level", "", "WAYPOST", whole.clone()),
        section(
            "[server]",
            "/properties/server",
            "WAYPOST_SERVER",
            part("server"),
        ),
        section("[log]", "/properties/log", "WAYPOST_LOG", part("log")),
        section("[api]", "/properties/api", "WAYPOST_API", part("api")),
        section(
            "[[api.key]]",
            "/properties/api/properties/key/items",
            "WAYPOST_API_KEY_‹NAME›",
            value(&Key::default()),
        ),
        section(
            "[delivery]",
            "/properties/delivery",
            "WAYPOST_DELIVERY",
            part("delivery"),
        ),
        section("[send]", "/properties/send", "WAYPOST_SEND", part("send")),
        section(
            "[retention]",
            "/properties/retention",
            "WAYPOST_RETENTION",
            part("retention"),
        ),
        section(
            "[[account]]",
            "/properties/account/items",
            "WAYPOST_ACCOUNT_‹ID›",
            value(&Account::default()),
        ),
        section(
            "[[hook]]",
            "/properties/hook/items",
            "WAYPOST_HOOK_‹ID›",
            value(&Hook::default()),
        ),
        section(
            "[media]",
            "/properties/media",
            "WAYPOST_MEDIA",
            part("media"),
        ),
        section(
            "[cache]",
            "/properties/cache",
            "WAYPOST_CACHE",
            part("cache"),
        ),
        section(
            "[event_log]",
            "/properties/event_log",
            "WAYPOST_EVENT_LOG",
            part("event_log"),
        ),
        section(
            "[event_log.database]",
            "/properties/event_log/properties/database",
            "WAYPOST_EVENT_LOG_DATABASE",
            value(&Database::default()),
        ),
    ]
}

/// The short names of variables, then a table of keys for each section.
pub(super) fn markdown() -> String {
    let schema = schema_of::<Document>();
    let mut text = String::from("| variable | stands for | what |\n|---|---|---|\n");
    for (name, path, what) in SHORT {
        let long = if path.is_empty() {
            "every account's `allow_unsigned`".to_owned()
        } else {
            format!("`{}`", variable(path))
        };
        line(&mut text, format_args!("| `{name}` | {long} | {what} |"));
    }
    for section in sections() {
        line(&mut text, format_args!("\n### `{}`\n", section.heading));
        let Some(part) = schema.pointer(section.pointer) else {
            continue;
        };
        if NOT_ACTED_ON.contains(&section.heading) {
            line(
                &mut text,
                format_args!("Checked and kept, but **this version does not act on it**.\n"),
            );
        }
        line(
            &mut text,
            format_args!("| key | value | default | what | variable |\n|---|---|---|---|---|"),
        );
        rows(&mut text, part, &section);
    }
    line(&mut text, format_args!("\n### Event types\n"));
    let names: Vec<String> = EventType::ALL
        .iter()
        .map(|event| format!("`{event}`"))
        .collect();
    line(&mut text, format_args!("{}", names.join(" · ")));
    text
}

fn rows(text: &mut String, schema: &Value, section: &Section) {
    let Some(keys) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (key, part) in keys {
        let is_other_way = ["_env", "_file"].iter().any(|end| {
            key.strip_suffix(end)
                .is_some_and(|stem| keys.contains_key(stem))
        });
        let is_section = choices(part).iter().any(|choice| {
            choice.get("properties").is_some()
                || choice
                    .get("items")
                    .is_some_and(|items| items.get("properties").is_some())
        });
        if is_other_way || is_section {
            continue;
        }
        let name = if keys.contains_key(&format!("{key}_env")) {
            format!("`{key}`, `{key}_env`, `{key}_file`")
        } else {
            format!("`{key}`")
        };
        let default = match section.defaults.get(key) {
            _ if required.contains(&key.as_str()) => "required".to_owned(),
            None | Some(Value::Null) => "–".to_owned(),
            Some(value) => format!("`{value}`"),
        };
        let what = part
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let variable = match key.as_str() {
            "headers" => format!("`{}_HEADERS_‹HEADER›`", section.variable),
            // An id names the variables of all else, so it has none.
            "mqtt" | "id" => "–".to_owned(),
            key => format!("`{}_{}`", section.variable, key.to_ascii_uppercase()),
        };
        line(
            text,
            format_args!(
                "| {name} | {} | {default} | {} | {variable} |",
                kinds(part),
                what.replace('\n', " ").replace('|', "\\|")
            ),
        );
    }
}

/// The kinds of value a key takes, in a word or two.
fn kinds(schema: &Value) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for choice in choices(schema) {
        let kind = match choice.get("format").and_then(Value::as_str) {
            Some("span") => "length of time".to_owned(),
            _ => describe(choice)
                .replace("a text in quotes", "text")
                .replace("a ", ""),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}

fn value(document: &impl serde::Serialize) -> Value {
    // Documents always serialise: their keys are texts and their numbers are whole.
    serde_json::to_value(document).unwrap_or_default()
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}
