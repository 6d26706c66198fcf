//! Errors in Meta's shape. Titles are Meta's; add a code by adding its row.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

/// (code, HTTP status, title)
const CODES: &[(i64, u16, &str)] = &[
    (0, 401, "AuthException"),
    (2, 503, "API Service"),
    (4, 400, "API Too Many Calls"),
    (10, 403, "Permission Denied"),
    (100, 400, "Invalid parameter"),
    (190, 401, "Access token has expired"),
    (368, 403, "Temporarily blocked for policies violations"),
    (2500, 400, "Unknown path components"),
    (80_007, 400, "Rate limit issues"),
    (130_429, 400, "Rate limit hit"),
    (131_000, 500, "Something went wrong"),
    (131_005, 403, "Access denied"),
    (131_008, 400, "Required parameter is missing"),
    (131_009, 400, "Parameter value is not valid"),
    (131_016, 503, "Service unavailable"),
    (131_021, 400, "Recipient cannot be sender"),
    (131_026, 400, "Message undeliverable"),
    (131_030, 400, "Recipient phone number not in allowed list"),
    (131_031, 403, "Account has been locked"),
    (131_047, 400, "Re-engagement message"),
    (131_048, 400, "Spam rate limit hit"),
    (131_051, 400, "Unsupported message type"),
    (
        131_056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
    ),
    (131_057, 500, "Account in maintenance mode"),
    (132_001, 404, "Template does not exist"),
    (133_004, 503, "Server Temporarily Unavailable"),
    (133_010, 400, "Phone number not registered"),
    (
        133_016,
        400,
        "Account register deregister rate limit exceeded",
    ),
];

/// An error answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: i64,
    subcode: Option<i64>,
    message: String,
    details: Option<String>,
}

impl Refusal {
    /// With a code and Meta's title for it.
    pub(crate) fn of_code(code: i64) -> Self {
        let title = row(code).map_or("Unknown error", |(.., title)| title);
        Self {
            code,
            subcode: None,
            message: format!("(#{code}) {title}"),
            details: None,
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
            code: 100,
            subcode: Some(33),
            message: format!(
                "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation"
            ),
            details: None,
        }
    }

    /// Nothing is simulated there.
    pub(crate) fn unknown_path(path: &str) -> Self {
        Self {
            message: format!("Unknown path components: {path}"),
            ..Self::of_code(2500)
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = row(self.code).map_or(400, |(_, status, _)| *status);
        let mut error =
            json!({"message": self.message, "type": "OAuthException", "code": self.code});
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if let Some(details) = self.details {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        error["fbtrace_id"] = Value::from("ASimulatedTrace");
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({"error": error}).to_string();
        (
            status,
            [(CONTENT_TYPE, "application/json; charset=UTF-8")],
            body,
        )
            .into_response()
    }
}

fn row(code: i64) -> Option<&'static (i64, u16, &'static str)> {
    CODES.iter().find(|(known, ..)| *known == code)
}
