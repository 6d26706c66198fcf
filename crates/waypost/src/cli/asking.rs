//! The commands that ask a gateway: how it is found, and what it is asked.
#![expect(
    clippy::doc_markdown,
    reason = "the comments are help that people read in a terminal"
)]

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which gateway a command talks to.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Gateway")]
pub(crate) struct Target {
    /// Its data directory on this machine, which holds its address and key [default: ./waypost-data]
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub(crate) data: Option<PathBuf>,

    /// Its address, such as `https://gateway.example` [env: WAYPOST_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// An API key of it [env: WAYPOST_KEY]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

/// Send a message
///
/// The gateway stores it, then sends it in its turn. The same idempotency key never sends twice.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost send --to +491701234567 --text 'Your order is on its way'
  waypost send --recipient US.13491208655302741918 --text hello --wait=delivered
  waypost send --account shop --json-body message.json
  echo '{\"to\":\"491701234567\",\"type\":\"text\",\"text\":{\"body\":\"hi\"}}' | waypost send --json-body -")]
#[command(group = clap::ArgGroup::new("whom").args(["to", "recipient", "json_body"]).required(true))]
#[command(group = clap::ArgGroup::new("content").args(["text", "json_body"]).required(true))]
pub(crate) struct Send {
    /// The recipient's phone number, with its country code
    #[arg(long, value_name = "NUMBER")]
    pub(crate) to: Option<String>,

    /// The recipient's business-scoped user id
    #[arg(long, value_name = "USER_ID")]
    pub(crate) recipient: Option<String>,

    /// What to say
    #[arg(long)]
    pub(crate) text: Option<String>,

    /// A whole Cloud API message object instead; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) json_body: Option<PathBuf>,

    /// The account that sends [default: the only one there is]
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,

    /// The message this one answers, by Meta's id
    #[arg(long, value_name = "WAMID", conflicts_with = "json_body")]
    pub(crate) reply_to: Option<String>,

    /// Two calls with one key send one message [default: a new one]
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,

    /// Wait until the message has come this far [default: do not; without STATE: sent]
    #[arg(long, value_enum, value_name = "STATE", num_args = 0..=1, require_equals = true, default_missing_value = "sent")]
    pub(crate) wait: Option<Milestone>,

    /// Give up waiting after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "wait")]
    pub(crate) timeout: u64,

    /// Print the message as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) target: Target,
}

/// How far a message of ours has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Milestone {
    /// Meta took it
    Sent,
    /// It reached a device
    Delivered,
    /// It was read
    Read,
}

/// How much of a list.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "List")]
pub(crate) struct Paging {
    /// At most this many; the gateway is asked for a thousand at a time
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,

    /// Begin after this cursor, which the previous answer named
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// JSON Lines: one document per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// The end of a list.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "List")]
pub(crate) struct Newest {
    /// The newest N, the newest at the end
    #[arg(long, value_name = "N", conflicts_with_all = ["limit", "after"], value_parser = at_least_one)]
    pub(crate) last: Option<usize>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "it takes a number, 1 or more".to_owned())
}

/// List what happened, oldest first, or follow it as it happens
///
/// With --data this also reads the directory of a gateway that is not running. With --follow each event is shown as soon as
/// it is stored, until Ctrl-C; when the gateway is away for a while, what it stored meanwhile is shown when it is back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost events --last 20
  waypost events --follow
  waypost events --follow --from oldest --type message.received --json
  waypost events --type message.received
  waypost events --json --data /var/lib/waypost | jq .data.text
  waypost events --message-id wamid.HBgL… --url https://gateway.example --key wp_…")]
pub(crate) struct Events {
    /// Of this type, such as `message.received`
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) event_type: Option<String>,

    /// Of this account
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,

    /// About this message, by Meta's id
    #[arg(long, value_name = "WAMID")]
    pub(crate) message_id: Option<String>,

    /// Show events as they are stored
    #[arg(long, short, conflicts_with_all = ["limit", "last"])]
    pub(crate) follow: bool,

    /// Where to begin following: `now`, `oldest`, or a time such as 2026-11-21T09:00:00Z [default: now]
    #[arg(
        long,
        value_name = "WHERE",
        requires = "follow",
        conflicts_with = "after"
    )]
    pub(crate) from: Option<String>,

    #[command(flatten)]
    pub(crate) newest: Newest,

    #[command(flatten)]
    pub(crate) paging: Paging,

    #[command(flatten)]
    pub(crate) target: Target,
}

/// List what is on its way to your apps, and what became of it
///
/// With --data this also reads the directory of a gateway that is not running.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost deliveries --state parked
  waypost deliveries --event evt_01hz… --json")]
pub(crate) struct Deliveries {
    /// Of this event
    #[arg(long, value_name = "EVENT_ID")]
    pub(crate) event: Option<String>,

    /// To this hook
    #[arg(long, value_name = "ID")]
    pub(crate) hook: Option<String>,

    /// In this state
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<DeliveryState>,

    #[command(flatten)]
    pub(crate) newest: Newest,

    #[command(flatten)]
    pub(crate) paging: Paging,

    #[command(flatten)]
    pub(crate) target: Target,
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeliveryState {
    /// Waiting for its turn or its next attempt
    Pending,
    /// Being attempted now
    Delivering,
    /// Taken by the hook
    Delivered,
    /// Out of its lane's way, still being tried
    Parked,
    /// Given up
    Dead,
}

/// List the messages you sent, and what became of them
///
/// With --data this also reads the directory of a gateway that is not running.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost messages --state failed
  waypost messages --to +491701234567 --account shop
  waypost messages --state queued --json | jq .held")]
pub(crate) struct Messages {
    /// In this state
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<MessageState>,

    /// Of this account
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,

    /// To this phone number, user id or group
    #[arg(long, value_name = "RECIPIENT")]
    pub(crate) to: Option<String>,

    /// Answering this event
    #[arg(long, value_name = "EVENT_ID")]
    pub(crate) event: Option<String>,

    #[command(flatten)]
    pub(crate) newest: Newest,

    #[command(flatten)]
    pub(crate) paging: Paging,

    #[command(flatten)]
    pub(crate) target: Target,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageState {
    /// Waiting for its turn
    Queued,
    /// Handed to Meta, no answer yet
    Sending,
    /// Meta's answer was lost or leaves it open: it may have gone out
    Uncertain,
    /// Taken by Meta
    Sent,
    /// On a device
    Delivered,
    /// Read
    Read,
    /// It will not arrive
    Failed,
}

/// Tell where a message is, and everything that is stored about it
///
/// Takes any id: an event's (evt_…), a delivery's (dlv_…), one of our own messages' (msg_…) or Meta's (wamid.…). With
/// --data this also reads the directory of a gateway that is not running.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost trace evt_01hz…
  waypost trace wamid.HBgL… --json")]
pub(crate) struct Trace {
    /// evt_…, dlv_…, msg_… or wamid.…
    pub(crate) id: String,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) target: Target,
}
