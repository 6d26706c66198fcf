//! Everything that can be answered instead of what was asked, as RFC 9457 problems: one table, one row for each code.
//!
//! To add one: a row here, and a line in `docs/api.md` or `docs/webhooks.md`.
//!
//! **Invariant:** a code, once published, keeps its meaning and its status.
//! **Invariant:** no problem repeats a secret, a phone number or a message text of the request.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $text:literal, $title:literal, $hint:expr;)*) => {
        /// What is wrong, as programs see it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code there is.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status it always comes with.
            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What is wrong, in one sentence.
            pub(crate) fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            fn hint(self) -> Option<&'static str> {
                match self { $(Self::$name => $hint,)* }
            }
        }
    };
}

codes! {
    /// No such path.
    NotFound = NOT_FOUND, "not_found", "There is nothing here", None;
    /// The path is right.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "This path does not take this method",
        Some("the Allow header names the methods it takes");
    /// No enabled account answers on this webhook path.
    UnknownAccount = NOT_FOUND, "unknown_account", "No enabled account answers here",
        Some("the path is /webhooks/whatsapp/{account_id}; compare the id with the configuration, and see that the account is enabled");
    /// More than is taken.
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large", None;
    /// It came too slowly.
    BodyTimeout = REQUEST_TIMEOUT, "body_timeout", "The body did not arrive in time", None;
    /// The connection broke while it came.
    BodyInterrupted = BAD_REQUEST, "body_interrupted", "The body ended early", None;
    /// Nothing to verify with.
    SignatureUnconfigured = UNAUTHORIZED, "signature_unconfigured",
        "No app secret is configured, so no webhook can be proved",
        Some("give the Meta app's secret as `app_secret` (or `app_secret_env`, `app_secret_file`) of the account; to take webhooks without proof on this account's own path, set `allow_unsigned` or start with --allow-unsigned");
    /// No header.
    SignatureMissing = UNAUTHORIZED, "signature_missing", "The webhook is not signed",
        Some("Meta signs every webhook with X-Hub-Signature-256; if a proxy stands between, let it pass that header on");
    /// A header that does not fit the bytes.
    SignatureWrong = UNAUTHORIZED, "signature_wrong", "The signature does not fit the body",
        Some("compare the configured app secret with the Meta app's (App settings, Basic), and see that no proxy rewrites the body");
    /// Not UTF-8 JSON.
    NotJson = BAD_REQUEST, "not_json", "The body is not JSON", None;
    /// The disk is full.
    StoreFull = SERVICE_UNAVAILABLE, "store_full", "The disk is full, and nothing was stored",
        Some("make room on the disk that holds the data directory; the gateway goes on by itself, and Meta sends the webhook again");
    /// The store does not answer.
    StoreUnavailable = SERVICE_UNAVAILABLE, "store_unavailable", "The store cannot be written or read now, and nothing was stored",
        Some("the log says why; the same request succeeds once the store is back");
    /// Too many large bodies at once.
    Overloaded = SERVICE_UNAVAILABLE, "overloaded", "Too much is arriving at once",
        Some("send it again later");
    /// A handshake without one of its three parameters.
    HandshakeIncomplete = BAD_REQUEST, "handshake_incomplete", "This is not a whole webhook handshake",
        Some("Meta's handshake has hub.mode, hub.verify_token and hub.challenge");
    /// A handshake with a wrong token or mode.
    HandshakeRefused = FORBIDDEN, "handshake_refused", "The verify token or the mode is not right",
        Some("give Meta the same verify token as the account's `verify_token`");
    /// No credentials.
    CredentialsMissing = UNAUTHORIZED, "credentials_missing", "The API needs credentials",
        Some("use `Authorization: Bearer KEY`, `X-API-Key: KEY`, or HTTP Basic");
    /// Credentials nobody has.
    CredentialsWrong = UNAUTHORIZED, "credentials_wrong", "These credentials are not known here", None;
    /// Known, and not allowed to do this.
    ScopeMissing = FORBIDDEN, "scope_missing", "This key may not do this", None;
    /// Known, and not allowed to touch this account.
    AccountForbidden = FORBIDDEN, "account_forbidden", "This key may not touch this account", None;
    /// A query parameter that does not exist.
    UnknownParameter = BAD_REQUEST, "unknown_parameter", "There is no such query parameter", None;
    /// A query parameter that makes no sense.
    InvalidParameter = BAD_REQUEST, "invalid_parameter", "A query parameter makes no sense", None;
    /// A cursor of another list, or none.
    InvalidCursor = BAD_REQUEST, "invalid_cursor", "This is not a cursor of this list",
        Some("`after` takes the `next` of the page before, as it came");
    /// A header that makes no sense.
    InvalidHeader = BAD_REQUEST, "invalid_header", "A header makes no sense", None;
    /// A body that makes no sense.
    InvalidRequest = BAD_REQUEST, "invalid_request", "The request makes no sense", None;
    /// Nothing can be done again that is still being done.
    DeliveryOpen = CONFLICT, "delivery_open", "This delivery is still on its way",
        Some("only what is delivered or dead can be delivered again; `waypost hooks resume` hastens what waits");
    /// Somebody was quicker.
    RedeliveredBefore = CONFLICT, "redelivered_before", "This delivery was done again before", None;
    /// Not a message object.
    InvalidMessage = UNPROCESSABLE_ENTITY, "invalid_message", "This is not a message that can be sent",
        Some("send a Cloud API message object with `account_id`: {\"account_id\": \"…\", \"to\": \"…\", \"type\": \"text\", \"text\": {\"body\": \"…\"}}");
    /// The account cannot send.
    AccountCannotSend = UNPROCESSABLE_ENTITY, "account_cannot_send", "This account cannot send",
        Some("sending needs `phone_number_id` and `access_token`, and the account must be enabled");
    /// No such account in a request.
    NoSuchAccount = UNPROCESSABLE_ENTITY, "no_such_account", "No account has this id",
        Some("`account_id` is the account's name in the configuration");
    /// The key was used for something else.
    IdempotencyConflict = CONFLICT, "idempotency_conflict", "This Idempotency-Key was used before, for another message",
        Some("use a new key for a new message, and the same key only to repeat the same request");
    /// Read again, and not right.
    ConfigurationWrong = UNPROCESSABLE_ENTITY, "configuration_wrong", "The configuration is wrong, and nothing was reloaded",
        Some("what was in force stays in force: mend what is named, and reload again");
    /// Read again, and empty.
    NoAccountsLeft = CONFLICT, "no_accounts_left", "The configuration has no account any more, and nothing was reloaded",
        Some("what was in force stays in force: see whether the file is whole; if it is meant, reload with `without_accounts`");
    /// Nothing to read again.
    NotReloadable = CONFLICT, "not_reloadable", "This gateway was not started from a configuration file", None;
    /// Not `application/json`.
    NotJsonType = UNSUPPORTED_MEDIA_TYPE, "not_json_type", "The body must be application/json",
        Some("send `Content-Type: application/json`");
    /// Our fault.
    Internal = INTERNAL_SERVER_ERROR, "internal", "The gateway failed", Some("the log says why");
}

