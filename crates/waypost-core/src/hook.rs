//! Hooks: the user's own apps, and how they want to be called.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::account::AccountId;
use crate::event::EventType;
use crate::time::UnixMillis;

/// The operator's own name for a hook.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HookId(pub Arc<str>);

impl HookId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for HookId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for HookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for HookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A configured hook.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The operator's name for it.
    pub id: HookId,
    /// For people.
    pub name: Option<String>,
    /// Where it is called; `event` and `account_id` are added to its query.
    pub url: Url,
    /// An HTTP method in capitals; usually `POST`.
    pub method: String,
    /// Sent with every call. Values may be secrets and never reach a log.
    pub headers: Vec<(String, SecretString)>,
    /// An inactive hook is not subscribed to anything.
    pub active: bool,
    /// Accounts it listens to; empty means all.
    pub accounts: Vec<AccountId>,
    /// Event types it wants; empty means all but the `hook.*` events.
    pub events: Vec<EventType>,
    /// Shape of the body.
    pub format: Format,
    /// Signing secrets; the first is current, the others still verify during a rotation.
    pub secrets: Vec<SecretString>,
    /// How events of one lane wait for one another.
    pub order: Order,
    /// Which answers are sent on as messages.
    pub replies: Replies,
    /// Over DNS, connect, TLS, headers and body together.
    pub timeout: Duration,
    /// Requests at once.
    pub in_flight: usize,
    /// Delays between attempts; the last one repeats until `give_up_after`.
    pub retry: RetrySchedule,
    /// Deliveries that may wait for it; past that the oldest become dead.
    pub backlog: usize,
    /// Whether its address may be private: true for hooks of the operator's own configuration.
    pub private_network: bool,
}

/// Shape of a hook's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A flat object for messages; `event_type`, `timestamp`, `data` for everything else.
    #[default]
    Flat,
    /// The versioned envelope of this project.
    Event,
    /// A Meta notification with exactly one change, signed as Meta signs.
    Meta,
}

/// How events of one lane wait for one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// A failing head holds its lane for a bounded time, then is parked.
    #[default]
    Bounded,
    /// A failing head holds its lane until it is delivered or dead.
    Strict,
    /// Nothing waits for anything.
    None,
}

/// Which of a hook's answers are sent on as messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replies {
    /// Answers to inbound messages; others are recorded and not sent.
    #[default]
    Messages,
    /// Every answer, whatever it answers.
    All,
    /// None; answers are recorded.
    None,
}

/// What keeps a hook from being called and outlives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Its events queue until somebody resumes it.
    pub paused: Option<Pause>,
    /// It is not called before this time, because it asked for that (`Retry-After`).
    pub not_before: UnixMillis,
}

/// A hook that is not called until somebody says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: UnixMillis,
    /// Why, for people.
    pub reason: String,
    /// It asked for it itself (410), as opposed to a person.
    pub by_hook: bool,
}

/// When a failed delivery is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule {
    /// Delay after the first, second, … failure; the last repeats.
    pub delays: Vec<Duration>,
    /// Counted from the first attempt; past it the delivery is dead.
    pub give_up_after: Duration,
}

impl Default for RetrySchedule {
    /// 1 s, 5 s, 30 s, 2 m, 10 m, 30 m, 1 h, 2 h, 4 h, 8 h, 12 h, then daily, up to seven days.
    fn default() -> Self {
        const SECONDS: [u64; 12] = [
            1, 5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400,
        ];
        Self {
            delays: SECONDS.map(Duration::from_secs).to_vec(),
            give_up_after: Duration::from_hours(7 * 24),
        }
    }
}
