//! The upkeep's trait. There is no disk to make room on.

use async_trait::async_trait;
use waypost_core::hook::HookId;
use waypost_core::time::UnixMillis;

use super::MemoryStore;
use crate::{Error, Forget, Forgotten, Space, Upkeep};

#[async_trait]
impl Upkeep for MemoryStore {
    async fn forget(&self, now: UnixMillis, step: Forget) -> Result<Forgotten, Error> {
        self.transact(|transaction| transaction.forget(now, &step))
    }

    async fn expire(&self, hook_id: &HookId, count: usize, reason: &str) -> Result<usize, Error> {
        self.transact(|transaction| transaction.expire(hook_id, count, reason))
    }

    async fn give_back(&self) -> Result<Space, Error> {
        Ok(Space::default())
    }

    async fn space(&self) -> Result<Space, Error> {
        Ok(Space::default())
    }

    fn is_full(&self) -> bool {
        false
    }

    async fn keep_ballast(&self) -> Result<(), Error> {
        Ok(())
    }
}
