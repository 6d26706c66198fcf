//! `waypost trace ID`: the story of one message, step by step, with the time since the first.

use std::fmt::Write as _;

use owo_colors::OwoColorize as _;
use serde::Deserialize;
use serde_json::value::RawValue;
use waypost_server::config::Environment;

use crate::cli::Trace;
use crate::gateway::Gateway;
use crate::output;

#[derive(Deserialize)]
struct Story {
    id: String,
    summary: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    at: String,
    #[serde(rename = "step")]
    what: String,
    id: String,
    text: String,
}

/// Runs the command.
pub(crate) async fn run(args: &Trace, environment: &Environment) -> anyhow::Result<()> {
    let gateway = Gateway::find(&args.target, environment).await?;
    let path: String = url::form_urlencoded::byte_serialize(args.id.as_bytes()).collect();
    let document: Box<RawValue> = gateway.get(&format!("/api/trace/{path}"), &[]).await?;
    if args.json {
        return output::print_json(document.get());
    }
    output::print(&tell(&serde_json::from_str(document.get())?))
}

fn tell(story: &Story) -> String {
    let mut text = format!("{}\n{}\n\n", story.id.bold(), story.summary);
    let moment = |step: &Step| step.at.parse::<jiff::Timestamp>().unwrap_or_default();
    let first = story.steps.first().map(moment).unwrap_or_default();
    for step in &story.steps {
        let at = moment(step);
        let since = at.as_millisecond() - first.as_millisecond();
        // Whole seconds of Meta's clock may lie before the first step of ours.
        let sign = if since < 0 { '-' } else { '+' };
        let (seconds, millis) = (since.abs() / 1000, since.abs() % 1000);
        let _ = writeln!(
            text,
            "{at:.3}  {sign}{seconds:>4}.{millis:03} s  {:<13} {}  {}",
            step.what.cyan(),
            step.text,
            step.id.dimmed(),
        );
    }
    text
}
