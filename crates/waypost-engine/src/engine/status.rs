//! How hooks fare, as people see it.

use waypost_core::hook::{HookId, Pause};
use waypost_core::time::UnixMillis;

/// How a hook fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookStatus {
    /// Which.
    pub hook_id: HookId,
    /// Whether it is called.
    pub condition: HookCondition,
    /// Calls under way.
    pub in_flight: usize,
    /// Calls it may have under way: its `in_flight`, less while it is overloaded.
    pub limit: usize,
    /// It is not called before this time: its own `Retry-After`, or the next probe.
    pub not_before: Option<UnixMillis>,
    /// What went wrong last, as in [`waypost_core::delivery::Attempt::error`].
    pub last_error: Option<String>,
    /// When it last failed.
    pub last_failure_at: Option<UnixMillis>,
    /// When it last answered 2xx.
    pub last_success_at: Option<UnixMillis>,
    /// What its calls came to since the gateway started.
    pub figures: HookFigures,
}

/// What the calls of a hook came to since the gateway started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HookFigures {
    /// Calls answered with 2xx.
    pub successes: u64,
    /// All others.
    pub failures: u64,
    /// How long the last calls took, in milliseconds; absent before the first one.
    pub latency: Option<Latency>,
}

/// How long calls took, whatever came of them, in milliseconds: of the last 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_ms: u32,
    /// 95 of 100 took no longer.
    pub p95_ms: u32,
    /// The longest.
    pub max_ms: u32,
}

/// Whether a hook is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookCondition {
    /// As events come.
    Up,
    /// Its breaker is open: one probe at a time until it answers 2xx.
    Down {
        /// Since when nothing succeeded.
        since: UnixMillis,
    },
    /// Not at all; its events queue.
    Paused(Pause),
    /// `active: false`: it is not subscribed to anything, and what was queued for it waits.
    Inactive,
}
