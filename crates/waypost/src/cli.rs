//! The grammar of the command line: every command, option and line of help, and nothing that acts.

mod asking;
mod hooks;
mod replay;
mod sim;
mod templates;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use asking::{
    Deliveries, Events, Messages, Milestone, Newest, Paging, Send, Target, Trace,
};
pub(crate) use hooks::{Hooks, HooksCommand, Redeliver, SettledState};
pub(crate) use replay::{Replay, ReplayCommand};
pub(crate) use sim::{Sim, SimCommand, SimReplay, SimSay, SimStart};
pub(crate) use templates::{Templates, TemplatesCommand};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Start here:
  waypost demo                                  everything at once, without an account at Meta
  waypost sim                                   a Meta of your own, to try anything against
  waypost config check waypost.toml             what a configuration means
  waypost serve --config waypost.toml           run the gateway

Exit codes:
  0 done · 1 failed · 2 wrong usage · 3 wrong configuration
  4 no gateway answers · 5 key refused · 6 not found

Environment:
  WAYPOST_URL, WAYPOST_KEY   the gateway to talk to, in place of --url and --key
  WAYPOST_LOG                which logs `serve` writes, such as `info,waypost_engine=debug`
  NO_COLOR                   no colours; off anyway where the output is not a terminal";

/// A self-hosted gateway for the WhatsApp Business Cloud API.
///
/// It receives Meta's webhooks, proves and stores them before it answers, delivers them to your apps in order and without
/// loss, sends what the apps answer, and knows at every moment where each message is.
#[derive(Debug, Parser)]
#[command(name = "waypost", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Serve),
    Demo(Demo),
    Send(Send),
    Events(Events),
    Deliveries(Deliveries),
    Redeliver(Redeliver),
    Replay(Box<Replay>),
    Hooks(Hooks),
    Messages(Messages),
    Trace(Trace),
    Sim(Box<Sim>),
    Templates(Templates),
    Config(Config),
    Reload(Reload),
    Completions(Completions),
}

/// Run the gateway
///
/// Prints the address it listens on, the callback URL of each account and, at the first start without a configured key, an
/// admin key. SIGTERM or Ctrl-C stops it cleanly within 30 seconds; a second signal aborts. The address also stands in
/// DIR/waypost.addr for as long as it runs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost serve --config waypost.toml
  waypost serve --config config.json --listen 127.0.0.1:0 --data /var/lib/waypost
  WAYPOST_LOG=debug waypost serve --config waypost.toml --log-format json

WhatsHooked's spelling works too: `waypost -config config.json`.")]
pub(crate) struct Serve {
    /// The configuration: native TOML, or a WhatsHooked, PRX or OpenParallax document as it is
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// Listen here, whatever the configuration says; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,

    /// Where everything is kept [default: `waypost-data` beside the configuration]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Take webhooks without proof of who sent them, on the accounts' own paths. For trying things out only
    #[arg(long)]
    pub(crate) allow_unsigned: bool,

    /// How logs are written to standard error [default: pretty on a terminal, otherwise plain]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people, in colour
    Pretty,
    /// For people, one line each
    Plain,
    /// For machines: one JSON document per line
    Json,
}

/// Show the whole thing working, without an account at Meta
///
/// Starts a simulator of Meta, the gateway and a sample app on free ports of this machine, lets a customer write, and shows
/// each step as it happens, with the time since the start. Nothing leaves the machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost demo                        stay up afterwards, and say what to try next
  waypost demo --once                 stop when the customer has read the answer
  waypost demo --once --data ./try && waypost events --data ./try")]
pub(crate) struct Demo {
    /// Stop when the customer has read the answer
    #[arg(long)]
    pub(crate) once: bool,

    /// Keep the gateway's directory here, to look at afterwards [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// Check, convert and describe configurations
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether a configuration is right, and what it means: the effective values, with secrets masked
    #[command(
        after_help = "Examples:\n  waypost config check waypost.toml\n  waypost config check config.json"
    )]
    Check {
        /// Any of the four formats
        file: PathBuf,
        /// Print one JSON document: `format`, `warnings`, `effective`, `problems`; where it is wrong only the last
        #[arg(long)]
        json: bool,
    },
    /// Write the native TOML for a configuration in another format
    ///
    /// Secrets are written as they stand in the source: keep the result as safe as the source.
    #[command(after_help = "Examples:\n  waypost config convert config.json > waypost.toml")]
    Convert {
        /// Any of the four formats
        file: PathBuf,
    },
    /// Print the JSON Schema of the native format
    #[command(after_help = "Examples:\n  waypost config schema > waypost.schema.json")]
    Schema,
}

/// Have a running gateway read its configuration again
///
/// Accounts, hooks, secrets, API access and how hooks are called change at once; addresses, the data directory, the Graph address
/// and logs with a restart. A configuration with a mistake is refused whole, and what was in force stays; so is one that has no
/// account any more. SIGHUP does the same.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost reload
  waypost reload --data /var/lib/waypost --json")]
pub(crate) struct Reload {
    /// Also if the configuration has no account any more
    #[arg(long)]
    pub(crate) without_accounts: bool,

    /// Print one JSON document: `changes`, `after_restart`, `warnings`
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) target: Target,
}

/// Print what makes a shell complete commands and options
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waypost completions bash > ~/.local/share/bash-completion/completions/waypost
  waypost completions zsh > \"${fpath[1]}/_waypost\"
  waypost completions fish > ~/.config/fish/completions/waypost.fish")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// WhatsHooked's spelling: `waypost -config FILE …` is `waypost serve --config FILE …`.
pub(crate) fn translate(mut args: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = args.get(1).and_then(|first| first.to_str()) else {
        return args;
    };
    match first
        .strip_prefix("-config")
        .or_else(|| first.strip_prefix("--config"))
    {
        Some("") => args[1] = "--config".into(),
        Some(rest) if rest.starts_with('=') => args[1] = format!("--config{rest}").into(),
        _ => return args,
    }
    args.insert(1, "serve".into());
    args
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_grammar_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_spelling_of_whatshook_server_serves() {
        for line in [
            "waypost -config config.json --listen 127.0.0.1:0",
            "waypost -config=config.json --listen 127.0.0.1:0",
        ] {
            let cli = Cli::try_parse_from(translate(words(line))).unwrap();
            let Command::Serve(serve) = cli.command else {
                panic!("{line} is not serve")
            };
            assert_eq!(serve.config, PathBuf::from("config.json"));
            assert!(serve.listen.is_some());
        }
        assert_eq!(
            translate(words("waypost config check x")),
            words("waypost config check x")
        );
    }
}
