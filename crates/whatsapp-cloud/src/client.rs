//! The client: a base URL, a version and a token, over any transport.
//!
//! It adds nothing to a call but its address and its proof of who calls, and takes nothing away from the answer. It repeats a call
//! only where a [`RetryPolicy`] was given, and then only what does no harm twice.
//!
//! **Invariant:** the token goes to Meta's hosts and the base URL's only, and over plain HTTP only if that host is this machine.

mod address;
mod clock;
mod download;
mod pages;
mod repeat;
mod retry;
mod upload;

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::response::Parts;
use http::{HeaderMap, Request};
use sha2::Sha256;

use crate::error::{ApiError, Error};
use crate::graph::usage::Usage;
use crate::graph::{Credentials, Endpoint, Host, Query, path};
use crate::limits::{Invalid, Violation};
use crate::secret::{AccessToken, AppSecret};
use crate::transport::{Deadline, TimeLeft, Transport};
pub use address::check_base_url;
#[cfg(feature = "client")]
pub use clock::TokioClock;
pub use clock::{Clock, Sleep};
pub use download::{Download, MAX_MEDIA_BYTES};
pub use pages::Pages;
use repeat::Nature;
pub use retry::RetryPolicy;
use retry::Retrying;

/// Where Meta answers.
pub const GRAPH_URL: &str = "https://graph.facebook.com";

/// Where Meta answers what the Graph API does not.
pub const API_URL: &str = "https://api.facebook.com";

/// The Graph API version spoken unless another is named.
pub const DEFAULT_VERSION: &str = "v25.0";

/// Who calls, as every call says: others report that Meta's media hosts turn away whoever does not.
const NAME: HeaderValue =
    HeaderValue::from_static(concat!("whatsapp-cloud/", env!("CARGO_PKG_VERSION")));

