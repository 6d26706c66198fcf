//! Resumable uploads: for the examples of templates and for profile pictures.
//!
//! <https://developers.facebook.com/docs/graph-api/guides/upload>
//!
//! A session is begun, bytes follow, and the last of them is answered with a handle. If the connection breaks, the session says
//! how much came, and the rest follows from there. [`Client::upload_resumable`](crate::Client::upload_resumable) does all of it.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;

use super::answer::text;
use super::{Credentials, Endpoint, Query, segment};
use crate::id::AppId;
use crate::open::{Text, open_structs};

endpoints! {
    /// Begins a session.
    POST(repeatable) StartUpload "{app_id}/uploads" -> UploadSession {
        path { app_id: AppId }
        query {
            file_name: String,
            /// In bytes.
            file_length: u64,
            /// `application/pdf`, `image/jpeg`, `image/png`, `video/mp4`.
            file_type: String,
        }
    }
}

/// A session: `upload:…`, with a signature that is as good as a secret.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct UploadSession {
    /// As Meta wrote it.
    #[serde(deserialize_with = "text")]
    pub id: String,
}

impl UploadSession {
    /// A session begun earlier.
    pub fn of(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }

    fn path(&self) -> String {
        segment(self.id.split('?').next().unwrap_or("")).into_owned()
    }

    fn query(&self) -> Query {
        let mut query = Query::default();
        let signature = self
            .id
            .split_once("?sig=")
            .map(|(_, signature)| signature.to_owned());
        query.put("sig", &signature);
        query
    }
}

impl fmt::Debug for UploadSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadSession").finish_non_exhaustive()
    }
}

/// `POST /{upload_session}`: sends bytes from an offset on.
#[derive(Clone)]
pub struct UploadBytes {
    /// The session.
    pub session: UploadSession,
    /// How much came before, in bytes.
    pub file_offset: u64,
    /// The rest of the file.
    pub file: Bytes,
}

impl Endpoint for UploadBytes {
    type Response = Uploaded;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        self.session.path()
    }

    fn query(&self) -> Query {
        self.session.query()
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("file_offset", HeaderValue::from(self.file_offset));
        headers
    }

    fn body(&self) -> Option<Bytes> {
        Some(self.file.clone())
    }

    fn content_type(&self) -> Cow<'static, str> {
        Cow::Borrowed("application/octet-stream")
    }

    fn credentials(&self) -> Credentials {
        Credentials::OAuth
    }

    fn decode(&self, body: &[u8]) -> Result<Uploaded, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

/// Shows neither the session nor the file.
impl fmt::Debug for UploadBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadBytes")
            .field("file_offset", &self.file_offset)
            .field("bytes", &self.file.len())
            .finish_non_exhaustive()
    }
}

/// `GET /{upload_session}`: how much came.
#[derive(Debug, Clone)]
pub struct GetUpload {
    /// The session.
    pub session: UploadSession,
}

impl Endpoint for GetUpload {
    type Response = UploadProgress;

    fn method(&self) -> Method {
        Method::GET
    }

    fn path(&self) -> String {
        self.session.path()
    }

    fn query(&self) -> Query {
        self.session.query()
    }

    fn credentials(&self) -> Credentials {
        Credentials::OAuth
    }

    fn decode(&self, body: &[u8]) -> Result<UploadProgress, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Uploaded {
    /// The handle that names it.
    #[serde(rename = "h", deserialize_with = "text")]
    pub handle: String,
}

open_structs! {
    /// How much of a file came.
    UploadProgress {
        id: Text,
        /// In bytes.
        file_offset: u64,
    }
}
