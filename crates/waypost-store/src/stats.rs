//! What a store can say of itself, for metrics and readiness.

use waypost_core::hook::HookId;
use waypost_core::time::UnixMillis;

/// Counters since the store was opened, and gauges of now.
#[derive(Debug, Clone)]
pub struct Stats {
    /// Durable commits.
    pub commits: u64,
    /// Business transactions in them.
    pub transactions: u64,
    /// How long commits took, in microseconds.
    pub commit_micros: Distribution,
    /// Business transactions in each commit.
    pub batch_sizes: Distribution,
    /// Events accepted.
    pub events: u64,
    /// Events recognised as seen before.
    pub duplicates: u64,
    /// Deliveries given up because too many waited for their hook.
    pub expired: u64,
    /// Settlements refused because their lease was void.
    pub fenced: u64,
    /// Messages that failed without a call, because Meta refused their like for the same recipient lately.
    pub suppressed: u64,
    /// Messages by state: queued, sending, uncertain.
    pub outbox_open: [u64; 3],
    /// What waits for each hook.
    pub backlog: Vec<HookBacklog>,
}

impl Stats {
    /// What waits for this hook; None if nothing ever did.
    pub fn backlog_of(&self, hook_id: &HookId) -> Option<&HookBacklog> {
        self.backlog.iter().find(|one| one.hook_id == *hook_id)
    }
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
    /// Deliveries in the longest line, the one under way aside.
    pub deepest: u64,
    /// When the oldest of them was accepted.
    pub oldest: Option<UnixMillis>,
}

/// How often a measure fell below which bound.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// Upper bounds, growing; what lies above the last is counted too.
    pub bounds: &'static [u64],
    /// One more than bounds: how many lay at or below each, and above the one before.
    pub counts: Vec<u64>,
    /// All of them together.
    pub sum: u64,
}

impl Distribution {
    /// Nothing measured yet.
    pub(crate) fn new(bounds: &'static [u64]) -> Self {
        Self {
            bounds,
            counts: vec![0; bounds.len() + 1],
            sum: 0,
        }
    }

    pub(crate) fn add(&mut self, value: u64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts[place] += 1;
        self.sum += value;
    }
}

/// Microseconds, from a fast disk's to a failing one's.
const COMMIT_MICROS: &[u64] = &[
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
];
const BATCH_SIZES: &[u64] = &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000];

impl Default for Stats {
    fn default() -> Self {
        Self {
            commits: 0,
            transactions: 0,
            commit_micros: Distribution::new(COMMIT_MICROS),
            batch_sizes: Distribution::new(BATCH_SIZES),
            events: 0,
            duplicates: 0,
            expired: 0,
            fenced: 0,
            suppressed: 0,
            outbox_open: [0; 3],
            backlog: Vec::new(),
        }
    }
}
