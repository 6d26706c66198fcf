//! The program under test: the real binary, built as users build it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Builds `waypost` with the release profile and says where it is.
pub(crate) fn gateway() -> anyhow::Result<PathBuf> {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--locked",
            "--package",
            "waypost",
            "--quiet",
        ])
        .status()
        .context("cargo build could not be run")?;
    ensure!(status.success(), "the gateway does not build");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--no-deps",
            "--locked",
            "--offline",
        ])
        .output()
        .context("cargo metadata could not be run")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let target = metadata["target_directory"]
        .as_str()
        .context("metadata names no target directory")?;
    let binary = PathBuf::from(target).join("release").join("waypost");
    ensure!(binary.is_file(), "no binary at {}", binary.display());
    Ok(binary)
}

/// Runs this very command again, optimised.
pub(crate) fn optimised_self() -> anyhow::Result<()> {
    let status = Command::new(env!("CARGO"))
        .args([
            "run",
            "--release",
            "--locked",
            "--quiet",
            "--package",
            "xtask",
            "--",
        ])
        .args(std::env::args_os().skip(1))
        .status()
        .context("cargo run could not be run")?;
    ensure!(status.success(), "it ended with {status}");
    Ok(())
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(PathBuf::from)
        .unwrap_or_default()
}
