//! The simulator itself: started, told what to do, asked what it saw, stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use crate::config::SimConfig;
use crate::fault::Fault;
use crate::journal::{Counts, Post, TakenSend};
use crate::person::Person;
use crate::phone::Phone;
use crate::wire::{Wire, WireListener};
use crate::world::World;

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
        let world = Arc::new(World::new(config, http, webhook_url, seed));
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

    /// Where webhooks go from now on, those included that wait or are being repeated.
    pub fn set_webhook_url(&self, url: &str) -> Result<(), Error> {
        let url = parse_url(url)?;
        let mut state = self.world.state();
        state.webhook_url = Some(url);
        self.world.release(&mut state);
        Ok(())
    }

    /// Shakes hands as Meta does when a callback URL is saved.
    pub async fn handshake(&self) -> Result<(), Error> {
        let config = &self.world.config;
        let url = self.world.state().webhook_url.clone();
        let mut url = url.ok_or(Error::NoWebhookUrl)?;
        let challenge = (self.world.now_ms() % 2_000_000_000).to_string();
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair("hub.verify_token", config.verify_token.expose());
        let call = self.world.http.get(url).timeout(config.webhook_timeout);
        let hidden = |error: reqwest::Error| Error::HandshakeCall(error.without_url());
        let answer = call.send().await.map_err(hidden)?;
        let status = answer.status().as_u16();
        let is_challenge = answer.bytes().await.map_err(hidden)? == challenge.as_bytes();
        if status == 200 && is_challenge {
            return Ok(());
        }
        Err(Error::HandshakeRefused {
            status,
            is_challenge,
        })
    }

    /// Somebody's phone, switched on: by phone number, or as a [`Person`]. The same person has the same phone.
    pub fn phone(&self, person: impl Into<Person>) -> Phone {
        Phone {
            place: self.world.phone(person.into()),
            number: 0,
            world: self.world.clone(),
        }
    }

    /// Tells the business something that is no message: a change of this field, about its first number.
    /// Answers how the journal calls it.
    pub fn tell(&self, field: &str, value: Value) -> String {
        self.world.tell_change(0, field, value)
    }

    /// The next send meets this fault; called again, the one after it.
    pub fn fail_next(&self, fault: Fault) {
        self.fail_next_times(1, fault);
    }

    /// So many sends from now on meet this fault.
    pub fn fail_next_times(&self, times: usize, fault: Fault) {
        self.world.state().faults.push(times, fault);
    }

    /// Every n-th send meets this fault; 1 for all of them.
    pub fn fail_every(&self, nth: u64, fault: Fault) {
        self.world.state().faults.every(nth, fault);
    }

    /// Every send to this recipient meets this fault.
    pub fn fail_sends_to(&self, recipient: &str, fault: Fault) {
        self.world
            .state()
            .faults
            .for_recipient(recipient.to_owned(), fault);
    }

    /// No faults any more. What hangs already goes on hanging.
    pub fn clear_faults(&self) {
        self.world.state().faults.clear();
    }

    /// So many webhooks from now on are sent once more after they were acknowledged.
    pub fn duplicate_next(&self, count: u32) {
        self.world.state().duplicate_next += count;
    }

    /// Keeps webhooks back until they are released.
    pub fn hold_webhooks(&self) {
        self.world.state().is_holding = true;
    }

    /// Lets go what was kept back, one webhook for each update.
    pub fn release_webhooks(&self) {
        let mut state = self.world.state();
        state.is_holding = false;
        self.world.release(&mut state);
    }

    /// Lets go what was kept back, all of it in one webhook, and waits until that is acknowledged or given up.
    pub async fn release_batch(&self) {
        self.world.release_batch().await;
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

    /// How much of everything there was.
    pub fn counts(&self) -> Counts {
        self.world.state().journal.counts
    }

    /// Every send taken, oldest first.
    pub fn sends(&self) -> Vec<TakenSend> {
        self.world.state().journal.sends.clone()
    }

    /// How many sends with this callback data were taken.
    pub fn times_taken(&self, callback_data: &str) -> u32 {
        self.world.state().journal.times_taken(callback_data)
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

fn parse_url(url: &str) -> Result<reqwest::Url, Error> {
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
