//! `waypost events`: what happened, oldest first, or as it happens.

use serde_json::Value;
use waypost_server::config::Environment;

use crate::cli::Events;
use crate::gateway::Gateway;
use crate::{list, output};

mod follow;

const HEADINGS: [&str; 6] = ["received", "id", "type", "account", "contact", "about"];

/// Runs the command.
pub(crate) async fn run(args: &Events, environment: &Environment) -> anyhow::Result<()> {
    if args.follow {
        return follow::run(args, environment).await;
    }
    let gateway = Gateway::find(&args.target, environment).await?;
    let query = [
        ("type", args.event_type.as_deref()),
        ("account_id", args.account.as_deref()),
        ("message_id", args.message_id.as_deref()),
    ];
    list::show(
        &gateway,
        "/api/events",
        &query,
        &args.paging,
        args.newest.last,
        &HEADINGS,
        row,
    )
    .await
}

fn row(event: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let contact = ["name", "username", "wa_id", "user_id"]
        .iter()
        .find_map(|handle| event["contact"][handle].as_str());
    let about = ["text", "message_id", "event"]
        .iter()
        .find_map(|key| event["data"][key].as_str().filter(|text| !text.is_empty()));
    vec![
        text(&event["received_at"]),
        text(&event["id"]),
        text(&event["type"]),
        text(&event["account_id"]),
        output::excerpt(contact.unwrap_or_default(), 24),
        output::excerpt(about.unwrap_or_default(), 200),
    ]
}
