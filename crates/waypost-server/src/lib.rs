//! What Waypost answers: webhooks, API, metrics; configuration; lifecycle.
//!
//! | module | for |
//! |---|---|
//! | [`config`] | one typed configuration, four formats |
//! | [`gateway`](Gateway) | starting and stopping the whole |
//! | [`local`] | the two files by which a command finds its running gateway |
//! | [`offline`] | the reading half of the API, over a stopped gateway's directory |
//! | [`reload`] | reading the configuration again |
//! | [`trace`] | where one message is, and how it got there |

mod access;
mod api;
mod app;
mod body;
pub mod config;
mod gateway;
mod health;
pub mod local;
mod metrics;
pub mod offline;
mod openapi;
mod problem;
pub mod reload;
mod segment;
mod serve;
pub mod trace;
mod watch;
mod webhook;

pub use gateway::{Gateway, Options, StartError};
pub use watch::{StoredReport, Watch};
pub use waypost_engine::{AttemptReport, Observer, SendReport};
pub use waypost_store::Error as StoreError;
