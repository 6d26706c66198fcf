//! `cargo xtask crash`: kills the real gateway at random instants under load, and reconciles what Meta was told with what the
//! user's app saw and what went out.
//!
//! The simulator is Meta, in this process; the app is a sink that records, answers, fails and dawdles; the gateway is the
//! release binary, killed with SIGKILL and started again on the same directory. Load goes on all the time, so that kills fall
//! into accepting, delivering, retrying, replying, sending, replaying and removing; some find the disk full. Afterwards
//! everything is let finish, and [`reconcile::judge`] holds the evidence against the promises.

mod disk;
mod gather;
mod history;
mod reconcile;
mod replays;
mod run;
mod world;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

/// How often to kill, and under what load.
#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// How often to kill the gateway
    #[arg(long, default_value_t = 10)]
    pub(crate) kills: usize,
    /// Chooses the instants, the load and the app's moods; printed, so that a run can be had again
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Conversations that write at the same time
    #[arg(long, default_value_t = 100)]
    pub(crate) conversations: u32,
    /// Test this binary instead of building one
    #[arg(long)]
    pub(crate) binary: Option<PathBuf>,
    /// Keep the gateway's directory
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Runs, prints the figures, and fails if a promise was broken.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => crate::build::gateway()?,
    };
    println!(
        "{} kills, {} conversations, seed {}",
        options.kills, options.conversations, options.seed
    );
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(run::run(options, &binary))?;
    let verdict = reconcile::judge(&outcome.evidence);
    println!(
        "acknowledged {}, reached the app {}, set aside {}, repeated after a kill {}",
        verdict.acknowledged, verdict.delivered, verdict.set_aside, verdict.repeated
    );
    println!("sent {}, uncertain {}", verdict.sends, verdict.uncertain);
    println!(
        "replays {}, {} of them stopped, delivered {}",
        verdict.replays, verdict.stopped, verdict.replayed
    );
    let (largest, database) = outcome.evidence.database;
    println!(
        "retention removed {} of these events; the database was {} MiB at its largest, {} MiB in the end",
        verdict.removed,
        largest >> 20,
        database >> 20
    );
    println!(
        "refused while the disk was full, as often as it was looked: {}",
        answers(&outcome.evidence.refused)
    );
    println!(
        "from start to ready p50 {:.0} ms, longest {:.0} ms; from start to the first call p50 {:.0} ms, longest {:.0} ms",
        outcome.ready.percentile_ms(0.5),
        outcome.ready.percentile_ms(1.0),
        outcome.first_call.percentile_ms(0.5),
        outcome.first_call.percentile_ms(1.0)
    );
    if verdict.broken.is_empty() {
        println!("every promise was kept");
        return Ok(());
    }
    for broken in verdict.broken.iter().take(20) {
        println!("BROKEN  {broken}");
    }
    if let Some(dir) = outcome.kept {
        println!("the gateway's directory is {}", dir.display());
    }
    bail!("{} promises broken", verdict.broken.len())
}

fn answers(answers: &reconcile::Answers) -> String {
    let each = |(status, times): (&u16, &usize)| format!("{times} by {status}");
    let all: Vec<String> = answers.iter().map(each).collect();
    if all.is_empty() {
        return "none".to_owned();
    }
    all.join(", ")
}
