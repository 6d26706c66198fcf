//! The data directory: made if absent, and owned by one process at a time through locks of the system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::Error;

/// The database inside the directory.
pub(super) const DATABASE: &str = "waypost.db";
const LOCK: &str = "waypost.lock";

/// Ownership of a data directory, until dropped. The system gives it back even after `kill -9`.
#[derive(Debug)]
pub(super) struct Ownership {
    _locks: Vec<File>,
}

/// The database file that was opened and its log, by what the system knows them by.
#[derive(Debug)]
pub(super) struct Opened {
    file: (PathBuf, Option<Identity>),
    log: (PathBuf, Option<Identity>),
}

type Identity = (u64, u64);

impl Opened {
    /// The files that are there now.
    pub(super) fn of(file: PathBuf) -> Self {
        let mut log = file.clone().into_os_string();
        log.push("-wal");
        let known = |path: PathBuf| {
            let identity = identity(&path);
            (path, identity)
        };
        Self {
            file: known(file),
            log: known(log.into()),
        }
    }

    /// Whether they still are where they were. What is written to a file that was removed is gone with the process, and no
    /// write fails for that.
    pub(super) fn is_in_place(&self) -> bool {
        let is_same = |(path, known): &(PathBuf, Option<Identity>)| identity(path) == *known;
        // A database that nothing was written to yet has no log.
        self.file.1.is_some() && is_same(&self.file) && (self.log.1.is_none() || is_same(&self.log))
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let file = fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|_| (0, 0))
}

/// Takes a directory into possession.
pub(super) fn own(path: &Path) -> Result<Ownership, Error> {
    let refused = |source| Error::Directory {
        path: path.to_owned(),
        source,
    };
    if !path.is_dir() {
        make_private_directory(path).map_err(refused)?;
    }
    let mut locks = vec![open_private(&path.join(LOCK)).map_err(refused)?];
    // The directory too where the system can, since somebody who tidies up may remove the file.
    if cfg!(unix) {
        locks.push(File::open(path).map_err(refused)?);
    }
    for lock in &locks {
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
    }
    // Made here, before SQLite does, so that nobody else can ever read it; its log files inherit the mode. Never opened
    // once it is there: closing a file drops the locks SQLite may hold on it elsewhere in this process.
    let database = path.join(DATABASE);
    if !database.exists() {
        open_private(&database).map_err(refused)?;
    }
    Ok(Ownership { _locks: locks })
}

/// The database of a directory that someone else may own.
pub(super) fn existing(path: &Path) -> Result<PathBuf, Error> {
    let file = path.join(DATABASE);
    match fs::metadata(&file) {
        Ok(_) => Ok(file),
        Err(source) => Err(Error::Directory {
            path: path.to_owned(),
            source,
        }),
    }
}

fn make_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
