//! Media sent up: in pieces, and again from where it broke off.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request};

use super::clock::random_bits;
use super::repeat::too_late;
use super::{Client, Credentials, Host, Query, introduce, read};
use crate::error::Error;
use crate::graph::media::UploadMedia;
use crate::graph::upload::{GetUpload, StartUpload, UploadBytes};
use crate::graph::{Created, Endpoint as _};
use crate::id::{AppId, PhoneNumberId};
use crate::transport::{Body, Deadline};

/// The largest answer to an upload that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// How long an upload in pieces may take, unless the client has a timeout.
const TIMEOUT: Duration = Duration::from_mins(5);

/// How often a resumable upload goes on after it broke off.
const MAX_RESUMPTIONS: u32 = 3;

impl Client {
    /// Uploads a file that comes in pieces, to be sent by this number. For progress, [`Body::with_progress`]. A file in memory is
    /// [`UploadMedia`], which is repeated where that is allowed; pieces cannot be.
    ///
    /// It may take five minutes, or the client's timeout, or its [deadline](Client::with_deadline) if that comes first.
    pub async fn upload(
        &self,
        phone_number_id: impl Into<PhoneNumberId>,
        mime_type: impl Into<String>,
        filename: impl Into<String>,
        file: Body,
    ) -> Result<Created, Error> {
        let endpoint = UploadMedia::new(phone_number_id, mime_type, filename, Bytes::new());
        self.check(|| endpoint.violations_of_length(file.length().unwrap_or_default()))?;
        let boundary = format!("{:016x}{:016x}", random_bits(), random_bits());
        let form = endpoint.multipart().with_boundary(boundary);
        let (before, after) = form.around();
        let uri = self.uri(
            &endpoint.path(),
            Query::default(),
            Host::Graph,
            Credentials::Bearer,
        )?;
        let content_type = HeaderValue::from_str(&form.content_type()).map_err(|error| {
            Error::not_sent("the body's type cannot be put in a header").because(error)
        })?;
        let mut request = Request::new(file.between(before, after));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        introduce(request.headers_mut(), "application/json");
        self.prove(request.headers_mut(), Credentials::Bearer)?;
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        let time = timeout.min(self.deadline.unwrap_or(timeout));
        request.extensions_mut().insert(Deadline(time));
        if time.is_zero() {
            return Err(too_late());
        }
        let answer = self
            .transport
            .open(request)
            .await
            .map_err(Error::from_transport)?;
        let (head, body) = answer.into_parts();
        let body = body
            .gather(MAX_ANSWER_BYTES)
            .await
            .map_err(Error::from_transport)?;
        read(&endpoint, &head, &body)
    }

    /// Uploads a template's example or a profile picture, and answers its handle. If the connection breaks, the upload goes on from
    /// where it broke off, a few times, until the client's [deadline](Client::with_deadline), which is for all of it.
    pub async fn upload_resumable(
        &self,
        app_id: impl Into<AppId>,
        file_name: impl Into<String>,
        file_type: impl Into<String>,
        file: Bytes,
    ) -> Result<String, Error> {
        let ends_at = self.ends_at();
        let start = StartUpload::new(app_id, file_name, file.len() as u64, file_type);
        let session = self.send(&start).await?;
        let mut offset = 0_u64;
        let mut resumptions = 0;
        loop {
            let from = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(file.len());
            let bytes = UploadBytes {
                session: session.clone(),
                file_offset: offset,
                file: file.slice(from..),
            };
            let error = match self.ending_at(ends_at).send(&bytes).await {
                Ok(uploaded) => return Ok(uploaded.handle),
                Err(error) => error,
            };
            if !error.is_ambiguous() || resumptions == MAX_RESUMPTIONS {
                return Err(error);
            }
            resumptions += 1;
            let progress = GetUpload {
                session: session.clone(),
            };
            // Where that cannot be told either, what broke the upload off says more.
            let Ok(progress) = self.ending_at(ends_at).send(&progress).await else {
                return Err(error);
            };
            let came = progress.file_offset.into_option();
            offset = came
                .filter(|came| *came <= file.len() as u64)
                .ok_or(error)?;
        }
    }
}
