//! The two files by which a command on this machine finds its running gateway and is let in: `waypost.addr` (host:port)
//! and `waypost.key` (an admin key of this run, readable by its owner only). Both go at a clean stop; after a crash they are
//! stale, and whoever reads them finds nobody there.

use std::io::Write as _;
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
            put(path, text).map_err(|error| (path.clone(), error))?;
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

/// An address one can connect to: "every address" is reached by way of loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
