//! `waypost replay`: stored events delivered once more; and how that comes on.

use std::time::Duration;

use clap::ValueEnum as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use waypost_server::config::Environment;

use crate::cli::{Replay, ReplayCommand};
use crate::failure::by_options;
use crate::gateway::{Api, Gateway};
use crate::{list, output};

/// Between two looks at a replay under way.
const LOOK: Duration = Duration::from_millis(250);

/// Runs the command.
pub(crate) async fn run(args: &Replay, environment: &Environment) -> anyhow::Result<()> {
    match &args.command {
        None => start(args, environment).await,
        Some(ReplayCommand::List {
            paging,
            newest,
            target,
        }) => {
            let gateway = Gateway::Running(Api::find(target, environment).await?);
            let headings = [
                "id",
                "state",
                "%",
                "events",
                "deliveries",
                "to",
                "begun",
                "why",
            ];
            let after = paging.after.as_deref();
            let limit = newest.last.map_or(paging.limit, |_| usize::MAX);
            let mut page = gateway.list("/api/replay", &[], limit, after).await?;
            if let Some(last) = newest.last {
                // They are few, and are removed like everything else.
                page.data.drain(..page.data.len().saturating_sub(last));
            }
            list::print(&page, paging, &headings, row)
        }
        Some(ReplayCommand::Show {
            id,
            follow,
            json,
            target,
        }) => {
            let api = Api::find(target, environment).await?;
            let mut replay = api.get(&path(id, "")).await?;
            if *follow {
                replay = watch(&api, replay).await?;
            }
            tell(&replay, *json)
        }
        Some(ReplayCommand::Cancel { id, target }) => {
            let api = Api::find(target, environment).await?;
            let replay = api.post(&path(id, "/cancel"), &json!({}), &[]).await?;
            tell(&replay, false)
        }
    }
}

async fn start(args: &Replay, environment: &Environment) -> anyhow::Result<()> {
    let api = Api::find(&args.target, environment).await?;
    let (patient, request) = (api.patient(), request(args));
    let begun = patient.post("/api/replay", &request, &[]).await;
    let mut replay = begun.map_err(by_options)?;
    if args.dry_run {
        return if args.json {
            output::print_json(&replay.to_string())
        } else {
            count(&replay)
        };
    }
    if args.follow {
        replay = watch(&api, replay).await?;
    }
    tell(&replay, args.json)?;
    if replay["state"] == "running" && !args.json {
        let id = replay["id"].as_str().unwrap_or_default();
        anstream::eprintln!("`waypost replay show {id} --follow` tells how it comes on");
    }
    Ok(())
}

/// Looks until it has ended, and shows how far it is on standard error.
async fn watch(api: &Api, mut replay: Value) -> anyhow::Result<Value> {
    let bar = ProgressBar::new(1000);
    // A pattern without mistakes; the plain bar would do as well.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    let id = replay["id"].as_str().unwrap_or_default().to_owned();
    while replay["state"] == "running" {
        let percent = replay["percent"].as_f64().unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 1000"
        )]
        bar.set_position((percent.clamp(0.0, 100.0) * 10.0) as u64);
        let waits = replay["waits_for"]
            .as_array()
            .filter(|hooks| !hooks.is_empty());
        let waits = waits.map_or(String::new(), |hooks| {
            format!(", waiting for {}", names(hooks))
        });
        bar.set_message(format!("{} deliveries{waits}", replay["deliveries"]));
        tokio::time::sleep(LOOK).await;
        replay = api.get(&path(&id, "")).await?;
    }
    bar.finish_and_clear();
    Ok(replay)
}

fn names(hooks: &[Value]) -> String {
    let names: Vec<&str> = hooks.iter().filter_map(Value::as_str).collect();
    names.join(", ")
}

fn tell(replay: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(&replay.to_string());
    }
    let text = |name: &str| replay[name].as_str().unwrap_or_default().to_owned();
    let open = replay["open"].as_u64().filter(|open| *open > 0);
    let open = open.map_or(String::new(), |open| {
        format!(", {open} left alone: on their way")
    });
    let reason = replay["reason"].as_str();
    let reason = reason.map_or(String::new(), |reason| format!("\n  {reason}"));
    output::print(&format!(
        "{}  {} ({} %): {} events, {} deliveries queued{open}{reason}\n",
        text("id"),
        text("state"),
        replay["percent"],
        replay["events"],
        replay["deliveries"],
    ))
}

fn count(preview: &Value) -> anyhow::Result<()> {
    output::print(&format!(
        "{} events would make {} deliveries; left alone, being on their way: {}\n",
        preview["events"], preview["deliveries"], preview["open"]
    ))?;
    let hooks = preview["hooks"].as_object();
    let rows: Vec<_> = hooks
        .into_iter()
        .flatten()
        .map(|(hook, deliveries)| vec![hook.clone(), deliveries.to_string()])
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    output::print_table(&["hook", "deliveries"], &rows)
}

fn row(replay: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    vec![
        text(&replay["id"]),
        text(&replay["state"]),
        replay["percent"].to_string(),
        replay["events"].to_string(),
        replay["deliveries"].to_string(),
        replay["request"]["hook_id"]
            .as_str()
            .unwrap_or("all")
            .to_owned(),
        text(&replay["created_at"]),
        text(&replay["reason"]),
    ]
}

fn request(args: &Replay) -> Value {
    let status = args.status.and_then(|status| status.to_possible_value());
    let status = status.map(|status| status.get_name().to_owned());
    let mut request = Map::new();
    for (name, value) in [
        ("hook_id", &args.hook),
        ("event_id", &args.event),
        ("contact", &args.contact),
        ("account_id", &args.account),
        ("type", &args.event_type),
        ("status", &status),
        ("from", &args.since),
        ("until", &args.until),
    ] {
        if let Some(value) = value {
            request.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(rate) = args.rate {
        request.insert("rate".to_owned(), json!(rate));
    }
    for (name, is_wanted) in [
        ("quarantined", args.quarantined),
        ("replies", args.replies),
        ("dry_run", args.dry_run),
        ("everything", args.all),
    ] {
        if is_wanted {
            request.insert(name.to_owned(), json!(true));
        }
    }
    Value::Object(request)
}

fn path(id: &str, act: &str) -> String {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/api/replay/{id}{act}")
}
