//! The engine over a real store and real sockets on a loopback address; only the clock is a fake.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where"
)]

#[path = "it/deliveries.rs"]
mod deliveries;
#[path = "it/hooks.rs"]
mod hooks;
#[path = "it/house.rs"]
mod house;
#[path = "it/outages.rs"]
mod outages;
#[path = "it/patience.rs"]
mod patience;
#[path = "it/replays.rs"]
mod replays;
#[path = "it/retention.rs"]
mod retention;
#[path = "it/sends.rs"]
mod sends;
#[path = "it/sink.rs"]
mod sink;
#[path = "it/throttle.rs"]
mod throttle;
