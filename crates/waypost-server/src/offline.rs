//! The reading half of the API over a directory whose gateway is not running: the same paths and the same answers, without
//! a server, a key or a configuration.
//!
//! **Invariant:** answers are made by the API's own handlers, so that a running and a stopped gateway say the same.

use std::path::Path;
use std::sync::Arc;

use axum::response::IntoResponse as _;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt as _;
use waypost_core::directory::Directory;
use waypost_store::sqlite::SqliteStore;
use waypost_store::{Error, Store};

use crate::access::Caller;
use crate::api::read::Reader;

/// What a stopped gateway left behind.
pub struct Offline {
    store: Arc<dyn Store>,
}

impl Offline {
    /// Opens a data directory for reading only.
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        Ok(Self {
            store: Arc::new(SqliteStore::open_read_only(data_dir)?),
        })
    }

    /// Answers `GET path_and_query` as the API would, to someone who may read everything.
    pub async fn get(&self, path_and_query: &str) -> (StatusCode, Bytes) {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let reader = Reader {
            store: &*self.store,
            directory: &Directory::default(),
            caller: &Caller::admin("offline"),
            uncertain_after: None,
        };
        let response = match reader.get(&decoded(path), query).await {
            Ok(json) => json.into_response(),
            Err(problem) => problem.into_response(),
        };
        let status = response.status();
        let body = response.into_body().collect().await;
        (
            status,
            body.map(http_body_util::Collected::to_bytes)
                .unwrap_or_default(),
        )
    }
}

/// Undoes percent-encoding; a plus sign stands for itself in a path.
fn decoded(path: &str) -> String {
    let query = format!(
        "path={}",
        path.replace('+', "%2B")
            .replace('&', "%26")
            .replace(';', "%3B")
    );
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .next()
        .map(|(_, path)| path.into_owned())
        .unwrap_or_default()
}
