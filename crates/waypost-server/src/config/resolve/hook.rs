//! Hooks: addresses, methods and headers that HTTP can speak, and references to accounts that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};
use waypost_core::account::AccountId;
use waypost_core::event::EventType;
use waypost_core::hook::{Hook, HookId, RetrySchedule};

use super::{NAME_REMEDY, known_account, name_fits, several, web_address};
use crate::config::check::nearest;
use crate::config::document::{self, Delivery, Document, HeaderText};
use crate::config::error::Problems;
use crate::config::secret::Sources;
use crate::config::span::Span;

/// Methods a hook may be called with.
const METHODS: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "GET"];
/// Headers that belong to the connection, not to the operator.
const RESERVED: [&str; 7] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
];
/// No request lasts longer.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(5);

/// Resolves the hooks, in their order.
pub(super) fn resolve(
    document: &Document,
    accounts: &BTreeSet<&str>,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Vec<Hook> {
    schedule(
        &document.delivery.retry,
        document.delivery.give_up_after,
        "delivery",
        problems,
    );
    timeout(document.delivery.timeout, "delivery.timeout", problems);
    let mut ids = BTreeMap::new();
    let mut hooks = Vec::with_capacity(document.hook.len());
    for (index, hook) in document.hook.iter().enumerate() {
        let place = format!("hook[{index}]");
        let Some(id) = &hook.id else { continue };
        let key = format!("{place}.id");
        if !name_fits(id) {
            problems.add(&key, "this name cannot stand in a path", NAME_REMEDY);
        }
        if let Some(first) = ids.insert(id, index) {
            problems.add(
                &key,
                format!(
                    "two hooks are called `{id}` (numbers {} and {})",
                    first + 1,
                    index + 1
                ),
                "give each hook a name of its own",
            );
        }
        for (position, account) in hook.accounts.iter().enumerate() {
            known_account(
                account,
                accounts,
                &format!("{place}.accounts[{position}]"),
                problems,
            );
        }
        hooks.extend(one(hook, id, &place, &document.delivery, sources, problems));
    }
    hooks
}

/// Nothing if the hook has no usable address.
fn one(
    given: &document::Hook,
    id: &str,
    place: &str,
    delivery: &Delivery,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Option<Hook> {
    let mut headers = headers(&given.headers, place, sources, problems);
    let url = given
        .url
        .as_deref()
        .and_then(|text| address(text, place, &mut headers, problems));
    let secrets = several(
        format!("{place}.secret"),
        given.secret.as_ref(),
        given.secret_env.as_ref(),
        given.secret_file.as_ref(),
        sources,
        problems,
    );
    for secret in &secrets {
        signing_secret(secret, place, problems);
    }
    let retry = given.retry.as_ref().unwrap_or(&delivery.retry);
    let give_up_after = given.give_up_after.unwrap_or(delivery.give_up_after);
    if let Some(own) = given.timeout {
        timeout(own, &format!("{place}.timeout"), problems);
    }
    if given.retry.is_some() || given.give_up_after.is_some() {
        schedule(retry, give_up_after, place, problems);
    }
    Some(Hook {
        id: HookId::from(id),
        name: given.name.clone(),
        url: url?,
        method: method(&given.method, place, problems),
        headers,
        active: given.active,
        accounts: given
            .accounts
            .iter()
            .map(|id| AccountId::from(id.as_str()))
            .collect(),
        // Unknown names were reported when the keys were checked.
        events: given
            .events
            .iter()
            .filter_map(|name| name.parse::<EventType>().ok())
            .collect(),
        format: given.format,
        secrets,
        order: given.order,
        replies: given.replies,
        timeout: given.timeout.unwrap_or(delivery.timeout).0,
        in_flight: usize::try_from(given.in_flight.unwrap_or(delivery.in_flight))
            .unwrap_or(usize::MAX),
        retry: RetrySchedule {
            delays: retry.iter().map(|span| span.0).collect(),
            give_up_after: give_up_after.0,
        },
        backlog: usize::try_from(given.backlog.unwrap_or(delivery.backlog)).unwrap_or(usize::MAX),
        private_network: true,
    })
}

/// A login in the address becomes a header, so that the address can be shown.
fn address(
    text: &str,
    place: &str,
    headers: &mut Vec<(String, SecretString)>,
    problems: &mut Problems,
) -> Option<Url> {
    let key = format!("{place}.url");
    let Some(mut url) = web_address(text) else {
        problems.add(
            &key,
            "this is not a web address",
            "write one such as `https://app.example.com/whatsapp`",
        );
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        if headers.iter().any(|(name, _)| name == "authorization") {
            problems.add(
                &key,
                "both the address and a header say who is calling",
                "keep one of them",
            );
        }
        let login = format!(
            "{}:{}",
            decoded(url.username()),
            decoded(url.password().unwrap_or_default())
        );
        let header = format!("Basic {}", STANDARD.encode(login));
        headers.push(("authorization".to_owned(), header.into()));
        // Neither can fail: the address has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    url.set_fragment(None);
    refuse(&url, &key, problems);
    Some(url)
}

/// What can never be called is said at once; names are judged again when they are resolved.
fn refuse(url: &Url, key: &str, problems: &mut Problems) {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        _ => return,
    };
    if let Err(refusal) = waypost_core::address::check(ip, true) {
        problems.add(
            key,
            format!("this address is not called: {refusal}"),
            "name the address your app really has",
        );
    }
}

/// A login as it is, without the escapes an address needs.
fn decoded(text: &str) -> String {
    let pairs = format!("login={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pairs.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

fn method(text: &str, place: &str, problems: &mut Problems) -> String {
    let method = text.to_ascii_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let near = nearest(&method, METHODS.into_iter());
        let remedy = near.map_or_else(
            || format!("write one of {}", METHODS.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        problems.add(
            &format!("{place}.method"),
            "hooks are not called with this method",
            remedy,
        );
    }
    method
}

fn headers(
    given: &BTreeMap<String, HeaderText>,
    place: &str,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Vec<(String, SecretString)> {
    let mut headers = Vec::with_capacity(given.len());
    for (name, text) in given {
        let key = format!("{place}.headers.{name}");
        let value = match text {
            HeaderText::Value(value) => Some(value.0.clone()),
            HeaderText::Reference(reference) => sources.referenced(reference, &key, problems),
        };
        let lower = name.to_ascii_lowercase();
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            problems.add(
                &key,
                "this is not a header's name",
                "write letters, digits and dashes, such as `X-Api-Key`",
            );
        } else if RESERVED.contains(&lower.as_str()) || lower.starts_with("webhook-") {
            problems.add(&key, "the gateway sets this header itself", "leave it out");
        } else if let Some(value) = value {
            if HeaderValue::from_str(value.expose_secret()).is_err() {
                problems.add(
                    &key,
                    "the value holds characters that a header cannot carry",
                    "write visible ASCII characters on one line",
                );
            }
            headers.push((lower, value));
        }
    }
    headers
}

/// `whsec_` promises base64; anything else is taken as it is.
fn signing_secret(secret: &SecretString, place: &str, problems: &mut Problems) {
    let encoded = secret.expose_secret().strip_prefix("whsec_");
    if encoded.is_some_and(|encoded| {
        STANDARD
            .decode(encoded)
            .map_or(true, |bytes| bytes.is_empty())
    }) {
        problems.add(
            &format!("{place}.secret"),
            "a secret that begins with `whsec_` must go on in base64",
            "copy the whole secret, or choose one without that beginning",
        );
    }
}

fn timeout(span: Span, key: &str, problems: &mut Problems) {
    if span.0.is_zero() || span.0 > LONGEST_TIMEOUT {
        problems.add(
            key,
            "the deadline is out of range",
            "write more than nothing and at most `5m`",
        );
    }
}

fn schedule(retry: &[Span], give_up_after: Span, place: &str, problems: &mut Problems) {
    let shortest = Duration::from_millis(100);
    if retry.is_empty() || retry.len() > 64 || retry.iter().any(|span| span.0 < shortest) {
        problems.add_unless_reported(
            &format!("{place}.retry"),
            "the list is empty, longer than 64, or holds a delay under 100ms",
            r#"write delays such as ["1s", "30s", "10m", "1h"]"#,
        );
    }
    if give_up_after.0.is_zero() {
        problems.add(
            &format!("{place}.give_up_after"),
            "a delivery would be dead before it is tried",
            "write a span such as `7d`",
        );
    }
}
