//! Files: images, videos, audio and voice notes, documents and stickers.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>

use crate::id::MediaId;
use crate::open::members::members;
use crate::open::{self, Extra};

/// A file to send, by the id of an upload (good for 30 days) or by a link that Meta fetches (and keeps for ten minutes).
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Media {
    /// The id of an upload. Either this or `link`.
    pub id: Option<MediaId>,
    /// Where Meta fetches it: HTTP or HTTPS.
    pub link: Option<open::Text>,
    /// Words below it, at most 1,024 characters; not below audio or stickers.
    pub caption: Option<open::Text>,
    /// Of documents: what it is called, with an ending that says what it is.
    pub filename: Option<open::Text>,
    /// Of audio: a voice note. The file must be Ogg with Opus, mono; above 512 KB it is shown for download only.
    pub voice: Option<bool>,
    /// Members this version does not know.
    pub extra: Extra,
}

members! {
    Media {
        ; id: MediaId, link: open::Text, caption: open::Text, filename: open::Text, voice: bool,
    }
}

impl Media {
    /// A file that was uploaded.
    pub fn id(id: impl Into<MediaId>) -> Self {
        Self {
            id: Some(id.into()),
            ..Self::default()
        }
    }

    /// A file that Meta fetches.
    pub fn link(link: impl Into<String>) -> Self {
        Self {
            link: Some(link.into().into()),
            ..Self::default()
        }
    }

    /// With words below it.
    #[must_use]
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into().into());
        self
    }

    /// With a name, of a document.
    #[must_use]
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into().into());
        self
    }

    /// As a voice note, of audio.
    #[must_use]
    pub fn voice(mut self) -> Self {
        self.voice = Some(true);
        self
    }
}

/// What Meta takes of one kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileLimit {
    /// The message type it may be sent as.
    pub kind: &'static str,
    /// Media type, without parameters.
    pub mime_type: &'static str,
    /// The largest file, in bytes.
    pub max_bytes: u64,
}

const MB: u64 = 1024 * 1024;

const fn file(kind: &'static str, mime_type: &'static str, max_bytes: u64) -> FileLimit {
    FileLimit {
        kind,
        mime_type,
        max_bytes,
    }
}

/// The largest GIF of a template, in bytes: an MP4 file, in marketing messages only.
pub const GIF_MAX_BYTES: u64 = 3_584 * 1024;

/// The largest sticker that is not animated, in bytes.
pub const STILL_STICKER_MAX_BYTES: u64 = 100 * 1024;

/// Every kind of file Meta takes. A sticker of more than [`STILL_STICKER_MAX_BYTES`] must be animated; a template's GIF has
/// [`GIF_MAX_BYTES`] at most.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
pub const FILE_LIMITS: &[FileLimit] = &[
    file("audio", "audio/aac", 16 * MB),
    file("audio", "audio/amr", 16 * MB),
    file("audio", "audio/mpeg", 16 * MB),
    file("audio", "audio/mp4", 16 * MB),
    file("audio", "audio/ogg", 16 * MB),
    file("document", "text/plain", 100 * MB),
    file("document", "application/pdf", 100 * MB),
    file("document", "application/msword", 100 * MB),
    file(
        "document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        100 * MB,
    ),
    file("document", "application/vnd.ms-excel", 100 * MB),
    file(
        "document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        100 * MB,
    ),
    file("document", "application/vnd.ms-powerpoint", 100 * MB),
    file(
        "document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        100 * MB,
    ),
    file("image", "image/jpeg", 5 * MB),
    file("image", "image/png", 5 * MB),
    file("sticker", "image/webp", 500 * 1024),
    file("video", "video/mp4", 16 * MB),
    file("video", "video/3gpp", 16 * MB),
];

/// What Meta takes of a media type, `image/jpeg` or `audio/ogg; codecs=opus`; `None` where it does not take it at all.
pub fn file_limit(mime_type: &str) -> Option<FileLimit> {
    let essence = mime_type.split(';').next().unwrap_or_default().trim();
    FILE_LIMITS
        .iter()
        .find(|limit| limit.mime_type.eq_ignore_ascii_case(essence))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_limit_is_found_by_its_media_type_whatever_its_parameters() {
        assert_eq!(file_limit("Audio/OGG; codecs=opus").unwrap().kind, "audio");
        assert_eq!(file_limit("image/webp").unwrap().max_bytes, 512_000);
        assert_eq!(file_limit("image/gif"), None);
    }
}
