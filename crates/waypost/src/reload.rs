//! `waypost reload`: a running gateway reads its configuration again, and tells what that changed.

use std::fmt::Write as _;

use anstream::eprintln;
use owo_colors::OwoColorize as _;
use serde::Deserialize;
use serde_json::json;
use waypost_server::config::Environment;

use crate::cli::Reload;
use crate::failure::by_options;
use crate::gateway::Api;
use crate::output;

#[derive(Deserialize)]
struct Reloaded {
    changes: Vec<Change>,
    after_restart: Vec<String>,
    warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct Change {
    kind: String,
    id: String,
    #[serde(rename = "change")]
    what: String,
    keys: Vec<String>,
}

#[derive(Deserialize)]
struct Warning {
    key: String,
    text: String,
}

/// Runs the command.
pub(crate) async fn run(args: &Reload, environment: &Environment) -> anyhow::Result<()> {
    let api = Api::find(&args.target, environment).await?;
    let request = json!({"without_accounts": args.without_accounts});
    let answer = api.post("/api/reload", &request, &[]).await;
    let answer = answer.map_err(by_options)?;
    if args.json {
        return output::print_json(&answer.to_string());
    }
    let reloaded: Reloaded = serde_json::from_value(answer)?;
    for Warning { key, text } in &reloaded.warnings {
        eprintln!("{} {key}: {text}", "warning:".yellow().bold());
    }
    output::print(&tell(&reloaded))
}

/// A line for each thing that changed.
fn tell(reloaded: &Reloaded) -> String {
    let mut text = match reloaded.changes.len() {
        0 => "reloaded: nothing has changed\n".to_owned(),
        1 => "reloaded: 1 change\n".to_owned(),
        many => format!("reloaded: {many} changes\n"),
    };
    for change in &reloaded.changes {
        let mark = match change.what.as_str() {
            "added" => "+".green().to_string(),
            "removed" => "-".red().to_string(),
            _ => "~".yellow().to_string(),
        };
        let keys = change.keys.join(", ");
        let keys = if keys.is_empty() {
            keys
        } else {
            format!(": {keys}")
        };
        let _ = writeln!(text, "  {mark} {:<8} {}{keys}", change.kind, change.id);
    }
    if !reloaded.after_restart.is_empty() {
        let keys = reloaded.after_restart.join(", ");
        let _ = writeln!(text, "  after a restart: {keys}");
    }
    text
}
