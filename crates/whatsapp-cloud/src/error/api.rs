//! Meta's error answer, read as forgivingly as Meta writes it.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{ErrorClass, Policy};
use crate::graph::messages::names_a_message;
use crate::raw;

/// What Meta said when it refused. Texts are Meta's own and may name a recipient: show them to the sender, do not log them.
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiError {
    /// Meta's code; absent if the answer was not Meta's (a proxy's page, an empty body).
    pub code: Option<i64>,
    /// Meta's subcode; deprecated by Meta, still sent.
    pub subcode: Option<i64>,
    /// What the code asks of the sender.
    pub class: ErrorClass,
    /// Meta's `type`, such as `OAuthException`.
    pub kind: Option<String>,
    /// Meta's `message`.
    pub message: Option<String>,
    /// Meta's `error_data`: its `details`, or the whole of it where it is a string.
    pub details: Option<String>,
    /// A title meant for people.
    pub user_title: Option<String>,
    /// A sentence meant for people.
    pub user_message: Option<String>,
    /// What Meta's support asks for.
    pub fbtrace_id: Option<String>,
    /// The answer's HTTP status. Branch on `class` or `code` instead.
    pub http_status: u16,
    /// Whether Meta called it transient.
    pub is_transient: bool,
    /// How long Meta asked to wait, from `Retry-After` (in seconds) or `X-Business-Use-Case-Usage` (in minutes).
    pub retry_after: Option<Duration>,
    /// The whole body as it came; bytes that are not UTF-8 are replaced.
    pub raw: String,
}

impl ApiError {
    /// Reads an answer that is an error.
    pub fn from_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let parsed: Value = raw::read(body).unwrap_or_default();
        let error = error_of(&parsed).unwrap_or(&Value::Null);
        let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
        let code = error.get("code").and_then(number);
        let is_transient = error.get("is_transient").and_then(Value::as_bool) == Some(true);
        Self {
            code,
            subcode: error.get("error_subcode").and_then(number),
            class: classify(code, status, is_transient),
            kind: text("type"),
            message: text("message"),
            details: details(error.get("error_data")),
            user_title: text("error_user_title"),
            user_message: text("error_user_msg"),
            fbtrace_id: text("fbtrace_id"),
            http_status: status.as_u16(),
            is_transient,
            retry_after: crate::graph::usage::retry_after(headers),
            raw: String::from_utf8_lossy(body).into_owned(),
        }
    }

    /// An error that came as a success: a 2xx answer with an `error` that names no message taken beside it. Where the answer
    /// `is_read` as what was asked for, a list of `errors` tells of parts of that and belongs to it; where it is not, they are all
    /// that it tells.
    pub(crate) fn in_success(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        is_read: bool,
    ) -> Option<Self> {
        // Most answers are no errors: do not read them twice.
        memchr::memmem::find(body, b"\"error")?;
        let answer: Value = raw::read(body).ok()?;
        let is_error = if is_read {
            answer.get("error").is_some_and(Value::is_object) && !names_a_message(&answer)
        } else {
            error_of(&answer).is_some()
        };
        is_error.then(|| Self::from_response(status, headers, body))
    }

    /// Meta's `error` object as it came, or, where the answer held none, one made of the HTTP status.
    pub fn to_json(&self) -> Value {
        raw::read::<Value>(self.raw.as_bytes())
            .ok()
            .and_then(|body| error_of(&body).cloned())
            .filter(Value::is_object)
            .unwrap_or_else(|| {
                json!({
                    "message": format!("answered {} without an error of Meta's", self.http_status),
                    "type": "http",
                    "http_status": self.http_status,
                })
            })
    }

    /// Whether, and how patiently, the same call may be made again.
    pub fn policy(&self) -> Policy {
        Policy::of(self.code, self.class)
    }

    /// Whether this answer leaves open if the request was taken. A server error does, unless its code says in so many
    /// words that the request was turned away; so do the codes that say no more than that something went wrong, a
    /// gateway that gave up waiting, an answer that sends the caller elsewhere after the fact, and an error whose status is
    /// that of a success.
    pub(super) fn leaves_doubt(&self) -> bool {
        let is_server_error = self.http_status >= 500;
        let is_vague = matches!(self.class, ErrorClass::Transient | ErrorClass::Unknown)
            || self.code.is_none();
        let went_wrong = matches!(self.code, Some(1 | 2 | 131_000));
        (is_server_error && is_vague)
            || went_wrong
            || matches!(self.http_status, 200..=299 | 303 | 408 | 499)
    }
}

