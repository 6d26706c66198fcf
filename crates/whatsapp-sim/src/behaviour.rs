//! How the simulated Meta and its people behave. Can be changed while the simulator runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the simulated Meta and its people behave. The default is kind: no limits, no window, webhooks at once and in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Behaviour {
    /// What becomes of a message that is no template, to somebody who has not written for 24 hours.
    pub window: Window,
    /// Sends that a number may make in a second, beyond which they are refused with 130429; 0 for any number.
    pub sends_per_second: u32,
    /// Whether more than one send every six seconds to one recipient, 45 of them in advance, is refused with 131056.
    pub pair_limit: bool,
    /// Whether calls without `appsecret_proof` are refused, as by an app whose settings require it.
    pub needs_appsecret_proof: bool,
    /// Whether a message of a template that the business account does not know is refused with 132001.
    pub templates_must_exist: bool,
    /// What becomes of templates that are made or edited.
    pub review: Review,
    /// Whether a phone is there for every phone number that is sent to. Otherwise only for those that were switched on.
    pub everyone_has_a_phone: bool,
    /// Whether a message to a phone number without a phone fails with 131026. Otherwise it is sent, and gets no further.
    pub strangers_fail: bool,
    /// Whether whoever gets a message reads it at once.
    pub phones_read: bool,
    /// How long every webhook is under way before it is posted.
    pub delay_ms: u64,
    /// Every n-th update comes late, overtaken by those behind it; 0 for none.
    pub late_every: u64,
    /// How late.
    pub late_by_ms: u64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            window: Window::Ignored,
            sends_per_second: 0,
            pair_limit: false,
            needs_appsecret_proof: false,
            templates_must_exist: false,
            review: Review::Approves,
            everyone_has_a_phone: false,
            strangers_fail: false,
            phones_read: false,
            delay_ms: 0,
            late_every: 0,
            late_by_ms: 1000,
        }
    }
}

impl Behaviour {
    /// As Meta's documentation has it: the window, 80 sends a second, the pair limit, templates that exist; and everyone has a
    /// phone.
    pub fn like_meta() -> Self {
        Self {
            window: Window::FailsLater,
            sends_per_second: 80,
            pair_limit: true,
            templates_must_exist: true,
            everyone_has_a_phone: true,
            strangers_fail: true,
            ..Self::default()
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    pub(crate) fn late_by(&self) -> Duration {
        Duration::from_millis(self.late_by_ms)
    }
}

/// What becomes of a message outside the 24-hour window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The window is always open.
    #[default]
    Ignored,
    /// Refused with 131047.
    Refused,
    /// Taken, and followed by a `failed` status with 131047.
    FailsLater,
}

/// What becomes of templates that are made or edited, as soon as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// They are approved, and the business is told so.
    #[default]
    Approves,
    /// They are rejected, and the business is told so.
    Rejects,
    /// They stay pending.
    Waits,
}
