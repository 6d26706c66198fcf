//! `waypost hooks`: how the user's apps fare; pausing, resuming and trying them out.

use std::fmt::Write as _;

use serde_json::{Value, json};
use waypost_server::config::Environment;

use crate::cli::{Hooks, HooksCommand, Target};
use crate::failure::{Code, Failure};
use crate::gateway::Api;
use crate::output;

/// Runs the command.
pub(crate) async fn run(args: &Hooks, environment: &Environment) -> anyhow::Result<()> {
    match &args.command {
        None => list(args, environment).await,
        Some(HooksCommand::Show { id, json, target }) => {
            let hook = Api::find(target, environment)
                .await?
                .get(&path(id, ""))
                .await?;
            if *json {
                return output::print_json(&hook.to_string());
            }
            output::print(&describe(&hook))
        }
        Some(HooksCommand::Test { id, json, target }) => test(id, *json, target, environment).await,
        Some(HooksCommand::Pause {
            id,
            reason,
            json,
            target,
        }) => {
            let body = reason
                .as_ref()
                .map_or(json!({}), |reason| json!({"reason": reason}));
            let as_json = *json;
            let api = Api::find(target, environment).await?;
            let hook = api.post(&path(id, "/pause"), &body, &[]).await?;
            if as_json {
                return output::print_json(&hook.to_string());
            }
            let kept = text(&hook["reason"]);
            let is_news = reason.as_ref().is_none_or(|reason| *reason == kept);
            let already = if is_news { "" } else { " already" };
            output::print(&format!("{id} is paused{already}: {kept}\n"))
        }
        Some(HooksCommand::Resume {
            id,
            from,
            json,
            target,
        }) => {
            let as_json = *json;
            let api = Api::find(target, environment).await?;
            let hook = api
                .post(&path(id, "/resume"), &json!({"from": from}), &[])
                .await?;
            if as_json {
                return output::print_json(&hook.to_string());
            }
            let (released, skipped) = (number(&hook["released"]), number(&hook["skipped"]));
            output::print(&format!(
                "{id} is resumed: {released} to go out, {skipped} skipped\n"
            ))
        }
    }
}

async fn list(args: &Hooks, environment: &Environment) -> anyhow::Result<()> {
    let api = Api::find(&args.target, environment).await?;
    let list = api.get("/api/hooks").await?;
    let hooks = list["data"].as_array().map_or(&[][..], Vec::as_slice);
    if args.json {
        return hooks
            .iter()
            .try_for_each(|hook| output::print_json(&hook.to_string()));
    }
    if hooks.is_empty() {
        anstream::eprintln!("no hook is configured");
        return Ok(());
    }
    let headings = [
        "id",
        "state",
        "waiting",
        "parked",
        "in flight",
        "oldest",
        "ok",
        "failed",
        "p95",
        "why",
    ];
    let rows: Vec<_> = hooks.iter().map(row).collect();
    output::print_table(&headings, &rows)
}

fn row(hook: &Value) -> Vec<String> {
    let calls = &hook["calls"];
    vec![
        text(&hook["id"]),
        output::state(&text(&hook["state"])),
        number(&hook["waiting"]).to_string(),
        number(&hook["parked"]).to_string(),
        format!("{}/{}", number(&hook["in_flight"]), number(&hook["cap"])),
        hook["oldest_age_ms"].as_u64().map_or(String::new(), age),
        number(&calls["successes"]).to_string(),
        number(&calls["failures"]).to_string(),
        calls["p95_ms"]
            .as_u64()
            .map_or(String::new(), |ms| format!("{ms} ms")),
        output::excerpt(&why(hook), 200),
    ]
}

/// Why it is in its state; of one that is called, what its last call failed with, if that failed.
fn why(hook: &Value) -> String {
    let calls = &hook["calls"];
    let moment = |name: &str| calls[name].as_str()?.parse::<jiff::Timestamp>().ok();
    match hook["reason"].as_str() {
        Some(reason) => reason.to_owned(),
        None if moment("last_failure_at") > moment("last_success_at") => text(&calls["last_error"]),
        None => String::new(),
    }
}

/// Everything about one hook, a line for each thing.
fn describe(hook: &Value) -> String {
    let mut lines = String::new();
    let mut say = |prefix: &str, object: &Value| {
        for (name, value) in object.as_object().into_iter().flatten() {
            let value = match value {
                Value::Null | Value::Object(_) => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let name = format!("{prefix}{name}");
            let _ = writeln!(lines, "{name:<24}{value}");
        }
    };
    say("", hook);
    say("calls.", &hook["calls"]);
    say("config.", &hook["config"]);
    lines
}

async fn test(
    id: &str,
    as_json: bool,
    target: &Target,
    environment: &Environment,
) -> anyhow::Result<()> {
    let api = Api::find(target, environment).await?;
    let trial = api.post(&path(id, "/test"), &json!({}), &[]).await?;
    if as_json {
        output::print_json(&trial.to_string())?;
    }
    let took = number(&trial["duration_ms"]);
    if trial["ok"] == true {
        if as_json {
            return Ok(());
        }
        let status = number(&trial["status"]);
        return output::print(&format!("{id} took it: {status} in {took} ms\n"));
    }
    let why = output::excerpt(&text(&trial["error"]), 200);
    let failure = Failure::new(
        Code::Failed,
        format!("{id} did not take it: {why} ({took} ms)"),
    );
    let answered = output::excerpt(&text(&trial["response"]), 200);
    Err(if answered.is_empty() {
        failure.into()
    } else {
        failure.hint(format!("it answered: {answered}")).into()
    })
}

fn path(id: &str, act: &str) -> String {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/api/hooks/{id}{act}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

/// A span in its largest unit: `3 h`.
fn age(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} m", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let told = [0, 59_999, 60_000, 7_199_000, 172_799_000, 172_800_000].map(age);
        assert_eq!(told, ["0 s", "59 s", "1 m", "1 h", "47 h", "2 d"]);
    }
}
