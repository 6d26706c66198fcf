//! Files: uploaded, asked for, fetched, deleted.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::json;
use whatsapp_cloud::message::media::file_limit;

use super::caller::Caller;
use super::desk::{Answered, Desk, done};
use super::multipart::{self, Part};
use super::refusal::Refusal;
use super::route::Route;
use super::{answer, meet, messages};
use crate::fault::Call;
use crate::phone::File;
use crate::wire::Wire;
use crate::world::{Kind, Media, UPLOADED_LIVES_MS, World};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Media, "", read)
        .messaging()
        .meets(Call::MediaUrl),
    Route::delete(Kind::Media, "", delete)
        .messaging()
        .meets(Call::MediaDelete),
];

/// `GET /{version}/{media_id}`
fn read(desk: &mut Desk<'_>) -> Answered {
    let (id, now_ms) = (&desk.id, desk.now_ms());
    let media = desk
        .state
        .media_at(id, now_ms)
        .filter(|media| is_of(desk, media));
    let media = media.ok_or_else(|| desk.unknown(id))?;
    Ok(json!({
        "url": desk.world.media_url(id),
        "mime_type": media.mime_type,
        "sha256": hex::encode(media.sha256()),
        "file_size": media.bytes.len(),
        "id": id,
        "messaging_product": "whatsapp",
    }))
}

/// Whether it belongs to the number that is named, if one is.
fn is_of(desk: &Desk<'_>, media: &Media) -> bool {
    let number = desk.ask.text("phone_number_id");
    number.is_none_or(|number| media.phone_number_id.is_empty() || media.phone_number_id == number)
}

/// `POST /{version}/{phone_number_id}/media`
pub(super) async fn upload(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path((_, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let checked = messages::sender(&world, &id, &uri, &headers);
    let checked = checked.and_then(|_| read_upload(&headers, &body));
    let file = match checked {
        Ok(file) => file,
        Err(refusal) => return refusal.into_response(),
    };
    let fault = world.state().faults.draw_for(Call::MediaUpload);
    let act = || {
        let media = world.keep(&mut world.state(), file, UPLOADED_LIVES_MS, &id);
        answer(&json!({"id": media.id}))
    };
    meet(&world, &wire, fault, act).await
}

fn read_upload(headers: &HeaderMap, body: &Bytes) -> Result<File, Refusal> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let parts = multipart::read(content_type.unwrap_or_default(), body)
        .ok_or_else(|| Refusal::because(100, "The body is not multipart/form-data."))?;
    let named = |name: &str| parts.iter().find(|part| part.name == name);
    let text =
        |name: &str| named(name).map(|part| String::from_utf8_lossy(&part.bytes).into_owned());
    if text("messaging_product").as_deref() != Some("whatsapp") {
        let details = "The parameter messaging_product is required and must be whatsapp.";
        return Err(Refusal::because(100, details));
    }
    let file: &Part =
        named("file").ok_or_else(|| Refusal::because(100, "The parameter file is required."))?;
    let mime_type = file
        .content_type
        .clone()
        .or_else(|| text("type"))
        .unwrap_or_default();
    let Some(limit) = file_limit(&mime_type) else {
        let details = format!(
            "Param file must be a file of a supported type. Received file of type '{mime_type}'."
        );
        return Err(Refusal::because(100, details));
    };
    if file.bytes.is_empty() {
        return Err(Refusal::because(100, "The file is empty."));
    }
    if file.bytes.len() as u64 > limit.max_bytes {
        let details = format!("The file is larger than {} bytes.", limit.max_bytes);
        return Err(Refusal::because(131_053, details));
    }
    Ok(File {
        mime_type,
        filename: file.filename.clone(),
        bytes: file.bytes.clone(),
    })
}

/// `GET` of what [`read`] gave as `url`, or a webhook did; with the token.
pub(super) async fn download(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = Caller::of_token(&world, &headers) {
        return refusal.into_response();
    }
    let query = query.as_deref();
    let id = parameter(query, "mid").unwrap_or_default();
    let ends_at_ms = parameter(query, "ext").and_then(|ext| ext.parse().ok());
    let proof = parameter(query, "hash").unwrap_or_default();
    let is_good = world.is_good_url(id, ends_at_ms.unwrap_or(0), proof);
    let Some(media) = world.media(id).filter(|_| is_good) else {
        return (
            StatusCode::NOT_FOUND,
            "the URL has expired, or the file is gone",
        )
            .into_response();
    };
    let fault = world.state().faults.draw_for(Call::MediaDownload);
    let act = || ([(CONTENT_TYPE, media.mime_type)], media.bytes).into_response();
    meet(&world, &wire, fault, act).await
}

/// `DELETE /{version}/{media_id}`
fn delete(desk: &mut Desk<'_>) -> Answered {
    let media = desk
        .state
        .media_at(&desk.id, desk.now_ms())
        .filter(|media| is_of(desk, media));
    media.ok_or_else(|| desk.unknown(&desk.id))?;
    desk.state.media.remove(&desk.id);
    Ok(done())
}

/// A parameter of the query, as it stands there.
fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}
