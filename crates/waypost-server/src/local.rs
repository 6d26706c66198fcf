//! The two files by which a command on this machine finds its running gateway and is let in: `waypost.addr` (host:port)
//! and `waypost.key` (an admin key of this run, readable by its owner only). Both go at a clean stop; after a crash they are
//! stale, and whoever reads them finds nobody there.

use std::io::{ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Holds `host:port`, without a line end.
pub const ADDRESS_FILE: &str = "waypost.addr";
/// Holds the key, without a line end; mode 0600.
pub const KEY_FILE: &str = "waypost.key";

/// Where a gateway is and how to be let in.
#[derive(Clone)]
pub struct Access {
    /// `host:port`.
    pub address: String,
    /// For `Authorization: Bearer` or `X-API-Key`.
    pub key: String,
}

/// Reads both files of a data directory; `None` if either is missing or unreadable: no gateway is running there, or it is
/// someone else's.
pub fn read(data_dir: &Path) -> Option<Access> {
    let text = |name: &str| {
        let text = std::fs::read_to_string(data_dir.join(name)).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    Some(Access {
        address: text(ADDRESS_FILE)?,
        key: text(KEY_FILE)?,
    })
}

/// The files of a running gateway, removed when this is dropped.
pub(crate) struct Files {
    key: String,
    paths: [PathBuf; 2],
}

impl Files {
    /// Writes both. The key comes first: whoever sees the address finds the key that fits it.
    pub(crate) fn write(
        data_dir: &Path,
        address: SocketAddr,
        key: String,
    ) -> Result<Self, (PathBuf, std::io::Error)> {
        let paths = [data_dir.join(KEY_FILE), data_dir.join(ADDRESS_FILE)];
        let address = reachable(address).to_string();
        for (path, text) in paths.iter().zip([&key, &address]) {
            let left_behind = path.exists();
            let put = put(path, text);
            let put = match put {
                Err(_) if left_behind => put_over(path, text),
                put => put,
            };
            match put {
                Ok(()) => {}
                // What is stored is to be delivered, and what is old to be removed, also from a disk that is full.
                Err(error) if error.kind() == ErrorKind::StorageFull => tracing::warn!(
                    "the disk is full: commands on this machine find this gateway by --url and --key only"
                ),
                Err(error) => return Err((path.clone(), error)),
            }
        }
        Ok(Self { key, paths })
    }

    /// The key in the file.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for path in self.paths.iter().rev() {
            // If one cannot be removed it is stale, as after a crash.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Atomically, and never readable by others, not even for a moment.
fn put(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("tmp");
    let _ = std::fs::remove_file(&temporary);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    std::fs::rename(&temporary, path)
}

/// In place of what a run that crashed left there: for a disk that has no room for another file.
fn put_over(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// An address one can connect to: "every address" is reached by way of loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

    /// A directory that takes no further file.
    fn full() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["waypost.tmp", "waypost.tmp/in the way"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        dir
    }

    #[test]
    fn a_full_disk_does_not_hide_the_gateway_that_follows_a_crashed_one() {
        let dir = full();
        for name in [KEY_FILE, ADDRESS_FILE] {
            std::fs::write(dir.path().join(name), "what was there before, and longer").unwrap();
        }
        let _files = Files::write(dir.path(), HERE, "the key".to_owned()).unwrap();
        let access = read(dir.path()).unwrap();
        assert_eq!(
            (access.address.as_str(), access.key.as_str()),
            ("127.0.0.1:8080", "the key")
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_does_not_keep_a_gateway_from_starting() {
        let dir = full();
        // Whatever is written to this device finds no room.
        for name in [KEY_FILE, ADDRESS_FILE] {
            std::os::unix::fs::symlink("/dev/full", dir.path().join(name)).unwrap();
        }
        let files = Files::write(dir.path(), HERE, "the key".to_owned());
        assert!(files.is_ok_and(|files| files.key() == "the key"));
    }
}
