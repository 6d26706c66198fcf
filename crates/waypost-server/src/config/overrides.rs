//! The environment's say: every setting has a variable, and a variable wins over the file.
//!
//! A setting's variable is `WAYPOST_` and its native key path in capitals, joined by `_`; the element of a list goes by its id:
//! `account` with the id `shop`, key `access_token`, is `WAYPOST_ACCOUNT_SHOP_ACCESS_TOKEN`. A few settings have a short name
//! besides. A list is written with commas. The names follow from the schema and from the ids in the file, so that a misspelt
//! variable is noticed.

use serde_json::{Map, Value};

use super::check::{choices, has_type, nearest};
use super::document::Document;
use super::environment::Environment;
use super::error::Problems;

mod settings;
use settings::{Setting, Step, settings, shout};

/// Short names, the setting each stands for, and what it does.
pub(super) const SHORT: [(&str, &str, &str); 6] = [
    ("WAYPOST_LISTEN", "server.listen", "where to listen"),
    ("WAYPOST_DATA", "server.data", "the data directory"),
    (
        "WAYPOST_PUBLIC_URL",
        "server.public_url",
        "how the world reaches this gateway",
    ),
    ("WAYPOST_LOG", "log.filter", "what is logged"),
    (
        "WAYPOST_API_KEY",
        "api.admin_key",
        "an API key with every scope",
    ),
    (
        "WAYPOST_ALLOW_UNSIGNED",
        "",
        "`true`: every account takes webhooks without proof on its own path",
    ),
];

/// Variables of the command line and of container platforms, which are no settings.
const OTHERS: [&str; 7] = [
    "WAYPOST_CONFIG",
    "WAYPOST_URL",
    "WAYPOST_KEY",
    "WAYPOST_PORT",
    "WAYPOST_PORT_",
    "WAYPOST_SERVICE_",
    "WAYPOST_CORPUS",
];

/// Lays the environment over a native document. `schema` is the native format's.
pub(super) fn apply(
    document: &mut Value,
    schema: &Value,
    environment: &Environment,
    problems: &mut Problems,
) {
    let settings = settings(schema, document);
    let referenced = references(document);
    for (name, text) in environment.iter() {
        if !name.starts_with("WAYPOST_") || referenced.iter().any(|reference| reference == name) {
            continue;
        }
        if name == "WAYPOST_ALLOW_UNSIGNED" {
            allow_unsigned(document, text, name, problems);
            continue;
        }
        let long = SHORT
            .iter()
            .find(|(short, ..)| *short == name)
            .map(|(_, path, _)| variable(path));
        match settings.get(long.as_deref().unwrap_or(name)) {
            Some(setting) => set(document, setting, name, text, problems),
            None if OTHERS.iter().any(|other| {
                name == *other || (other.ends_with('_') && name.starts_with(other))
            }) => {}
            None => {
                let names = settings
                    .keys()
                    .map(String::as_str)
                    .chain(SHORT.map(|(short, ..)| short));
                let near = nearest(name, names);
                let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                problems.warn(
                    name,
                    format!("this variable names no setting and is ignored{near}"),
                );
            }
        }
    }
}

/// The variable of a native key path without list elements: `server.listen` is `WAYPOST_SERVER_LISTEN`.
pub(super) fn variable(path: &str) -> String {
    format!("WAYPOST_{}", shout(path))
}

/// Puts a variable's text where its setting is.
fn set(
    document: &mut Value,
    setting: &Setting<'_>,
    name: &str,
    text: &str,
    problems: &mut Problems,
) {
    problems
        .overridden
        .insert(setting.path.clone(), name.to_owned());
    if setting.is_ambiguous {
        problems.add(
            &setting.path,
            "two ids sound alike in capitals and share this variable",
            "rename one of them",
        );
        return;
    }
    let Some(value) = read(text, setting.schema) else {
        problems.add(
            &setting.path,
            "the variable's value does not fit",
            expectation(setting.schema),
        );
        return;
    };
    let Some((table, key)) = parent(document, &setting.steps) else {
        return;
    };
    // A secret given here replaces the other ways to give it.
    let stem = key.trim_end_matches("_env").trim_end_matches("_file");
    for other in [stem, &format!("{stem}_env"), &format!("{stem}_file")] {
        table.shift_remove(other);
    }
    table.insert(key.to_owned(), value);
}

