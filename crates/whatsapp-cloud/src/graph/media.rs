//! Media: uploaded before it is sent, looked up before it is fetched.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
//!
//! Limits: images 5 MB, audio and video 16 MB, documents 100 MB, stickers 100 KB (animated 500 KB). What is uploaded lives 30 days;
//! what people send, 7 days; the URL of either, 5 minutes. Fetching is [`Client::download`](crate::Client::download); files too
//! large for memory go up by [`Client::upload`](crate::Client::upload).

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::Method;

use super::multipart::Multipart;
use super::{Created, Done, Endpoint, segment};
use crate::id::{MediaId, PhoneNumberId};
use crate::limits::{Violation, too_large};
use crate::message::media::file_limit;
use crate::open::{Text, open_structs};
use crate::webhook::content;

endpoints! {
    /// Where a file can be fetched, for five minutes.
    GET GetMedia "{media_id}" -> Media {
        path { media_id: MediaId }
        query_optional {
            /// Only if the file belongs to this number.
            phone_number_id: PhoneNumberId
        }
    }

    /// Deletes a file.
    DELETE DeleteMedia "{media_id}" -> Done {
        path { media_id: MediaId }
        query_optional {
            /// Only if the file belongs to this number.
            phone_number_id: PhoneNumberId
        }
    }
}

open_structs! {
    /// A file.
    Media {
        id: MediaId,
        messaging_product: Text,
        url: Text,
        mime_type: Text,
        /// Lower-case hexadecimal; in webhooks base64.
        sha256: Text,
        /// In bytes.
        file_size: Text,
    }
}

/// A file that came with a message, to be fetched.
impl From<&content::Media> for Media {
    fn from(came: &content::Media) -> Self {
        Self {
            id: came.id.clone(),
            url: came.url.clone(),
            mime_type: came.mime_type.clone(),
            sha256: came.sha256.clone(),
            ..Self::default()
        }
    }
}

/// `POST /{phone_number_id}/media`: uploads a file, whole.
#[derive(Clone)]
pub struct UploadMedia {
    /// The number that will send it.
    pub phone_number_id: PhoneNumberId,
    /// Its type, such as `image/jpeg`: Meta refuses what it does not list.
    pub mime_type: String,
    /// Its name; people see that of a document.
    pub filename: String,
    /// Numbers without storage: how long it lives.
    pub ttl_minutes: Option<u32>,
    /// The file.
    pub file: Bytes,
}

impl UploadMedia {
    /// A file in memory.
    pub fn new(
        phone_number_id: impl Into<PhoneNumberId>,
        mime_type: impl Into<String>,
        filename: impl Into<String>,
        file: impl Into<Bytes>,
    ) -> Self {
        Self {
            phone_number_id: phone_number_id.into(),
            mime_type: mime_type.into(),
            filename: filename.into(),
            ttl_minutes: None,
            file: file.into(),
        }
    }

    /// What is wrong with a file of this length.
    pub(crate) fn violations_of_length(&self, bytes: u64) -> Vec<Violation> {
        // What is not listed may have come to be taken by now.
        let limit = file_limit(&self.mime_type);
        let too_large = limit.and_then(|limit| too_large("file", bytes, limit.max_bytes));
        too_large.into_iter().collect()
    }

    pub(crate) fn multipart(&self) -> Multipart {
        let mut parts = Multipart::new(self.file.clone())
            .text("messaging_product", "whatsapp")
            .text("type", &self.mime_type);
        if let Some(minutes) = self.ttl_minutes {
            parts = parts.text("ttl_minutes", &minutes.to_string());
        }
        parts.file("file", &self.filename, &self.mime_type)
    }
}

impl Endpoint for UploadMedia {
    type Response = Created;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        format!("{}/media", segment(self.phone_number_id.as_str()))
    }

    fn body(&self) -> Option<Bytes> {
        Some(self.multipart().body())
    }

    fn content_type(&self) -> Cow<'static, str> {
        Cow::Owned(self.multipart().content_type())
    }

    /// Of the length that files of its type may have: see [`FILE_LIMITS`](crate::message::media::FILE_LIMITS).
    fn violations(&self) -> Vec<Violation> {
        self.violations_of_length(self.file.len() as u64)
    }

    /// A second upload is a second file that nobody will name, gone after 30 days.
    fn is_repeatable(&self) -> bool {
        true
    }

    fn decode(&self, body: &[u8]) -> Result<Created, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

/// Shows neither the file nor its name.
impl fmt::Debug for UploadMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadMedia")
            .field("phone_number_id", &self.phone_number_id)
            .field("mime_type", &self.mime_type)
            .field("bytes", &self.file.len())
            .finish_non_exhaustive()
    }
}
