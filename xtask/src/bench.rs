//! `cargo xtask bench`: what the gateway costs, as ratios to baselines of the same run.
//!
//! Single readings on two shared cores move by a third; the ratio of two neighbours in one run does not. So every round
//! measures the baseline, the gateway and the disk one after another, the table shows medians, and rounds in which the
//! disk itself was disturbed are said so.

mod accept;
mod bare;
mod latency;
mod machine;
mod report;

use std::path::PathBuf;

use clap::Args;

/// How long and how often to measure.
#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// Rounds, each with its own baseline; the medians are shown
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Webhooks posted to the gateway in each round
    #[arg(long, default_value_t = 40_000)]
    pub(crate) webhooks: usize,
    /// Connections of the load generator
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Seconds of steady load for the latency figures
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Write the table to docs/benchmarks.md
    #[arg(long)]
    pub(crate) write: bool,
    /// Only serve the bare baseline at this address (used by the benchmark itself)
    #[arg(long, hide = true)]
    pub(crate) serve_bare: Option<std::net::SocketAddr>,
    /// Measure this binary instead of building one
    #[arg(long)]
    pub(crate) binary: Option<PathBuf>,
}

/// Measures, prints, and writes if asked to.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    // The baseline and the load generator are in this program: unoptimised, they would flatter the gateway.
    if cfg!(debug_assertions) {
        return crate::build::optimised_self();
    }
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(addr) = options.serve_bare {
        return runtime.block_on(bare::serve(addr));
    }
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => crate::build::gateway()?,
    };
    let report = runtime.block_on(async {
        let mut rows = accept::measure(options, &binary).await?;
        rows.extend(latency::measure(options, &binary).await?);
        anyhow::Ok(report::Report {
            machine: machine::describe()?,
            rounds: options.rounds,
            rows,
        })
    })?;
    println!("{report}");
    if options.write {
        let path = crate::build::root().join("docs/benchmarks.md");
        std::fs::write(&path, report.markdown())?;
        println!("written to docs/benchmarks.md");
    }
    report.verdict()
}