/// The table that the last step leads into, and its key there.
fn parent<'d, 's>(
    document: &'d mut Value,
    steps: &'s [Step],
) -> Option<(&'d mut Map<String, Value>, &'s str)> {
    let (last, before) = steps.split_last()?;
    let mut at = document;
    for step in before {
        at = match step {
            Step::Index(index) => at.get_mut(*index)?,
            Step::Key(key) => at
                .as_object_mut()?
                .entry(key.clone())
                .or_insert_with(|| Value::Object(Map::new())),
        };
    }
    match last {
        Step::Key(key) => at.as_object_mut().map(|table| (table, key.as_str())),
        Step::Index(_) => None,
    }
}

/// A text as the kind of value its setting has.
fn read(text: &str, schema: &Value) -> Option<Value> {
    let choices = choices(schema);
    let is = |kind: &str| choices.iter().any(|choice| has_type(choice, kind));
    let split = || {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        Value::Array(parts.map(Value::from).collect())
    };
    if is("boolean") {
        return match text {
            "true" | "1" => Some(true.into()),
            "false" | "0" => Some(false.into()),
            _ => None,
        };
    }
    if is("integer") {
        return text.parse::<i64>().ok().map(Value::from);
    }
    if !is("array") {
        return Some(text.into());
    }
    let secret = choices
        .iter()
        .any(|choice| choice.get("writeOnly").is_some());
    let words: Vec<&str> = choices
        .iter()
        .flat_map(|choice| {
            choice
                .get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .chain(choice.get("const"))
        })
        .filter_map(Value::as_str)
        .collect();
    if secret || words.contains(&text) || (is("string") && words.is_empty() && !text.contains(','))
    {
        Some(text.into())
    } else {
        Some(split())
    }
}

fn expectation(schema: &Value) -> &'static str {
    let is = |kind: &str| choices(schema).iter().any(|choice| has_type(choice, kind));
    if is("boolean") {
        "write `true` or `false`"
    } else {
        "write a whole number"
    }
}

fn allow_unsigned(document: &mut Value, text: &str, name: &str, problems: &mut Problems) {
    if !matches!(text, "true" | "1" | "false" | "0") {
        problems
            .overridden
            .insert("allow_unsigned".to_owned(), name.to_owned());
        problems.add(
            "allow_unsigned",
            "the variable's value does not fit",
            "write `true` or `false`",
        );
        return;
    }
    let accounts = document.get_mut("account").and_then(Value::as_array_mut);
    for account in accounts
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        account.insert(
            "allow_unsigned".to_owned(),
            matches!(text, "true" | "1").into(),
        );
    }
}

/// Names of variables that the document itself refers to: they are secrets, not settings.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(table) => {
            let names = table
                .iter()
                .filter(|(key, _)| key.ends_with("_env") || *key == "env");
            let names = names.flat_map(|(_, name)| match name {
                Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                other => other.as_str().into_iter().collect::<Vec<_>>(),
            });
            let deeper = table.values().flat_map(references);
            names.map(str::to_owned).chain(deeper).collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The document with the environment laid over it.
pub(super) fn overridden(
    document: &Document,
    schema: &Value,
    environment: &Environment,
    problems: &mut Problems,
) -> Value {
    // A document always serialises: its keys are strings and its numbers are whole.
    let mut value = serde_json::to_value(document).unwrap_or_default();
    super::render::drop_nulls(&mut value);
    apply(&mut value, schema, environment, problems);
    value
}
