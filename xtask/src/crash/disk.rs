//! A disk that is full when the run wants it to be.
//!
//! Where this program may mount, the gateway's directory moves to a small file system in memory, and a file of ours takes all
//! of its room: the gateway then meets a real `ENOSPC`. Elsewhere the gateway's files may not grow past a size (`EFBIG`), by
//! `prlimit`: it is refused its writes just so, but its ballast makes no room.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::gateway::{Gateway, Home};

/// Room beside what the gateway has stored: for its ballast, its log, and what comes until the disk is full.
const ROOM: u64 = 160 << 20;
/// What a file may grow to where nothing can be mounted, in bytes: less than the log of a busy gateway.
const FILE_LIMIT: u64 = 1 << 20;
/// Taken in one step.
const BLOCK: usize = 64 * 1024;

/// The disk of the run's second part.
pub(super) enum Disk {
    /// A small file system, mounted here until this is dropped.
    Mounted(Mount),
    /// The gateway's own limit.
    FileSize,
}

impl Disk {
    /// Moves a stopped gateway to a small disk.
    pub(super) fn move_in(home: &mut Home) -> anyhow::Result<Self> {
        match Mount::of(bytes_in(&home.data())? + ROOM) {
            Ok(mount) => {
                copy(&home.data(), &mount.path.join("data"))?;
                std::fs::copy(home.config(), mount.path.join("config.json"))?;
                home.dir.clone_from(&mount.path);
                println!("the disk is a small file system in memory, filled by a file");
                Ok(Self::Mounted(mount))
            }
            Err(error) => {
                println!(
                    "nothing can be mounted here ({error:#}): the gateway's files may not grow past {} MiB instead",
                    FILE_LIMIT >> 20
                );
                // The signal that would end it is ignored, so that its writes are refused.
                let wrapper = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
                home.wrapper = wrapper.map(str::to_owned).to_vec();
                Ok(Self::FileSize)
            }
        }
    }

    /// From here on it is full, but for about so many bytes.
    pub(super) fn fill(&self, gateway: &Gateway, but: u64) -> anyhow::Result<()> {
        match self {
            Self::Mounted(mount) => mount.fill(but),
            Self::FileSize => limit(gateway, &FILE_LIMIT.to_string()),
        }
    }

    /// A gateway that was started while it is full.
    pub(super) fn meet(&self, gateway: &Gateway) -> anyhow::Result<()> {
        match self {
            Self::Mounted(_) => Ok(()),
            Self::FileSize => limit(gateway, &FILE_LIMIT.to_string()),
        }
    }

    /// There is room again.
    pub(super) fn free(&self, gateway: Option<&Gateway>) -> anyhow::Result<()> {
        match (self, gateway) {
            (Self::Mounted(mount), _) => Ok(std::fs::remove_file(mount.filler())?),
            (Self::FileSize, Some(gateway)) => limit(gateway, "unlimited"),
            (Self::FileSize, None) => Ok(()),
        }
    }
}

/// A small file system.
pub(super) struct Mount {
    path: PathBuf,
    _dir: tempfile::TempDir,
}

impl Mount {
    fn of(bytes: u64) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes},mode=700")])
            .arg("tmpfs")
            .arg(dir.path())
            .output()
            .context("there is no mount")?;
        let said = String::from_utf8_lossy(&mounted.stderr);
        ensure!(mounted.status.success(), "{}", said.trim());
        Ok(Self {
            path: dir.path().to_owned(),
            _dir: dir,
        })
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }

    fn fill(&self, but: u64) -> anyhow::Result<()> {
        let mut filler = File::create(self.filler())?;
        let block = vec![1; BLOCK];
        let mut bytes = 0;
        let full = loop {
            match filler.write(&block) {
                Ok(written) => bytes += written as u64,
                Err(error) => break error,
            }
        };
        ensure!(full.kind() == ErrorKind::StorageFull, "{full}");
        Ok(filler.set_len(bytes.saturating_sub(but))?)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(&self.path).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.path.display());
        }
    }
}

fn limit(gateway: &Gateway, bytes: &str) -> anyhow::Result<()> {
    let limited = Command::new("prlimit")
        .args(["--pid", &gateway.id()?.to_string()])
        .arg(format!("--fsize={bytes}:unlimited"))
        .status()
        .context("there is no prlimit")?;
    ensure!(limited.success(), "prlimit ended with {limited}");
    Ok(())
}

/// Bytes of the files in a directory.
pub(super) fn bytes_in(dir: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for file in std::fs::read_dir(dir)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}
