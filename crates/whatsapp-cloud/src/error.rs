//! What can go wrong with a call to Meta, told by what it means for the caller: did the request leave, and what did Meta say?
//!
//! `/messages` knows no idempotency key. Whether a request may have been taken is therefore the first thing an error
//! says, and it is never guessed in the optimistic direction.
//!
//! **Invariant:** neither `Display` nor `Debug` of anything here shows a token, a phone number or a text.

mod advice;
mod api;
mod class;
mod policy;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub use advice::advice_on;
pub use api::ApiError;
pub(crate) use api::error_of;
pub use class::ErrorClass;
pub use policy::Policy;

use crate::limits::Invalid;
use crate::transport;

/// A call that did not succeed. See [`Error::kind`].
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What an error means for the request that caused it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request certainly did not leave: no such host, connection refused, TLS, an insecure URL, an impossible request; or, with
    /// an [`Invalid`] as its source, one that exceeds a [limit](crate::limits) and never can succeed.
    NotSent,
    /// The request, or part of it, may have arrived and its fate is unknown: timeout, reset, an unreadable answer, 5xx.
    /// So is the fate of a call that was refused or did not leave only after an earlier try of it may have arrived: what "exists
    /// already" may be what that try made. Carries Meta's error where there was one.
    Ambiguous(Option<Box<ApiError>>),
    /// Meta answered and refused: the request had no effect.
    Api(Box<ApiError>),
    /// What came is not what was asked for: a file too long, cut short or of another digest than Meta named; an element of a list
    /// that cannot be read; a list whose next page cannot be found.
    Damaged,
}

impl Error {
    /// The request did not leave, and why.
    pub fn not_sent(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotSent, message)
    }

    /// The request may have arrived, and what hides its fate.
    pub fn ambiguous(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Ambiguous(None), message)
    }

    /// Something came that is not what it should be, and in what way.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged, message)
    }

    /// There was no answer.
    pub fn from_transport(error: transport::Error) -> Self {
        let told = if error.is_surely_unsent() {
            Self::not_sent(error.to_string())
        } else {
            Self::ambiguous(error.to_string())
        };
        told.because(error)
    }

    /// Meta answered with an error.
    pub fn from_api(error: ApiError) -> Self {
        let message = error.to_string();
        let error = Box::new(error);
        if error.leaves_doubt() {
            Self::new(ErrorKind::Ambiguous(Some(error)), message)
        } else {
            Self::new(ErrorKind::Api(error), message)
        }
    }

    /// Meta did what was asked and answered with something that cannot be read. Only where it cannot be is told: what stands
    /// there may be a token or a phone number.
    pub(crate) fn unreadable(message: impl Into<String>, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Self::ambiguous(message).because(format!("line {line}, column {column} of the answer"))
    }

    /// The last word on a call of which an earlier try may have been taken. A refusal may be that try's doing, as of what exists
    /// already or no longer; and what did not leave again may have left before.
    pub(crate) fn after_a_doubt(self) -> Self {
        let message = format!("by an earlier try; the last one was {self}");
        let api = match self.0.kind {
            ErrorKind::Api(api) => Some(api),
            ErrorKind::NotSent => None,
            ErrorKind::Ambiguous(_) | ErrorKind::Damaged => return self,
        };
        let mut told = Self::new(ErrorKind::Ambiguous(api), message);
        told.0.source = self.0.source;
        told
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
        }))
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What it means for the request.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Meta's error, if Meta answered with one, whether or not it settles the request's fate.
    pub fn api(&self) -> Option<&ApiError> {
        match &self.0.kind {
            ErrorKind::NotSent | ErrorKind::Damaged => None,
            ErrorKind::Ambiguous(error) => error.as_deref(),
            ErrorKind::Api(error) => Some(error),
        }
    }

    /// Whether the request may have been taken. Never send such a request again without asking.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Ambiguous(_))
    }

    /// Whether the request certainly had no effect and the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            ErrorKind::NotSent => !self.exceeds_limit(),
            ErrorKind::Ambiguous(_) | ErrorKind::Damaged => false,
            ErrorKind::Api(error) => error.class.is_passing(),
        }
    }

    /// What to do about it, in plain words.
    pub fn advice(&self) -> &'static str {
        if self.exceeds_limit() {
            return advice::EXCEEDS_LIMIT;
        }
        advice::of(&self.0.kind)
    }

    /// Whether the request was not made because it exceeds a [limit](crate::limits) of Meta's that is known here.
    pub fn exceeds_limit(&self) -> bool {
        let source = self.0.source.as_ref();
        matches!(self.0.kind, ErrorKind::NotSent)
            && source.is_some_and(|source| source.is::<Invalid>())
    }

    /// Whether the token or its permissions must be mended first.
    pub fn is_auth(&self) -> bool {
        self.has_class(|class| matches!(class, ErrorClass::Auth | ErrorClass::Permission))
    }

    /// Whether too much was asked in too short a time.
    pub fn is_throttled(&self) -> bool {
        self.has_class(|class| matches!(class, ErrorClass::Throttled | ErrorClass::ThrottledPair))
    }

    /// Whether only a template may go out, as the recipient has not written for 24 hours.
    pub fn is_window_closed(&self) -> bool {
        self.has_class(|class| class == ErrorClass::WindowClosed)
    }

    fn has_class(&self, is: impl FnOnce(ErrorClass) -> bool) -> bool {
        self.api().is_some_and(|error| is(error.class))
    }

    /// How long Meta asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api().and_then(|error| error.retry_after)
    }
}

/// The fate, the class, the code, the HTTP status and the trace id: fit for logs. Meta's own words are not in it, as they may name a
/// recipient: they are [`ApiError::message`], [`ApiError::details`] and their neighbours, by way of [`Error::api`]; and what to do is
/// [`Error::advice`].
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match &self.0.kind {
            ErrorKind::NotSent => "not sent: ",
            ErrorKind::Ambiguous(_) => "may have been taken: ",
            ErrorKind::Api(_) => "refused: ",
            ErrorKind::Damaged => "damaged: ",
        };
        f.write_str(prefix)?;
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
