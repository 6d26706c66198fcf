//! How hooks fare, as people see it.

use waypost_core::hook::HookId;
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
    Paused {
        /// Why, for people.
        reason: String,
    },
    /// `active: false`: it is not subscribed to anything, and what was queued for it waits.
    Inactive,
}