/// The `error` of an answer, or the first of its `errors`.
pub(crate) fn error_of(answer: &Value) -> Option<&Value> {
    let is_there = |error: &&Value| !error.is_null();
    let several = || match answer.get("errors")? {
        Value::Array(errors) => errors.first(),
        error => Some(error),
    };
    let one = answer.get("error").filter(is_there);
    one.or_else(|| several().filter(is_there))
}

fn classify(code: Option<i64>, status: StatusCode, is_transient: bool) -> ErrorClass {
    let class = match code {
        Some(code) => ErrorClass::of(code),
        // Not Meta's words: whatever stands between us and Meta answered, and only its status is known.
        None => match status.as_u16() {
            401 => ErrorClass::Auth,
            403 => ErrorClass::Permission,
            429 => ErrorClass::Throttled,
            408 | 500.. => ErrorClass::Transient,
            _ => ErrorClass::Invalid,
        },
    };
    let is_server_error = status.is_server_error();
    if class == ErrorClass::Unknown && (is_transient || is_server_error) {
        ErrorClass::Transient
    } else {
        class
    }
}

fn details(error_data: Option<&Value>) -> Option<String> {
    match error_data? {
        Value::String(text) => Some(text.clone()),
        Value::Object(data) => Some(data.get("details")?.as_str()?.to_owned()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class.as_str())?;
        if let Some(code) = self.code {
            write!(f, " (code {code}")?;
        } else {
            f.write_str(" (no code")?;
        }
        write!(f, ", http status {}", self.http_status)?;
        if let Some(trace) = &self.fbtrace_id {
            write!(f, ", trace {trace}")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiError({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> ApiError {
        let status = StatusCode::from_u16(status).unwrap();
        ApiError::from_response(status, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn an_error_is_read_in_every_spelling_meta_uses() {
        let error = read(
            400,
            r#"{"error":{"message":"(#131056) slow down","type":"OAuthException","code":131056,"error_subcode":"7",
                "error_data":{"messaging_product":"whatsapp","details":"too fast for this one"},
                "error_user_title":"Slow","error_user_msg":"Wait a little","fbtrace_id":"AbC","is_transient":true}}"#,
        );
        assert_eq!((error.code, error.subcode), (Some(131_056), Some(7)));
        assert_eq!(error.class, ErrorClass::ThrottledPair);
        assert_eq!(error.details.as_deref(), Some("too fast for this one"));
        assert_eq!(error.user_title.as_deref(), Some("Slow"));
        assert_eq!(error.user_message.as_deref(), Some("Wait a little"));
        assert_eq!(error.to_json()["code"], 131_056);
        assert!(error.is_transient && !error.leaves_doubt());

        let error = read(
            400,
            r#"{"error":{"code":"100","error_data":"plain words"}}"#,
        );
        assert_eq!(error.class, ErrorClass::Invalid);
        assert_eq!(error.details.as_deref(), Some("plain words"));
    }

    #[test]
    fn an_answer_that_is_not_metas_still_says_something() {
        let error = read(502, "<html>bad gateway</html>");
        assert_eq!((error.code, error.class), (None, ErrorClass::Transient));
        assert!(error.leaves_doubt());
        assert_eq!(error.to_json()["http_status"], 502);
        assert_eq!(read(429, "").class, ErrorClass::Throttled);
        // Whoever gave up waiting: a lookup may be made again, and a send leaves a doubt.
        assert_eq!(read(408, "").class, ErrorClass::Transient);
        assert!(read(408, "").leaves_doubt());
        assert_eq!(read(404, "[]").class, ErrorClass::Invalid);
    }

    #[test]
    fn a_server_error_leaves_doubt_unless_its_code_turned_the_request_away() {
        assert!(read(500, r#"{"error":{"code":131000}}"#).leaves_doubt());
        assert!(read(500, r#"{"error":{"code":777777}}"#).leaves_doubt());
        assert!(!read(503, r#"{"error":{"code":130429}}"#).leaves_doubt());
        assert!(!read(500, r#"{"error":{"code":190}}"#).leaves_doubt());
        assert!(read(400, r#"{"error":{"code":131000}}"#).leaves_doubt());
        assert!(!read(400, r#"{"error":{"code":133015}}"#).leaves_doubt());
    }

    #[test]
    fn neither_texts_nor_bodies_show() {
        let error = read(
            400,
            r#"{"error":{"code":131026,"message":"491701234567 is away"}}"#,
        );
        assert!(!format!("{error} {error:?}").contains("4917"));
        let error = crate::error::Error::from_api(error);
        assert!(!format!("{error} {error:?}").contains("4917"));
    }
}
