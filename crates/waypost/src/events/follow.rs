//! `waypost events --follow`: events as they are stored, over `/api/events/stream`.
//!
//! **Invariant:** whatever happens to the connection or the gateway, every event is shown once: a new stream goes on after
//! the last `id` of the one before.

use std::time::Duration;

use anstream::eprintln;
use anyhow::Context as _;
use owo_colors::OwoColorize as _;
use reqwest::Response;
use tokio::time::{Instant, sleep, timeout};
use waypost_server::config::Environment;

use super::{HEADINGS, row};
use crate::cli::Events;
use crate::failure::{Code, Failure};
use crate::gateway::Api;
use crate::output;

mod frames;

use frames::Frames;

/// The gateway sends something every fifteen seconds; whoever is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(45);
/// Between two looks for a gateway that is away.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Of all columns but the last.
const WIDTHS: [usize; 5] = [24, 17, 18, 12, 20];

/// Runs the command.
pub(super) async fn run(args: &Events, environment: &Environment) -> anyhow::Result<()> {
    let mut last_seen = args.paging.after.clone();
    let api = Api::find(&args.target, environment).await?;
    let mut stream = open(&api, args, last_seen.as_deref()).await?;
    eprintln!("following events; Ctrl-C ends it");
    if !args.paging.json {
        let titles = HEADINGS.map(str::to_uppercase);
        output::print_row(&HEADINGS, &titles, &WIDTHS)?;
    }
    loop {
        show(stream, args, &mut last_seen).await?;
        stream = again(args, environment, last_seen.as_deref()).await?;
    }
}

/// Shows what a stream brings, until it ends, however it ends.
async fn show(
    mut stream: Response,
    args: &Events,
    last_seen: &mut Option<String>,
) -> anyhow::Result<()> {
    let mut frames = Frames::default();
    while let Ok(Ok(Some(bytes))) = timeout(SILENCE, stream.chunk()).await {
        for frame in frames.read(&bytes) {
            if !frame.data.is_empty() {
                print(&frame.data, args.paging.json)?;
            }
            if let Some(id) = frame.id {
                *last_seen = Some(id);
            }
        }
    }
    Ok(())
}

fn print(event: &str, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return output::print_json(event);
    }
    let event = serde_json::from_str(event).context("the gateway's event is not JSON")?;
    output::print_row(&HEADINGS, &row(&event), &WIDTHS)
}

/// Goes on where the last stream ended, as soon as there is a gateway again. It is looked for anew each time: after a restart
/// its address and key may be others.
async fn again(
    args: &Events,
    environment: &Environment,
    last_seen: Option<&str>,
) -> anyhow::Result<Response> {
    let since = Instant::now();
    let mut is_told = false;
    loop {
        let opened = match Api::find(&args.target, environment).await {
            Ok(api) => open(&api, args, last_seen).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(stream) => {
                eprintln!(
                    "{} after {:.1} s, and nothing is missing: it goes on after {}",
                    "connected again".green(),
                    since.elapsed().as_secs_f64(),
                    last_seen.unwrap_or("the beginning"),
                );
                return Ok(stream);
            }
            Err(error) if is_final(&error) => return Err(error),
            Err(_) if !is_told => {
                is_told = true;
                eprintln!(
                    "{}: waiting for it to come back",
                    "the gateway is away".yellow()
                );
            }
            Err(_) => {}
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// What waiting does not mend: a request or a key that the gateway refuses.
fn is_final(error: &anyhow::Error) -> bool {
    let failure = error.downcast_ref::<Failure>();
    failure.is_some_and(|failure| matches!(failure.code(), Code::Usage | Code::Refused))
}

async fn open(api: &Api, args: &Events, last_seen: Option<&str>) -> anyhow::Result<Response> {
    let from = args.from.as_deref().filter(|_| last_seen.is_none());
    let query = [
        ("type", args.event_type.as_deref()),
        ("account_id", args.account.as_deref()),
        ("message_id", args.message_id.as_deref()),
        ("after", last_seen),
        ("from", from),
    ];
    api.stream("/api/events/stream", &query).await
}
