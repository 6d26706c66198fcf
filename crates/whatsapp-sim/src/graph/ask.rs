//! A call as it came: what it is about, and what it gives. Meta reads a parameter from the query and from the body alike.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value};

use super::multipart::{self, Part};
use super::refusal::Refusal;

/// The newest version; those before it that Meta has no more are taken for the oldest it has.
const NEWEST_VERSION: (u32, u32) = (26, 0);
/// What has no id of its own.
const ROOTS: &[&str] = &[
    "debug_token",
    "oauth/access_token",
    "message_template_library",
];
/// What `api.facebook.com` answers, whose paths have no version.
const UNVERSIONED: &[&str] = &["message_templates/archive", "message_templates/unarchive"];

/// A call as it came.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// The whole path, for the addresses of other pages.
    pub(super) path: String,
    /// The object; empty where there is none.
    pub(super) id: String,
    /// What of it; empty for the object itself.
    pub(super) edge: String,
    /// Parameters by name. Those of the query are text.
    pub(super) given: Map<String, Value>,
    pub(super) files: Vec<Part>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Ask {
    pub(super) fn read(
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Self, Refusal> {
        let path = uri.path();
        let unknown = || Refusal::unknown_path(path);
        let (first, rest) = path
            .trim_start_matches('/')
            .split_once('/')
            .ok_or_else(unknown)?;
        let rest = if is_version(first) {
            rest
        } else if UNVERSIONED.contains(&rest) {
            path.trim_start_matches('/')
        } else {
            return Err(unknown());
        };
        let (id, edge) = if ROOTS.contains(&rest) {
            ("", rest)
        } else if let Some(signup) = rest.strip_prefix("signups/") {
            (signup, "")
        } else {
            rest.split_once('/').unwrap_or((rest, ""))
        };
        let mut given = pairs(uri.query().unwrap_or_default());
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or("application/json");
        let mut files = Vec::new();
        if kind.starts_with("multipart/") {
            let parts = multipart::read(kind, &body)
                .ok_or_else(|| Refusal::because(100, "The body is not multipart/form-data."))?;
            for part in parts {
                if part.filename.is_some() {
                    files.push(part);
                } else {
                    let text = String::from_utf8_lossy(&part.bytes).into_owned();
                    given.insert(part.name, text.into());
                }
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            given.extend(pairs(&String::from_utf8_lossy(&body)));
        } else if kind.starts_with("application/json") && !body.is_empty() {
            let object: Map<String, Value> = serde_json::from_slice(&body)
                .map_err(|_| Refusal::because(100, "The body is not a JSON object."))?;
            given.extend(object);
        }
        Ok(Self {
            method,
            path: path.to_owned(),
            id: decoded(id),
            edge: edge.to_owned(),
            given,
            files,
            headers,
            body,
        })
    }

    /// A parameter as text; numbers as their digits.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.given.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            value => Some(value.to_string()),
        }
    }

    /// A parameter as JSON; text that holds JSON is read.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        match self.given.get(name)? {
            Value::String(text) if text.starts_with(['[', '{']) => serde_json::from_str(text).ok(),
            Value::String(text) if text == "true" || text == "false" => {
                Some((text == "true").into())
            }
            Value::Null => None,
            value => Some(value.clone()),
        }
    }

    /// A parameter that is a list: as JSON, or separated by commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        match self.value(name) {
            None => Vec::new(),
            Some(Value::Array(values)) => values.iter().map(text).collect(),
            Some(value) => text(&value).split(',').map(str::to_owned).collect(),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }
}

/// `v25.0`
pub(super) fn is_version(version: &str) -> bool {
    let number = version.strip_prefix('v').unwrap_or_default();
    let parts = number.split_once('.');
    let parts = parts.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    parts.is_some_and(|version: (u32, u32)| ((1, 0)..=NEWEST_VERSION).contains(&version))
}

pub(super) fn pairs(query: &str) -> Map<String, Value> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value).into())
        })
        .collect()
}

/// A query's text in plain. What is not rightly encoded stays as it is.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).and_then(|digits| hex::decode(digits).ok());
        if let (b'%', Some(byte)) = (first, escaped) {
            bytes.extend(byte);
            rest = &after[2..];
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
