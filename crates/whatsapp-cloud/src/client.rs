//! The client: a base URL, a version and a token, over any transport.
//!
//! It adds nothing to a call but its address and its token, and takes nothing away from the answer. It never retries.
//!
//! **Invariant:** the token goes to the base URL's host only, and over plain HTTP only if that host is this machine.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::uri::Scheme;
use http::{Request, Uri};

use crate::error::{ApiError, Error};
use crate::graph::Endpoint;
use crate::graph::usage::Usage;
use crate::secret::AccessToken;
use crate::transport::Transport;

/// Where Meta answers.
pub const GRAPH_URL: &str = "https://graph.facebook.com";

/// The Graph API version spoken unless another is named.
pub const DEFAULT_VERSION: &str = "v25.0";

/// Speaks to Meta. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    base_url: Arc<str>,
    version: Arc<str>,
    token: Arc<AccessToken>,
}

/// An answer with what its headers tell.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The answer itself.
    pub value: T,
    /// How much of the allowance is used.
    pub usage: Usage,
}

impl Client {
    /// A client of Meta's own host, over the default transport.
    #[cfg(feature = "client")]
    pub fn new(token: AccessToken) -> Result<Self, Error> {
        use crate::transport::reqwest::{Limits, ReqwestTransport};
        let transport = ReqwestTransport::new(Limits::default())
            .map_err(|error| Error::not_sent(error.to_string()).because(error))?;
        Ok(Self::over(Arc::new(transport), token))
    }

    /// A client of Meta's own host, over a transport of yours.
    pub fn over(transport: Arc<dyn Transport>, token: AccessToken) -> Self {
        Self {
            transport,
            base_url: GRAPH_URL.into(),
            version: DEFAULT_VERSION.into(),
            token: Arc::new(token),
        }
    }

    /// The same client for another host, such as a simulator. The URL may have a path, no query. Plain HTTP is refused
    /// unless the host is a loopback address or `localhost`.
    pub fn with_base_url(mut self, base_url: &str) -> Result<Self, Error> {
        check_base_url(base_url)?;
        self.base_url = base_url.trim_end_matches('/').into();
        Ok(self)
    }

    /// The same client with another version, such as `v24.0`.
    #[must_use]
    pub fn with_version(mut self, version: &str) -> Self {
        self.version = version.into();
        self
    }

    /// The same client with another token.
    #[must_use]
    pub fn with_token(mut self, token: AccessToken) -> Self {
        self.token = Arc::new(token);
        self
    }

    /// Makes one call.
    pub async fn send<E: Endpoint>(&self, endpoint: &E) -> Result<E::Response, Error> {
        Ok(self.call(endpoint).await?.value)
    }

    /// Makes one call and keeps what its headers tell.
    pub async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<Answer<E::Response>, Error> {
        let request = self.request(endpoint)?;
        let response = self.transport.call(request).await.map_err(|error| {
            let told = if error.is_surely_unsent() {
                Error::not_sent(error.to_string())
            } else {
                Error::ambiguous(error.to_string())
            };
            told.because(error)
        })?;
        let (head, body) = response.into_parts();
        if !head.status.is_success() {
            let error = ApiError::from_response(head.status, &head.headers, &body);
            return Err(Error::from_api(error));
        }
        // A 2xx that cannot be read is no refusal: whatever was asked for has most likely been done.
        let value = endpoint.decode(&body).map_err(|error| {
            let status = head.status.as_u16();
            Error::ambiguous(format!("answered {status} and something unreadable")).because(error)
        })?;
        let usage = Usage::from_headers(&head.headers);
        Ok(Answer { value, usage })
    }

    fn request<E: Endpoint>(&self, endpoint: &E) -> Result<Request<Bytes>, Error> {
        let path = endpoint.path();
        if !is_plain_path(&self.version) || !is_plain_path(path.split('?').next().unwrap_or("")) {
            return Err(Error::not_sent(
                "the version or an id would change the path",
            ));
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose()))
            .map_err(|error| {
                Error::not_sent("the token cannot be put in a header").because(error)
            })?;
        bearer.set_sensitive(true);
        let request = Request::builder()
            .method(endpoint.method())
            .uri(format!("{}/{}/{path}", self.base_url, self.version))
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        let body = endpoint.body();
        let request = match &body {
            Some(_) => request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")),
            None => request,
        };
        request
            .body(body.unwrap_or_default())
            .map_err(|error| Error::not_sent("the request is not possible").because(error))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Whether a base URL may be given a token: HTTPS, or plain HTTP to this machine.
pub fn check_base_url(base_url: &str) -> Result<(), Error> {
    let uri: Uri = base_url
        .parse()
        .map_err(|error| Error::not_sent("the base URL is not a URL").because(error))?;
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return Err(Error::not_sent("the base URL has no host"));
    };
    if uri.query().is_some() || uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err(Error::not_sent(
            "the base URL may have no query, user or password",
        ));
    }
    let is_https = uri.scheme() == Some(&Scheme::HTTPS);
    let is_local_http = uri.scheme() == Some(&Scheme::HTTP) && is_this_machine(host);
    if is_https || is_local_http {
        return Ok(());
    }
    Err(Error::not_sent(
        "refusing to transmit over non-HTTPS: the access token would travel in the clear; \
         plain HTTP is for loopback addresses only",
    ))
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Ids are put into paths: one that holds a dot segment, an escape or a fragment would call something else.
fn is_plain_path(path: &str) -> bool {
    let is_plain = |segment: &str| {
        !segment.is_empty()
            && !segment.bytes().all(|byte| byte == b'.')
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    path.split('/').all(is_plain)
}

#[cfg(test)]
mod tests;
