//! The gateway's description of itself: `/openapi.json` (OpenAPI 3.1) and `/docs`, a page that shows the same readably.
//!
//! Both are made of the operations that the routers are made of, of the table of problem codes, and of the schemas in
//! [`answers`]. `docs/openapi.json` is the checked-in copy.
//!
//! **Invariant:** they say what any gateway of this version can do, and nothing of this one: so they are open to everyone.

pub(crate) mod answers;
mod operation;
mod page;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::problem::Code;
use crate::{api, app, health, webhook};
pub(crate) use operation::{Access, Operation, Parameter, any_text, router, text};

/// The schema of every event type's name.
pub(crate) fn event_type() -> Value {
    json!({"type": "string", "enum": answers::event_types()})
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/openapi.json", json_document)
            .named("getDescription", "This description")
            .answers::<Map<String, Value>>(200, "OpenAPI 3.1"),
        Operation::get("/docs", page::page)
            .named("getDocs", "This description as a page")
            .answers_with(
                200,
                "A page that needs nothing from elsewhere",
                "text/html; charset=utf-8",
                any_text,
            ),
    ]
}

async fn json_document() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    let content_type = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, content_type)], TEXT.as_str()).into_response()
}

/// Everything that is served.
fn everything() -> Vec<Operation> {
    let mut all = webhook::operations();
    all.extend(api::operations());
    all.extend(health::operations());
    all.extend(app::operations());
    all.extend(operations());
    all
}

/// The whole description.
fn document() -> Value {
    // What is taken and what is answered differ in which fields have to be there.
    let settings = || {
        SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
    };
    let mut taken = settings().for_deserialize().into_generator();
    let mut answered = settings().for_serialize().into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in everything() {
        let path = operation.path.replace("{*", "{");
        let described = describe(&operation, &mut taken, &mut answered);
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[operation.method.as_str().to_ascii_lowercase()] = described;
    }
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    schemas.extend(taken.take_definitions(true));
    schemas.extend(answered.take_definitions(true));
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Waypost",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A self-hosted gateway for the WhatsApp Business Cloud API. Lists go oldest first; a page's `next` is the next one's `after`.",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    })
}

fn describe(
    operation: &Operation,
    taken: &mut SchemaGenerator,
    answered: &mut SchemaGenerator,
) -> Value {
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "description": who_may(operation.access),
        "security": match operation.access {
            Access::Open | Access::Signed => json!([]),
            Access::Scope(_) | Access::AllAccounts(_) => json!([{"bearer": []}, {"key": []}, {"basic": []}]),
        },
    });
    let parameters: Vec<_> = operation
        .parameters
        .iter()
        .map(|one| {
            json!({
                "name": one.name,
                "in": one.place,
                "required": one.place == "path",
                "description": one.text,
                "schema": (one.schema)(),
            })
        })
        .collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = operation.body {
        let schema = (body.schema)(taken);
        described["requestBody"] = json!({"content": {body.media_type: {"schema": schema}}});
    }
    let mut responses: BTreeMap<String, Value> = BTreeMap::new();
    for answer in &operation.answers {
        let mut response = json!({"description": answer.text});
        if let Some(content) = answer.content {
            let schema = (content.schema)(answered);
            response["content"] = json!({content.media_type: {"schema": schema}});
        }
        responses.insert(answer.status.to_string(), response);
    }
    for (status, codes) in problems(operation) {
        let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
        let lines = codes
            .iter()
            .map(|code| format!("`{}`: {}", code.as_str(), code.title()));
        let description = lines.collect::<Vec<_>>().join("\n\n");
        let schema = json!({
            "allOf": [{"$ref": "#/components/schemas/Problem"}],
            "properties": {"code": {"enum": names}},
        });
        let response = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({"description": description, "content": {}}));
        response["content"]["application/problem+json"] = json!({"schema": schema});
    }
    described["responses"] = json!(responses);
    described
}

/// The codes it may be answered with, by status.
fn problems(operation: &Operation) -> BTreeMap<u16, Vec<Code>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in &operation.problems {
        let codes = by_status.entry(code.status().as_u16()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    by_status
}

fn who_may(access: Access) -> String {
    match access {
        Access::Open => "Open to everyone.".to_owned(),
        Access::Signed => "Proved by its signature.".to_owned(),
        Access::Scope(scope) => format!("Needs the scope {scope}."),
        Access::AllAccounts(scope) => {
            format!("Needs the scope {scope}, and a key that is not limited to accounts.")
        }
    }
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "What is answered instead of what was asked (RFC 9457).",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": {"type": "string", "description": "urn:waypost:problem:CODE"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "description": "A stable word"},
            "hint": {"type": "string", "description": "What to do"},
        },
    })
}

/// The router of the description itself.
pub(crate) fn routes() -> axum::Router<Arc<App>> {
    router(operations(), "")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_checked_in_description_is_what_is_served() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let now = format!("{:#}\n", document());
        if std::env::vars_os().any(|(name, _)| name == "WAYPOST_UPDATE_DOCS") {
            std::fs::write(&path, &now).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == now,
            "docs/openapi.json is stale: WAYPOST_UPDATE_DOCS=1 cargo test -p waypost-server openapi"
        );
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_every_code_an_operation() {
        let mut names = HashSet::new();
        let mut codes = Vec::new();
        for operation in everything() {
            assert!(names.insert(operation.name), "{}", operation.path);
            assert!(!operation.answers.is_empty(), "{}", operation.path);
            codes.extend(operation.problems);
        }
        // These two are answered where there is no operation.
        codes.extend([Code::NotFound, Code::MethodNotAllowed]);
        for code in Code::ALL {
            assert!(
                codes.contains(code),
                "{} is answered nowhere",
                code.as_str()
            );
        }
    }
}
