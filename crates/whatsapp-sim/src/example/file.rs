//! Small files of every kind: enough for whoever tells a file by its first bytes, and no more than that.

use bytes::Bytes;

use crate::phone::File;

/// One white dot.
const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x0aIDATx\x9cc\xf8\x0f\x00\x01\x01\x01\x00\xb18\xf6\x14\x00\x00\x00\x00IEND\xaeB`\x82";
/// One dot.
const WEBP: &[u8] =
    b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
/// The head of a voice note, without a voice.
const OGG: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0";
/// A film of no length.
const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08mdat";
/// One empty page.
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// A file for a message of this type.
pub(crate) fn file(kind: &str) -> File {
    let (mime_type, filename, bytes) = match kind {
        "video" => ("video/mp4", None, MP4),
        "audio" => ("audio/ogg; codecs=opus", None, OGG),
        "sticker" => ("image/webp", None, WEBP),
        "document" => ("application/pdf", Some("example.pdf"), PDF),
        _ => ("image/png", None, PNG),
    };
    File {
        mime_type: mime_type.to_owned(),
        filename: filename.map(str::to_owned),
        bytes: Bytes::from_static(bytes),
    }
}
