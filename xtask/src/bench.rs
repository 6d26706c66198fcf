//! `cargo xtask bench`: what the gateway costs, as ratios to baselines of the same run.
//!
//! Single readings on two shared cores move by a third; the ratio of two neighbours in one run does not. So every round
//! measures the baseline, the gateway and the disk one after another, the table shows medians, and rounds in which the
//! disk itself was disturbed are said so.

mod accept;
mod deliver;
mod handoff;
mod latency;
mod machine;
mod neighbours;
mod peer;
mod replay;
mod report;
mod retention;
mod sdk;
mod size;
mod stored;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

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
    /// Measure only this: repeat it for several
    #[arg(long, value_enum)]
    pub(crate) only: Vec<Part>,
    /// Events stored and delivered before a full store is measured; 10000000 for the long run
    #[arg(long, default_value_t = 300_000)]
    pub(crate) stored: usize,
    /// Deliveries that wait in it; 1000000 for the long run
    #[arg(long, default_value_t = 100_000)]
    pub(crate) waiting: usize,
    /// Only be the other side at this address (used by the benchmark itself)
    #[arg(long, hide = true)]
    pub(crate) serve_peer: Option<std::net::SocketAddr>,
    /// Measure this binary instead of building one
    #[arg(long)]
    pub(crate) binary: Option<PathBuf>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Accepting, as fast as it goes and in batches
    Accept,
    /// The acknowledgement under a steady load
    Acknowledgement,
    /// The hook's first byte under a steady load
    Hook,
    /// Delivering, alone and while accepting
    Deliver,
    /// From one message of a conversation to the next
    Handoff,
    /// A hook beside bad neighbours
    Neighbours,
    /// A full store against a nearly empty one
    Stored,
    /// Delivering once more what is stored
    Replay,
    /// The acknowledgement while old events are removed
    Retention,
    /// Memory
    Size,
    /// Reading, proving and sending by the SDK, against doing it by hand; alone it needs no gateway
    Sdk,
}

/// Measures, prints, and writes if asked to.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let needs_gateway = options.only != [Part::Sdk];
    // The baseline and the load generator are in this program: unoptimised, they would flatter the gateway.
    if cfg!(debug_assertions) && needs_gateway {
        return crate::build::optimised_self();
    }
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(addr) = options.serve_peer {
        return runtime.block_on(peer::serve(addr));
    }
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None if needs_gateway => crate::build::gateway()?,
        None => PathBuf::new(),
    };
    let machine = machine::describe()?;
    println!("{machine}; medians of {} rounds\n", options.rounds);
    let report = runtime.block_on(async {
        let mut rows = Vec::new();
        for part in Part::value_variants() {
            if options.only.is_empty() || options.only.contains(part) {
                let measured = part.measure(options, &binary).await?;
                for row in &measured {
                    println!("{row}");
                }
                rows.extend(measured);
            }
        }
        anyhow::Ok(report::Report {
            machine,
            rounds: options.rounds,
            rows,
        })
    })?;
    if options.write {
        let path = crate::build::root().join("docs/benchmarks.md");
        std::fs::write(&path, report.markdown())?;
        println!("written to docs/benchmarks.md");
    }
    report.verdict()
}

impl Part {
    async fn measure(self, options: &Options, binary: &Path) -> anyhow::Result<Vec<report::Row>> {
        match self {
            Self::Accept => {
                let mut rows = accept::measure(options, binary).await?;
                rows.extend(accept::batches(options, binary).await?);
                Ok(rows)
            }
            Self::Acknowledgement => latency::acknowledgement(options, binary).await,
            Self::Hook => latency::hook(options, binary).await,
            Self::Deliver => deliver::measure(options, binary).await,
            Self::Handoff => handoff::measure(options, binary).await,
            Self::Neighbours => neighbours::measure(options, binary).await,
            Self::Stored => stored::measure(options, binary).await,
            Self::Replay => replay::measure(options, binary).await,
            Self::Retention => retention::measure(options, binary).await,
            Self::Size => size::measure(options, binary).await,
            Self::Sdk => sdk::measure(options),
        }
    }
}
