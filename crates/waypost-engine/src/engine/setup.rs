//! What an engine is handed, and why it may not start.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use url::Url;
use waypost_core::directory::Directory;
use waypost_store::Store;

use crate::clock::Clock;
use crate::observer::{Observer, Unobserved};
use crate::upkeep::Retention;

/// Everything an engine is handed.
pub struct Setup {
    /// What is moved, and where it is remembered.
    pub store: Arc<dyn Store>,
    /// Accounts and hooks in force; read anew at every claim. Tell [`Engine::directory_changed`](super::Engine::directory_changed) after a swap.
    pub directory: Arc<ArcSwap<Directory>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who is told of every call.
    pub observer: Arc<dyn Observer>,
    /// Where Meta is: `https://graph.facebook.com`, or a simulator on a loopback address.
    pub graph_url: Url,
    /// Deadline of one call to Meta.
    pub graph_timeout: Duration,
    /// Calls to Meta at once, for each account; more for one whose throughput asks for it.
    pub sends_in_flight: usize,
    /// How long a send may stay uncertain before it is told of and its account's policy decides.
    pub uncertain_after: Duration,
    /// How long events are kept.
    pub retention: Retention,
    /// Any number; jitter is drawn from it.
    pub jitter_seed: u64,
}

impl Setup {
    /// With what is usual: 30 s for a call to Meta, sixteen at once for each account, five minutes of uncertainty, nobody
    /// looking on.
    pub fn new(
        store: Arc<dyn Store>,
        directory: Arc<ArcSwap<Directory>>,
        clock: Arc<dyn Clock>,
        graph_url: Url,
        jitter_seed: u64,
    ) -> Self {
        Self {
            store,
            directory,
            clock,
            observer: Arc::new(Unobserved),
            graph_url,
            graph_timeout: Duration::from_secs(30),
            sends_in_flight: 16,
            uncertain_after: Duration::from_mins(5),
            retention: Retention::default(),
            jitter_seed,
        }
    }
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The TLS library has no usable protocol.
    #[error("cannot set up TLS for hooks")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The client for Meta could not be built.
    #[error("cannot set up the client for Meta at this address")]
    Graph(#[source] Box<dyn std::error::Error + Send + Sync>),
}
