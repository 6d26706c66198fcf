//! From a native document to the configuration in force: secrets fetched, paths and addresses made whole, references checked.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use url::{Host, Url};
use waypost_core::directory::Directory;

use super::check::nearest;
use super::document::{self, Document};
use super::error::Problems;
use super::secret::{Given, Sources, listed};
use super::{
    ApiConfig, CacheConfig, Door, EventLogConfig, LogConfig, MediaConfig, RetentionConfig,
    SendConfig, ServerConfig,
};

mod account;
mod api;
mod hook;
mod later;

/// What a document resolves to.
pub(super) struct Resolved {
    pub(super) server: ServerConfig,
    pub(super) log: LogConfig,
    pub(super) api: ApiConfig,
    pub(super) graph_url: Url,
    pub(super) send: SendConfig,
    pub(super) retention: RetentionConfig,
    pub(super) directory: Directory,
    pub(super) media: MediaConfig,
    pub(super) cache: CacheConfig,
    pub(super) event_log: EventLogConfig,
}

/// Resolves everything, and reports what does not resolve; the result counts only if there was nothing to report.
pub(super) fn resolve(
    document: &Document,
    door: Door,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Resolved {
    let server = server(&document.server, sources.folder, problems);
    let accounts = account::resolve(&document.account, door, sources, problems);
    let known: BTreeSet<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let hooks = hook::resolve(document, &known, sources, problems);
    if accounts.is_empty() {
        problems.warn(
            "account",
            "no account is configured: every webhook path answers 404",
        );
    }
    if !hooks.iter().any(|hook| hook.active) {
        problems.warn(
            "hook",
            "no active hook is configured: events are stored, and nothing is called",
        );
    }
    Resolved {
        log: log(&document.log, problems),
        api: api::resolve(&document.api, &known, sources, problems),
        graph_url: graph_url(&document.graph_url, problems),
        send: send(&document.send, problems),
        retention: RetentionConfig {
            days: Some(document.retention.days).filter(|days| *days > 0),
            bytes: Some(document.retention.bytes).filter(|bytes| *bytes > 0),
        },
        media: later::media(&document.media, &server.data_dir, sources.folder, problems),
        cache: CacheConfig {
            enabled: document.cache.enabled,
            max_age_days: document.cache.max_age_days,
            max_events: document.cache.max_events.into(),
        },
        event_log: later::event_log(&document.event_log, &server.data_dir, sources, problems),
        directory: Directory { accounts, hooks },
        server,
    }
}

fn send(given: &document::Send, problems: &mut Problems) -> SendConfig {
    let spans = [
        ("send.timeout", given.timeout),
        ("send.uncertain_after", given.uncertain_after),
    ];
    for (key, span) in spans {
        if span.0.is_zero() || span.0 > Duration::from_hours(24) {
            let remedy = "write more than nothing and at most `24h`";
            problems.add(key, "the span is out of range", remedy);
        }
    }
    SendConfig {
        timeout: given.timeout.0,
        uncertain_after: given.uncertain_after.0,
    }
}

fn server(given: &document::Server, folder: &Path, problems: &mut Problems) -> ServerConfig {
    let texts = given.listen.as_slice();
    let listen: Vec<SocketAddr> = texts.iter().filter_map(|text| {
        let address = address(text);
        if address.is_none() {
            problems.add(
                "server.listen",
                "this is not an address to listen on",
                "write an IP address and a port, such as `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for all addresses",
            );
        }
        address
    }).collect();
    if texts.is_empty() {
        problems.add_unless_reported(
            "server.listen",
            "the list is empty",
            "name at least one address and port",
        );
    }
    ServerConfig {
        listen,
        data_dir: folder.join(&given.data),
        public_url: given
            .public_url
            .as_deref()
            .and_then(|text| base_url(text, "server.public_url", problems)),
        body_limit_bytes: usize::try_from(given.body_limit_bytes).unwrap_or(usize::MAX),
        stop_grace: given.stop_grace.0,
    }
}

/// `localhost` and an absent host are understood besides IP addresses; names are not looked up.
fn address(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    match host {
        "" => Some(SocketAddr::from(([0, 0, 0, 0], port))),
        "localhost" => Some(SocketAddr::from(([127, 0, 0, 1], port))),
        _ => None,
    }
}

/// What a filter is written as.
const FILTER_REMEDY: &str = "write `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,waypost_engine=debug`";

fn log(given: &document::Log, problems: &mut Problems) -> LogConfig {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    let filter = given.filter.trim();
    let plain = !filter.contains(['=', ',']);
    let level = filter.to_lowercase();
    let level = if level == "warning" {
        "warn".to_owned()
    } else {
        level
    };
    if plain && !LEVELS.contains(&level.as_str()) {
        let near = nearest(filter, LEVELS.into_iter());
        let remedy = near.map_or_else(
            || FILTER_REMEDY.to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        problems.add("log.filter", "there is no such log level", remedy);
    } else if !plain && let Err(error) = EnvFilter::try_new(filter) {
        problems.add(
            "log.filter",
            format!("this is not a log filter: {error}"),
            FILTER_REMEDY,
        );
    }
    LogConfig {
        filter: if plain { level } else { filter.to_owned() },
        format: given.format,
    }
}

/// Whether an account of this name exists; if not, that is a problem.
fn known_account(id: &str, accounts: &BTreeSet<&str>, key: &str, problems: &mut Problems) {
    if accounts.contains(id) {
        return;
    }
    let near = nearest(id, accounts.iter().copied());
    let remedy = near.map_or_else(
        || "name the `id` of an account of this file".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    problems.add(key, format!("no account is called `{id}`"), remedy);
}

/// HTTPS anywhere, plain HTTP on this machine: the access token goes there.
fn graph_url(text: &str, problems: &mut Problems) -> Url {
    let key = "graph_url";
    if let Some(url) = base_url(text, key, problems) {
        if url.scheme() == "https" || is_loopback(&url) {
            return url;
        }
        problems.add(
            key,
            "refusing to transmit over non-HTTPS: access tokens would travel in the clear",
            "write an `https://` address; plain `http://` only to a loopback address such as http://127.0.0.1:9000",
        );
    }
    // Not used: a problem was reported.
    Url::parse(document::GRAPH_URL).expect("the default address is well-formed")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An `http` or `https` address as it is written. The parser forgives `http:x` and `http:///x`, and takes for the host what
/// was meant for a path.
fn web_address(text: &str) -> Option<Url> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let is_web = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
    let has_host = !rest.starts_with(['/', '\\']);
    Url::parse(text).ok().filter(|_| is_web && has_host)
}

/// An `http` or `https` address with nothing after its path.
fn base_url(text: &str, key: &str, problems: &mut Problems) -> Option<Url> {
    let Some(url) = web_address(text) else {
        problems.add(
            key,
            "this is not a web address",
            "write one such as `https://wa.example.com`",
        );
        return None;
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        problems.add(
            key,
            "the address has a login, a query or a fragment",
            "write scheme, host, port and path only",
        );
        return None;
    }
    Some(url)
}

/// A name that stands in paths, files and variables.
fn name_fits(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=64).contains(&id.len()) && id.chars().all(fits) && id.contains(|c: char| c != '.')
}

const NAME_REMEDY: &str = "write up to 64 letters, digits, `-`, `_` and `.`";

/// The secrets of a key that takes several.
fn several(
    key: String,
    values: Option<&document::OneOrMany<super::secret::SecretText>>,
    variables: Option<&document::OneOrMany<String>>,
    files: Option<&document::OneOrMany<String>>,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Vec<secrecy::SecretString> {
    let given = Given {
        key,
        values: listed(values),
        variables: listed(variables),
        files: listed(files),
    };
    sources.many(&given, problems)
}
