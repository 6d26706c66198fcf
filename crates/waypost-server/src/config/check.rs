//! Whether a value fits a format: keys, kinds, words and ranges, against the format's own JSON Schema.
//!
//! What does not fit is reported and taken out, so that the rest can be read and checked further.
//!
//! **Invariant:** a value is quoted only where it is nearly one of the words allowed there.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::error::Problems;
use super::span::Span;
use super::syntax::{child, element};

/// The schema of a format, with no references in it.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<T>()
        .into()
}

/// Reports all that does not fit, and takes it out.
pub(super) fn check(value: &mut Value, schema: &Value, problems: &mut Problems) {
    if !fits(value, schema, "", problems) {
        *value = Value::Object(Map::new());
    }
}

/// The same for a document that was checked before and then changed by the environment: missing keys are not reported twice.
pub(super) fn check_again(value: &mut Value, schema: &Value, problems: &mut Problems) {
    let mut schema = schema.clone();
    drop_required(&mut schema);
    check(value, &schema, problems);
}

fn drop_required(schema: &mut Value) {
    match schema {
        Value::Object(table) => {
            if table.get("required").is_some_and(Value::is_array) {
                table.shift_remove("required");
            }
            table.values_mut().for_each(drop_required);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_required),
        _ => {}
    }
}

/// Whether the value itself may stay; parts of it may have been taken out.
fn fits(value: &mut Value, schema: &Value, path: &str, problems: &mut Problems) -> bool {
    let choices = choices(schema);
    if choices.is_empty() {
        return true;
    }
    let Some(choice) = choices.iter().find(|choice| same_kind(value, choice)) else {
        let written = choices.iter().map(|choice| describe(choice)).collect();
        problems.add(
            path,
            format!("{} stands here", kind(value)),
            format!("write {}", join_or(written)),
        );
        return false;
    };
    match value {
        Value::Object(table) => check_table(table, choice, path, problems),
        Value::Array(list) => check_list(list, choice, path, problems),
        Value::String(text) => return text_fits(text, &choices, path, problems),
        Value::Number(number) => return number_fits(number.as_f64(), choice, path, problems),
        Value::Null | Value::Bool(_) => {}
    }
    true
}

fn check_table(
    table: &mut Map<String, Value>,
    schema: &Value,
    path: &str,
    problems: &mut Problems,
) {
    let known = schema.get("properties").and_then(Value::as_object);
    let any = schema.get("additionalProperties");
    // Null says the same as absence.
    table.retain(|_, part| !part.is_null());
    let keys: Vec<String> = table.keys().cloned().collect();
    for key in keys {
        let at = child(path, &key);
        let part = known.and_then(|known| known.get(&key)).or(any);
        let stays = match part {
            Some(Value::Bool(false)) | None => {
                let names = known.into_iter().flat_map(Map::keys).map(String::as_str);
                problems.add(&at, "there is no such key", advice(&key, names, path));
                false
            }
            Some(part) => fits(&mut table[&key], part, &at, problems),
        };
        if !stays {
            table.shift_remove(&key);
        }
    }
    let required = schema.get("required").and_then(Value::as_array);
    for key in required.into_iter().flatten().filter_map(Value::as_str) {
        if !table.contains_key(key) {
            let part = known
                .and_then(|known| known.get(key))
                .unwrap_or(&Value::Null);
            let written = join_or(choices(part).into_iter().map(describe).collect());
            problems.add(
                &child(path, key),
                "this key is missing",
                format!("give `{key}` {written}: {}", first_sentence(part)),
            );
        }
    }
}

fn check_list(list: &mut Vec<Value>, schema: &Value, path: &str, problems: &mut Problems) {
    let Some(items) = schema.get("items") else {
        return;
    };
    // Elements keep their numbers; what does not fit becomes null until all are looked at.
    for (index, item) in list.iter_mut().enumerate() {
        if !fits(item, items, &element(path, index), problems) {
            *item = Value::Null;
        }
    }
    if !items.is_object() || items.get("type").is_none_or(|kind| kind != "object") {
        list.retain(|item| !item.is_null());
    } else {
        for item in list.iter_mut().filter(|item| item.is_null()) {
            *item = Value::Object(Map::new());
        }
    }
}

fn text_fits(text: &str, choices: &[&Value], path: &str, problems: &mut Problems) -> bool {
    let texts = || choices.iter().filter(|choice| has_type(choice, "string"));
    let words: Vec<&str> = texts().flat_map(|choice| words(choice)).collect();
    // A choice without words takes any text.
    let open = texts().find(|choice| self::words(choice).is_empty());
    if !words.contains(&text) && open.is_none() {
        let (what, remedy) = match nearest(text, words.iter().copied()) {
            Some(word) => (
                format!("`{text}` is not known here"),
                format!("did you mean `{word}`?"),
            ),
            None => ("an unknown word stands here".to_owned(), listing(&words)),
        };
        problems.add(path, what, remedy);
        return false;
    }
    let Some(open) = open else { return true };
    if open.get("format").is_some_and(|format| format == "span") && text.parse::<Span>().is_err() {
        problems.add(
            path,
            "this is not a length of time",
            "write a whole number and a unit, `500ms`, `15s`, `2m`, `1h` or `7d`; at most 365 days",
        );
        return false;
    }
    if text.is_empty() && open.get("minLength").is_some() {
        problems.add(
            path,
            "the text is empty",
            "write the value, or leave the key out",
        );
        return false;
    }
    true
}

