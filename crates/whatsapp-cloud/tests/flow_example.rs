//! The example of a flow's data endpoint, asked as a phone asks it.

#![cfg(all(feature = "flows", feature = "webhook"))]
#![expect(clippy::unwrap_used, reason = "a test may stop")]

#[path = "../examples/flow.rs"]
#[expect(dead_code, reason = "its `main` listens to a port")]
mod flow;

use std::collections::HashMap;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::aes::Aes128;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PrivateDecryptingKey};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use whatsapp_cloud::flow::BAD_SIGNATURE;
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook;

const KEY_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/flow_key_pkcs8.pem"
);
const KEY: [u8; 16] = *b"sixteen bytes ok";
const VECTOR: [u8; 16] = [7; 16];

fn app() -> axum::Router {
    let environment = [("APP_SECRET", "secret"), ("FLOW_KEY", KEY_FILE)];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    flow::app(&HashMap::from(environment)).unwrap()
}

/// Encrypts as a phone does.
fn sealed(ask: &Value) -> String {
    let pem = std::fs::read_to_string(KEY_FILE).unwrap();
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = PrivateDecryptingKey::from_pkcs8(&BASE64_STANDARD.decode(der).unwrap()).unwrap();
    let public = OaepPublicEncryptingKey::new(key.public_key()).unwrap();
    let mut room = vec![0; public.ciphertext_size()];
    let wrapped = public
        .encrypt(&OAEP_SHA256_MGF1SHA256, &KEY, &mut room, None)
        .unwrap();
    let data = AesGcm::<Aes128, U16>::new(&KEY.into())
        .encrypt(&VECTOR.into(), ask.to_string().as_bytes())
        .unwrap();
    json!({
        "encrypted_flow_data": BASE64_STANDARD.encode(data),
        "encrypted_aes_key": BASE64_STANDARD.encode(wrapped),
        "initial_vector": BASE64_STANDARD.encode(VECTOR),
    })
    .to_string()
}

async fn post(body: String, secret: &str) -> (u16, Vec<u8>) {
    let signature = webhook::sign(&AppSecret::new(secret), body.as_bytes());
    let request = Request::post("/flow").header("X-Hub-Signature-256", signature);
    let answer = app()
        .oneshot(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (
        status,
        to_bytes(answer.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec(),
    )
}

/// What the phone reads.
async fn shown(ask: Value) -> Value {
    let (status, body) = post(sealed(&ask), "secret").await;
    assert_eq!(status, 200);
    let body = BASE64_STANDARD.decode(body).unwrap();
    let plain = AesGcm::<Aes128, U16>::new(&KEY.into())
        .decrypt(&VECTOR.map(|byte| byte ^ 0xff).into(), body.as_slice())
        .unwrap();
    serde_json::from_slice(&plain).unwrap()
}

#[tokio::test]
async fn a_table_is_booked_screen_by_screen() {
    let ping = shown(json!({"version": "3.0", "action": "ping"})).await;
    assert_eq!(ping["data"]["status"], "active");

    let first = shown(json!({"version": "3.0", "action": "INIT", "flow_token": "T"})).await;
    assert_eq!(first["screen"], "DAY");

    let chosen = json!({"version": "3.0", "action": "data_exchange", "screen": "DAY",
        "data": {"day": "2026-05-01"}, "flow_token": "T"});
    let hours = shown(chosen).await;
    assert_eq!(hours["screen"], "HOUR");
    assert_eq!(hours["data"]["day"], "2026-05-01");

    let chosen = json!({"version": "3.0", "action": "data_exchange", "screen": "HOUR",
        "data": {"hour": "20:00"}, "flow_token": "T"});
    let params = &shown(chosen).await["data"]["extension_message_response"]["params"];
    assert_eq!(params, &json!({"hour": "20:00", "flow_token": "T"}));
}

#[tokio::test]
async fn what_meta_did_not_sign_is_answered_432() {
    let ask = sealed(&json!({"version": "3.0", "action": "ping"}));
    assert_eq!(
        post(ask, "another secret").await,
        (BAD_SIGNATURE, Vec::new())
    );
}
