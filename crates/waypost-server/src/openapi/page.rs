//! `/docs`: the description as one page, without scripts and without anything from elsewhere.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
h1,h2{line-height:1.2}h2{margin-top:2.5rem}code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:#f4f5f7;padding:.8rem;overflow:auto;border-radius:6px}\
summary{cursor:pointer;padding:.45rem 0}summary b{display:inline-block;min-width:3.2rem}details{border-bottom:1px solid #dfe2e6}\
details>*:not(summary){margin-left:3.4rem}table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}\
@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#15181c}pre{background:#20242a}details{border-color:#333940}a{color:#8ab4f8}}";

pub(super) async fn page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| write(&super::document()));
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(policy);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [
        (header::CONTENT_TYPE, html),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
    ];
    (headers, PAGE.as_str()).into_response()
}

/// As strict as everywhere else, but for the page's own style.
fn policy() -> HeaderValue {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'; sandbox");
    // Base64 and the words around it are visible ASCII.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Writing to a String does not fail.
fn write(document: &Value) -> String {
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Waypost API</title><style>{STYLE}</style><h1>Waypost API</h1><p>{}</p>\
         <p>The same for programs: <code>/openapi.json</code>.</p><h2>Operations</h2>",
        escape(text(&document["info"]["description"]))
    );
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let _ = write!(
                page,
                "<details><summary><b>{}</b> <code>{}</code> {}</summary><p>{}</p>",
                method.to_ascii_uppercase(),
                escape(path),
                escape(text(&operation["summary"])),
                escape(text(&operation["description"])),
            );
            parameters(&mut page, operation);
            if let Some(content) = operation["requestBody"]["content"].as_object() {
                page.push_str("<p>Takes ");
                contents(&mut page, content);
                page.push_str("</p>");
            }
            page.push_str("<table>");
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                let lines = escape(text(&response["description"])).replace("\n\n", "<br>");
                let _ = write!(page, "<tr><th>{status}<td>{lines}<td>");
                if let Some(content) = response["content"].as_object() {
                    contents(&mut page, content);
                }
            }
            page.push_str("</table></details>");
        }
    }
    page.push_str("<h2>Schemas</h2>");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let name = escape(name);
        let _ = write!(
            page,
            "<details id=\"{name}\" open><summary><code>{name}</code> {}</summary><pre>{}</pre></details>",
            escape(text(&schema["description"])),
            escape(&format!("{schema:#}")),
        );
    }
    page
}

fn parameters(page: &mut String, operation: &Value) {
    let Some(parameters) = operation["parameters"].as_array() else {
        return;
    };
    page.push_str("<table>");
    for parameter in parameters {
        let _ = write!(
            page,
            "<tr><td><code>{}</code><td>{}<td>{}",
            escape(text(&parameter["name"])),
            escape(text(&parameter["in"])),
            escape(text(&parameter["description"])),
        );
    }
    page.push_str("</table>");
}

/// The kinds of a body, each with a link to its schema.
fn contents(page: &mut String, content: &serde_json::Map<String, Value>) {
    for (media_type, content) in content {
        let schema = &content["schema"];
        let reference = schema["$ref"]
            .as_str()
            .or(schema["allOf"][0]["$ref"].as_str());
        let name = reference.and_then(|reference| reference.rsplit('/').next());
        let _ = match name {
            Some(name) => {
                let name = escape(name);
                write!(page, "<a href=\"#{name}\">{name}</a> ")
            }
            None => write!(page, "<code>{}</code> ", escape(media_type)),
        };
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
