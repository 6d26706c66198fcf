//! The conformance suite against every store.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use waypost_store::sqlite::{Options, SqliteStore};
use waypost_store::{MemoryStore, Store, conformance};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory() {
    conformance::run(|| Arc::new(MemoryStore::new()) as Arc<dyn Store>).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let mut number = 0;
    conformance::run(|| {
        number += 1;
        let path = directory.path().join(number.to_string());
        Arc::new(SqliteStore::open(&path, &Options::default()).unwrap()) as Arc<dyn Store>
    })
    .await;
}

/// A directory that is opened again and again, with segments so small that every case meets several.
struct Directory(tempfile::TempDir);

impl conformance::Reopen for Directory {
    fn open(&mut self) -> Arc<dyn Store> {
        let options = Options {
            segment_keys: 8,
            ..Options::default()
        };
        Arc::new(SqliteStore::open(self.0.path(), &options).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_opened_again() {
    conformance::run_reopening(|| Directory(tempfile::tempdir().unwrap())).await;
}
