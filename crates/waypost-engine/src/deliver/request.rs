//! From a claim to a request.
//!
//! **Invariant:** the signature is of the very bytes that are sent, and the gateway's own headers win over the hook's.

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Uri};
use secrecy::ExposeSecret as _;
use url::Url;
use waypost_core::directory::Directory;
use waypost_core::event::StoredEvent;
use waypost_core::hook::Hook;
use waypost_core::time::UnixMillis;
use waypost_core::{render, sign};
use waypost_store::DeliveryClaim;

use crate::client::{Call, Failure};

/// What the gateway calls itself.
const NAME: &str = concat!("Waypost/", env!("CARGO_PKG_VERSION"));

/// Headers that say how a message is framed: the client's business, never the operator's.
const FRAMING: [&str; 4] = ["connection", "content-length", "te", "transfer-encoding"];

/// The request of one attempt.
pub(super) fn build(
    claim: &DeliveryClaim,
    hook: &Hook,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Call, Failure> {
    let event = &claim.event;
    let account = directory.account(event.account_id.as_str());
    let rendered = render::render(event, hook, account);
    let method = Method::from_bytes(hook.method.as_bytes())
        .map_err(|_| impossible("the hook's method is not one of HTTP's"))?;

    let mut headers = own_headers(hook)?;
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static(rendered.content_type));
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static(NAME));
    if let Some(credentials) = credentials(&hook.url) {
        headers.entry(AUTHORIZATION).or_insert(credentials);
    }
    headers.insert("waypost-attempt", HeaderValue::from(claim.attempts + 1));
    headers.remove("waypost-parked");
    if claim.parked {
        headers.insert("waypost-parked", HeaderValue::from_static("true"));
    }
    headers.remove("waypost-redelivery");
    if let Some(of) = claim.redelivery {
        let value = HeaderValue::from_str(&of.id.to_string())
            .map_err(|_| impossible("a delivery's id cannot be written"))?;
        headers.insert("waypost-redelivery", value);
    }
    headers.remove("waypost-replay");
    if let Some(of) = claim.replay {
        let value = HeaderValue::from_str(&of.id.to_string())
            .map_err(|_| impossible("a replay's id cannot be written"))?;
        headers.insert("waypost-replay", value);
    }
    for (name, value) in sign::headers(hook, event.id, now, &rendered.body) {
        let value = HeaderValue::from_str(&value)
            .map_err(|_| impossible("a signature header cannot be written"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    let bodiless = method == Method::TRACE || method == Method::CONNECT;
    Ok(Call {
        method,
        uri: uri(hook, event)?,
        headers,
        body: if bodiless {
            bytes::Bytes::new()
        } else {
            rendered.body
        },
        deadline: hook.timeout,
        private_network: hook.private_network,
    })
}

fn own_headers(hook: &Hook) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in &hook.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| impossible("one of the hook's headers has an impossible name"))?;
        if FRAMING.contains(&name.as_str()) {
            continue;
        }
        let mut value = HeaderValue::from_str(value.expose_secret())
            .map_err(|_| impossible("one of the hook's headers has an impossible value"))?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

/// User and password of a URL, as HTTP wants them.
fn credentials(url: &Url) -> Option<HeaderValue> {
    use base64::Engine as _;
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut plain = percent_decode(url.username());
    plain.push(b':');
    plain.extend(percent_decode(url.password().unwrap_or_default()));
    let encoded = base64::engine::general_purpose::STANDARD.encode(plain);
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn percent_decode(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| byte == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    decoded
}

fn uri(hook: &Hook, event: &StoredEvent) -> Result<Uri, Failure> {
    if !matches!(hook.url.scheme(), "http" | "https") {
        return Err(impossible("the hook's URL is neither http nor https"));
    }
    Uri::try_from(sign::hook_url(hook, event))
        .map_err(|_| impossible("the hook's URL cannot be called"))
}

fn impossible(why: &str) -> Failure {
    Failure {
        word: "request",
        detail: why.to_owned(),
    }
}
