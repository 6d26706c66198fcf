//! `cargo xtask drift SPEC.yaml`: what Meta's OpenAPI description has that the SDK lacks, and what the SDK has beyond it.
//!
//! Operations are compared by method and path, with the ids in a path told apart by name; members of requests with the words of
//! the file that declares the operation (those of messages, whose types have files of their own, with all words); members of answers with the words of the whole SDK; values of enumerations only where the
//! SDK has an enumeration of its own for them, as it reads all others as text.
//!
//! What is lacking for a reason is a line of `drift/explained.txt`. An explanation that explains nothing is a fault too.

mod sdk;
mod spec;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Meta's description, as YAML
    spec: PathBuf,
}

/// Lines of `WHAT: WHY`.
const EXPLAINED: &str = include_str!("drift/explained.txt");

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&options.spec)
        .with_context(|| format!("{} cannot be read", options.spec.display()))?;
    let spec = spec::read(&text)?;
    let sdk = sdk::read()?;
    let lacking = lacking(&spec, &sdk);
    let explained: Vec<(&str, &str)> = EXPLAINED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .collect();
    let covers = |what: &str| explained.iter().any(|(explained, _)| *explained == what);
    let unexplained: Vec<&String> = lacking.iter().filter(|what| !covers(what)).collect();
    let stale: Vec<&str> = explained
        .iter()
        .map(|(what, _)| *what)
        .filter(|what| !lacking.contains(*what))
        .collect();
    let theirs: BTreeSet<&str> = spec.operations.iter().map(|op| op.name.as_str()).collect();
    let beyond: Vec<&str> = sdk
        .operations
        .keys()
        .map(String::as_str)
        .filter(|name| !theirs.contains(name))
        .collect();
    println!(
        "{} operations described, {} spoken; beyond the description:\n  {}",
        spec.operations.len(),
        sdk.operations.len(),
        beyond.join("\n  ")
    );
    println!(
        "{} lacking with an explanation",
        lacking.len() - unexplained.len()
    );
    if unexplained.is_empty() && stale.is_empty() {
        println!("nothing is missing that is not explained");
        return Ok(());
    }
    let list = |what: &[&str]| what.join("\n  ");
    let unexplained: Vec<&str> = unexplained.into_iter().map(String::as_str).collect();
    bail!(
        "missing:\n  {}\nexplained without need:\n  {}",
        list(&unexplained),
        list(&stale)
    )
}

fn lacking(spec: &spec::Spec, sdk: &sdk::Sdk) -> BTreeSet<String> {
    let mut lacking = BTreeSet::new();
    for operation in &spec.operations {
        let Some(words) = sdk.operations.get(&operation.name) else {
            lacking.insert(format!("operation {}", operation.name));
            continue;
        };
        for member in &operation.asked {
            // Paging is declared once for all lists.
            let is_paging = ["fields", "limit", "after", "before"].contains(&member.as_str());
            let is_known = words.contains(member)
                || (operation.name.ends_with("messages") && sdk.words.contains(member));
            if !is_known && !is_paging {
                lacking.insert(format!("request {} {member}", operation.name));
            }
        }
        for member in &operation.answered {
            if !sdk.words.contains(member) {
                lacking.insert(format!("answer {member}"));
            }
        }
    }
    for (member, values) in &spec.values {
        for ours in &sdk.enumerations {
            let shared = values.intersection(ours).count();
            // The same enumeration, if most of theirs is ours; two words alone may be chance.
            if shared >= 2 && shared * 2 > values.len() {
                for value in values.difference(ours) {
                    lacking.insert(format!("value {member} {value}"));
                }
            }
        }
    }
    lacking
}
