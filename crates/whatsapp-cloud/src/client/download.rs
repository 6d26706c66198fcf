//! Media fetched: in pieces, bounded, and proved by what Meta tells of them.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#download-media>
//!
//! A file is held against its digest and its size, each where Meta told it; [`Download::has_digest`] says whether there is a digest.
//! A digest that is told and cannot be read proves nothing: such a file is not fetched.
//!
//! **Invariant:** the token goes to Meta's hosts and the base URL's only.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, StreamExt as _};
use http::{HeaderMap, Method, Request, Uri};
use sha2::{Digest as _, Sha256};

use super::repeat::Nature;
use super::{Client, address, introduce, time_left};
use crate::error::{ApiError, Error};
use crate::graph::Credentials;
use crate::graph::media::{GetMedia, Media};
use crate::id::MediaId;
use crate::transport::{Body, Chunks, Deadline};

/// The largest file that Meta takes, in bytes: what a download may be unless another cap is given.
pub const MAX_MEDIA_BYTES: u64 = 100 * 1024 * 1024;

/// The largest body of a refusal that is read, in bytes.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// How long a download may take, unless the client has a timeout.
const TIMEOUT: Duration = Duration::from_mins(5);

impl Client {
    /// Begins to fetch a file by its id, of at most [`MAX_MEDIA_BYTES`].
    pub async fn download(&self, media_id: impl Into<MediaId>) -> Result<Download, Error> {
        let ends_at = self.ends_at();
        let media = self.send(&GetMedia::new(media_id)).await?;
        let rest = self.ending_at(ends_at);
        rest.download_media(media, MAX_MEDIA_BYTES).await
    }

    /// Begins to fetch a file as a webhook tells it: `client.download_media(image.into(), MAX_MEDIA_BYTES)`. Where its URL has ended or
    /// was not told, it is asked for by the file's id, once.
    ///
    /// Fails with [`ErrorKind::Damaged`](crate::ErrorKind::Damaged) where the file is longer than `max_bytes`, or than Meta tells, or
    /// where `media.sha256` is there and is no SHA-256; take that away to fetch the file unproved.
    pub async fn download_media(&self, media: Media, max_bytes: u64) -> Result<Download, Error> {
        let ends_at = self.ends_at();
        let id = media.id.get().cloned();
        if media.url.get().is_some() || id.is_none() {
            match self.fetch(&media, max_bytes).await {
                Err(error) if has_ended(&error) && id.is_some() => {}
                outcome => return outcome,
            }
        }
        let rest = self.ending_at(ends_at);
        let mut anew = rest.send(&GetMedia::new(id.unwrap_or_default())).await?;
        if anew.sha256.get().is_none() {
            anew.sha256 = media.sha256;
        }
        self.ending_at(ends_at).fetch(&anew, max_bytes).await
    }

    async fn fetch(&self, media: &Media, max_bytes: u64) -> Result<Download, Error> {
        let url = media.url.get().map_or("", |url| url.as_str());
        let uri: Uri = url
            .parse()
            .map_err(|error| Error::not_sent("the file's URL is not a URL").because(error))?;
        let host = uri.host().unwrap_or("").to_owned();
        if host.is_empty() || !address::is_private_way(&uri, &host) {
            return Err(Error::not_sent("the file's URL is not HTTPS"));
        }
        let expected = media
            .sha256
            .get()
            .map(|digest| {
                read_digest(digest.as_str())
                    .ok_or_else(|| Error::damaged("the digest that Meta named cannot be read"))
            })
            .transpose()?;
        let told: Option<u64> = media
            .file_size
            .get()
            .and_then(|size| size.as_str().parse().ok());
        within(max_bytes, told)?;
        let mut headers = HeaderMap::new();
        introduce(&mut headers, "*/*");
        if address::may_have_token(&uri, &self.base_url) {
            self.prove(&mut headers, Credentials::Bearer)?;
        }
        let fetching = Nature {
            name: "Download",
            is_repeatable: true,
            is_change: false,
        };
        let body = self
            .repeat(fetching, |left| {
                self.open(uri.clone(), headers.clone(), left)
            })
            .await?;
        within(max_bytes, body.length())?;
        if let (Some(told), Some(length)) = (told, body.length())
            && told != length
        {
            let message = format!("the file has {length} bytes, and Meta named {told}");
            return Err(Error::damaged(message));
        }
        Ok(Download {
            expected,
            media: media.clone(),
            length: body.length().or(told),
            received: 0,
            max_bytes,
            digest: Sha256::new(),
            chunks: Some(body.into_chunks()),
        })
    }

