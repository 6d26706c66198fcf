//! `POST /{version}/{phone_number_id}/messages_encrypted`: a body of `/messages` as a compact JWE, answered alike. Errors are
//! answered in plain.
//!
//! Meta's OpenAPI description, `sendEncryptedMessage`. A number takes them once its settings have the key that answers are
//! encrypted for; the key for what it is sent is told there.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::desk::Desk;
use super::refusal::Refusal;
use super::{answer, messages, send};
use crate::jwe::{Header, OwnKey, TheirKey};
use crate::wire::Wire;
use crate::world::{Kind, Node, World};

/// The setting.
pub(super) const SETTING: &str = "payload_encryption";
const KEY: &str = "client_encryption_key";
/// The longest answer of `/messages`, by far.
const ANSWER_MAX_BYTES: usize = 1 << 20;

/// What the setting says from now on: on with a key of the business, or off.
pub(super) fn set(desk: &mut Desk<'_>, wanted: &Value) -> Result<(), Refusal> {
    let wrong = |why: &str| Refusal::because(100, format!("{SETTING}.{why}"));
    let status = wanted["status"].as_str().unwrap_or_default();
    let told = match status.to_ascii_lowercase().as_str() {
        "disabled" => json!({"status": status}),
        "enabled" => {
            let given = wanted[KEY].as_str();
            let given = given.ok_or_else(|| wrong("client_encryption_key is required."))?;
            let key = TheirKey::read(given).ok_or_else(|| {
                wrong(
                    "client_encryption_key is no RSA key of 2,048 bits or more, as PEM in base64.",
                )
            })?;
            let own = own_key(desk.world)?;
            desk.part(Kind::Settings)?.keep(KEY, given);
            json!({
                "status": status,
                "client_encryption_key_fingerprint": key.fingerprint,
                "cloud_encryption_key": own.told,
            })
        }
        _ => return Err(wrong("status is enabled or disabled.")),
    };
    desk.part(Kind::Settings)?.set(SETTING, told);
    Ok(())
}

fn own_key(world: &World) -> Result<&OwnKey, Refusal> {
    let key = world.encryption_key.get_or_init(OwnKey::new).as_ref();
    key.ok_or_else(|| Refusal::of_code(131_000))
}

pub(super) async fn take(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path((_, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let opened = messages::sender(&world, &id, &uri, &headers);
    let opened = opened.and_then(|_| open(&world, &id, &headers, &body));
    let (content, header, key) = match opened {
        Ok(opened) => opened,
        Err(refusal) => return messages::not_taken(&world, refusal),
    };
    // What is inside is JSON, whatever it came in.
    let mut inner = headers;
    inner.remove(CONTENT_TYPE);
    let answered = messages::answered(&world, &wire, &id, &uri, &inner, &content).await;
    if !answered.status().is_success() {
        return answered;
    }
    let said = to_bytes(answered.into_body(), ANSWER_MAX_BYTES).await;
    let sealed = said.ok().and_then(|said| key.seal(header, said.into()));
    match sealed {
        Some(sealed) => answer(&json!({"encrypted_contents": sealed})),
        None => Refusal::of_code(131_000).into_response(),
    }
}

/// What was encrypted, how, and for whom the answer is.
fn open(
    world: &World,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Vec<u8>, Header, TheirKey), Refusal> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let body = send::object(kind, body)?;
    let contents = body.get("encrypted_contents").and_then(Value::as_str);
    let contents = contents.ok_or_else(|| send::missing("encrypted_contents"))?;
    let key = key_of(world, id);
    let key = key.ok_or_else(|| Refusal::because(100, format!("{SETTING} is not enabled.")))?;
    let opened = own_key(world)?.open(contents);
    let (content, header) = opened.ok_or_else(|| {
        Refusal::because(
            100,
            "encrypted_contents is no JWE that can be decrypted: RSA-OAEP or RSA-OAEP-256, A128GCM or A256GCM, by the number's \
             cloud_encryption_key.",
        )
    })?;
    Ok((content, header, key))
}

/// The key of the business, while the number's setting is on.
fn key_of(world: &World, id: &str) -> Option<TheirKey> {
    let state = world.state();
    let settings = state.nodes.children(id, Kind::Settings);
    let is_on = |node: &&&Node| {
        let status = node.members.get(SETTING).map(|setting| &setting["status"]);
        let status = status.and_then(Value::as_str).unwrap_or_default();
        status.eq_ignore_ascii_case("enabled")
    };
    let settings = settings.first().filter(is_on)?;
    TheirKey::read(settings.kept.get(KEY)?.as_str()?)
}
