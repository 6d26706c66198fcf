//! The ballast: a file that takes room while there is some, and gives it back when the disk is full, so that what is old can
//! be removed then. Removing needs room first: for the log, before pages become free. So does opening: the last of it is kept
//! for a start on a disk that is still full.
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
/// What is kept for the next start, in bytes, but no more than a quarter of it.
const LAST: u64 = 1 << 20;

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

    /// Makes it whole, unless it is. Where there is no room for that, it is as if it had been given back.
    pub(super) fn keep(&self) -> io::Result<()> {
        if self.bytes > 0 && self.length() != self.bytes {
            self.write().inspect_err(|_| self.shrink())?;
        }
        Ok(())
    }

    /// The disk is full: gives its room back, but for the last of it.
    pub(super) fn give_back(&self) {
        self.scarce.store(true, Ordering::SeqCst);
        if self.length() > 0 {
            self.owed.store(true, Ordering::SeqCst);
            self.shrink();
        }
    }

    /// The disk is full at the start: gives all of its room back.
    pub(super) fn give_up(&self) {
        self.give_back();
        let removed = fs::remove_file(&self.path);
        report(removed.or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }));
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

    fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// Written, not only declared: a hole takes no room. Nor do zeros everywhere, or what repeats. What is there is written
    /// over, so that its room is not lost to somebody else meanwhile.
    fn write(&self) -> io::Result<()> {
        let mut file = self.open(true)?;
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
        file.set_len(self.bytes)
    }

    fn shrink(&self) {
        let last = LAST.min(self.bytes / 4);
        if self.length() > last {
            report(self.open(false).and_then(|file| file.set_len(last)));
        }
    }

    fn open(&self, create: bool) -> io::Result<File> {
        let mut options = File::options();
        options
            .write(true)
            .create(create)
            .truncate(false)
            .open(&self.path)
    }
}

fn report(outcome: io::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the ballast cannot be given back");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_whole_or_no_more_than_what_the_next_start_needs() {
        let directory = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(directory.path(), 100_000);
        ballast.give_back();
        ballast.regain().unwrap();
        assert_eq!(ballast.length(), 0, "what was not there is not owed");
        for _ in 0..2 {
            ballast.keep().unwrap();
            assert_eq!(ballast.length(), 100_000);
        }
        for _ in 0..2 {
            ballast.give_back();
            assert!(ballast.is_scarce() && ballast.length() == 25_000);
        }
        ballast.regain().unwrap();
        assert!(!ballast.is_scarce() && ballast.length() == 100_000);
    }

    #[test]
    fn a_start_on_a_full_disk_has_the_last_of_it_and_gets_all_of_it_back() {
        let directory = tempfile::tempdir().unwrap();
        let before = Ballast::new(directory.path(), 100_000);
        before.keep().unwrap();
        before.give_back();
        let after = Ballast::new(directory.path(), 100_000);
        after.give_up();
        assert!(after.is_scarce() && !directory.path().join(NAME).exists());
        after.regain().unwrap();
        assert!(!after.is_scarce() && after.length() == 100_000);
    }
}
