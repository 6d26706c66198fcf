//! Calls of the Graph API as data: an endpoint knows its method, path, query, body and answer, and nothing of the network.
//!
//! So it can be logged, stored, replayed and tested without one. A room of Meta's API is a file under `graph/`; its calls are
//! written in `declare`'s few lines each, or by hand as an `impl Endpoint` where that does not fit.
//!
//! To add an endpoint: declare it in its room, and call it once in `tests/requests.rs` (a test there notices if you forget).
//! Answers are open structs: every member may be absent or odd, and what this version does not know is kept.
//!
//! **Invariant:** an endpoint's `Debug` shows ids only: bodies hold numbers, PINs, texts and secrets.

#[macro_use]
mod declare;

pub mod access;
pub mod account;
pub mod analytics;
pub mod answer;
pub mod app;
pub mod automation;
pub mod block;
pub mod business;
pub mod call;
pub mod commerce;
pub mod compliance;
pub mod encryption;
pub mod flow;
pub mod group;
pub mod history;
pub mod identity;
pub mod media;
pub mod messages;
mod multipart;
pub mod page;
pub(crate) mod path;
pub mod phone_number;
pub mod preverified;
pub mod profile;
pub mod qr_code;
pub mod query;
pub mod registration;
pub mod settings;
pub mod signup;
pub mod solution;
pub mod subscription;
pub mod template;
pub mod template_group;
pub mod upload;
pub mod usage;
pub mod user;

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::limits::{self, Violation};
pub use answer::{Created, Done};
pub use page::{Page, Paged};
pub use path::segment;
pub use query::Query;

/// One call of the Graph API.
pub trait Endpoint: Send + Sync {
    /// What Meta answers.
    type Response: Send;

    /// `GET`, `POST` or `DELETE`.
    fn method(&self) -> Method;

    /// The path after the version, without a leading slash: `PHONE_NUMBER_ID/messages`. Ids in it are each a [`segment`].
    fn path(&self) -> String;

    /// What follows the path's question mark.
    fn query(&self) -> Query {
        Query::default()
    }

    /// Headers besides those that every call has.
    fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }

    /// The body, if the call has one; JSON text unless [`Endpoint::content_type`] says otherwise.
    fn body(&self) -> Option<Bytes> {
        None
    }

    /// What the body is.
    fn content_type(&self) -> Cow<'static, str> {
        Cow::Borrowed("application/json")
    }

    /// Who answers.
    fn host(&self) -> Host {
        Host::Graph
    }

    /// How the call proves who makes it.
    fn credentials(&self) -> Credentials {
        Credentials::Bearer
    }

    /// Whether making the call twice does what making it once does, so that a call of unknown fate may be made again.
    fn is_repeatable(&self) -> bool {
        self.method() != Method::POST
    }

    /// Everything in the call that Meta would refuse, as far as can be known here: what [`limits::CALL_TABLES`]
    /// and the tables of templates say of its body, or of a call with a file what its own type says.
    fn violations(&self) -> Vec<Violation> {
        limits::violations_of_body(self.name(), || self.body())
    }

    /// The endpoint's name for logs.
    fn name(&self) -> &'static str {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name)
    }

    /// Reads the body of a 2xx answer.
    fn decode(&self, body: &[u8]) -> Result<Self::Response, serde_json::Error>;
}

/// Who answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Host {
    /// `graph.facebook.com`; paths begin with a version.
    Graph,
    /// `api.facebook.com`; paths have no version.
    Api,
}

/// How a call proves who makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// `Authorization: Bearer TOKEN`.
    Bearer,
    /// `Authorization: OAuth TOKEN`, as resumable uploads want it.
    OAuth,
    /// By something in the call itself.
    InCall,
}
