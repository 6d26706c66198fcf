//! The simulator itself: started, asked what it saw, stopped.

mod script;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

use crate::config::SimConfig;
use crate::journal::{Counts, Post, TakenSend};
use crate::person::Person;
use crate::phone::Phone;
use crate::wire::{Wire, WireListener};
use crate::world::{Media, World};

/// A running simulator. Cheap to clone; it stops with [`Sim::stop`], or abruptly with its last clone.
#[derive(Clone)]
pub struct Sim {
    world: Arc<World>,
    address: SocketAddr,
    _stops: Arc<DropGuard>,
}

/// What a simulator cannot do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot listen.
    #[error("cannot listen on {address}")]
    Bind {
        /// Where it was to listen.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Its HTTP client cannot be set up.
    #[error("cannot set up the HTTP client")]
    HttpClient(#[source] reqwest::Error),
    /// A business without numbers has nobody to write to.
    #[error("the configuration has no number")]
    NoNumber,
    /// Webhooks cannot go there.
    #[error("`{url}` is not a webhook URL")]
    WebhookUrl {
        /// As it was given.
        url: String,
    },
    /// The handshake has nowhere to go.
    #[error("there is no webhook URL to shake hands with")]
    NoWebhookUrl,
    /// The handshake was not answered.
    #[error("the handshake got no answer")]
    HandshakeCall(#[source] reqwest::Error),
    /// The handshake was answered wrongly.
    #[error("the handshake was answered {status}, {} the challenge", if *.is_challenge { "with" } else { "without" })]
    HandshakeRefused {
        /// The HTTP status; Meta wants 200.
        status: u16,
        /// Whether the body was the challenge, verbatim; Meta wants that.
        is_challenge: bool,
    },
}

impl Sim {
    /// Starts one. It is reachable when this returns.
    pub async fn start(config: SimConfig) -> Result<Self, Error> {
        if config.numbers.is_empty() {
            return Err(Error::NoNumber);
        }
        let webhook_url = config.webhook_url.as_deref().map(parse_url).transpose()?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()
            .map_err(Error::HttpClient)?;
        let cannot_listen = |source| Error::Bind {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        // Two runs never give the same id: they differ in time, or else in port.
        let seed = config.clock.now_ms() ^ (u64::from(address.port()) << 48);
        let world = Arc::new(World::new(address, config, http, webhook_url, seed));
        let service =
            crate::graph::router(world.clone()).into_make_service_with_connect_info::<Wire>();
        let stopped = world.stopping.clone().cancelled_owned();
        let serving = axum::serve(WireListener(listener), service).with_graceful_shutdown(stopped);
        world.tasks.spawn(async move {
            // Never fails: accepting is tried again whatever happens.
            drop(serving.await);
        });
        let stops = Arc::new(world.stopping.clone().drop_guard());
        Ok(Self {
            world,
            address,
            _stops: stops,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What to use in place of `https://graph.facebook.com`.
    pub fn graph_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was started with.
    pub fn config(&self) -> &SimConfig {
        &self.world.config
    }

    /// Somebody's phone, switched on: by phone number, or as a [`Person`]. The same person has the same phone.
    pub fn phone(&self, person: impl Into<Person>) -> Phone {
        Phone {
            place: self.world.phone(person.into()),
            number: 0,
            world: self.world.clone(),
        }
    }

    /// Waits until every webhook is acknowledged or given up. What is held, or has no URL to go to, does not count.
    pub async fn drain(&self) {
        let mut outstanding = self.world.outstanding.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        drop(outstanding.wait_for(|count| *count == 0).await);
    }

    /// Updates that are neither acknowledged nor given up nor held.
    pub fn outstanding(&self) -> usize {
        *self.world.outstanding.borrow()
    }

    /// Changes whenever something happens that the journal knows of.
    pub fn happenings(&self) -> watch::Receiver<u64> {
        self.world.happenings.subscribe()
    }

    /// How much of everything there was.
    pub fn counts(&self) -> Counts {
        self.world.state().journal.counts
    }

    /// Every send taken, oldest first.
    pub fn sends(&self) -> Vec<TakenSend> {
        self.world.state().journal.sends.clone()
    }

    /// The sends taken after so many.
    pub fn sends_since(&self, place: usize) -> Vec<TakenSend> {
        let state = self.world.state();
        state.journal.sends.iter().skip(place).cloned().collect()
    }

    /// The webhooks after so many.
    pub fn posts_since(&self, place: usize) -> Vec<Post> {
        let state = self.world.state();
        state.journal.posts.iter().skip(place).cloned().collect()
    }

    /// How many sends with this callback data were taken.
    pub fn times_taken(&self, callback_data: &str) -> u32 {
        self.world.state().journal.times_taken(callback_data)
    }

    /// A file that somebody sent or the business uploaded, by Meta's id, unless it is gone.
    pub fn media(&self, id: &str) -> Option<Media> {
        self.world.media(id)
    }

    /// Every webhook, oldest first.
    pub fn posts(&self) -> Vec<Post> {
        self.world.state().journal.posts.clone()
    }

    /// Every update answered 200, in the order of acknowledgement's webhooks: a message by its wamid, a status as
    /// `WAMID/STATUS`.
    pub fn acknowledged(&self) -> Vec<String> {
        let state = self.world.state();
        let posts = state.journal.posts.iter();
        let acknowledged =
            posts.filter(|post| !post.is_duplicate && post.acknowledged_at_ms.is_some());
        acknowledged.flat_map(|post| post.updates.clone()).collect()
    }

    /// Stops: no more webhooks, hanging requests end, the port closes. What was not acknowledged stays so.
    pub async fn stop(&self) {
        self.world.stopping.cancel();
        self.world.tasks.close();
        // A caller that never ends its request must not keep the simulator; its connection dies with the runtime.
        drop(tokio::time::timeout(Duration::from_secs(5), self.world.tasks.wait()).await);
    }
}

pub(crate) fn parse_url(url: &str) -> Result<reqwest::Url, Error> {
    let wrong = || Error::WebhookUrl {
        url: url.to_owned(),
    };
    let parsed: reqwest::Url = url.parse().map_err(|_| wrong())?;
    if matches!(parsed.scheme(), "http" | "https") {
        Ok(parsed)
    } else {
        Err(wrong())
    }
}
