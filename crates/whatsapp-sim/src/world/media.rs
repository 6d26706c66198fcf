//! Files: what people sent, what the business uploaded, and for how long each can be had.
//!
//! **Invariant:** a download URL proves itself: it names its file and its end, and nobody else can make one.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::{State, World};

/// What the business uploads lives so long.
pub(crate) const UPLOADED_LIVES_MS: u64 = 30 * DAY_MS;
/// What people send lives so long.
pub(crate) const RECEIVED_LIVES_MS: u64 = 7 * DAY_MS;
/// What is no one's message lives so long: a hundred years.
pub(crate) const FOR_EVER_MS: u64 = 36_500 * DAY_MS;
/// A download URL is good for so long.
const URL_LIVES_MS: u64 = 5 * 60 * 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A file, as Meta keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Meta's id of it.
    pub id: String,
    /// Its type, such as `image/png`.
    pub mime_type: String,
    /// The name it came with.
    pub filename: Option<String>,
    /// The file itself.
    pub bytes: Bytes,
    /// From then on it is gone, in milliseconds since the Unix epoch.
    pub gone_at_ms: u64,
    /// The number it was uploaded for; empty for what people sent.
    pub phone_number_id: String,
}

impl Media {
    pub(crate) fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

impl World {
    /// Keeps a file for so long. Answers its id.
    pub(crate) fn keep(
        &self,
        state: &mut State,
        file: crate::phone::File,
        lives_ms: u64,
        phone_number_id: &str,
    ) -> Media {
        let media = Media {
            id: self.next_id(state),
            mime_type: file.mime_type,
            filename: file.filename,
            bytes: file.bytes,
            gone_at_ms: self.now_ms() + lives_ms,
            phone_number_id: phone_number_id.to_owned(),
        };
        state.media.insert(media.id.clone(), media.clone());
        media
    }

    /// A file, unless it is gone.
    pub(crate) fn media(&self, id: &str) -> Option<Media> {
        self.state().media_at(id, self.now_ms()).cloned()
    }

    /// Where a file can be fetched for the next five minutes.
    pub(crate) fn media_url(&self, id: &str) -> String {
        let ends_at_ms = self.now_ms() + URL_LIVES_MS;
        let proof = self.proof(id, ends_at_ms);
        format!(
            "http://{}/whatsapp_business/attachments/?mid={id}&ext={ends_at_ms}&hash={proof}",
            self.address
        )
    }

    /// Whether a URL with these parts was given out and is good still.
    pub(crate) fn is_good_url(&self, id: &str, ends_at_ms: u64, proof: &str) -> bool {
        self.now_ms() < ends_at_ms && self.proof(id, ends_at_ms) == proof
    }

    fn proof(&self, id: &str, ends_at_ms: u64) -> String {
        let told = format!("{}/{id}/{ends_at_ms}", self.seed);
        hex::encode(&Sha256::digest(told.as_bytes())[..16])
    }
}

impl State {
    /// A file, unless it is gone by then.
    pub(crate) fn media_at(&self, id: &str, now_ms: u64) -> Option<&Media> {
        self.media.get(id).filter(|media| now_ms < media.gone_at_ms)
    }
}
