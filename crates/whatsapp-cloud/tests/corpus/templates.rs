//! Templates, to be sent and to be created: read and written the same.

use serde_json::Value;
use whatsapp_cloud::message::Template;
use whatsapp_cloud::template::definition::Definition;

use crate::files::{self, File};

/// What one client's own functions take: neither a template to send nor one to create.
const BUILDER_ARGUMENTS: &str = "gokapso-js/requests-templates/tests-templates-";

/// Definitions whose lists a tool wrote as objects of indices.
const INVALID_DEFINITIONS: [&str; 2] = [
    "meta-docs-2026-03/requests-templates/referencia-conta-do-whatsapp-business-template-api__2.json",
    "meta-docs-2026-03/requests-templates/referencia-conta-do-whatsapp-business-template-api__4-placeholder.json",
];

pub(crate) fn reads(file: &File) -> bool {
    file.folder().starts_with("requests") && file.has("components") && !is_argument(file)
}

/// Named by [`crate::pages`] as none of ours.
pub(crate) fn is_argument(file: &File) -> bool {
    let is_definition = file.has("category") && file.title().contains("-creation-");
    file.name.starts_with(BUILDER_ARGUMENTS)
        && file.value["language"].is_string()
        && !(is_definition && names_are_metas(&file.value))
}

/// Meta's names have no capitals; that client's own have.
fn names_are_metas(value: &Value) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| *name == name.to_lowercase() && names_are_metas(value)),
        Value::Array(items) => items.iter().all(names_are_metas),
        _ => true,
    }
}

#[test]
fn every_template_is_read_and_written_the_same() {
    for File {
        name, value: body, ..
    } in files::all().into_iter().filter(reads)
    {
        // Of a template to send, the language is an object; of one to create, a word.
        let written = if body["language"].is_object() {
            let template: Template = serde_json::from_value(body.clone())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            serde_json::to_value(&template).unwrap()
        } else if INVALID_DEFINITIONS.contains(&name.as_str()) {
            assert!(
                serde_json::from_value::<Definition>(body).is_err(),
                "{name}"
            );
            continue;
        } else {
            let definition: Definition = serde_json::from_value(body.clone())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            serde_json::to_value(&definition).unwrap()
        };
        assert_eq!(written, body, "{name}");
    }
}
