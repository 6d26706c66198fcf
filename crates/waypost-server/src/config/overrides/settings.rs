//! Which settings there are, and what their variables are called: from the schema, and from the ids in the document.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::config::check::{choices, has_type};
use crate::config::syntax::{child, element};

/// A setting that a variable can give.
pub(super) struct Setting<'s> {
    /// Key path, for people.
    pub(super) path: String,
    /// Where it is.
    pub(super) steps: Vec<Step>,
    /// What it takes.
    pub(super) schema: &'s Value,
    /// Two settings have this variable: `a-b` and `a_b` sound the same in capitals.
    pub(super) is_ambiguous: bool,
}

/// One step from a table or list to a part of it.
#[derive(Clone)]
pub(super) enum Step {
    /// Into a table.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// Every setting of a document, by the name of its variable. `schema` is the native format's.
pub(super) fn settings<'s>(schema: &'s Value, document: &Value) -> BTreeMap<String, Setting<'s>> {
    let root = Place {
        name: "WAYPOST".to_owned(),
        ..Place::default()
    };
    let mut settings = BTreeMap::new();
    collect(schema, document, root, &mut settings);
    settings
}

/// Where [`collect`] has come to.
#[derive(Clone, Default)]
struct Place {
    name: String,
    path: String,
    steps: Vec<Step>,
}

impl Place {
    fn key(&self, key: &str) -> Self {
        let mut place = self.clone();
        place.name = format!("{}_{}", self.name, shout(key));
        place.path = child(&self.path, key);
        place.steps.push(Step::Key(key.to_owned()));
        place
    }

    fn element(&self, index: usize, id: &str) -> Self {
        let mut place = self.clone();
        place.name = format!("{}_{}", self.name, shout(id));
        place.path = element(&self.path, index);
        place.steps.push(Step::Index(index));
        place
    }
}

/// Every setting under a value, by the name of its variable.
fn collect<'s>(
    schema: &'s Value,
    value: &Value,
    place: Place,
    settings: &mut BTreeMap<String, Setting<'s>>,
) {
    let choices = choices(schema);
    let Some(first) = choices.first() else { return };
    // Where a value may be a table among others (a header), its variable gives the value itself.
    let keys = first.get("properties").and_then(Value::as_object);
    if let (Some(keys), 1) = (keys, choices.len()) {
        // An id names the variables of all else, so it has none.
        for (key, part) in keys.iter().filter(|(key, _)| *key != "id") {
            let value = value.get(key).unwrap_or(&Value::Null);
            collect(part, value, place.key(key), settings);
        }
    } else if let Some(items) = first
        .get("items")
        .filter(|items| items.get("properties").is_some())
    {
        for (index, entry) in value.as_array().into_iter().flatten().enumerate() {
            let id = entry.get("id").or_else(|| entry.get("name"));
            if let Some(id) = id.and_then(Value::as_str) {
                collect(items, entry, place.element(index, id), settings);
            }
        }
    } else if let Some(part) = first
        .get("additionalProperties")
        .filter(|part| part.is_object())
    {
        for key in value.as_object().into_iter().flat_map(Map::keys) {
            collect(part, &Value::Null, place.key(key), settings);
        }
    } else if !has_type(first, "object") {
        let Place { name, path, steps } = place;
        let is_ambiguous = settings.contains_key(&name);
        let setting = Setting {
            path,
            steps,
            schema,
            is_ambiguous,
        };
        settings.insert(name, setting);
    }
}

/// Capitals, and `_` for everything that is neither letter nor digit.
pub(super) fn shout(text: &str) -> String {
    let shouted = text.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    });
    shouted.collect()
}
