//! `waypost sim replay`: recorded webhooks, signed and posted to any consumer, and what it answered.
//!
//! **Invariant:** without `--fresh-ids` the consumer gets the bytes of the recording.

mod fresh;
mod post;
mod recording;
mod report;

use std::io::IsTerminal as _;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use whatsapp_cloud::secret::AppSecret;

use self::post::Consumer;
use crate::cli::SimReplay;
use crate::failure::{Code, Failure};
use crate::serve::Stops;

/// Runs the command.
pub(super) async fn run(args: &SimReplay) -> anyhow::Result<()> {
    let mut recordings = recording::read(&args.paths)?;
    if recordings.is_empty() {
        let hint = "name files that hold webhooks as Meta posted them, or directories of .json, .jsonl or .ndjson files";
        return Err(Failure::new(Code::Usage, "there is no webhook to replay")
            .hint(hint)
            .into());
    }
    if args.fresh_ids {
        fresh::rewrite(&mut recordings, run_number()?, now_seconds())?;
    }
    let consumer = Consumer::new(
        args.to.clone(),
        AppSecret::new(args.app_secret.clone()),
        Duration::from_secs(args.timeout),
    )?;
    let bar = progress(recordings.len(), args.json);
    let mut stops = Stops::new()?;
    let posting = post::all(recordings, &consumer, args.concurrency, args.rate, &bar);
    let outcome = tokio::select! {
        outcome = posting => Some(outcome),
        () = stops.next() => None,
    };
    bar.finish_and_clear();
    let Some(outcome) = outcome else {
        let told = format!(
            "stopped after {} of {} webhooks",
            bar.position(),
            bar.length().unwrap_or(0)
        );
        return Err(Failure::new(Code::Failed, told).into());
    };
    report::print(&outcome, args)?;
    let failures = outcome.failures().count();
    if failures == 0 {
        return Ok(());
    }
    let sentence = format!(
        "{failures} of {} webhooks were not answered 200",
        outcome.posted.len()
    );
    let failure = Failure::new(Code::Failed, sentence);
    Err(match outcome.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
    .into())
}

/// On a terminal only, and never beside JSON.
fn progress(length: usize, json: bool) -> ProgressBar {
    let target = if json || !std::io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(Some(length as u64), target);
    let style = "{bar:40.cyan} {pos}/{len} webhooks, {per_sec}, {eta} left  {msg}";
    bar.with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

/// Makes the ids of one run different from those of every other.
fn run_number() -> anyhow::Result<u64> {
    getrandom::u64().context("the system gives no random numbers")
}

fn now_seconds() -> u64 {
    whatsapp_sim::Clock::system().now_ms() / 1000
}
