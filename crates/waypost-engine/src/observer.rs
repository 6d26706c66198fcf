//! Whoever counts: metrics, and tests that look on.

use std::time::Duration;

use waypost_core::account::AccountId;
use waypost_core::event::EventType;
use waypost_core::hook::HookId;
use waypost_core::id::{DeliveryId, EventId, OutboxId};

/// Told of every call after it is settled. Must not block.
pub trait Observer: Send + Sync {
    /// A hook was called.
    fn attempt(&self, _report: &AttemptReport<'_>) {}

    /// Meta was called, or could not be.
    fn send(&self, _report: &SendReport<'_>) {}

    /// An account is held, because Meta refuses whatever it sends, or is not any more.
    fn sender_held(&self, _account_id: &AccountId, _held: bool) {}
}

/// Looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// One call of a hook. Holds ids only, no personal data.
#[derive(Debug, Clone)]
pub struct AttemptReport<'a> {
    /// Who was called.
    pub hook_id: &'a HookId,
    /// Whose event it was.
    pub account_id: &'a AccountId,
    /// What was delivered.
    pub event_id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// Which delivery.
    pub delivery_id: DeliveryId,
    /// Counted from 1.
    pub number: u32,
    /// The hook's HTTP status, if it answered.
    pub status: Option<u16>,
    /// `ok`, or what went wrong, as a stable word: `dns`, `refused_address`, `connect`, `tls`, `timeout`, `reset`, `redirect`,
    /// `status`, `protocol`, `request`, `stopped`, `internal`.
    pub outcome: &'static str,
    /// What it meant: `delivered`, `retry`, `parked`, `dead`.
    pub verdict: &'static str,
    /// How long the call took.
    pub duration: Duration,
    /// From accepting the event to the beginning of this call.
    pub lag: Duration,
    /// Messages the hook answered with.
    pub replies: usize,
}

/// One call of Meta. Holds ids only, no personal data.
#[derive(Debug, Clone)]
pub struct SendReport<'a> {
    /// Who sends.
    pub account_id: &'a AccountId,
    /// Which message.
    pub message_id: OutboxId,
    /// Counted from 1.
    pub number: u32,
    /// What it meant: `sent`, `retry`, `failed`, `uncertain`.
    pub verdict: &'static str,
    /// Meta's error code, if Meta answered with one.
    pub error_code: Option<i64>,
    /// What a refusal concerned: `number`, `pair`, `passing`, `sender`, `message`.
    pub refusal: Option<&'static str>,
    /// How long the call took; zero if none was made.
    pub duration: Duration,
    /// From storing the message to the beginning of this call.
    pub lag: Duration,
}
