//! Resumable uploads: begun, asked about, gone on with from where they stand; the last byte is answered with a handle.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, members};
use super::refusal::Refusal;
use super::route::{Needs, Route};
use crate::phone::File;
use crate::world::{Kind, UPLOADED_LIVES_MS};

pub(super) const ROUTES: &[Route] = &[
    Route::post(Kind::App, "uploads", start).needs(Needs::Token),
    Route::get(Kind::Upload, "", progress).needs(Needs::Token),
    Route::post(Kind::Upload, "", go_on).needs(Needs::Token),
];

const RULES: &[Rule] = &[
    Rule {
        path: "file_length",
        limit: Limit::Required,
    },
    Rule {
        path: "file_length",
        limit: Limit::Range(1.0, 104_857_600.0),
    },
    Rule {
        path: "file_type",
        limit: Limit::Required,
    },
    Rule {
        path: "file_type",
        limit: Limit::OneOf(&[
            "application/pdf",
            "image/jpeg",
            "image/jpg",
            "image/png",
            "video/mp4",
        ]),
    },
];

fn start(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    let id = format!("upload:{}", desk.world.next_id(desk.state));
    let signature = hex::encode(&Sha256::digest(format!("{}{id}", desk.world.seed))[..8]);
    let told = json!({
        "file_name": desk.ask.text("file_name"),
        "file_type": desk.ask.text("file_type"),
        "file_length": desk.ask.number("file_length"),
        "sig": signature,
    });
    let (app, now_ms) = (desk.id.clone(), desk.now_ms());
    desk.state
        .nodes
        .put(Kind::Upload, &id, &app, members(told), now_ms);
    Ok(json!({"id": format!("{id}?sig={signature}")}))
}

/// Only with the session's signature.
fn proved(desk: &Desk<'_>) -> Result<usize, Refusal> {
    let signature = desk.ask.text("sig").unwrap_or_default();
    if !desk.node()?.is("sig", &signature) {
        return Err(desk.unknown(&desk.id));
    }
    Ok(desk.state.uploads.get(&desk.id).map_or(0, Vec::len))
}

fn progress(desk: &mut Desk<'_>) -> Answered {
    let offset = proved(desk)?;
    Ok(json!({"id": desk.id, "file_offset": offset}))
}

fn go_on(desk: &mut Desk<'_>) -> Answered {
    let stands = proved(desk)?;
    let offset = desk.ask.headers.get("file_offset");
    let offset = offset.and_then(|offset| offset.to_str().ok()?.parse::<usize>().ok());
    if offset != Some(stands) {
        return Err(Refusal::because(
            100,
            format!("The upload stands at {stands}."),
        ));
    }
    let length = desk
        .node()?
        .members
        .get("file_length")
        .and_then(Value::as_u64);
    let length = usize::try_from(length.unwrap_or(0)).unwrap_or(usize::MAX);
    if stands + desk.ask.body.len() > length {
        return Err(Refusal::because(
            100,
            format!("The file has {length} bytes."),
        ));
    }
    let bytes = desk.state.uploads.entry(desk.id.clone()).or_default();
    bytes.extend_from_slice(&desk.ask.body);
    if bytes.len() < length {
        return Ok(json!({"id": desk.id, "file_offset": bytes.len()}));
    }
    let bytes = std::mem::take(bytes);
    desk.state.uploads.remove(&desk.id);
    let node = desk.node()?;
    let file = File {
        mime_type: node.text("file_type").to_owned(),
        filename: Some(node.text("file_name").to_owned()),
        bytes: bytes.into(),
    };
    desk.state.nodes.remove(&desk.id);
    let media = desk.world.keep(desk.state, file, UPLOADED_LIVES_MS, "");
    Ok(json!({"h": format!("{HANDLE}{}", media.id)}))
}

const HANDLE: &str = "4::sim:";

/// The file that a handle names.
pub(super) fn by_handle(desk: &Desk<'_>, handle: &str) -> Option<String> {
    let id = handle.strip_prefix(HANDLE)?;
    Some(desk.state.media_at(id, desk.now_ms())?.id.clone())
}
