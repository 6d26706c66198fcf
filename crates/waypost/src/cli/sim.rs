//! The commands that play Meta.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where a simulator listens unless told otherwise.
const PORT: u16 = 8020;

/// Play Meta: a Graph API, phones, signed webhooks, faults; for Waypost or any other consumer
///
/// Without a command it starts a simulator on a loopback port, says what to point at it, and shows what happens until Ctrl-C.
/// Nothing leaves the machine. Everything it can be told stands in docs/sim.md.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  waypost sim
  waypost sim --webhook-url http://127.0.0.1:8080/webhooks/whatsapp/shop
  waypost sim say 'Is my order on its way?' --wait 10
  waypost sim replay recorded/ --to http://127.0.0.1:8080/webhooks/whatsapp/shop --app-secret SECRET"
)]
pub(crate) struct Sim {
    #[command(subcommand)]
    pub(crate) command: Option<SimCommand>,

    #[command(flatten)]
    pub(crate) start: SimStart,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimCommand {
    Say(SimSay),
    Replay(SimReplay),
}

/// What a simulator is started with.
#[derive(Debug, Args)]
pub(crate) struct SimStart {
    /// Listen on this port of 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = PORT)]
    pub(crate) port: u16,

    /// Where webhooks go; until it is known, they wait
    #[arg(long, value_name = "URL", value_parser = web_address)]
    pub(crate) webhook_url: Option<url::Url>,

    /// Signs webhooks
    #[arg(long, value_name = "SECRET", default_value = "sim-app-secret")]
    pub(crate) app_secret: String,

    /// Said in the handshake
    #[arg(long, value_name = "TOKEN", default_value = "sim-verify-token")]
    pub(crate) verify_token: String,

    /// The token that is let in
    #[arg(long, value_name = "TOKEN", default_value = "sim-access-token")]
    pub(crate) access_token: String,

    /// The id of the business's number
    #[arg(long, value_name = "ID", default_value = "100200300400500")]
    pub(crate) phone_number_id: String,

    /// No rules: any message at any time, as many as are sent
    #[arg(long)]
    pub(crate) lenient: bool,

    /// Whoever gets a message reads it at once
    #[arg(long)]
    pub(crate) phones_read: bool,

    /// Print one JSON document about the start, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Have somebody write to the business, through a running simulator
///
/// Without a text, an example or a file, it says hello.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost sim say 'Is my order on its way?'
  waypost sim say --from +491701234567 --name Ada --file photo.jpg 'this one'
  waypost sim say --example interactive/list_reply --reply-to wamid.GBgL…
  waypost sim say hello --wait 10              and print what the business answers")]
#[command(group = clap::ArgGroup::new("other").args(["example", "json_body", "file"]))]
pub(crate) struct SimSay {
    /// What to say; with --file, its caption
    #[arg(value_name = "TEXT", conflicts_with_all = ["example", "json_body"])]
    pub(crate) text: Option<String>,

    /// Who writes: a phone number, or a name for somebody whose number stays hidden
    #[arg(long, value_name = "WHO", default_value = "+15550002222")]
    pub(crate) from: String,

    /// Their profile name, when they write for the first time
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// A message of another type, with made-up content, such as `location` or `interactive/list_reply`
    #[arg(long, value_name = "TYPE")]
    pub(crate) example: Option<String>,

    /// Send this file: a picture, a film, a recording, a sticker (.webp), else a document
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// A message object as it stands in a webhook; what it lacks is made up
    #[arg(long, value_name = "FILE")]
    pub(crate) json_body: Option<PathBuf>,

    /// The message this one answers, by its id
    #[arg(long, value_name = "WAMID")]
    pub(crate) reply_to: Option<String>,

    /// Wait so long for what the business answers, and print that
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) wait: Option<u64>,

    /// The simulator
    #[arg(long, value_name = "URL", value_parser = web_address, default_value = "http://127.0.0.1:8020")]
    pub(crate) sim: url::Url,

    /// Print one JSON document: `wamid`, and with --wait `answer`
    #[arg(long)]
    pub(crate) json: bool,
}

/// Post recorded webhooks to any consumer, signed as Meta signs them
///
/// A file holds one webhook, an array of them, or JSON Lines. Of a directory, the files in folders named `webhooks` are
/// taken if it has any, otherwise every .json, .jsonl and .ndjson file in it. The bytes go out as they were recorded,
/// unless --fresh-ids is given. Exits with 1 when anything was not answered 200.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost sim replay recorded/ --app-secret $APP_SECRET \\
    --to http://127.0.0.1:8080/webhooks/whatsapp/shop
  waypost sim replay day.jsonl --to http://127.0.0.1:3000/webhook --app-secret x \\
    --rate 200 --concurrency 32
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

    /// Print one JSON document: `posted`, `seconds`, `answers`, `not_answered`, `latency_ms`, `failures`
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
