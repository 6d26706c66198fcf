//! The commands that handle hooks, and what was on its way to them.

use clap::{Args, Subcommand, ValueEnum};

use super::Target;

/// See how your apps fare, pause and resume them, try them out
///
/// Without a command: every hook, and how it fares.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost hooks
  waypost hooks test app
  waypost hooks pause app --reason 'moving house'
  waypost hooks resume app --from now")]
pub(crate) struct Hooks {
    #[command(subcommand)]
    pub(crate) command: Option<HooksCommand>,

    /// JSON Lines: one document per hook
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HooksCommand {
    /// Tell everything about one hook: how it fares, and its configuration without secrets
    #[command(after_help = "Examples:\n  waypost hooks show app")]
    Show {
        /// Its id
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Call a hook once with a signed `hook.test` event, which is stored nowhere
    ///
    /// A paused hook is called too. Exits with 1 if it does not answer 2xx.
    #[command(after_help = "Examples:\n  waypost hooks test app\n  waypost hooks test app --json")]
    Test {
        /// Its id
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Stop calling a hook; its events queue until it is resumed, also over restarts
    #[command(after_help = "Examples:\n  waypost hooks pause app --reason 'moving house'")]
    Pause {
        /// Its id
        id: String,
        /// Why, for whoever looks
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Print the hook as one JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Call a hook again, whatever stopped that: a pause, a 410, its breaker, its Retry-After
    ///
    /// What waited goes out in order. With --from, what was queued before that becomes dead; it stays visible, and `waypost
    /// redeliver` delivers it after all.
    #[command(
        after_help = "Examples:\n  waypost hooks resume app\n  waypost hooks resume app --from now\n  waypost hooks resume app --from 2026-11-21T09:00:00Z"
    )]
    Resume {
        /// Its id
        id: String,
        /// Where to go on: `backlog`, `now`, or a time
        #[arg(long, value_name = "WHERE", default_value = "backlog")]
        from: String,
        /// Print the hook as one JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
}

/// Deliver again what is dead, or what was delivered
///
/// One delivery by its id, or every one that a filter matches: the same event, at the end of its conversation. Each is done
/// again once, however often it is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost redeliver dlv_01hz…
  waypost redeliver --hook app --dry-run
  waypost redeliver --hook app --since 2026-11-21T09:00:00Z
  waypost redeliver --all")]
#[command(group = clap::ArgGroup::new("which").args(["id", "hook", "account", "event", "since", "until", "all"]).required(true).multiple(true))]
pub(crate) struct Redeliver {
    /// dlv_…
    #[arg(conflicts_with_all = ["hook", "account", "event", "since", "until", "all", "state", "limit", "dry_run"])]
    pub(crate) id: Option<String>,

    /// To this hook
    #[arg(long, value_name = "ID")]
    pub(crate) hook: Option<String>,

    /// Of this account
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,

    /// Of this event
    #[arg(long, value_name = "EVENT_ID")]
    pub(crate) event: Option<String>,

    /// Queued at this time or later, such as 2026-11-21T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Queued before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// All there are
    #[arg(long, conflicts_with_all = ["hook", "account", "event", "since", "until"])]
    pub(crate) all: bool,

    /// In this state
    #[arg(long, value_enum, value_name = "STATE", default_value = "dead")]
    pub(crate) state: SettledState,

    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,

    /// Count only
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) target: Target,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SettledState {
    /// Given up, or skipped
    Dead,
    /// Taken by the hook
    Delivered,
}
