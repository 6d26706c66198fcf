//! Meta's description, as far as it is compared.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde_json::Value;

pub(super) struct Spec {
    pub(super) operations: Vec<Operation>,
    /// Members and the values they may have.
    pub(super) values: BTreeSet<(String, BTreeSet<String>)>,
}

pub(super) struct Operation {
    /// `POST /{phone_number_id}/register`.
    pub(super) name: String,
    /// Members of the query and of the body.
    pub(super) asked: BTreeSet<String>,
    /// Members of a success, at any depth.
    pub(super) answered: BTreeSet<String>,
}

pub(super) fn read(text: &str) -> anyhow::Result<Spec> {
    let root: Value = serde_saphyr::from_str(text).context("the description is no YAML")?;
    let mut spec = Spec {
        operations: Vec::new(),
        values: BTreeSet::new(),
    };
    let paths = root["paths"]
        .as_object()
        .context("the description has no paths")?;
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if !matches!(method.as_str(), "get" | "post" | "delete" | "put") {
                continue;
            }
            let mut reader = Reader {
                root: &root,
                values: &mut spec.values,
            };
            let mut asked = BTreeSet::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let parameter = resolve(&root, parameter);
                if parameter["in"] == "query" {
                    asked.extend(parameter["name"].as_str().map(str::to_owned));
                }
            }
            let body = resolve(&root, &operation["requestBody"]);
            for content in body["content"].as_object().into_iter().flatten() {
                reader.members(&content.1["schema"], 1, &mut asked);
            }
            let mut answered = BTreeSet::new();
            for status in ["200", "201"] {
                let answer = resolve(&root, &operation["responses"][status]);
                for content in answer["content"].as_object().into_iter().flatten() {
                    reader.members(&content.1["schema"], 12, &mut answered);
                }
            }
            let name = format!("{} {}", method.to_uppercase(), normal(path));
            spec.operations.push(Operation {
                name,
                asked,
                answered,
            });
        }
    }
    Ok(spec)
}

struct Reader<'a> {
    root: &'a Value,
    values: &'a mut BTreeSet<(String, BTreeSet<String>)>,
}

impl Reader<'_> {
    fn members(&mut self, schema: &Value, depth: usize, found: &mut BTreeSet<String>) {
        let schema = resolve(self.root, schema);
        if depth == 0 {
            return;
        }
        for several in ["allOf", "oneOf", "anyOf"] {
            for one in schema[several].as_array().into_iter().flatten() {
                self.members(one, depth, found);
            }
        }
        if schema["items"].is_object() {
            self.members(&schema["items"], depth, found);
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            found.insert(name.clone());
            let inner = resolve(self.root, member);
            let values: BTreeSet<String> = inner["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect();
            if values.len() > 1 {
                self.values.insert((name.clone(), values));
            }
            self.members(inner, depth - 1, found);
        }
    }
}

fn resolve<'a>(root: &'a Value, mut value: &'a Value) -> &'a Value {
    // A chain of references; none of Meta's is longer.
    for _ in 0..16 {
        let Some(reference) = value["$ref"].as_str() else {
            break;
        };
        value = root
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(&Value::Null);
    }
    value
}

/// A path without its version, ids spelt as the SDK spells them.
fn normal(path: &str) -> String {
    let path = path.strip_prefix("/{Version}").unwrap_or(path);
    let segments = path.split('/').map(|segment| {
        let Some(name) = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        else {
            return segment.to_owned();
        };
        let name = name.to_lowercase().replace('-', "_");
        let ours = OURS.iter().find(|(theirs, _)| *theirs == name);
        format!("{{{}}}", ours.map_or(name.as_str(), |(_, ours)| ours))
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Ids that the SDK calls by another name.
const OURS: &[(&str, &str)] = &[
    ("application_id", "app_id"),
    ("obo_mobility_intent_id", "mobility_intent_id"),
    ("pre_verified_phone_number_id", "preverified_id"),
    ("qr_code_id", "code"),
    ("user_id", "user"),
    ("waba_bot_id", "bot_id"),
    ("waba_id", "business_account_id"),
    ("whatsapp_account_number_id", "account_number_id"),
    ("whatsapp_business_account_id", "business_account_id"),
    ("whatsapp_business_profile_id", "profile_id"),
];