/// Speaks to Meta. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    base_url: Arc<str>,
    version: Arc<str>,
    token: Arc<AccessToken>,
    app_secret: Option<Arc<AppSecret>>,
    // The token's digest under the app's secret: the same for every call.
    proof: Option<Arc<str>>,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    retrying: Option<Retrying>,
    // Where calls are not repeated: to count several of them as one. None of them waits by it.
    clock: Option<Arc<dyn Clock>>,
    is_checking: bool,
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
    /// A client of Meta's own host, over the default transport, that repeats what does no harm twice.
    #[cfg(feature = "client")]
    pub fn new(token: AccessToken) -> Result<Self, Error> {
        use crate::transport::reqwest::{Limits, ReqwestTransport};
        let transport = ReqwestTransport::new(Limits::default())
            .map_err(|error| Error::not_sent(error.to_string()).because(error))?;
        let clock = Arc::new(TokioClock::new());
        Ok(Self::over(Arc::new(transport), token).with_retry(RetryPolicy::default(), clock))
    }

    /// A client of Meta's own host, over a transport of yours. It never repeats a call; see [`Client::with_retry`].
    pub fn over(transport: Arc<dyn Transport>, token: AccessToken) -> Self {
        Self {
            transport,
            base_url: GRAPH_URL.into(),
            version: DEFAULT_VERSION.into(),
            token: Arc::new(token),
            app_secret: None,
            proof: None,
            timeout: None,
            deadline: None,
            retrying: None,
            #[cfg(feature = "client")]
            clock: Some(Arc::new(TokioClock::new())),
            #[cfg(not(feature = "client"))]
            clock: None,
            is_checking: true,
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
        self.proven()
    }

    /// The same client, which proves with each call that it knows the app's secret (`appsecret_proof`).
    #[must_use]
    pub fn with_app_secret(mut self, secret: AppSecret) -> Self {
        self.app_secret = Some(Arc::new(secret));
        self.proven()
    }

    /// The same client, each try of whose calls ends after this long, in place of the transport's own limit. A call that is repeated may
    /// take longer: see [`Client::with_deadline`]. What a [`Throttle`](crate::transport::throttle::Throttle) lets a call wait does not
    /// count.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same client, whose calls end after this long, all tries and the waits for and between them together: a try that is under way
    /// then is given up, and its fate is unknown; one that would begin later is not made. Where not said it is the policy's, two
    /// minutes by default, or the timeout of one try if that is longer. Where calls are not repeated, it is that of the only try. A
    /// download must have begun by then, with all that is asked before; an upload that goes on where it broke off must have ended. An
    /// upload in pieces, which is one try, has a deadline only where this gives it one.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same client, which repeats calls by this policy, and waits by this clock. Clones share one allowance of repetitions.
    #[must_use]
    pub fn with_retry(mut self, policy: RetryPolicy, clock: Arc<dyn Clock>) -> Self {
        self.retrying = Some(Retrying::new(policy, clock));
        self
    }

    /// The same client, which never repeats a call.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        self.retrying = None;
        self
    }

    /// The same client, which makes calls that exceed the [limits](crate::limits) known here: for whatever Meta allows by now.
    #[must_use]
    pub fn without_checks(mut self) -> Self {
        self.is_checking = false;
        self
    }

    /// A call, made when it is awaited; first it can be given a version, a token, a timeout or a deadline of its own.
    pub fn send<'a, E: Endpoint>(&'a self, endpoint: &'a E) -> Call<'a, E> {
        Call {
            client: Cow::Borrowed(self),
            endpoint,
        }
    }

    /// Makes one call and keeps what its headers tell.
    pub async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<Answer<E::Response>, Error> {
        self.check(|| endpoint.violations())?;
        // What cannot become a request now never can.
        let mut first = Some(self.request(endpoint)?);
        let once = |left: Option<Duration>| {
            let request = first.take().map_or_else(|| self.request(endpoint), Ok);
            async move {
                let mut request = request?;
                request.extensions_mut().extend(time_left(left));
                self.once(endpoint, request).await
            }
        };
        self.repeat(Nature::of(endpoint), once).await
    }

    /// Refuses what exceeds a limit, unless nothing is to be checked.
    fn check(&self, violations: impl FnOnce() -> Vec<Violation>) -> Result<(), Error> {
        if !self.is_checking {
            return Ok(());
        }
        Invalid::unless_empty(violations())
            .map_err(|invalid| Error::not_sent(invalid.to_string()).because(invalid))
    }

    async fn once<E: Endpoint>(
        &self,
        endpoint: &E,
        request: Request<Bytes>,
    ) -> Result<Answer<E::Response>, Error> {
        let response = self
            .transport
            .call(request)
            .await
            .map_err(Error::from_transport)?;
        let (head, body) = response.into_parts();
        tracing::debug!(
            endpoint = endpoint.name(),
            status = head.status.as_u16(),
            "answered"
        );
        let value = read(endpoint, &head, &body)?;
        let usage = Usage::from_headers(&head.headers);
        Ok(Answer { value, usage })
    }

    fn request<E: Endpoint>(&self, endpoint: &E) -> Result<Request<Bytes>, Error> {
        let uri = self.uri(
            &endpoint.path(),
            endpoint.query(),
            endpoint.host(),
            endpoint.credentials(),
        )?;
        let body = endpoint.body();
        let mut headers = endpoint.headers();
        if body.is_some() {
            let content_type =
                HeaderValue::from_str(&endpoint.content_type()).map_err(|error| {
                    Error::not_sent("the body's type cannot be put in a header").because(error)
                })?;
            headers.insert(CONTENT_TYPE, content_type);
        }
        introduce(&mut headers, "application/json");
        self.prove(&mut headers, endpoint.credentials())?;
        let mut request = Request::new(body.unwrap_or_default());
        *request.headers_mut() = headers;
        *request.method_mut() = endpoint.method();
        *request.uri_mut() = uri;
        if let Some(timeout) = self.time_for_one() {
            request.extensions_mut().insert(Deadline(timeout));
        }
        Ok(request)
    }

    fn uri(
        &self,
        path: &str,
        mut query: Query,
        host: Host,
        credentials: Credentials,
    ) -> Result<http::Uri, Error> {
        if !path::is_plain_segment(&self.version) || !path::is_plain(path) {
            return Err(Error::not_sent(
                "the version or an id would change the path",
            ));
        }
        if credentials != Credentials::InCall {
            let proof = self.proof.as_deref().map(str::to_owned);
            query.put("appsecret_proof", &proof);
        }
        let mut uri = match host {
            Host::Graph => format!("{}/{}/{path}", self.base_url, self.version),
            Host::Api if &*self.base_url == GRAPH_URL => format!("{API_URL}/{path}"),
            Host::Api => format!("{}/{path}", self.base_url),
        };
        if !query.is_empty() {
            uri.push('?');
            uri.push_str(&query.to_text());
        }
        uri.parse()
            .map_err(|error| Error::not_sent("the request is not possible").because(error))
    }

    fn prove(&self, headers: &mut HeaderMap, credentials: Credentials) -> Result<(), Error> {
        let scheme = match credentials {
            Credentials::Bearer => "Bearer",
            Credentials::OAuth => "OAuth",
            Credentials::InCall => return Ok(()),
        };
        let proof = format!("{scheme} {}", self.token.expose());
        let mut proof = HeaderValue::from_maybe_shared(Bytes::from(proof)).map_err(|error| {
            Error::not_sent("the token cannot be put in a header").because(error)
        })?;
        proof.set_sensitive(true);
        headers.insert(AUTHORIZATION, proof);
        Ok(())
    }

    /// The same client with the token's digest under the app's secret, in hexadecimal.
    fn proven(mut self) -> Self {
        let digest = |secret: &AppSecret| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
            mac.update(self.token.expose().as_bytes());
            Some(hex::encode(mac.finalize().into_bytes()).into())
        };
        self.proof = self.app_secret.as_deref().and_then(digest);
        self
    }
}

