//! The files that a message names by their ids: each must be there, and be what it is sent as.
//!
//! Which types and sizes Meta takes is the SDK's table ([`FILE_LIMITS`]).

use serde_json::Value;
use whatsapp_cloud::message::media::FILE_LIMITS;

use super::refusal::Refusal;
use crate::example::FILES;
use crate::world::{Failure, Media, World};

/// A sticker that does not move may have so many bytes.
const STILL_STICKER_MAX_BYTES: usize = 100 << 10;
/// The GIF of a marketing message, which is a video, may have so many: 3.5 MB.
const GIF_MAX_BYTES: usize = 7 << 19;

/// Refuses a message that names a file this number does not have. Answers with what it will fail, if a file is not of its kind.
pub(super) fn check(
    world: &World,
    phone_number_id: &str,
    body: &Value,
) -> Result<Option<Failure>, Refusal> {
    let kind = body["type"].as_str().unwrap_or_default();
    let mut named = Vec::new();
    if FILES.contains(&kind) || matches!(kind, "interactive" | "template") {
        find(body, &mut named);
    }
    let mut failure = None;
    for Named { kind, file } in named {
        let id = file["id"].as_str().unwrap_or_default();
        let media = world.media(id).filter(|media| {
            media.phone_number_id.is_empty() || media.phone_number_id == phone_number_id
        });
        let media = media.ok_or_else(|| {
            let details = format!("Param {kind}['id'] is not a valid media attachment id.");
            Refusal::because(100, details)
        })?;
        let is_voice = file["voice"] == true;
        failure = failure.or_else(|| misfit(kind, is_voice, &media));
    }
    Ok(failure)
}

/// A file as a message has it.
struct Named<'a> {
    kind: &'a str,
    file: &'a Value,
}

fn find<'a>(value: &'a Value, named: &mut Vec<Named<'a>>) {
    match value {
        Value::Object(members) => {
            for (kind, file) in members {
                let is_file = FILES.contains(&kind.as_str()) || kind == "gif";
                if is_file && file["id"].is_string() {
                    named.push(Named { kind, file });
                } else {
                    find(file, named);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                find(element, named);
            }
        }
        _ => {}
    }
}

/// Why this file cannot be sent as that.
fn misfit(kind: &str, is_voice: bool, media: &Media) -> Option<Failure> {
    let failure = |details: String| Some(Failure::because(131_053, details));
    let essence = media.mime_type.split(';').next().unwrap_or_default().trim();
    let listed = if kind == "gif" { "video" } else { kind };
    let limits = FILE_LIMITS.iter().filter(|limit| limit.kind == listed);
    let wanted: Vec<&str> = match (kind, is_voice) {
        (_, true) => vec!["audio/ogg"],
        ("gif", _) => vec!["video/mp4"],
        _ => limits.map(|limit| limit.mime_type).collect(),
    };
    if !wanted
        .iter()
        .any(|wanted| wanted.eq_ignore_ascii_case(essence))
    {
        let (sent_as, wanted) = (if is_voice { "voice" } else { kind }, wanted.join(", "));
        return failure(format!(
            "A file of type {essence} cannot be sent as {sent_as}; these can: {wanted}."
        ));
    }
    let max_bytes = match kind {
        "gif" => GIF_MAX_BYTES,
        "sticker" if !is_animated(&media.bytes) => STILL_STICKER_MAX_BYTES,
        // Every other limit was kept when it was uploaded.
        _ => return None,
    };
    if media.bytes.len() > max_bytes {
        return failure(format!("The file is larger than {max_bytes} bytes."));
    }
    None
}

/// Whether a WebP file says that it moves: in the flags of its extended header.
fn is_animated(webp: &[u8]) -> bool {
    const ANIMATION: u8 = 0x02;
    let is_extended = webp.get(12..16).is_some_and(|chunk| chunk == b"VP8X");
    is_extended && webp.get(20).is_some_and(|flags| flags & ANIMATION != 0)
}
