//! `waypost completions SHELL`: what makes a shell complete commands and options, made from the grammar itself.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::output;

/// Runs the command.
pub(crate) fn run(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "waypost", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
