//! Keeps the house in order: `cargo xtask <what>`.
//!
//! | command | what it keeps true |
//! |---|---|
//! | `line` | the dependency line of ARCHITECTURE.md: which room may know which |
//! | `pages` | links of the documentation lead somewhere, and tests it names as proofs exist |
//! | `crash` | nothing acknowledged is lost, doubled or reordered, whenever the gateway is killed |
//! | `drift` | what the SDK lacks of Meta's OpenAPI description is explained |
//! | `bench` | what the gateway costs, as ratios to baselines of the same run |

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool answers on its terminal"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are small and read by people"
)]

mod bench;
mod build;
mod crash;
mod drift;
mod fill;
mod gateway;
mod line;
mod load;
mod pages;
mod sink;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Keeps the house in order",
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the dependency line: which crate may depend on which, and on which libraries
    Line,
    /// Check the documentation's pages: links lead somewhere, and tests named as proofs exist
    Pages,
    /// Kill the real gateway at random instants under load, and reconcile what was acknowledged with what arrived
    Crash(crash::Options),
    /// Compare the SDK with Meta's OpenAPI description: what it lacks, and what it has beyond it
    Drift(drift::Options),
    /// Measure what the gateway costs, as ratios to baselines of the same run
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Line => line::check(),
        Command::Pages => pages::check(),
        Command::Crash(options) => crash::run(&options),
        Command::Drift(options) => drift::run(&options),
        Command::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
