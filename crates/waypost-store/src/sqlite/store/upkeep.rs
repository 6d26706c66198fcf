//! The upkeep's trait over writer and readers.

use std::sync::Arc;

use async_trait::async_trait;
use waypost_core::hook::HookId;
use waypost_core::time::UnixMillis;

use crate::sqlite::{SqliteStore, schema};
use crate::{Error, Forget, Forgotten, Space, Upkeep};

#[async_trait]
impl Upkeep for SqliteStore {
    async fn forget(&self, now: UnixMillis, step: Forget) -> Result<Forgotten, Error> {
        // Each event has a delivery and an attempt or two.
        self.writer()?
            .run(4 * step.limit, move |transaction| {
                transaction.forget(now, &step)
            })
            .await
    }

    async fn expire(&self, hook_id: &HookId, count: usize, reason: &str) -> Result<usize, Error> {
        let (hook_id, reason) = (hook_id.clone(), reason.to_owned());
        self.writer()?
            .run(count, move |transaction| {
                transaction.expire(&hook_id, count, &reason)
            })
            .await
    }

    async fn give_back(&self) -> Result<Space, Error> {
        self.writer()?
            .run(256, |transaction| transaction.rows.give_back())
            .await?;
        self.space().await
    }

    async fn space(&self) -> Result<Space, Error> {
        self.readers.read(schema::space).await
    }

    fn is_full(&self) -> bool {
        self.ballast.is_scarce()
    }

    async fn keep_ballast(&self) -> Result<(), Error> {
        let ballast = Arc::clone(&self.ballast);
        if ballast.is_scarce() {
            // The writer makes it again, once there is room.
            return Ok(());
        }
        self.readers
            .read(move |_| {
                ballast.keep().map_err(|error| Error::Unavailable {
                    reason: format!("no room for the ballast: {error}"),
                })
            })
            .await
    }
}
