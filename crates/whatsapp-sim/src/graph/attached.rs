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
    let named = named(body);
    let mut failure = None;
    for Named { kind, file, id } in named {
        let media = world.media(&id).filter(|media| {
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
    id: String,
}

/// Only where files stand: what a flow is given may have members of the same names.
fn named(body: &Value) -> Vec<Named<'_>> {
    let mut named = Vec::new();
    match body["type"].as_str().unwrap_or_default() {
        "interactive" => {
            let interactive = &body["interactive"];
            let action = &interactive["action"];
            of(&interactive["header"], &mut named);
            for card in elements(&action["cards"]) {
                of(&card["header"], &mut named);
            }
            of_order(&action["parameters"], &mut named);
        }
        "template" => of_components(&body["template"]["components"], &mut named),
        kind if FILES.contains(&kind) => of(body, &mut named),
        _ => {}
    }
    named
}

fn of_components<'a>(components: &'a Value, named: &mut Vec<Named<'a>>) {
    for component in elements(components) {
        for parameter in elements(&component["parameters"]) {
            of(parameter, named);
            of_order(&parameter["action"]["order_details"], named);
        }
        for card in elements(&component["cards"]) {
            of_components(&card["components"], named);
        }
    }
}

fn of_order<'a>(details: &'a Value, named: &mut Vec<Named<'a>>) {
    for item in elements(&details["order"]["items"]) {
        of(item, named);
    }
}

/// The files under the names of their kinds.
fn of<'a>(object: &'a Value, named: &mut Vec<Named<'a>>) {
    for (kind, file) in object.as_object().into_iter().flatten() {
        let is_file = FILES.contains(&kind.as_str()) || kind == "gif";
        let id = match &file["id"] {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => continue,
        };
        if is_file {
            named.push(Named { kind, file, id });
        }
    }
}

fn elements(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
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