impl Code {
    /// The header it always comes with.
    fn header(self) -> Option<(HeaderName, HeaderValue)> {
        let (name, value) = match self {
            Self::StoreFull | Self::StoreUnavailable | Self::Overloaded => {
                (header::RETRY_AFTER, "5")
            }
            Self::CredentialsMissing | Self::CredentialsWrong => (
                header::WWW_AUTHENTICATE,
                "Bearer realm=\"waypost\", Basic realm=\"waypost\", charset=\"UTF-8\"",
            ),
            _ => return None,
        };
        Some((name, HeaderValue::from_static(value)))
    }
}

/// One answer instead of what was asked.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: Code,
    detail: Option<String>,
    hint: Option<String>,
}

impl Problem {
    /// What is to be known beyond the code, as a sentence.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What to do, where it is more than the code's own hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What programs see.
    pub(crate) fn code(&self) -> Code {
        self.code
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            detail: None,
            hint: None,
        }
    }
}

/// A store's refusal, for whoever asked. What the database said goes to the log, never into an answer.
impl From<waypost_store::Error> for Problem {
    fn from(error: waypost_store::Error) -> Self {
        use waypost_store::Error;
        match error {
            Error::Full => {
                tracing::error!("store is full, nothing is stored until there is room");
                Code::StoreFull.into()
            }
            Error::IdempotencyConflict => Code::IdempotencyConflict.into(),
            Error::Cursor => Code::InvalidCursor.into(),
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "store failed");
                Code::StoreUnavailable.into()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { code, detail, hint } = self;
        let status = code.status();
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put(
            "type",
            format!("urn:waypost:problem:{}", code.as_str()).into(),
        );
        put("title", code.title().into());
        put("status", status.as_u16().into());
        if let Some(detail) = detail {
            put("detail", detail.into());
        }
        put("code", code.as_str().into());
        if let Some(hint) = hint.or_else(|| code.hint().map(str::to_owned)) {
            put("hint", hint.into());
        }
        let mut response = (status, Value::Object(body).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some((name, value)) = code.header() {
            headers.insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented() {
        let docs = concat!(
            include_str!("../../../docs/api.md"),
            include_str!("../../../docs/webhooks.md")
        );
        for code in Code::ALL {
            assert!(
                docs.contains(&format!("`{}`", code.as_str())),
                "{} is in neither docs/api.md nor docs/webhooks.md",
                code.as_str()
            );
        }
    }

    #[test]
    fn codes_are_unique() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(
                !Code::ALL[..index]
                    .iter()
                    .any(|other| other.as_str() == code.as_str())
            );
        }
    }
}
