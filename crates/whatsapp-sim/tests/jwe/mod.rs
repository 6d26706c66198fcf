//! The business's side of encrypted payloads: compact JWE with RSA-OAEP-256 and A256GCM.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

pub(crate) const HEADER: &str = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#;

/// The business's own.
pub(crate) struct Key(pub(crate) PrivateDecryptingKey);

impl Key {
    pub(crate) fn new() -> Self {
        Self(PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap())
    }

    /// The public half: PEM in base64.
    pub(crate) fn told(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        let lines = STANDARD.encode(der.as_ref());
        STANDARD.encode(format!(
            "-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"
        ))
    }
}

/// Encrypts for whoever told this key.
pub(crate) fn seal(told: &str, content: &Value) -> String {
    let pem = String::from_utf8(STANDARD.decode(told).unwrap()).unwrap();
    let lines: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
    let public = PublicEncryptingKey::from_der(&STANDARD.decode(lines).unwrap()).unwrap();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let (key, nonce) = ([7; 32], [9; 12]);
    let mut room = vec![0; public.ciphertext_size()];
    let wrapped = public
        .encrypt(&OAEP_SHA256_MGF1SHA256, &key, &mut room, None)
        .unwrap();
    let head = URL_SAFE_NO_PAD.encode(HEADER);
    let mut text = content.to_string().into_bytes();
    let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
    let nonce_once = Nonce::assume_unique_for_key(nonce);
    let tag = sealing
        .seal_in_place_separate_tag(nonce_once, Aad::from(head.as_str()), &mut text)
        .unwrap();
    let parts = [&*wrapped, &nonce, &text, tag.as_ref()];
    let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{head}.{}", parts.join("."))
}
