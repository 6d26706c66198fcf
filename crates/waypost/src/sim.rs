//! `waypost sim`: the simulator of Meta on the command line.

mod replay;

use crate::cli::{Sim, SimCommand};

/// Runs the command.
pub(crate) async fn run(args: &Sim) -> anyhow::Result<()> {
    match &args.command {
        SimCommand::Replay(args) => replay::run(args).await,
    }
}
