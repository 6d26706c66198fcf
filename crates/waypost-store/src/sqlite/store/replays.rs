//! The replays' trait over writer and readers.

use async_trait::async_trait;
use waypost_core::account::AccountId;
use waypost_core::id::{ContactId, EventId, ReplayId};
use waypost_core::replay::{Replay, Request};
use waypost_core::time::UnixMillis;

use crate::sqlite::{SqliteStore, replays};
use crate::{Candidates, Error, Page, Replays, Step};

#[async_trait]
impl Replays for SqliteStore {
    async fn start_replay(&self, now: UnixMillis, request: Request) -> Result<Replay, Error> {
        self.writer()?
            .run(1, move |transaction| {
                transaction.start_replay(now, &request)
            })
            .await
    }

    async fn step_replay(&self, now: UnixMillis, step: Step) -> Result<Option<Replay>, Error> {
        let rows = step.items.iter().map(|item| 1 + item.targets.len()).sum();
        self.writer()?
            .run(rows, move |transaction| transaction.step_replay(now, &step))
            .await
    }

    async fn cancel_replay(&self, now: UnixMillis, id: ReplayId) -> Result<Option<Replay>, Error> {
        self.writer()?
            .run(1, move |transaction| transaction.cancel_replay(now, id))
            .await
    }

    async fn replay(&self, id: ReplayId) -> Result<Option<Replay>, Error> {
        self.readers
            .read(move |connection| replays::replay(connection, id))
            .await
    }

    async fn replays(&self, limit: usize, after: Option<&str>) -> Result<Page<Replay>, Error> {
        let after = after.map(str::to_owned);
        self.readers
            .read(move |connection| replays::replays(connection, limit, after.as_deref()))
            .await
    }

    async fn running_replays(&self) -> Result<Vec<Replay>, Error> {
        self.readers.read(replays::running).await
    }

    async fn candidates(
        &self,
        request: &Request,
        place: EventId,
        end: EventId,
        limit: usize,
    ) -> Result<Candidates, Error> {
        let request = request.clone();
        self.readers
            .read(move |connection| replays::candidates(connection, &request, place, end, limit))
            .await
    }

    async fn contacts(
        &self,
        account_id: Option<&AccountId>,
        handle: &str,
    ) -> Result<Vec<ContactId>, Error> {
        let (account_id, handle) = (account_id.cloned(), handle.to_owned());
        self.readers
            .read(move |connection| replays::contacts(connection, account_id.as_ref(), &handle))
            .await
    }
}
