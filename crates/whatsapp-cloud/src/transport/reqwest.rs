//! The default transport, over reqwest and rustls.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;

use futures_util::TryStreamExt as _;

use super::{Body, CallFuture, Deadline, Error, OpenFuture, TimeLeft, Transport};

/// The default transport: HTTPS by rustls, no redirects, no proxies, no second tries, one deadline over everything.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    max_response_bytes: usize,
}

/// The bounds a transport keeps.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For finding and reaching the host, TLS included.
    pub connect_timeout: Duration,
    /// For the whole call, connecting included.
    pub timeout: Duration,
    /// The largest answer taken, in bytes.
    pub max_response_bytes: usize,
}

impl Default for Limits {
    /// 10 s to connect, 30 s in all, 4 MiB.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            max_response_bytes: 4 * 1024 * 1024,
        }
    }
}

impl ReqwestTransport {
    /// Makes one; clones share its connections. Fails if TLS cannot be set up.
    pub fn new(limits: Limits) -> Result<Self, Error> {
        let loopback = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // A proxy would see requests to a loopback address, token and all.
            .no_proxy()
            // Plain HTTP is allowed to `localhost`: make sure that it is this machine whatever the resolver says.
            .resolve_to_addrs("localhost", &loopback)
            .referer(false)
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.timeout)
            // Short: a request written to a connection that the other side is just closing has an unknown fate.
            .pool_idle_timeout(Duration::from_secs(20))
            .build()
            .map_err(|error| Error::not_sent("the HTTP client cannot be set up").because(error))?;
        Ok(Self {
            client,
            max_response_bytes: limits.max_response_bytes,
        })
    }

    async fn execute(
        &self,
        request: http::Request<reqwest::Body>,
    ) -> Result<reqwest::Response, Error> {
        let deadline = request.extensions().get().copied();
        let mut request = reqwest::Request::try_from(request).map_err(|error| {
            Error::not_sent("the request is not possible").because(error.without_url())
        })?;
        if let Some(Deadline(timeout)) = deadline {
            *request.timeout_mut() = Some(timeout);
        }
        self.client.execute(request).await.map_err(classify)
    }

    async fn stream(&self, request: http::Request<Body>) -> Result<http::Response<Body>, Error> {
        let (mut head, body) = request.into_parts();
        if let Some(length) = body.length() {
            head.headers.insert(CONTENT_LENGTH, length.into());
        }
        let body = match body.length() {
            Some(0) => reqwest::Body::default(),
            _ => reqwest::Body::wrap_stream(body.into_chunks()),
        };
        let left = head.extensions.get().copied();
        let begun = self.execute(http::Request::from_parts(head, body));
        let mut answer = match left {
            Some(TimeLeft(left)) => tokio::time::timeout(left, begun)
                .await
                .map_err(|late| Error::maybe_sent("no answer in time").because(late))??,
            None => begun.await?,
        };
        let (status, length) = (answer.status(), answer.content_length());
        let headers = std::mem::take(answer.headers_mut());
        let chunks = answer.bytes_stream().map_err(classify);
        let mut response = http::Response::new(Body::new(length, chunks));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    async fn carry(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Error> {
        let mut answer = self.execute(request.map(reqwest::Body::from)).await?;
        let mut body = Bytes::new();
        while let Some(chunk) = answer.chunk().await.map_err(classify)? {
            if body.len() + chunk.len() > self.max_response_bytes {
                return Err(Error::maybe_sent(format!(
                    "the answer is longer than {} bytes",
                    self.max_response_bytes
                )));
            }
            // Most answers come in one piece, and that is not copied.
            body = if body.is_empty() {
                chunk
            } else {
                let mut both = BytesMut::from(body);
                both.extend_from_slice(&chunk);
                both.freeze()
            };
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        Ok(response)
    }
}

impl Transport for ReqwestTransport {
    fn call(&self, request: http::Request<Bytes>) -> CallFuture<'_> {
        Box::pin(self.carry(request))
    }

    fn open(&self, request: http::Request<Body>) -> OpenFuture<'_> {
        Box::pin(self.stream(request))
    }
}

/// Only what happened before there was a connection is certain not to have left.
fn classify(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let unsent = error.is_connect() || error.is_builder();
    let message = match (unsent, error.is_timeout()) {
        (true, true) => "no connection in time",
        (true, false) => "no connection",
        (false, true) => "no answer in time",
        (false, false) => "the connection broke before the answer was complete",
    };
    if unsent {
        Error::not_sent(message).because(error)
    } else {
        Error::maybe_sent(message).because(error)
    }
}
