//! A simulator of Meta's WhatsApp Business Cloud API: phones that write and read, signed webhooks, faults on demand.
//!
//! It is a real server on a loopback port that speaks to a gateway as Meta does, so that a gateway runs, is tested and is
//! shown without an account. It prints nothing; everything it saw is in its journal.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use whatsapp_sim::{Sim, SimConfig};
//!
//! let sim = Sim::start(SimConfig::default()).await?;
//! // Start a gateway with sim.graph_url() as its Graph URL; then:
//! sim.set_webhook_url("http://127.0.0.1:8080/webhooks/whatsapp")?;
//! sim.handshake().await?;
//! let phone = sim.phone("491701234567");
//! phone.write("hello");
//! let answer = phone.next_message(Duration::from_secs(5)).await.ok_or("no answer")?;
//! phone.read(&answer.wamid);
//! sim.drain().await;
//! sim.stop().await;
//! # Ok(()) }
//! ```

mod behaviour;
mod calendar;
mod code;
mod config;
mod control;
mod example;
mod fault;
mod graph;
mod journal;
mod jwe;
mod person;
mod phone;
mod post;
mod sim;
mod webhook;
mod wire;
mod world;

pub use behaviour::{Behaviour, Review, Window};
pub use config::{Clock, Number, RetrySchedule, SimConfig};
pub use example::EXAMPLES;
pub use fault::{Call, Fault};
pub use journal::{Counts, Post, TakenSend};
pub use person::Person;
pub use phone::{File, Phone, Received};
pub use sim::{Error, Sim};
pub use webhook::escape;
pub use world::{Kind, Media, Token};
