//! The commands that deliver stored events once more.

use clap::{Args, Subcommand, ValueEnum};

use super::{Newest, Paging, Target};

/// Deliver stored events once more: some, or all of them to a new app
///
/// The replay is stored and goes on by itself, in the order in which the events came, as fast as the apps take them; live
/// events go first. The apps see the same event ids and a `waypost-replay` header; what they answer is not sent unless
/// --replies says so. What is still on its way is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost replay --hook new --all --dry-run
  waypost replay --hook new --all --follow
  waypost replay --hook app --since 2026-11-21T09:00:00Z --until 2026-11-21T12:00:00Z
  waypost replay --hook app --status dead --rate 50
  waypost replay --contact +491701234567 --hook app
  waypost replay --quarantined                 what an older version could not read
  waypost replay list
  waypost replay cancel rpl_01hz…")]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(group = clap::ArgGroup::new("which")
    .args(["event", "contact", "account", "event_type", "status", "since", "until", "quarantined", "all"])
    .required(true).multiple(true))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct Replay {
    #[command(subcommand)]
    pub(crate) command: Option<ReplayCommand>,

    /// To this hook alone, whether or not it ever had the events [default: every hook that would get them today]
    #[arg(long, value_name = "ID")]
    pub(crate) hook: Option<String>,

    /// This event
    #[arg(long, value_name = "EVENT_ID")]
    pub(crate) event: Option<String>,

    /// Of this conversation: a phone number, a user id, or con_…
    #[arg(long, value_name = "WHO")]
    pub(crate) contact: Option<String>,

    /// Of this account
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,

    /// Of this type, such as `message.received`
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) event_type: Option<String>,

    /// Where the last delivery to the hook stands like this
    #[arg(long, value_enum, value_name = "STATUS")]
    pub(crate) status: Option<ReplayStatus>,

    /// Accepted at this time or later, such as 2026-11-21T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Accepted before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// Read again what could not be read, and deliver what can be read now
    #[arg(long)]
    pub(crate) quarantined: bool,

    /// All there is
    #[arg(long, conflicts_with_all = ["event", "contact", "account", "event_type", "status", "since", "until", "quarantined"])]
    pub(crate) all: bool,

    /// At most this many events a second
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<u32>,

    /// Send what the apps answer
    #[arg(long)]
    pub(crate) replies: bool,

    /// Count only
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Stay, and show how it comes on; Ctrl-C leaves it to go on by itself
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) follow: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReplayCommand {
    /// List the replays, oldest first
    #[command(after_help = "Examples:\n  waypost replay list --last 5")]
    List {
        #[command(flatten)]
        newest: Newest,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        target: Target,
    },
    /// Tell how a replay comes on
    #[command(after_help = "Examples:\n  waypost replay show rpl_01hz… --follow")]
    Show {
        /// rpl_…
        id: String,
        /// Stay until it has ended
        #[arg(long)]
        follow: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Stop a replay; what it has queued is delivered
    #[command(after_help = "Examples:\n  waypost replay cancel rpl_01hz…")]
    Cancel {
        /// rpl_…
        id: String,
        #[command(flatten)]
        target: Target,
    },
}

/// How the last delivery of an event to a hook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayStatus {
    /// Taken by the hook
    Delivered,
    /// Given up, or skipped
    Dead,
    /// Out of line, still being tried
    Parked,
    /// There is none
    None,
}
