//! Reading a body no further than its limit.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::{Notification, Receiver, Rejection};

impl Receiver {
    /// Reads a `POST`'s body and proves it. One that says it is too large is not read at all.
    pub(in crate::webhook) async fn read<B>(
        &self,
        headers: &HeaderMap,
        body: B,
    ) -> Result<Notification, Rejection>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let least = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if least > self.max_bytes() {
            return Err(Rejection::TooLarge);
        }
        let body = Limited::new(body, self.max_bytes()).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Rejection::TooLarge
            } else {
                Rejection::Broken
            }
        })?;
        self.receive(headers, body.to_bytes())
    }
}

/// A challenge as it goes back. The sender chose it, so it must never be shown as a page.
pub(in crate::webhook) fn challenge<B: From<Bytes>>(challenge: String) -> Response<B> {
    let mut response = text(challenge);
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A rejection as it goes back.
pub(in crate::webhook) fn rejection<B: From<Bytes>>(rejection: Rejection) -> Response<B> {
    let mut response = text(rejection.to_string());
    *response.status_mut() = rejection.status();
    if rejection == Rejection::Method {
        let methods = HeaderValue::from_static("GET, POST");
        response.headers_mut().insert(ALLOW, methods);
    }
    response
}

fn text<B: From<Bytes>>(text: String) -> Response<B> {
    let mut response = Response::new(B::from(Bytes::from(text)));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
