//! The part of a path that names something.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

/// The one variable segment of a path.
///
/// **Invariant:** a segment that is not UTF-8 is a name like any other, and nothing has it: it is answered 404, in the order of
/// checks and with the problem of its path.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let unreadable = |_| char::REPLACEMENT_CHARACTER.to_string();
        Ok(Self(path.map_or_else(unreadable, |Path(text)| text)))
    }
}
