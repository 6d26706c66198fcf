//! Logs: on standard error, for people or machines, filtered by the configuration, which `WAYPOST_LOG` overrides.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use waypost_server::config;

use crate::cli::LogFormat;

/// Begins to write logs. The option wins over the configuration.
pub(crate) fn start(
    option: Option<LogFormat>,
    configured: &config::LogConfig,
) -> anyhow::Result<LogFormat> {
    let is_terminal = std::io::stderr().is_terminal();
    let format = option.unwrap_or(match configured.format {
        config::LogFormat::Json => LogFormat::Json,
        config::LogFormat::Text if is_terminal => LogFormat::Pretty,
        config::LogFormat::Text => LogFormat::Plain,
    });
    let filter = EnvFilter::try_new(&configured.filter).context("`log.filter` is no filter")?;
    let choice = anstream::AutoStream::choice(&std::io::stderr());
    let coloured = format == LogFormat::Pretty && choice != anstream::ColorChoice::Never;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A line that finds no room is gone. To complain of it on standard error would be a panic, in whatever thread it was.
        .log_internal_errors(false)
        .with_ansi(coloured);
    match format {
        LogFormat::Json => lines.json().flatten_event(true).init(),
        LogFormat::Pretty => lines.with_target(false).init(),
        LogFormat::Plain => lines.init(),
    }
    Ok(format)
}
