//! The way requests leave: a trait of our own, so that no HTTP client is part of this crate's interface and tests need no
//! network.
//!
//! A transport can be wrapped: [`throttle::Throttle`] is one around another.

mod body;
#[cfg(feature = "client")]
pub mod reqwest;
pub mod throttle;

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

pub use body::{Body, Chunks};

/// What [`Transport::call`] returns.
pub type CallFuture<'a> =
    Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, Error>> + Send + 'a>>;

/// What [`Transport::open`] returns.
pub type OpenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<http::Response<Body>, Error>> + Send + 'a>>;

/// Carries one request and brings back its answer.
///
/// An implementation follows no redirect, ends every call in bounded time and memory, and never sends a request twice. A request
/// may have a [`Deadline`] and a [`TimeLeft`] among its extensions.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Carries `request`, whose URI is absolute.
    fn call(&self, request: http::Request<Bytes>) -> CallFuture<'_>;

    /// Carries a request whose body comes in pieces, and whose answer is read in pieces. As it stands, it gathers both.
    fn open(&self, request: http::Request<Body>) -> OpenFuture<'_> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.gather(usize::MAX).await?;
            let answer = self.call(http::Request::from_parts(head, body)).await?;
            Ok(answer.map(Body::from))
        })
    }
}

/// How long one call may take from when it leaves, its answer's body included: an extension of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(pub Duration);

/// How long the caller still waits for an answer to begin, whoever lets the request wait until then: an extension of a request, put
/// there by a client with a deadline. A transport sends nothing that would leave later, and says that it was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLeft(pub Duration);

/// A request that brought no answer.
#[derive(Debug)]
pub struct Error {
    is_surely_unsent: bool,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// No byte of the request left. Only if that is certain.
    pub fn not_sent(message: impl Into<String>) -> Self {
        Self {
            is_surely_unsent: true,
            message: message.into(),
            source: None,
        }
    }

    /// Some of the request may have left.
    pub fn maybe_sent(message: impl Into<String>) -> Self {
        Self {
            is_surely_unsent: false,
            message: message.into(),
            source: None,
        }
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether no byte of the request left.
    pub fn is_surely_unsent(&self) -> bool {
        self.is_surely_unsent
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
