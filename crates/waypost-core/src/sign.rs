//! How a hook knows that a call is ours: signatures, and the URL that is called.
//!
//! Standard Webhooks: `webhook-id` is the event's id, the same on every attempt; `webhook-timestamp` is the attempt's time in
//! seconds; `webhook-signature` holds `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body` for each secret, with
//! spaces between, so that a receiver may verify with any of them while secrets are changed. A secret that begins with
//! `whsec_` is base64, any other is taken as its bytes.
//!
//! Hooks of format `meta` get `X-Hub-Signature-256` in place of `webhook-signature`, over the body alone, keyed by the bytes
//! of the first secret as it is written, which is what Meta's own consumers expect of their app secret.
//!
//! **Invariant:** secrets leave here as signatures only.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use url::{Position, form_urlencoded};

use crate::event::StoredEvent;
use crate::hook::{Format, Hook};
use crate::id::EventId;
use crate::time::UnixMillis;

/// What a base64 secret begins with.
const PREFIX: &str = "whsec_";

/// The headers that name and prove one attempt at a call, lower-case. A hook without secrets gets the id and the timestamp.
pub fn headers(
    hook: &Hook,
    event: EventId,
    now: UnixMillis,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let id = event.to_string();
    let timestamp = now.0.div_euclid(1000).to_string();
    let signature = match hook.format {
        Format::Meta => {
            let secret = hook.secrets.first();
            secret.map(|secret| ("x-hub-signature-256", hub_signature(secret, body)))
        }
        Format::Flat | Format::Event if hook.secrets.is_empty() => None,
        Format::Flat | Format::Event => {
            let one = |secret| standard_signature(secret, &id, &timestamp, body);
            let all: Vec<_> = hook.secrets.iter().map(one).collect();
            Some(("webhook-signature", all.join(" ")))
        }
    };
    let mut headers = vec![("webhook-id", id), ("webhook-timestamp", timestamp)];
    headers.extend(signature);
    headers
}

/// The URL to call for an event: the hook's, with `event` and `account_id` behind whatever its query holds, and without what
/// no request line has: user, password and fragment.
pub fn hook_url(hook: &Hook, event: &StoredEvent) -> String {
    let url = &hook.url;
    let mut target = String::with_capacity(url.as_str().len() + 64);
    target.push_str(&url[..Position::BeforeUsername]);
    target.push_str(&url[Position::BeforeHost..Position::AfterPath]);
    target.push('?');
    let query = target.len();
    target.push_str(url.query().unwrap_or_default());
    form_urlencoded::Serializer::for_suffix(target, query)
        .append_pair("event", event.event_type.as_str())
        .append_pair("account_id", event.account_id.as_str())
        .finish()
}

/// Whether a secret can be used as it is written: not empty, and base64 where it says so.
pub fn is_usable(secret: &SecretString) -> bool {
    let secret = secret.expose_secret();
    match secret.strip_prefix(PREFIX) {
        Some(encoded) => decode(encoded).is_some_and(|key| !key.is_empty()),
        None => !secret.is_empty(),
    }
}

fn standard_signature(secret: &SecretString, id: &str, timestamp: &str, body: &[u8]) -> String {
    let secret = secret.expose_secret();
    let decoded = secret.strip_prefix(PREFIX).and_then(decode);
    let key = decoded.as_deref().unwrap_or(secret.as_bytes());
    let code = authenticate(
        key,
        &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body],
    );
    format!("v1,{}", STANDARD.encode(code))
}

fn hub_signature(secret: &SecretString, body: &[u8]) -> String {
    let code = authenticate(secret.expose_secret().as_bytes(), &[body]);
    format!("sha256={}", hex::encode(code))
}

/// The key of a base64 secret, padded or not.
fn decode(encoded: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).ok()
}

fn authenticate(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "the message proves it")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::event::{Body, EventType};
    use crate::hook::{Order, Replies, RetrySchedule};

    fn hook(format: Format, secrets: &[&str]) -> Hook {
        Hook {
            id: "app".into(),
            name: None,
            url: "https://user:word@app.example/in?key=a%20b&event=own#top"
                .parse()
                .unwrap(),
            method: "POST".to_owned(),
            headers: Vec::new(),
            active: true,
            accounts: Vec::new(),
            events: Vec::new(),
            format,
            secrets: secrets
                .iter()
                .map(|secret| SecretString::from(*secret))
                .collect(),
            order: Order::Bounded,
            replies: Replies::Messages,
            timeout: Duration::from_secs(15),
            in_flight: 32,
            retry: RetrySchedule::default(),
            backlog: 1_000_000,
            private_network: true,
        }
    }

    const NOW: UnixMillis = UnixMillis(1_770_000_000_999);

    fn signed(format: Format, secrets: &[&str]) -> Vec<(&'static str, String)> {
        headers(&hook(format, secrets), EventId(1), NOW, b"{\"a\":1}")
    }

    #[test]
    fn signatures_are_what_other_implementations_compute() {
        // Computed with Python's hmac and base64 modules over "evt_0000000000001.1770000000.{\"a\":1}".
        let expected = [
            ("webhook-id", "evt_0000000000001".to_owned()),
            ("webhook-timestamp", "1770000000".to_owned()),
            ("webhook-signature", "v1,piU1Fpi39XJYbnoIm1QcO4agSB78lTtccwfWDwU1/MU= v1,L83gbIuJ8Nbyv9ER7G7aAE9r26YYD6MZT+xynL70fdU=".to_owned()),
        ];
        assert_eq!(
            signed(Format::Flat, &["whsec_c2VjcmV0LW9uZQ==", "plain secret"]),
            expected
        );
        assert_eq!(
            signed(Format::Flat, &["secret-one"])[2].1,
            signed(Format::Event, &["whsec_c2VjcmV0LW9uZQ"])[2].1
        );
    }

    #[test]
    fn a_meta_hook_is_signed_as_meta_signs() {
        let headers = signed(Format::Meta, &["app secret", "older"]);
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["webhook-id", "webhook-timestamp", "x-hub-signature-256"]
        );
        let proof = whatsapp_cloud::secret::AppSecret::new("app secret");
        assert!(whatsapp_cloud::webhook::verify(
            &proof,
            b"{\"a\":1}",
            &headers[2].1
        ));
    }

    #[test]
    fn a_hook_without_a_secret_still_gets_the_id_and_the_time() {
        for format in [Format::Flat, Format::Event, Format::Meta] {
            let headers = signed(format, &[]);
            assert_eq!(headers.len(), 2);
        }
    }

    #[test]
    fn the_url_keeps_its_own_query() {
        let event = StoredEvent {
            id: EventId(1),
            event_type: EventType::MessageReceived,
            account_id: "shop&co".into(),
            timestamp: NOW,
            received_at: NOW,
            message_id: None,
            contact_id: None,
            body: Body {
                text: Bytes::new(),
                raw: 0..0,
            },
            foreign: false,
            quarantined: None,
        };
        assert_eq!(
            hook_url(&hook(Format::Flat, &[]), &event),
            "https://app.example/in?key=a%20b&event=own&event=message.received&account_id=shop%26co"
        );
    }

    #[test]
    fn a_secret_that_is_no_base64_is_found_out() {
        let usable = |secret: &str| is_usable(&SecretString::from(secret));
        assert!(usable("whsec_c2VjcmV0") && usable("whsec_c2VjcmV0LW9uZQ==") && usable("anything"));
        assert!(!usable("whsec_!") && !usable("whsec_") && !usable(""));
    }
}
