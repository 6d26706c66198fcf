//! Proof: the handshake of a subscription, and the signature of every notification.
//!
//! **Invariant:** what is secret is compared in constant time, and a signature is taken over the bytes as they arrived.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::secret::{AppSecret, VerifyToken};

/// The header that carries a notification's signature.
pub const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// What to answer to Meta's `GET`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handshake<'a> {
    /// 200, with the challenge as it came, as `text/plain`.
    Accepted(&'a str),
    /// 403: another mode than `subscribe`, or a token nobody configured.
    Refused,
    /// 400: this parameter is missing.
    Missing(&'static str),
}

/// Answers the handshake from the query's (already decoded) parameters. Each token is compared in constant time, and all of
/// them are compared, so that the time taken says nothing.
pub fn handshake<'a>(
    mode: Option<&str>,
    token: Option<&str>,
    challenge: Option<&'a str>,
    tokens: &[VerifyToken],
) -> Handshake<'a> {
    let (mode, token, challenge) = match (mode, token, challenge) {
        (None, _, _) => return Handshake::Missing("hub.mode"),
        (_, None, _) => return Handshake::Missing("hub.verify_token"),
        (_, _, None) => return Handshake::Missing("hub.challenge"),
        (Some(mode), Some(token), Some(challenge)) => (mode, token, challenge),
    };
    let mut known = subtle::Choice::from(0);
    for configured in tokens {
        // An empty token is a configuration mistake, never a password.
        let usable = subtle::Choice::from(u8::from(!configured.expose().is_empty()));
        known |= usable & digest(configured.expose()).ct_eq(&digest(token));
    }
    if mode == "subscribe" && bool::from(known) {
        Handshake::Accepted(challenge)
    } else {
        Handshake::Refused
    }
}

/// Whether `header`, the value of `X-Hub-Signature-256`, is this secret's signature of exactly these bytes.
///
/// The header is `sha256=` and 64 hexadecimal digits, of either case, and nothing else.
pub fn verify(secret: &AppSecret, body: &[u8], header: &str) -> bool {
    signature(header).is_some_and(|claimed| matches(secret, body, &claimed))
}

/// Signs a body as Meta does: the value of `X-Hub-Signature-256`. For test notifications, and for passing Meta's webhooks on
/// under a secret of one's own.
pub fn sign(secret: &AppSecret, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .map(|mac| mac.chain_update(body));
    // HMAC takes keys of every length; an empty signature would verify nowhere.
    mac.map_or_else(
        |_| String::new(),
        |mac| format!("sha256={}", hex::encode(mac.finalize().into_bytes())),
    )
}

/// Which of several secrets signed it: during a rotation there are two. The header is read once; a match ends the search.
pub fn verify_any(secrets: &[AppSecret], body: &[u8], header: &str) -> Option<usize> {
    let claimed = signature(header)?;
    secrets
        .iter()
        .position(|secret| matches(secret, body, &claimed))
}

fn matches(secret: &AppSecret, body: &[u8], claimed: &[u8; 32]) -> bool {
    // Anyone can sign with an empty secret.
    if secret.expose().is_empty() {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(claimed).is_ok()
}

fn signature(header: &str) -> Option<[u8; 32]> {
    let digits = header.strip_prefix("sha256=")?;
    let mut claimed = [0; 32];
    hex::decode_to_slice(digits, &mut claimed).ok()?;
    Some(claimed)
}

/// Makes tokens of any length comparable in constant time.
fn digest(token: &str) -> [u8; 32] {
    use sha2::Digest as _;
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests;
