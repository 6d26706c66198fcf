//! `waypost sim`: the simulator of Meta on the command line.

mod live;
mod replay;
mod say;
mod start;

use crate::cli::{Sim, SimCommand};

/// Runs the command.
pub(crate) async fn run(args: &Sim) -> anyhow::Result<()> {
    match &args.command {
        None => start::run(&args.start).await,
        Some(SimCommand::Say(args)) => say::run(args).await,
        Some(SimCommand::Replay(args)) => replay::run(args).await,
    }
}
