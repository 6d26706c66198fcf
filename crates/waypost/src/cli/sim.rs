//! The commands that play Meta.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Play Meta, to try a webhook consumer out
#[derive(Debug, Args)]
pub(crate) struct Sim {
    #[command(subcommand)]
    pub(crate) command: SimCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimCommand {
    Replay(SimReplay),
}

/// Post recorded webhooks to any consumer, signed as Meta signs them
///
/// A file holds one webhook, an array of them, or JSON Lines. Of a directory, the files in folders named `webhooks` are
/// taken if it has any, otherwise every .json, .jsonl and .ndjson file in it. The bytes go out as they were recorded,
/// unless --fresh-ids is given. Exits with 1 when anything was not answered 200.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost sim replay recorded/ --to http://127.0.0.1:8080/webhooks/whatsapp/shop --app-secret $APP_SECRET
  waypost sim replay day.jsonl --to http://127.0.0.1:3000/webhook --app-secret x --rate 200 --concurrency 32
  waypost sim replay one.json --to http://127.0.0.1:3000/webhook --app-secret x --fresh-ids --json")]
pub(crate) struct SimReplay {
    /// Files and directories of recorded webhooks
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// The consumer's webhook URL
    #[arg(long, value_name = "URL", value_parser = web_address)]
    pub(crate) to: url::Url,

    /// The consumer's app secret: signs every webhook
    #[arg(long, value_name = "SECRET")]
    pub(crate) app_secret: String,

    /// Give messages and notifications ids and times of this run, so that nothing is taken for a repetition
    ///
    /// One recorded id becomes one new id everywhere, so that statuses still belong to their messages, and what is twice
    /// in the recording comes twice.
    #[arg(long)]
    pub(crate) fresh_ids: bool,

    /// At most this many webhooks a second [default: as fast as they are answered]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,

    /// This many webhooks under way at once; 1 keeps the recorded order
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) concurrency: u16,

    /// Give up on an answer after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,

    /// Print one JSON document: `posted`, `answers`, `not_answered`, `latency_ms`, `failures`
    #[arg(long)]
    pub(crate) json: bool,
}

fn web_address(text: &str) -> Result<url::Url, String> {
    let url: url::Url = text.parse().map_err(|error| format!("{error}"))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("write it with http:// or https://".to_owned())
    }
}
