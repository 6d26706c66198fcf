//! `waypost redeliver`: settled deliveries, done again by hand.

use serde_json::{Map, Value, json};
use waypost_server::config::Environment;

use crate::cli::{Redeliver, SettledState};
use crate::gateway::Api;
use crate::output;

/// Runs the command.
pub(crate) async fn run(args: &Redeliver, environment: &Environment) -> anyhow::Result<()> {
    let api = Api::find(&args.target, environment).await?;
    let Some(id) = &args.id else {
        return many(args, &api).await;
    };
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let path = format!("/api/deliveries/{id}/redeliver");
    let new = api.post(&path, &json!({}), &[]).await?;
    if args.json {
        return output::print_json(&new.to_string());
    }
    let new = new["id"].as_str().unwrap_or_default();
    output::print(&format!("{new}  pending\n"))
}

async fn many(args: &Redeliver, api: &Api) -> anyhow::Result<()> {
    let path = "/api/deliveries/redeliver";
    let answer = api.post(path, &filter(args), &[]).await?;
    if args.json {
        return output::print_json(&answer.to_string());
    }
    let (matched, redelivered) = (&answer["matched"], &answer["redelivered"]);
    let more = answer["more"] == true;
    let more = if more { ", and there are more" } else { "" };
    output::print(&if args.dry_run {
        format!("{matched} would be delivered again{more}\n")
    } else {
        format!("{redelivered} are delivered again{more}\n")
    })
}

fn filter(args: &Redeliver) -> Value {
    let mut filter = Map::new();
    for (name, value) in [
        ("hook_id", &args.hook),
        ("account_id", &args.account),
        ("event_id", &args.event),
        ("since", &args.since),
        ("until", &args.until),
    ] {
        if let Some(value) = value {
            filter.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(limit) = args.limit {
        filter.insert("limit".to_owned(), json!(limit));
    }
    let state = match args.state {
        SettledState::Dead => "dead",
        SettledState::Delivered => "delivered",
    };
    filter.insert("state".to_owned(), json!(state));
    filter.insert("dry_run".to_owned(), json!(args.dry_run));
    Value::Object(filter)
}