/// The words to choose from; of many, the first few.
fn listing(words: &[&str]) -> String {
    const MANY: usize = 12;
    let quoted: Vec<String> = words
        .iter()
        .take(MANY)
        .map(|word| format!("`{word}`"))
        .collect();
    if words.len() > MANY {
        let rest = words.len() - MANY;
        return format!(
            "write {}, or one of the {rest} others in docs/configuration.md",
            quoted.join(", ")
        );
    }
    format!("write {}", join_or(quoted))
}

fn number_fits(number: Option<f64>, schema: &Value, path: &str, problems: &mut Problems) -> bool {
    let bound = |name| schema.get(name).and_then(Value::as_f64);
    let least = bound("minimum").unwrap_or(0.0);
    let most = bound("maximum").unwrap_or(f64::from(u32::MAX));
    let inside = number.is_some_and(|number| (least..=most).contains(&number));
    if !inside {
        problems.add(
            path,
            "the number is out of range",
            format!("write a whole number from {least} to {most}"),
        );
    }
    inside
}

/// The alternatives of a schema, `null` among them left out; none means that anything goes.
pub(super) fn choices(schema: &Value) -> Vec<&Value> {
    let listed = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))
        .and_then(Value::as_array);
    match listed {
        Some(listed) => listed.iter().flat_map(choices).collect(),
        None if schema.get("type").is_some_and(|kind| kind == "null") => Vec::new(),
        None if schema.get("type").is_none()
            && schema.get("const").is_none()
            && schema.get("enum").is_none() =>
        {
            Vec::new()
        }
        None => vec![schema],
    }
}

/// The words a schema allows; none means any.
fn words(schema: &Value) -> Vec<&str> {
    let listed = schema
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    listed
        .chain(schema.get("const"))
        .filter_map(Value::as_str)
        .collect()
}

/// Whether a schema is (also) of a type.
pub(super) fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => name == "string" && !words(schema).is_empty(),
    }
}

fn same_kind(value: &Value, schema: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) => has_type(schema, "boolean"),
        Value::Number(number) if number.is_f64() => has_type(schema, "number"),
        Value::Number(_) => has_type(schema, "integer") || has_type(schema, "number"),
        Value::String(_) => has_type(schema, "string"),
        Value::Array(_) => has_type(schema, "array"),
        Value::Object(_) => has_type(schema, "object"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a fraction",
        Value::Number(_) => "a number without quotes",
        Value::String(_) => "a text in quotes",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

/// The kind of value or the words that a schema asks for.
pub(super) fn describe(schema: &Value) -> String {
    let words = words(schema);
    if !words.is_empty() {
        return join_or(words.iter().map(|word| format!("`{word}`")).collect());
    }
    let kinds = [
        ("string", "a text in quotes"),
        ("integer", "a whole number"),
        ("number", "a number"),
        ("boolean", "true or false"),
        ("array", "a list"),
        ("object", "a table"),
    ];
    let known = kinds.into_iter().find(|(name, _)| has_type(schema, name));
    known.map_or("a value", |(_, words)| words).to_owned()
}

/// `a`, `a or b`, `a, b or c`, without repetition.
fn join_or(mut words: Vec<String>) -> String {
    let mut seen = Vec::new();
    words.retain(|word| {
        let new = !seen.contains(word);
        seen.push(word.clone());
        new
    });
    match words.pop() {
        None => "a value".to_owned(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} or {last}", words.join(", ")),
    }
}

fn first_sentence(schema: &Value) -> String {
    let text = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or("it is needed");
    text.trim_end_matches('.').to_owned()
}

/// What to do about an unknown key.
fn advice<'a>(key: &str, known: impl Iterator<Item = &'a str>, path: &str) -> String {
    let known: Vec<&str> = known.collect();
    if let Some(near) = nearest(key, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let place = if path.is_empty() {
        "at the top".to_owned()
    } else {
        format!("in `{path}`")
    };
    format!("leave it out; known {place}: {}", known.join(", "))
}

/// The known word that `word` is most likely a slip of.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase().replace('-', "_");
    known
        .map(|candidate| {
            let other = candidate.to_lowercase().replace('-', "_");
            (
                strsim::normalized_damerau_levenshtein(&folded, &other),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
