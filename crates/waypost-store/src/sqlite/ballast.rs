//! The ballast: a file that takes room while there is some, and gives it back when the disk is full, so that what is old can
//! be removed then. Removing needs room first: for the log, before pages become free.
//!
//! **Invariant:** from when the disk is full until the ballast is whole again, nothing new is accepted, so that its room is
//! there for removing.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Its name in the data directory.
const NAME: &str = "ballast";
const BLOCK: usize = 64 * 1024;

/// The file, whether or not it is there.
#[derive(Debug)]
pub(super) struct Ballast {
    path: PathBuf,
    bytes: u64,
    /// The disk is full.
    scarce: AtomicBool,
    /// It was given back.
    owed: AtomicBool,
}

impl Ballast {
    /// Of so many bytes, in this directory. Nothing is written yet.
    pub(super) fn new(directory: &Path, bytes: u64) -> Self {
        Self {
            path: directory.join(NAME),
            bytes,
            scarce: AtomicBool::new(false),
            owed: AtomicBool::new(false),
        }
    }

    /// Makes it whole, unless it is. What there is no room for leaves nothing behind.
    pub(super) fn keep(&self) -> io::Result<()> {
        let length = fs::metadata(&self.path).map_or(0, |file| file.len());
        if self.bytes > 0 && length != self.bytes {
            self.write().inspect_err(|_| self.remove())?;
        }
        Ok(())
    }

    /// The disk is full: gives its room back.
    pub(super) fn give_back(&self) {
        self.scarce.store(true, Ordering::SeqCst);
        if fs::metadata(&self.path).is_ok() {
            self.owed.store(true, Ordering::SeqCst);
            self.remove();
        }
    }

    /// There seems to be room again: takes it back, if it was there before. Where that fails, the disk is still full.
    pub(super) fn regain(&self) -> io::Result<()> {
        if self.owed.load(Ordering::SeqCst) {
            self.keep()?;
        }
        self.owed.store(false, Ordering::SeqCst);
        self.scarce.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Whether the disk is full, and what room there is belongs to removing.
    pub(super) fn is_scarce(&self) -> bool {
        self.scarce.load(Ordering::SeqCst)
    }

    /// Written, not only declared: a hole takes no room. Nor do zeros everywhere, or what repeats.
    fn write(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        let mut left = self.bytes;
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut block = vec![0; BLOCK];
        while left > 0 {
            for bytes in block.chunks_exact_mut(8) {
                // xorshift: any noise does.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.copy_from_slice(&state.to_le_bytes());
            }
            let part = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            file.write_all(&block[..part])?;
            left -= part as u64;
        }
        file.flush()
    }

    fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the ballast cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_whole_or_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(directory.path(), 100_000);
        let file = directory.path().join(NAME);
        ballast.give_back();
        ballast.regain().unwrap();
        assert!(!file.exists(), "what was not there is not owed");
        for _ in 0..2 {
            ballast.keep().unwrap();
            assert_eq!(fs::metadata(&file).unwrap().len(), 100_000);
        }
        ballast.give_back();
        assert!(ballast.is_scarce() && !file.exists());
        ballast.regain().unwrap();
        assert!(!ballast.is_scarce() && file.exists());
    }
}
