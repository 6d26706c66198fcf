//! What Waypost moves: deliveries to hooks and messages to Meta, by two pumps of one shape.
//!
//! A pump claims work with a lease, acts outside any transaction, and settles with the lease as fence. It wakes when the
//! store says that something may be due, when something falls due by the clock, and when a call ends; it never polls.
//!
//! | module | for |
//! |---|---|
//! | [`engine`](Engine) | starting, draining and stopping it all |
//! | `pump` | the one loop |
//! | `gate` | who may be called now: cap, breaker, pause, `Retry-After` |
//! | `deliver` | one delivery: render, sign, call, judge |
//! | `client` | calling a hook: guarded addresses, one deadline |
//! | `send` | one message to Meta |
//! | `uncertain` | sends whose fate stays unknown for five minutes |
//! | `upkeep` | replays, retention and backlog quotas, step by step |
//!
//! **Invariant:** one hook's slowness costs another hook nothing: every hook has its own cap, and nothing here waits for a hook
//! but the call of that hook.

mod client;
pub mod clock;
mod deliver;
mod dice;
mod engine;
mod figures;
mod gate;
mod observer;
mod pump;
mod send;
mod tasks;
mod uncertain;
mod upkeep;

pub use clock::{Clock, ManualClock, SystemClock};
pub use deliver::Trial;
pub use engine::{
    Engine, Error, HookCondition, HookFigures, HookStatus, Latency, Preview, ResumeFrom, Resumed,
    Setup,
};
pub use observer::{AttemptReport, Observer, SendReport, Unobserved};
pub use upkeep::Retention;
