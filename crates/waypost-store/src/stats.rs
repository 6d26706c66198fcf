//! What a store can say of itself, for metrics and readiness.

use waypost_core::hook::HookId;
use waypost_core::time::UnixMillis;

/// Counters since the store was opened, and gauges of now.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Durable commits.
    pub commits: u64,
    /// Business transactions in them.
    pub transactions: u64,
    /// Time spent in commits, in microseconds: divided by `commits`, the mean.
    pub commit_micros: u64,
    /// Events accepted.
    pub events: u64,
    /// Events recognised as seen before.
    pub duplicates: u64,
    /// Settlements refused because their lease was void.
    pub fenced: u64,
    /// Messages that failed without a call, because Meta refused their like for the same recipient lately.
    pub suppressed: u64,
    /// Messages by state: queued, sending, uncertain.
    pub outbox_open: [u64; 3],
    /// What waits for each hook.
    pub backlog: Vec<HookBacklog>,
}

/// What waits for one hook.
#[derive(Debug, Clone)]
pub struct HookBacklog {
    /// Which.
    pub hook_id: HookId,
    /// Deliveries waiting in lanes, and those under way.
    pub waiting: u64,
    /// Deliveries under way.
    pub in_flight: u64,
    /// Deliveries parked.
    pub parked: u64,
    /// Lanes with something waiting.
    pub lanes: u64,
    /// When the oldest of them was accepted.
    pub oldest: Option<UnixMillis>,
}
