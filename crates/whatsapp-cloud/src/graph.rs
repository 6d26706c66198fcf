//! Calls of the Graph API as data: an endpoint knows its method, path, body and answer, and nothing of the network.
//!
//! So it can be logged, stored, replayed and tested without one. To add an endpoint: one struct in its own file under
//! `graph/`, an `impl Endpoint`, and a test of method, path and body.

pub mod messages;
pub mod phone_number;
pub mod usage;

use bytes::Bytes;
use http::Method;

/// One call of the Graph API.
pub trait Endpoint: Send + Sync {
    /// What Meta answers.
    type Response: Send;

    /// `GET`, `POST` or `DELETE`.
    fn method(&self) -> Method;

    /// The path after the version, without a leading slash: `PHONE_NUMBER_ID/messages`. A query may follow.
    fn path(&self) -> String;

    /// The body as JSON text, if the call has one.
    fn body(&self) -> Option<Bytes> {
        None
    }

    /// Reads the body of a 2xx answer.
    fn decode(&self, body: &[u8]) -> Result<Self::Response, serde_json::Error>;
}
