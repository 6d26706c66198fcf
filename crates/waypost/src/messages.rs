//! `waypost messages`: what was given to the gateway to send, and what became of it.

use clap::ValueEnum as _;
use clap::builder::PossibleValue;
use serde_json::Value;
use waypost_server::config::Environment;

use crate::cli::Messages;
use crate::gateway::Gateway;
use crate::{list, output};

/// Runs the command.
pub(crate) async fn run(args: &Messages, environment: &Environment) -> anyhow::Result<()> {
    let gateway = Gateway::find(&args.target, environment).await?;
    let state = args.state.and_then(|state| state.to_possible_value());
    let query = [
        ("state", state.as_ref().map(PossibleValue::get_name)),
        ("account_id", args.account.as_deref()),
        ("to", args.to.as_deref()),
        ("event_id", args.event.as_deref()),
    ];
    list::show(
        &gateway,
        "/api/messages",
        &query,
        &args.paging,
        args.newest.last,
        &[
            "created", "id", "account", "to", "what", "state", "attempts", "why",
        ],
        row,
    )
    .await
}

fn row(message: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let is_held = message["held"].is_object();
    let state = text(&message["state"]);
    vec![
        text(&message["created_at"]),
        text(&message["id"]),
        text(&message["account_id"]),
        shortened(&text(&message["to"])),
        text(&message["type"]),
        output::state(&if is_held {
            format!("{state}, held")
        } else {
            state
        }),
        message["attempts"].to_string(),
        output::excerpt(&why(message).unwrap_or_default(), 200),
    ]
}

/// Enough of a recipient to tell them apart: of a phone number its end.
fn shortened(recipient: &str) -> String {
    let is_number = recipient.bytes().all(|byte| byte.is_ascii_digit());
    match recipient.len().checked_sub(4) {
        Some(rest) if is_number && rest > 0 => format!("…{}", &recipient[rest..]),
        _ => output::excerpt(recipient, 16),
    }
}

/// Why a message is where it is, or what to do about it, if there is anything to say.
pub(crate) fn why(message: &Value) -> Option<String> {
    let ahead = &message["waits_behind"];
    let advice = if message["held"].is_object() {
        &message["held"]["advice"]
    } else if let Some(id) = ahead["id"].as_str() {
        let state = ahead["state"].as_str().unwrap_or_default();
        let until = ahead["until"].as_str();
        let until = until.map_or_else(String::new, |until| format!(", until {until}"));
        return Some(format!("waits behind {id} ({state}){until}"));
    } else {
        &message["advice"]
    };
    let error = message["error"].get(0).unwrap_or(&message["error"]);
    let details = error["error_data"]["details"].as_str();
    match (details, advice.as_str()) {
        (Some(details), Some(advice)) => {
            Some(format!("{}. {advice}", details.trim_end_matches('.')))
        }
        (one, other) => one.or(other).map(str::to_owned),
    }
}
