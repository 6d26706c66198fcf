//! Bodies that come in pieces.

use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt as _};

use super::Error;

/// Pieces, one after the other.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// A body that comes in pieces, and its length where that is known.
pub struct Body {
    length: Option<u64>,
    chunks: Chunks,
}

impl Body {
    /// A body of these pieces. With a length, in bytes, they must come to it exactly.
    pub fn new(
        length: Option<u64>,
        chunks: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    ) -> Self {
        Self {
            length,
            chunks: Box::pin(chunks),
        }
    }

    /// In bytes.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The pieces.
    pub fn into_chunks(self) -> Chunks {
        self.chunks
    }

    /// The same body, which tells how many of its bytes have been taken.
    #[must_use]
    pub fn with_progress(self, mut tell: impl FnMut(u64) + Send + 'static) -> Self {
        let mut taken = 0;
        let chunks = self.chunks.inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                taken += chunk.len() as u64;
                tell(taken);
            }
        });
        Self {
            length: self.length,
            chunks: Box::pin(chunks),
        }
    }

    /// The same body between two pieces.
    pub(crate) fn between(self, before: Bytes, after: Bytes) -> Self {
        let around = (before.len() + after.len()) as u64;
        let chunks = stream::once(async { Ok(before) })
            .chain(self.chunks)
            .chain(stream::once(async { Ok(after) }));
        Self {
            length: self.length.map(|length| length + around),
            chunks: Box::pin(chunks),
        }
    }

    /// All of it; an error if it has more than `max_bytes`.
    pub async fn gather(mut self, max_bytes: usize) -> Result<Bytes, Error> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.chunks.next().await {
            let chunk = chunk?;
            if all.len() + chunk.len() > max_bytes {
                let message = format!("the body is longer than {max_bytes} bytes");
                return Err(Error::maybe_sent(message));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::new(Some(bytes.len() as u64), stream::once(async { Ok(bytes) }))
    }
}

/// Shows the length only.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
