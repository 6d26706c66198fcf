//! The one binary: reads the environment and the command line, runs one command, and turns its failure into words and an
//! exit code.

mod cli;
mod completions;
mod config;
mod deliveries;
mod demo;
mod events;
mod failure;
mod gateway;
mod hooks;
mod list;
mod logs;
mod messages;
#[cfg(feature = "otlp")]
mod otlp;
mod output;
mod progress;
mod redeliver;
mod reload;
mod replay;
mod send;
mod serve;
mod sim;
mod templates;
mod trace;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use waypost_server::config::Environment;

use crate::cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse_from(cli::translate(std::env::args_os().collect()));
    // A variable that is not text cannot be one of ours.
    let environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    match run(cli.command, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

fn run(command: Command, environment: &Environment) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::run(&args, environment).await,
            Command::Demo(args) => demo::run(&args, environment).await,
            Command::Send(args) => send::run(&args, environment).await,
            Command::Events(args) => events::run(&args, environment).await,
            Command::Deliveries(args) => deliveries::run(&args, environment).await,
            Command::Redeliver(args) => redeliver::run(&args, environment).await,
            Command::Replay(args) => replay::run(&args, environment).await,
            Command::Hooks(args) => hooks::run(&args, environment).await,
            Command::Messages(args) => messages::run(&args, environment).await,
            Command::Trace(args) => trace::run(&args, environment).await,
            Command::Sim(args) => sim::run(&args).await,
            Command::Templates(args) => templates::run(&args.command),
            Command::Config(args) => config::run(&args.command, environment),
            Command::Reload(args) => reload::run(&args, environment).await,
            Command::Completions(args) => completions::run(args.shell),
        }
    })
}