    async fn open(
        &self,
        uri: Uri,
        headers: HeaderMap,
        left: Option<Duration>,
    ) -> Result<Body, Error> {
        let mut request = Request::new(Body::from(Bytes::new()));
        *request.method_mut() = Method::GET;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let deadline = Deadline(self.timeout.unwrap_or(TIMEOUT));
        request.extensions_mut().insert(deadline);
        request.extensions_mut().extend(time_left(left));
        let answer = self
            .transport
            .open(request)
            .await
            .map_err(Error::from_transport)?;
        let (head, body) = answer.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        let text = body.gather(MAX_REFUSAL_BYTES).await.unwrap_or_default();
        let error = ApiError::from_response(head.status, &head.headers, &text);
        Err(Error::from_api(error))
    }
}

/// Whether a file of this length may be fetched.
fn within(max_bytes: u64, length: Option<u64>) -> Result<(), Error> {
    if length.is_some_and(|length| length > max_bytes) {
        let message = format!("the file is longer than {max_bytes} bytes");
        return Err(Error::damaged(message));
    }
    Ok(())
}

/// URLs live five minutes, and then are not found.
fn has_ended(error: &Error) -> bool {
    error
        .api()
        .is_some_and(|api| matches!(api.http_status, 404 | 410))
}

/// Hexadecimal in answers, base64 in webhooks: of either alphabet, padded or not.
fn read_digest(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    let bytes = if text.len() == 64 {
        hex::decode(text).ok()?
    } else {
        let text = text
            .trim_end_matches('=')
            .replace('-', "+")
            .replace('_', "/");
        BASE64_STANDARD_NO_PAD.decode(text).ok()?
    };
    bytes.try_into().ok()
}

/// A file on its way: a [`Stream`] of its pieces. The last piece is followed by an error if the file is not the one that Meta
/// named, by its digest or its size, so a reader keeps nothing before the stream has ended. Where Meta named neither, any file
/// that came whole is taken: see [`Download::has_digest`].
pub struct Download {
    media: Media,
    length: Option<u64>,
    received: u64,
    max_bytes: u64,
    expected: Option<[u8; 32]>,
    digest: Sha256,
    chunks: Option<Chunks>,
}

impl Download {
    /// What Meta says of the file.
    pub fn media(&self) -> &Media {
        &self.media
    }

    /// Whether Meta told a digest that the file is held against. Without one, a file of the right size may still be another.
    pub fn has_digest(&self) -> bool {
        self.expected.is_some()
    }

    /// In bytes, where it is known.
    pub fn total_bytes(&self) -> Option<u64> {
        self.length
    }

    /// How much came so far.
    pub fn received_bytes(&self) -> u64 {
        self.received
    }

    /// The next piece, for those who have no use for a stream.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Error>> {
        self.next().await
    }

    /// The whole file.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all.freeze())
    }

    fn take(&mut self, chunk: Bytes) -> Result<Bytes, Error> {
        self.received += chunk.len() as u64;
        if self.received > self.max_bytes {
            let message = format!("the file is longer than {} bytes", self.max_bytes);
            return Err(Error::damaged(message));
        }
        self.digest.update(&chunk);
        Ok(chunk)
    }

    fn finish(&mut self) -> Option<Result<Bytes, Error>> {
        let digest: [u8; 32] = std::mem::take(&mut self.digest).finalize().into();
        let is_whole = self.length.is_none_or(|length| length == self.received);
        let is_same = self.expected.is_none_or(|expected| expected == digest);
        if is_whole && is_same {
            return None;
        }
        Some(Err(Error::damaged(
            "the file is not the one that Meta named: its length or its digest differs",
        )))
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let download = self.get_mut();
        let Some(chunks) = &mut download.chunks else {
            return Poll::Ready(None);
        };
        let outcome = match chunks.as_mut().poll_next(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(chunk))) => Some(download.take(chunk)),
            // Fetching changes nothing: whatever broke, only the file is the worse for it.
            Poll::Ready(Some(Err(error))) => {
                Some(Err(Error::damaged(error.to_string()).because(error)))
            }
            Poll::Ready(None) => {
                download.chunks = None;
                download.finish()
            }
        };
        if matches!(outcome, Some(Err(_))) {
            download.chunks = None;
        }
        Poll::Ready(outcome)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("received", &self.received)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
