//! The replays' trait.

use async_trait::async_trait;
use waypost_core::account::AccountId;
use waypost_core::id::{ContactId, EventId, ReplayId};
use waypost_core::replay::{Replay, Request, State};
use waypost_core::time::UnixMillis;

use super::MemoryStore;
use crate::rows::ReplayRows as _;
use crate::{Candidates, Error, Page, Replays, Step, list};

#[async_trait]
impl Replays for MemoryStore {
    async fn start_replay(&self, now: UnixMillis, request: Request) -> Result<Replay, Error> {
        self.transact(|transaction| transaction.start_replay(now, &request))
    }

    async fn step_replay(&self, now: UnixMillis, step: Step) -> Result<Option<Replay>, Error> {
        self.transact(|transaction| transaction.step_replay(now, &step))
    }

    async fn cancel_replay(&self, now: UnixMillis, id: ReplayId) -> Result<Option<Replay>, Error> {
        self.transact(|transaction| transaction.cancel_replay(now, id))
    }

    async fn replay(&self, id: ReplayId) -> Result<Option<Replay>, Error> {
        self.rows().replay(id)
    }

    async fn replays(&self, limit: usize, after: Option<&str>) -> Result<Page<Replay>, Error> {
        let limit = list::limit(limit);
        let after = list::after::<ReplayId>(after)?.unwrap_or(ReplayId(0));
        let rows = self.rows();
        let later = rows.replays.values().filter(|replay| replay.id > after);
        let replays = later.take(limit + 1).cloned().collect();
        Ok(list::page(replays, limit, |replay: &Replay| replay.id))
    }

    async fn running_replays(&self) -> Result<Vec<Replay>, Error> {
        let rows = self.rows();
        let running = rows.replays.values();
        Ok(running
            .filter(|replay| replay.state == State::Running)
            .cloned()
            .collect())
    }

    async fn candidates(
        &self,
        request: &Request,
        place: EventId,
        end: EventId,
        limit: usize,
    ) -> Result<Candidates, Error> {
        Ok(self.rows().candidates(request, place, end, limit))
    }

    async fn contacts(
        &self,
        account_id: Option<&AccountId>,
        handle: &str,
    ) -> Result<Vec<ContactId>, Error> {
        Ok(self
            .rows()
            .contacts(account_id.map(AccountId::as_str), handle))
    }
}
