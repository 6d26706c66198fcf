//! `waypost serve`: runs the gateway until it is told to stop.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use owo_colors::OwoColorize as _;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use waypost_server::config::{Config, Door, Environment};
use waypost_server::{Gateway, Options, StartError, StoreError};

use crate::cli::{LogFormat, Serve};
use crate::failure::{Code, Failure};
use crate::{config, logs, output};

/// What a stop may take in all, however long the configuration would let it.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Runs the command.
pub(crate) async fn run(args: &Serve, environment: &Environment) -> anyhow::Result<()> {
    let config = config::load(&args.config, environment)?;
    let format = logs::start(args.log_format, &config.log)?;
    let mut options = Options::new(args.data.as_ref().unwrap_or(&config.server.data_dir));
    options.listen = args.listen;
    options.allow_unsigned = args.allow_unsigned;
    let (file, variables) = (args.config.clone(), environment.clone());
    options.source = Some(Arc::new(move || Config::load(&file, &variables)));
    let data_dir = options.data_dir.clone();
    #[cfg(feature = "otlp")]
    let traces = crate::otlp::Export::start(environment)?;
    #[cfg(feature = "otlp")]
    {
        options.watch = traces.clone().map(|traces| traces as _);
    }

    // Listened to before anything starts, so that a signal never finds the default handler.
    let mut stops = Stops::new()?;
    let mut reloads = signal(SignalKind::hangup()).context("cannot listen for signals")?;
    let mut shown = config.clone();
    // The gateway itself says at its start which accounts lack one, knowing what `--allow-unsigned` makes of it.
    shown
        .warnings
        .retain(|warning| !warning.key.ends_with("app_secret"));
    let gateway = Gateway::start(config, options)
        .await
        .map_err(|error| explain(error, &data_dir))?;
    if let Err(error) = announce(&shown, &gateway, &data_dir, format).await {
        gateway.stop().await;
        return Err(error);
    }

    loop {
        tokio::select! {
            () = stops.next() => break,
            // What is wrong with it stands in the log.
            _ = reloads.recv() => drop(gateway.reload_from_source()),
            () = gateway.wait() => {
                gateway.stop().await;
                anyhow::bail!("the gateway ended by itself; its logs say why");
            }
        }
    }
    tracing::info!("stopping; a second signal aborts");
    let stopped = tokio::select! {
        stopped = tokio::time::timeout(STOP_WITHIN, gateway.stop()) => {
            stopped.context(Failure::new(Code::Failed, "the gateway did not stop within 30 s")
                .hint("nothing stored is lost: what was under way is tried again at the next start"))
        }
        () = stops.next() => Err(Failure::new(Code::Failed, "aborted by a second signal")
            .hint("nothing stored is lost: what was under way is tried again at the next start")
            .into()),
    };
    #[cfg(feature = "otlp")]
    if let (Some(traces), Ok(())) = (traces, &stopped) {
        traces.stop().await;
    }
    stopped
}

/// Says that it is ready. The admin key of a first start is kept once somebody can have seen it: otherwise the next start
/// makes another.
async fn announce(
    config: &Config,
    gateway: &Gateway,
    data_dir: &Path,
    format: LogFormat,
) -> anyhow::Result<()> {
    let text = if format == LogFormat::Json {
        for warning in &config.warnings {
            tracing::warn!(key = %warning.key, "{}", warning.text);
        }
        output::one_line(&document(config, gateway, data_dir)) + "\n"
    } else {
        config::warn(&config.warnings);
        announcement(config, gateway, data_dir)
    };
    if output::announce(&text) {
        let kept = gateway.keep_admin_key().await;
        kept.map_err(|error| explain(error, data_dir))?;
    } else if gateway.new_admin_key().is_some() {
        tracing::warn!(
            "the new admin key could not be shown, since nobody reads standard output, and is not kept: the next start makes another"
        );
    }
    Ok(())
}

