//! A document as native TOML text.
//!
//! **Invariant:** what is shown of a secret in [`masked`] is `****`, whatever format it came from.

use serde_json::{Map, Value};
use url::Url;

use super::check::choices;
use super::document::{Account, Document, Hook, Key};

/// What stands for a secret.
const MASK: &str = "****";

/// Everything that holds, defaults included, without secrets.
pub(super) fn masked(document: &Value, schema: &Value) -> String {
    let mut value = document.clone();
    drop_nulls(&mut value);
    mask(&mut value, schema);
    mask_addresses(&mut value);
    text(&value)
}

/// What was written, and no more.
pub(super) fn native(document: &Document) -> String {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    drop_nulls(&mut value);
    let default = |value: Value| {
        let mut value = value;
        drop_nulls(&mut value);
        value
    };
    let elements = [
        (
            "account",
            default(serde_json::to_value(Account::default()).unwrap_or_default()),
        ),
        (
            "hook",
            default(serde_json::to_value(Hook::default()).unwrap_or_default()),
        ),
        (
            "key",
            default(serde_json::to_value(Key::default()).unwrap_or_default()),
        ),
    ];
    let whole = default(serde_json::to_value(Document::default()).unwrap_or_default());
    drop_defaults(&mut value, &whole, &elements);
    text(&value)
}

/// TOML knows no null: what is absent is left out.
pub(super) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(table) => {
            table.retain(|_, part| !part.is_null());
            table.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => {
            list.retain(|part| !part.is_null());
            list.iter_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

fn drop_defaults(value: &mut Value, default: &Value, elements: &[(&str, Value)]) {
    let Value::Object(table) = value else { return };
    for (key, part) in table.iter_mut() {
        let element = elements.iter().find(|(name, _)| name == key);
        match (part, element) {
            (Value::Array(list), Some((_, element))) => {
                for entry in list {
                    drop_defaults(entry, element, elements);
                }
            }
            (part @ Value::Object(_), _) => {
                if let Some(default) = default.get(key) {
                    drop_defaults(part, default, elements);
                }
            }
            _ => {}
        }
    }
    table.retain(|key, part| {
        default.get(key) != Some(part)
            && !(part.as_object().is_some_and(Map::is_empty)
                && default.get(key).is_some_and(Value::is_object))
    });
}

/// Goes by the schema: what may be written and never shown is `writeOnly` there.
fn mask(value: &mut Value, schema: &Value) {
    let choices = choices(schema);
    let secret = |choice: &&Value| choice.get("writeOnly").is_some_and(|mark| mark == true);
    match value {
        Value::String(text) if choices.iter().any(secret) => MASK.clone_into(text),
        Value::Object(table) => {
            for (key, part) in table.iter_mut() {
                let found = choices.iter().find_map(|choice| {
                    let own = choice.get("properties").and_then(|known| known.get(key));
                    own.or_else(|| choice.get("additionalProperties"))
                });
                match found.filter(|found| found.is_object()) {
                    Some(found) => mask(part, found),
                    // A section that is not understood (`mqtt`) may hold anything.
                    None => mask_all(part),
                }
            }
        }
        Value::Array(list) => {
            let items = choices.iter().find_map(|choice| choice.get("items"));
            if let Some(items) = items {
                for part in list {
                    mask(part, items);
                }
            }
        }
        _ => {}
    }
}

fn mask_all(value: &mut Value) {
    match value {
        Value::String(text) => MASK.clone_into(text),
        Value::Array(list) => list.iter_mut().for_each(mask_all),
        Value::Object(table) => table.values_mut().for_each(mask_all),
        _ => {}
    }
}

/// A hook's address may hold a login, and keys in its query.
fn mask_addresses(value: &mut Value) {
    let hooks = value.get_mut("hook").and_then(Value::as_array_mut);
    for address in hooks
        .into_iter()
        .flatten()
        .filter_map(|hook| hook.get_mut("url"))
    {
        if let Some(url) = address.as_str().and_then(|text| Url::parse(text).ok()) {
            let masked = masked_address(&url);
            if masked != url {
                *address = masked.as_str().into();
            }
        }
    }
}

/// An address, with `****` for its user and for the values of its query.
pub(crate) fn masked_address(url: &Url) -> Url {
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        // A URL that cannot have them has none.
        let _ = url.set_username(MASK);
        let _ = url.set_password(Some(MASK));
    }
    if url.query().is_some_and(|query| !query.is_empty()) {
        // What has no value may be a secret itself.
        let names: Vec<_> = url
            .query_pairs()
            .map(|(name, value)| (!value.is_empty()).then(|| name.into_owned()))
            .collect();
        let mut query = url.query_pairs_mut();
        query.clear();
        for name in names {
            match name {
                Some(name) => query.append_pair(&name, MASK),
                None => query.append_key_only(MASK),
            };
        }
    }
    url
}

fn text(value: &Value) -> String {
    // A document's values are tables, lists, texts, whole numbers and truths, and TOML has all of them.
    toml::to_string_pretty(value).unwrap_or_default()
}
