//! The dependency line: a boundary is worth a crate because Cargo then forbids something, and this keeps it forbidden.
//!
//! To open a new edge, change the tables here, and say why in the commit.

use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// Which crate of the house may depend on which others. Everything not listed is a break.
const ROOMS: &[(&str, &[&str])] = &[
    ("whatsapp-cloud", &[]),
    ("waypost-core", &["whatsapp-cloud"]),
    ("waypost-store", &["waypost-core"]),
    (
        "waypost-engine",
        &["waypost-core", "waypost-store", "whatsapp-cloud"],
    ),
    (
        "waypost-server",
        &[
            "waypost-core",
            "waypost-engine",
            "waypost-store",
            "whatsapp-cloud",
        ],
    ),
    ("whatsapp-sim", &["whatsapp-cloud"]),
    (
        "waypost",
        &[
            "waypost-core",
            "waypost-engine",
            "waypost-server",
            "waypost-store",
            "whatsapp-cloud",
            "whatsapp-sim",
        ],
    ),
    (
        "xtask",
        &[
            "waypost-core",
            "waypost-store",
            "whatsapp-cloud",
            "whatsapp-sim",
        ],
    ),
];

/// Edges that tests may have besides: the simulator lives beside the tests that need it.
const TEST_ROOMS: &[(&str, &[&str])] = &[("waypost-server", &["whatsapp-sim"])];

/// Libraries that only some rooms may name as a dependency. `xtask` measures against bare ones, so it may name any.
const LIBRARIES: &[(&str, &[&str], &str)] = &[
    (
        "axum",
        &["waypost-server", "whatsapp-sim", "waypost"],
        "only the rooms that answer HTTP know the HTTP server",
    ),
    (
        "rusqlite",
        &["waypost-store"],
        "SQL and its driver live in the store",
    ),
    (
        "tokio-postgres",
        &["waypost-store"],
        "SQL and its driver live in the store",
    ),
    (
        "reqwest",
        &["whatsapp-cloud", "whatsapp-sim", "waypost"],
        "Meta is called through the SDK's transport",
    ),
    (
        "hyper-util",
        &["waypost-engine", "waypost-server"],
        "the engine calls with it, the server bounds connections with it",
    ),
    (
        "hyper-rustls",
        &["waypost-engine"],
        "hooks are called by the engine",
    ),
    (
        "opentelemetry_sdk",
        &["waypost"],
        "traces are made of what the server tells whoever looks on",
    ),
    ("anyhow", &["waypost"], "libraries have typed errors"),
    ("clap", &["waypost"], "only the binary has a command line"),
];

/// Rooms that must not reach a library at all, by any road.
const NEVER: &[(&str, &str, &str)] = &[
    ("waypost-core", "tokio", "core cannot do I/O"),
    ("waypost-core", "reqwest", "core cannot do I/O"),
    (
        "waypost-store",
        "reqwest",
        "the store speaks to its database only",
    ),
];

/// Fails with every break of the line.
pub(crate) fn check() -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .output();
    let output = output.context("cargo metadata could not be run")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let mut breaks = breaks(&metadata)?;
    for (room, library, why) in NEVER {
        if reaches(room, library)? {
            breaks.push(format!("{room} reaches {library}: {why}"));
        }
    }
    if breaks.is_empty() {
        println!("the dependency line holds: {} rooms", ROOMS.len());
        return Ok(());
    }
    bail!("the dependency line is broken:\n  {}", breaks.join("\n  "))
}

fn breaks(metadata: &Value) -> anyhow::Result<Vec<String>> {
    let mut breaks = Vec::new();
    let packages = metadata["packages"]
        .as_array()
        .context("metadata has no packages")?;
    let members: Vec<&Value> = packages
        .iter()
        .filter(|package| package["source"].is_null())
        .collect();
    let is_member = |name: &str| members.iter().any(|member| member["name"] == name);
    for member in &members {
        let name = member["name"].as_str().unwrap_or_default();
        let Some((_, rooms)) = ROOMS.iter().find(|(room, _)| *room == name) else {
            breaks.push(format!(
                "{name} is not in xtask/src/line.rs: say there what it may depend on"
            ));
            continue;
        };
        for dependency in member["dependencies"].as_array().into_iter().flatten() {
            let other = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"] == "dev";
            let allowed_in_tests = || {
                TEST_ROOMS
                    .iter()
                    .any(|(room, tests)| *room == name && tests.contains(&other))
            };
            if is_member(other)
                && !rooms.contains(&other)
                && !(for_tests && (other == name || allowed_in_tests()))
            {
                breaks.push(format!(
                    "{name} depends on {other}: the line runs the other way"
                ));
            }
            if let Some((library, rooms, why)) =
                LIBRARIES.iter().find(|(library, ..)| *library == other)
                && !for_tests
                && name != "xtask"
                && !rooms.contains(&name)
            {
                breaks.push(format!(
                    "{name} depends on {library}: {why} ({})",
                    rooms.join(", ")
                ));
            }
        }
    }
    Ok(breaks)
}

/// Whether a package reaches another by normal dependencies, built by itself (features of other rooms do not count).
fn reaches(from: &str, to: &str) -> anyhow::Result<bool> {
    let tree = [
        "tree",
        "--locked",
        "--offline",
        "--edges=normal",
        "--prefix=none",
        "--package",
        from,
    ];
    let output = Command::new(env!("CARGO"))
        .args(tree)
        .output()
        .context("cargo tree could not be run")?;
    ensure!(
        output.status.success(),
        "cargo tree failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .any(|line| line.split(' ').next() == Some(to)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_store_that_calls_http_breaks_the_line() {
        let metadata = json!({
            "packages": [
                {"id": "s", "name": "waypost-store", "source": null, "dependencies": [
                    {"name": "reqwest", "kind": null}, {"name": "waypost-engine", "kind": null}]},
                {"id": "e", "name": "waypost-engine", "source": null, "dependencies": []},
                {"id": "r", "name": "reqwest", "source": "elsewhere", "dependencies": []},
            ],
        });
        let breaks = breaks(&metadata).expect("metadata reads");
        assert_eq!(breaks.len(), 2, "{breaks:#?}");
    }
}
