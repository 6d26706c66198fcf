//! `waypost deliveries`: what is on its way to the user's apps, and what became of it.

use clap::ValueEnum as _;
use clap::builder::PossibleValue;
use serde_json::Value;
use waypost_server::config::Environment;

use crate::cli::Deliveries;
use crate::gateway::Gateway;
use crate::{list, output};

/// Runs the command.
pub(crate) async fn run(args: &Deliveries, environment: &Environment) -> anyhow::Result<()> {
    let gateway = Gateway::find(&args.target, environment).await?;
    let state = args.state.and_then(|state| state.to_possible_value());
    let query = [
        ("event_id", args.event.as_deref()),
        ("hook_id", args.hook.as_deref()),
        ("state", state.as_ref().map(PossibleValue::get_name)),
    ];
    list::show(
        &gateway,
        "/api/deliveries",
        &query,
        &args.paging,
        args.newest.last,
        &["id", "event", "hook", "state", "attempts", "last"],
        row,
    )
    .await
}

fn row(delivery: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attempts = delivery["attempts"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let last = attempts.last().map_or(String::new(), |attempt| {
        let took = &attempt["duration_ms"];
        match (attempt["status"].as_u64(), attempt["error"].as_str()) {
            (_, Some(error)) => error.to_owned(),
            (Some(status), None) => format!("{status} in {took} ms"),
            (None, None) => String::new(),
        }
    });
    // Why it was parked is kept when it arrives all the same, and is no news then.
    let is_set_aside = matches!(delivery["state"].as_str(), Some("dead" | "parked"));
    let reason = delivery["reason"].as_str().filter(|_| is_set_aside);
    vec![
        text(&delivery["id"]),
        text(&delivery["event_id"]),
        text(&delivery["hook_id"]),
        output::state(&text(&delivery["state"])),
        attempts.len().to_string(),
        output::excerpt(reason.unwrap_or(&last), 200),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_arrived_after_it_was_parked_shows_how_it_arrived() {
        let last = |state: &str, attempts: Value| {
            let delivery =
                json!({"state": state, "attempts": attempts, "reason": "it failed too long"});
            row(&delivery).pop().unwrap()
        };
        let attempts = json!([{"status": 200, "duration_ms": 7}]);
        assert_eq!(last("delivered", attempts), "200 in 7 ms");
        assert_eq!(last("dead", json!([])), "it failed too long");
    }
}
