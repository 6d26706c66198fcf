//! Telling the business: webhooks posted in order within a conversation, beside one another across them, and again until
//! they are answered 200.
//!
//! **Invariant:** the signature is over the escaped bytes that are sent, never over JSON that means the same.
//! **Invariant:** an update leaves `outstanding` only when it is acknowledged or given up.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use whatsapp_cloud::webhook::sign;

use crate::webhook::{Update, body};
use crate::world::{Lane, State, World};

/// As many updates as Meta puts into one webhook.
const LARGEST_BATCH: usize = 1000;

impl World {
    /// Puts an update at the end of its lane, or aside while webhooks are held or have nowhere to go.
    pub(crate) fn tell(self: &Arc<Self>, state: &mut State, lane: Lane, update: Update) {
        if !self.is_wanted(state, &update) {
            return;
        }
        state.updates_told += 1;
        let every = state.behaviour.late_every;
        let is_late = every > 0 && state.updates_told.is_multiple_of(every);
        let lane = if is_late {
            Lane::Late(state.updates_told)
        } else {
            lane
        };
        if state.is_holding || self.callback_url(state, &update).is_none() {
            state.held.push((lane, update));
        } else {
            self.enqueue(state, lane, update);
        }
    }

    fn enqueue(self: &Arc<Self>, state: &mut State, lane: Lane, update: Update) {
        self.outstanding.send_modify(|count| *count += 1);
        match state.lanes.entry(lane) {
            Entry::Occupied(mut waiting) => waiting.get_mut().push_back(update),
            Entry::Vacant(idle) => {
                let lane = idle.key().clone();
                idle.insert_entry([update].into());
                self.tasks
                    .spawn_on(run_lane(self.clone(), lane), &self.runtime);
            }
        }
    }

    /// Lets everything go that was put aside, if it has somewhere to go.
    pub(crate) fn release(self: &Arc<Self>, state: &mut State) {
        if state.is_holding {
            return;
        }
        for (lane, update) in std::mem::take(&mut state.held) {
            if self.callback_url(state, &update).is_some() {
                self.enqueue(state, lane, update);
            } else {
                state.held.push((lane, update));
            }
        }
    }

    /// Lets everything go that was put aside, in an order that follows from the seed, one after another.
    pub(crate) fn release_shuffled(self: &Arc<Self>, seed: u64) {
        let mut state = self.state();
        state.is_holding = false;
        state.sequence += 1;
        let lane = Lane::Shuffled(state.sequence);
        let mut held = std::mem::take(&mut state.held);
        let mut random = seed;
        for place in (1..held.len()).rev() {
            random = split_mix(random);
            // The remainder is below `place + 1`, which is a `usize`.
            let other = usize::try_from(random % (place as u64 + 1)).unwrap_or(place);
            held.swap(place, other);
        }
        state.held = held
            .into_iter()
            .map(|(_, update)| (lane.clone(), update))
            .collect();
        self.release(&mut state);
    }

    /// Posts what was put aside in webhooks as large as Meta's largest. Whatever is told meanwhile waits, so that nothing is
    /// overtaken.
    pub(crate) async fn release_batch(self: &Arc<Self>) {
        let batch: Vec<Update> = {
            let mut state = self.state();
            state.is_holding = true;
            std::mem::take(&mut state.held)
                .into_iter()
                .map(|(_, update)| update)
                .collect()
        };
        self.outstanding.send_modify(|count| *count += batch.len());
        for batch in batch.chunks(LARGEST_BATCH) {
            self.deliver(batch).await;
        }
        let mut state = self.state();
        state.is_holding = false;
        self.release(&mut state);
    }

    /// The next updates of a lane for one webhook. None ends the lane, under the same lock that would fill it.
    fn next_batch(&self, lane: &Lane) -> Option<Vec<Update>> {
        let mut state = self.state();
        let waiting = state.lanes.get_mut(lane)?;
        let count = waiting.len().min(self.config.batch_limit.max(1));
        let batch: Vec<Update> = waiting.drain(..count).collect();
        if batch.is_empty() {
            state.lanes.remove(lane);
            return None;
        }
        Some(batch)
    }

    async fn deliver(&self, batch: &[Update]) {
        let body = Bytes::from(body(batch, |place| self.number(place)));
        let is_acknowledged = self.post_until_acknowledged(batch, &body, false).await;
        if is_acknowledged && self.is_to_be_doubled() {
            self.post_until_acknowledged(batch, &body, true).await;
        }
        self.outstanding
            .send_modify(|count| *count = count.saturating_sub(batch.len()));
    }

    fn is_to_be_doubled(&self) -> bool {
        let mut state = self.state();
        state.posts_acknowledged += 1;
        let every = self.config.duplicate_every;
        let is_its_turn = every > 0 && state.posts_acknowledged.is_multiple_of(every);
        if state.duplicate_next > 0 {
            state.duplicate_next -= 1;
            return true;
        }
        is_its_turn
    }

    async fn post_until_acknowledged(
        &self,
        batch: &[Update],
        body: &Bytes,
        is_duplicate: bool,
    ) -> bool {
        let updates = batch.iter().map(|update| update.id.clone()).collect();
        let signature = sign(&self.config.app_secret, body);
        let post = self.state().journal.begin(updates, is_duplicate);
        for attempts in 1.. {
            let status = tokio::select! {
                status = self.post_once(batch, body, &signature) => status,
                () = self.stopping.cancelled() => return false,
            };
            self.state().journal.attempted(post, status, self.now_ms());
            self.happened();
            if status == Some(200) {
                return true;
            }
            let Some(wait) = self.config.retry.wait_after(attempts) else {
                break;
            };
            if self.is_stopped_within(wait).await {
                return false;
            }
        }
        self.state().journal.gave_up(post);
        self.happened();
        tracing::warn!("a webhook was given up");
        false
    }

    /// One call. The status, if there was an answer: its body is of no interest to Meta either.
    async fn post_once(&self, batch: &[Update], body: &Bytes, signature: &str) -> Option<u16> {
        // The semaphore is never closed; if it were, posting without a slot would be right.
        let _slot = self.post_slots.acquire().await.ok();
        let url = self.callback_url_of(batch)?;
        let request = self
            .http
            .post(url)
            .timeout(self.config.webhook_timeout)
            .header(CONTENT_TYPE, "application/json")
            .header("X-Hub-Signature-256", signature)
            .body(body.clone());
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        // Read to its end, so that the connection can be used again.
        drop(answer.bytes().await);
        Some(status)
    }
}

async fn run_lane(world: Arc<World>, lane: Lane) {
    while let Some(batch) = world.next_batch(&lane) {
        let behaviour = world.state().behaviour;
        let delay = match lane {
            Lane::Late(_) => behaviour.late_by(),
            _ => behaviour.delay(),
        };
        if !delay.is_zero() && world.is_stopped_within(delay).await {
            return;
        }
        world.deliver(&batch).await;
        if world.stopping.is_cancelled() {
            return;
        }
    }
}

/// The next of a sequence of numbers that look random (`SplitMix64`).
fn split_mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
