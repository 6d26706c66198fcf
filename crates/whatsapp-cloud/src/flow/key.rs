//! The private key of a flow's endpoint, from PEM.

use std::fmt;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// An RSA key of 2,048 bits or more, ready for use.
pub struct PrivateKey(OaepPrivateDecryptingKey);

/// Why text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadKey {
    /// There is no `-----BEGIN … PRIVATE KEY-----`, or its lines are not base64.
    NotPem,
    /// It is encrypted: `openssl pkey -in key.pem -out plain.pem` decrypts it.
    Encrypted,
    /// What it holds is no RSA key of 2,048 to 8,192 bits.
    NotRsa,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPem => "this is no private key in PEM",
            Self::Encrypted => {
                "the key is encrypted; `openssl pkey -in key.pem -out plain.pem` decrypts it"
            }
            Self::NotRsa => "this is no RSA key of 2,048 to 8,192 bits",
        })
    }
}

impl std::error::Error for BadKey {}

impl PrivateKey {
    /// From `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1), not encrypted.
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let (_, rest) = pem.split_once("-----BEGIN ").ok_or(BadKey::NotPem)?;
        let (label, rest) = rest.split_once("-----").ok_or(BadKey::NotPem)?;
        let (text, _) = rest.split_once("-----END ").ok_or(BadKey::NotPem)?;
        if label.starts_with("ENCRYPTED") || text.contains("Proc-Type") {
            return Err(BadKey::Encrypted);
        }
        let text: String = text.split_whitespace().collect();
        let der = BASE64_STANDARD.decode(text).map_err(|_| BadKey::NotPem)?;
        let pkcs8 = match label {
            "PRIVATE KEY" => der,
            "RSA PRIVATE KEY" => wrapped(&der),
            _ => return Err(BadKey::NotPem),
        };
        let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| BadKey::NotRsa)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| BadKey::NotRsa)?;
        Ok(Self(key))
    }

    /// Unwraps a key of AES-128, wrapped by RSA-OAEP with SHA-256.
    pub(super) fn unwrap_key(&self, wrapped: &[u8]) -> Option<[u8; 16]> {
        let mut room = vec![0; self.0.min_output_size()];
        let key = self
            .0
            .decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut room, None)
            .ok()?;
        (&*key).try_into().ok()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").finish_non_exhaustive()
    }
}

/// A PKCS#1 key inside PKCS#8 (RFC 5208): `SEQUENCE { 0, { rsaEncryption, NULL }, OCTET STRING }`.
fn wrapped(pkcs1: &[u8]) -> Vec<u8> {
    const VERSION_AND_ALGORITHM: [u8; 18] = [
        0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
        0x01, 0x05, 0x00,
    ];
    let mut inside = VERSION_AND_ALGORITHM.to_vec();
    inside.extend(tagged(0x04, pkcs1));
    tagged(0x30, &inside)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut all = vec![tag];
    if content.len() >= 128 {
        // At most eight bytes of length.
        all.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
    }
    all.extend(length);
    all.extend(content);
    all
}
