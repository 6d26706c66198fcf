//! Encrypted payloads: compact JWE (RFC 7516) whose key is wrapped by RSA-OAEP and whose content is sealed by AES-GCM.
//!
//! Meta's OpenAPI description, `sendEncryptedMessage`. Keys are told as Meta's example has them: PEM in base64.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How a payload is encrypted; an answer is encrypted as its question was.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Header {
    alg: Wrapping,
    enc: Sealing,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Wrapping {
    #[serde(rename = "RSA-OAEP")]
    Sha1,
    #[serde(rename = "RSA-OAEP-256")]
    Sha256,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Sealing {
    #[serde(rename = "A128GCM")]
    Aes128,
    #[serde(rename = "A256GCM")]
    Aes256,
}

impl Wrapping {
    fn algorithm(self) -> &'static OaepAlgorithm {
        match self {
            Self::Sha1 => &OAEP_SHA1_MGF1SHA1,
            Self::Sha256 => &OAEP_SHA256_MGF1SHA256,
        }
    }
}

impl Sealing {
    fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::Aes128 => &AES_128_GCM,
            Self::Aes256 => &AES_256_GCM,
        }
    }
}

/// The key that payloads for this side are encrypted for.
pub(crate) struct OwnKey {
    private: OaepPrivateDecryptingKey,
    /// Its public half, as it is told.
    pub(crate) told: String,
}

impl OwnKey {
    /// A new one; that takes a moment.
    pub(crate) fn new() -> Option<Self> {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).ok()?;
        let public: PublicKeyX509Der<'_> = private.public_key().as_der().ok()?;
        let lines = STANDARD.encode(public.as_ref());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n");
        Some(Self {
            told: STANDARD.encode(pem),
            private: OaepPrivateDecryptingKey::new(private).ok()?,
        })
    }

    /// What a payload holds, and how it was encrypted; none if it is no JWE for this key.
    pub(crate) fn open(&self, payload: &str) -> Option<(Vec<u8>, Header)> {
        let mut parts = payload.split('.');
        let mut part = || parts.next();
        let [head, key, nonce, text, tag] = [part()?, part()?, part()?, part()?, part()?];
        if parts.next().is_some() {
            return None;
        }
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&bytes(head)?).ok()?;
        let mut room = vec![0; self.private.min_output_size()];
        let wrapping = header.alg.algorithm();
        let unwrapped = self
            .private
            .decrypt(wrapping, &bytes(key)?, &mut room, None)
            .ok()?;
        let key = LessSafeKey::new(UnboundKey::new(header.enc.algorithm(), unwrapped).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(&bytes(nonce)?).ok()?;
        let mut sealed = bytes(text)?;
        sealed.extend(bytes(tag)?);
        let opened = key
            .open_in_place(nonce, Aad::from(head), &mut sealed)
            .ok()?;
        Some((opened.to_vec(), header))
    }
}

/// The key that payloads for the business are encrypted for.
pub(crate) struct TheirKey {
    public: OaepPublicEncryptingKey,
    /// By which it can be told from others.
    pub(crate) fingerprint: String,
}

impl TheirKey {
    /// From PEM in base64; none if that is no RSA key of 2,048 bits or more.
    pub(crate) fn read(told: &str) -> Option<Self> {
        let pem = String::from_utf8(STANDARD.decode(told.trim()).ok()?).ok()?;
        let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
        let (lines, _) = rest.split_once("-----END PUBLIC KEY-----")?;
        let lines: String = lines.split_whitespace().collect();
        let der = STANDARD.decode(lines).ok()?;
        let public = PublicEncryptingKey::from_der(&der).ok()?;
        Some(Self {
            public: OaepPublicEncryptingKey::new(public).ok()?,
            fingerprint: format!("SHA256:{}", STANDARD.encode(Sha256::digest(&der))),
        })
    }

    /// A payload that only its holder can open; none if there is no randomness to make it of.
    pub(crate) fn seal(&self, header: Header, content: Vec<u8>) -> Option<String> {
        let head = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).ok()?);
        let mut key = vec![0; header.enc.algorithm().key_len()];
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut key).ok()?;
        rand::fill(&mut nonce).ok()?;
        let mut room = vec![0; self.public.ciphertext_size()];
        let wrapping = header.alg.algorithm();
        let wrapped = self.public.encrypt(wrapping, &key, &mut room, None).ok()?;
        let key = LessSafeKey::new(UnboundKey::new(header.enc.algorithm(), &key).ok()?);
        let mut text = content;
        let unique = Nonce::assume_unique_for_key(nonce);
        let tag = key
            .seal_in_place_separate_tag(unique, Aad::from(head.as_str()), &mut text)
            .ok()?;
        let parts = [&*wrapped, &nonce, &text, tag.as_ref()];
        let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part));
        Some(format!("{head}.{}", parts.join(".")))
    }
}