/// The signals that ask for a stop.
pub(crate) struct Stops {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stops {
    /// From here on the signals no longer end the process by themselves.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A failed start, with what to do about it.
pub(crate) fn explain(error: StartError, data_dir: &Path) -> anyhow::Error {
    let hint = match &error {
        StartError::Listen { source, address } => listen_hint(source, *address),
        StartError::Store(StoreError::Locked { .. }) => Some(format!(
            "one gateway has one data directory: stop the other one, or name another with --data (now {})",
            data_dir.display()
        )),
        StartError::Store(StoreError::Full) => Some(disk_full(data_dir)),
        StartError::Store(StoreError::Directory { source, .. })
        | StartError::Local { source, .. } => Some(match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk_full(data_dir),
            io::ErrorKind::ReadOnlyFilesystem => {
                "that disk can only be read: name a directory on another with --data DIR".to_owned()
            }
            _ => "name a directory this user may write to with --data DIR".to_owned(),
        }),
        _ => None,
    };
    let failure = Failure::new(Code::Failed, "the gateway did not start");
    anyhow::Error::from(error).context(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

fn disk_full(data_dir: &Path) -> String {
    format!(
        "make room on the disk of {}, or name a directory on another with --data DIR",
        data_dir.display()
    )
}

fn listen_hint(source: &io::Error, address: SocketAddr) -> Option<String> {
    match source.kind() {
        io::ErrorKind::AddrInUse => Some(format!(
            "port {} is taken: stop what uses it, or listen elsewhere with --listen {}:0",
            address.port(),
            address.ip()
        )),
        io::ErrorKind::PermissionDenied => Some(
            "ports below 1024 need a privilege: listen on a higher one, behind a reverse proxy"
                .to_owned(),
        ),
        io::ErrorKind::AddrNotAvailable => {
            Some("this machine does not have that address; 0.0.0.0 means all it has".to_owned())
        }
        _ => None,
    }
}

/// Each account's name and the callback URL to give to Meta.
fn callbacks(config: &Config, gateway: &Gateway) -> Vec<(String, String)> {
    let base = match &config.server.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{}", gateway.addr()),
    };
    // Whoever comes from there has given Meta that path already.
    let path = |account: &str| match config.door {
        Door::Prx => "/whatsapp".to_owned(),
        Door::OpenParallax => "/webhook".to_owned(),
        Door::Native | Door::WhatsHooked => format!("/webhooks/whatsapp/{account}"),
    };
    let accounts = config.directory.accounts.iter();
    let enabled = accounts.filter(|account| account.enabled);
    enabled
        .map(|account| {
            (
                account.id.to_string(),
                format!("{base}{}", path(account.id.as_str())),
            )
        })
        .collect()
}

fn announcement(config: &Config, gateway: &Gateway, data_dir: &Path) -> String {
    let mut text = format!(
        "{} {} listens on {}\n",
        "Waypost".bold(),
        env!("CARGO_PKG_VERSION"),
        format!("http://{}", gateway.addr()).cyan().bold()
    );
    for address in gateway.addrs().iter().skip(1) {
        let _ = writeln!(text, "  and on    http://{address}");
    }
    let _ = writeln!(text, "  data      {}", data_dir.display());
    for (account, url) in callbacks(config, gateway) {
        let _ = writeln!(text, "  account   {account}: callback URL {url}");
    }
    if config.server.public_url.is_none() {
        text += "            (Meta calls public HTTPS addresses only: put a proxy in front, and set server.public_url)\n";
    }
    for hook in &config.directory.hooks {
        let state = if hook.active { "" } else { " (inactive)" };
        // Paths and queries of hooks often hold secrets.
        let origin = hook.url.origin().ascii_serialization();
        let _ = writeln!(text, "  hook      {}: {origin}{state}", hook.id);
    }
    if let Some(key) = gateway.new_admin_key() {
        let _ = writeln!(
            text,
            "  admin key {}  (shown this once: keep it)",
            key.yellow().bold()
        );
    }
    text
}

/// The same for machines; the logs hold no key.
fn document(config: &Config, gateway: &Gateway, data_dir: &Path) -> String {
    let callbacks: serde_json::Map<_, _> = callbacks(config, gateway)
        .into_iter()
        .map(|(account, url)| (account, url.into()))
        .collect();
    let mut document = json!({
        "listening": gateway.addrs(),
        "data": data_dir,
        "callbacks": callbacks,
    });
    if let Some(key) = gateway.new_admin_key() {
        document["admin_key"] = key.into();
    }
    document.to_string()
}
