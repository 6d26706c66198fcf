//! `waypost config check|convert|schema`: what a configuration means, in any of its formats.

use std::path::Path;

use anstream::eprintln;
use anyhow::Context as _;
use owo_colors::OwoColorize as _;
use serde_json::json;
use waypost_server::config::{Config, Door, Environment, Errors, Warning};

use crate::cli::ConfigCommand;
use crate::failure::{Code, Failure};
use crate::output;

/// Runs the command.
pub(crate) fn run(command: &ConfigCommand, environment: &Environment) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Check { file, json } => check(file, *json, environment),
        ConfigCommand::Convert { file } => {
            output::print(&load(file, environment)?.to_native_toml())
        }
        ConfigCommand::Schema => {
            let schema = serde_json::to_string_pretty(&Config::json_schema());
            output::print(&(schema.context("cannot write the schema")? + "\n"))
        }
    }
}

/// Reads a configuration; a failure lists everything that is wrong with it.
pub(crate) fn load(file: &Path, environment: &Environment) -> anyhow::Result<Config> {
    Config::load(file, environment).map_err(|errors| refused(&errors))
}

fn refused(errors: &Errors) -> anyhow::Error {
    let sentence = match errors.problems.len() {
        1 => format!("the configuration is wrong\n\n{errors}"),
        many => format!("the configuration is wrong in {many} places\n\n{errors}"),
    };
    Failure::new(Code::Configuration, sentence).into()
}

/// Prints what the operator should know of a configuration that is right.
pub(crate) fn warn(warnings: &[Warning]) {
    for warning in warnings {
        output::remark(&format!("{} {warning}", "warning:".yellow().bold()));
    }
}

/// A format's name, for people.
pub(crate) fn format_name(door: Door) -> &'static str {
    match door {
        Door::Native => "native TOML",
        Door::WhatsHooked => "WhatsHooked JSON",
        Door::Prx => "PRX TOML",
        Door::OpenParallax => "OpenParallax YAML",
    }
}

fn check(file: &Path, json: bool, environment: &Environment) -> anyhow::Result<()> {
    let checked = Config::load(file, environment);
    if json && let Err(errors) = &checked {
        let problems = errors.problems.iter().map(|problem| {
            json!({"line": problem.line, "key": problem.key, "text": problem.what, "hint": problem.remedy})
        });
        let problems: Vec<_> = problems.collect();
        output::print_json(&json!({"problems": problems}).to_string())?;
    }
    let config = checked.map_err(|errors| refused(&errors))?;
    if json {
        let warnings = config.warnings.iter();
        let warnings: Vec<_> = warnings
            .map(|warning| json!({"key": warning.key, "text": warning.text}))
            .collect();
        let report = json!({
            "format": format_name(config.door),
            "warnings": warnings,
            "effective": config.masked(),
            "problems": [],
        });
        return output::print_json(&report.to_string());
    }
    output::print(config.masked())?;
    warn(&config.warnings);
    eprintln!(
        "{} {} is a right configuration ({}): {} and {}",
        "ok:".green().bold(),
        file.display(),
        format_name(config.door),
        counted(config.directory.accounts.len(), "account"),
        counted(config.directory.hooks.len(), "hook"),
    );
    Ok(())
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
