//! Errors in Meta's shape.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::code;

/// An error answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: i64,
    subcode: Option<i64>,
    message: String,
    details: Option<String>,
    regain_minutes: Option<u32>,
    http_status: u16,
    /// What is answered besides the error.
    beside: Option<Box<Map<String, Value>>>,
}

impl Refusal {
    /// With a code and Meta's title for it.
    pub(crate) fn of_code(code: i64) -> Self {
        let title = code::title(code);
        Self {
            code,
            subcode: None,
            message: format!("(#{code}) {title}"),
            details: None,
            regain_minutes: None,
            http_status: code::http_status(code),
            beside: None,
        }
    }

    /// For calls that come too fast, with when to come back.
    pub(crate) fn throttled(code: i64, regain_minutes: u32) -> Self {
        Self {
            regain_minutes: Some(regain_minutes),
            ..Self::of_code(code)
        }
    }

    /// The token was good once.
    pub(crate) fn expired_token() -> Self {
        Self {
            subcode: Some(463),
            ..Self::of_code(190)
        }
    }

    /// With what exactly is wrong.
    pub(crate) fn because(code: i64, details: impl Into<String>) -> Self {
        Self {
            details: Some(details.into()),
            ..Self::of_code(code)
        }
    }

    /// No such object, or not with this token: Meta does not tell the two apart.
    pub(crate) fn unknown_object(method: &str, id: &str) -> Self {
        Self {
            subcode: Some(33),
            message: format!(
                "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation"
            ),
            ..Self::of_code(100)
        }
    }

    /// The object is there and has no such list.
    pub(crate) fn unknown_edge(edge: &str) -> Self {
        Self {
            message: format!("(#100) Tried accessing nonexisting field ({edge})"),
            ..Self::of_code(100)
        }
    }

    /// With Meta's subcode besides.
    pub(crate) fn with_subcode(self, subcode: i64) -> Self {
        Self {
            subcode: Some(subcode),
            ..self
        }
    }

    /// Answered otherwise than its code mostly is.
    pub(crate) fn with_http_status(self, http_status: u16) -> Self {
        Self {
            http_status,
            ..self
        }
    }

    /// With what became of the rest.
    pub(crate) fn beside(self, beside: Map<String, Value>) -> Self {
        Self {
            beside: Some(Box::new(beside)),
            ..self
        }
    }

    /// There is no such path.
    pub(crate) fn unknown_path(path: &str) -> Self {
        Self {
            message: format!("Unknown path components: {path}"),
            ..Self::of_code(2500)
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error =
            json!({"message": self.message, "type": "OAuthException", "code": self.code});
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if let Some(details) = self.details {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        error["fbtrace_id"] = Value::from("ASimulatedTrace");
        let status = StatusCode::from_u16(self.http_status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut body = self.beside.map(|beside| *beside).unwrap_or_default();
        body.insert("error".to_owned(), error);
        let body = Value::Object(body).to_string();
        let kind = [(CONTENT_TYPE, "application/json; charset=UTF-8")];
        let mut response = (status, kind, body).into_response();
        if let Some(minutes) = self.regain_minutes {
            response.headers_mut().extend(usage(minutes));
        }
        response
    }
}

/// The headers by which Meta says how much was used up, and when there will be more.
fn usage(regain_minutes: u32) -> impl Iterator<Item = (Option<HeaderName>, HeaderValue)> {
    let of_app = json!({"call_count": 100, "total_cputime": 40, "total_time": 40});
    let of_account = json!({"900800700600500": [{
        "type": "whatsapp",
        "call_count": 100,
        "total_cputime": 40,
        "total_time": 40,
        "estimated_time_to_regain_access": regain_minutes,
    }]});
    let named = [
        ("x-app-usage", of_app),
        ("x-business-use-case-usage", of_account),
    ];
    named.into_iter().filter_map(|(name, value)| {
        let value = HeaderValue::from_str(&value.to_string()).ok()?;
        Some((Some(HeaderName::from_static(name)), value))
    })
}