/// Says who calls, unless the call says so itself, and what is wanted.
fn introduce(headers: &mut HeaderMap, wanted: &'static str) {
    headers.entry(USER_AGENT).or_insert(NAME);
    headers.insert(ACCEPT, HeaderValue::from_static(wanted));
}

fn time_left(left: Option<Duration>) -> http::Extensions {
    let mut extensions = http::Extensions::new();
    if let Some(left) = left {
        extensions.insert(TimeLeft(left));
    }
    extensions
}

/// What an answer says of the call.
fn read<E: Endpoint>(endpoint: &E, head: &Parts, body: &[u8]) -> Result<E::Response, Error> {
    let (status, headers) = (head.status, &head.headers);
    if !status.is_success() {
        let error = ApiError::from_response(status, headers, body);
        return Err(Error::from_api(error));
    }
    let decoded = endpoint.decode(body);
    if let Some(error) = ApiError::in_success(status, headers, body, decoded.is_ok()) {
        return Err(Error::from_api(error));
    }
    // A 2xx that cannot be read is no refusal: whatever was asked for has most likely been done.
    decoded.map_err(|error| {
        let message = format!("answered {} and something unreadable", status.as_u16());
        Error::unreadable(message, &error)
    })
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A call about to be made: await it.
#[must_use = "a call is made when it is awaited"]
pub struct Call<'a, E> {
    client: Cow<'a, Client>,
    endpoint: &'a E,
}

impl<E: Endpoint> Call<'_, E> {
    /// The same call in another version.
    pub fn version(self, version: &str) -> Self {
        self.by(|client| client.with_version(version))
    }

    /// The same call with another token.
    pub fn token(self, token: AccessToken) -> Self {
        self.by(|client| client.with_token(token))
    }

    /// The same call, each try of which ends after this long; see [`Client::with_timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        self.by(|client| client.with_timeout(timeout))
    }

    /// The same call, ended after this long, its repetitions included; see [`Client::with_deadline`].
    pub fn deadline(self, deadline: Duration) -> Self {
        self.by(|client| client.with_deadline(deadline))
    }

    /// The same call to another host; see [`Client::with_base_url`].
    pub fn base_url(self, base_url: &str) -> Result<Self, Error> {
        let client = self.client.into_owned().with_base_url(base_url)?;
        Ok(Self {
            client: Cow::Owned(client),
            endpoint: self.endpoint,
        })
    }

    /// The same call, never repeated.
    pub fn without_retry(self) -> Self {
        self.by(Client::without_retry)
    }

    /// Makes the call and keeps what the answer's headers tell.
    pub async fn answer(self) -> Result<Answer<E::Response>, Error> {
        self.client.call(self.endpoint).await
    }

    fn by(self, change: impl FnOnce(Client) -> Client) -> Self {
        Self {
            client: Cow::Owned(change(self.client.into_owned())),
            endpoint: self.endpoint,
        }
    }
}

impl<'a, E: Endpoint> IntoFuture for Call<'a, E> {
    type Output = Result<E::Response, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.client.call(self.endpoint).await?.value) })
    }
}

#[cfg(test)]
mod tests;
