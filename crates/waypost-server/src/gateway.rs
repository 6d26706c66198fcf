//! The gateway: store, engine and HTTP server, started in that order and stopped in the other.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use waypost_engine::{Clock, Engine, Retention, Setup, SystemClock};
use waypost_store::{Store, sqlite};

use crate::access::Access;
use crate::app::{self, App, InForce, Seldom};
use crate::body::Budget;
use crate::config::Config;
use crate::local;
use crate::metrics::Metrics;
use crate::reload::{self, Changes, Reload, Source};
use crate::serve::{self, Server};
use crate::watch::{Both, Watch};
use keys::{MadeKeys, random_key};

pub(crate) mod keys;

/// What a start is told beside its configuration.
#[derive(Clone)]
pub struct Options {
    /// Listens here, instead of on every address of the configuration.
    pub listen: Option<SocketAddr>,
    /// Where the store and the two local files are; made if it is not there.
    pub data_dir: PathBuf,
    /// Every account takes webhooks without proof on its own path.
    pub allow_unsigned: bool,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How the store is opened.
    pub store: sqlite::Options,
    /// Reads the configuration again, for [`Gateway::reload_from_source`] and `POST /api/reload`; without one, neither works.
    pub source: Option<Source>,
    /// Looks on.
    pub watch: Option<Arc<dyn Watch>>,
}

impl Options {
    /// What is usual, with the data here.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            listen: None,
            data_dir: data_dir.into(),
            allow_unsigned: false,
            clock: Arc::new(SystemClock),
            store: sqlite::Options::default(),
            source: None,
            watch: None,
        }
    }
}

/// Why a gateway did not start. Nothing of it is left running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store could not be opened: locked by another gateway, unreachable, newer than this program.
    #[error("cannot open the store")]
    Store(#[source] waypost_store::Error),
    /// The engine could not be started.
    #[error("cannot start the engine")]
    Engine(#[source] waypost_engine::Error),
    /// An address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The configuration names no address.
    #[error("there is no address to listen on")]
    NoAddress,
    /// `waypost.addr` or `waypost.key` could not be written.
    #[error("cannot write {path}", path = .path.display())]
    Local {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The system gave no random numbers for a key.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

/// A running gateway. Dropping it ends it as a crash would; [`Gateway::stop`] ends it in peace.
pub struct Gateway {
    addresses: Vec<SocketAddr>,
    app: Arc<App>,
    server: Server,
    new_admin_key: Option<String>,
    grace: Duration,
    local: local::Files,
}

impl Gateway {
    /// Opens the store, starts the engine, listens, and writes `waypost.addr` and `waypost.key` into the data directory.
    pub async fn start(mut config: Config, options: Options) -> Result<Self, StartError> {
        if options.allow_unsigned {
            config.allow_unsigned();
        }
        let Options {
            data_dir,
            clock,
            allow_unsigned,
            source,
            watch,
            ..
        } = options;
        let store: Arc<dyn Store> = Arc::new(
            sqlite::SqliteStore::open(&data_dir, &options.store).map_err(StartError::Store)?,
        );
        let local_key = random_key("wpl_")?;
        let (made_keys, new_admin_key) = MadeKeys::new(&*store, &local_key, &config).await?;

        let wanted = options
            .listen
            .map_or_else(|| config.server.listen.clone(), |one| vec![one]);
        let listeners = serve::bind(&wanted)
            .await
            .map_err(|(address, source)| StartError::Listen { address, source })?;
        let addresses = listeners
            .iter()
            .zip(&wanted)
            .map(|(listener, wanted)| listener.local_addr().unwrap_or(*wanted))
            .collect::<Vec<_>>();
        let first = addresses.first().copied().ok_or(StartError::NoAddress)?;

        let metrics = Arc::new(Metrics::new(store.clone(), clock.clone()));
        let directory = Arc::new(ArcSwap::from_pointee(config.directory.clone()));
        let mut setup = Setup::new(
            store.clone(),
            directory.clone(),
            clock.clone(),
            config.graph_url.clone(),
            getrandom::u64().map_err(StartError::Random)?,
        );
        setup.graph_timeout = config.send.timeout;
        setup.uncertain_after = config.send.uncertain_after;
        setup.retention = Retention {
            age: config
                .retention
                .days
                .map(|days| Duration::from_hours(24 * u64::from(days))),
            bytes: config.retention.bytes,
        };
        setup.observer = match &watch {
            Some(watch) => Arc::new(Both(metrics.clone(), watch.clone())),
            None => metrics.clone(),
        };
        let engine = Arc::new(Engine::start(setup).map_err(StartError::Engine)?);
        metrics.watch(&engine);

        reload::warn_of_closed_doors(&config);
        let access = Access::new(&config.api, &made_keys.hashes(&config));
        let grace = config.server.stop_grace;
        let app = Arc::new(App {
            store,
            engine,
            clock,
            metrics,
            watch,
            in_force: ArcSwap::from_pointee(InForce::new(directory.load_full(), access)),
            webhook_limit: config.server.body_limit_bytes,
            budget: Budget::new(LARGE_BODIES),
            uncertain_after: config.send.uncertain_after,
            refusals: Seldom::new(Duration::from_secs(10)),
            streams: Arc::new(Semaphore::new(STREAMS)),
            stopping: CancellationToken::new(),
            reload: Reload::new(config, directory, made_keys, allow_unsigned, source),
        });
        let local = local::Files::write(&data_dir, first, local_key)
            .map_err(|(path, source)| StartError::Local { path, source })?;
        let server = Server::start(listeners, &app::router(app.clone()), app.stopping.clone());
        tracing::info!(address = %first, "gateway is listening");
        Ok(Self {
            addresses,
            app,
            server,
            new_admin_key,
            grace,
            local,
        })
    }

    /// The first address it listens on, with the port it really has.
    pub fn addr(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Every address it listens on.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What it remembers.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.app.store
    }

    /// What it moves with.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.app.engine
    }

    /// The admin key made by this start, if no access to the API was configured and none was made before. To be shown once,
    /// and then kept with [`Gateway::keep_admin_key`]; until then it holds for this run only.
    pub fn new_admin_key(&self) -> Option<&str> {
        self.new_admin_key.as_deref()
    }

    /// Has later starts know the new admin key by its hash. For whoever has shown it: a key that nobody has seen and that
    /// is kept would keep the next start from making one.
    pub async fn keep_admin_key(&self) -> Result<(), StartError> {
        if self.new_admin_key.is_none() {
            return Ok(());
        }
        self.app.reload.made_keys().keep(&*self.app.store).await
    }

    /// The admin key of this run, as in `waypost.key`.
    pub fn local_key(&self) -> &str {
        self.local.key()
    }

    /// Puts another configuration's accounts, hooks and API access in force, and tells what that changes. Addresses, the data
    /// directory and the Graph address stay as they are until a restart.
    pub fn reload(&self, config: Config) -> Changes {
        self.app.reload.put_in_force(&self.app, config)
    }

    /// Reads the configuration again where [`Options::source`] says, and puts it in force. One that does not check is refused
    /// whole, and what is in force stays; so is one without an account, where there were some.
    pub fn reload_from_source(&self) -> Result<Changes, reload::Error> {
        self.app.reload.again(&self.app, false)
    }

    /// Returns if the server ends by itself, which only a failure does.
    pub async fn wait(&self) {
        self.server.ended().await;
    }

    /// Stops accepting, finishes what is under way within the configuration's grace (30 s unless it says otherwise),
    /// releases leases, closes the store and removes the local files.
    ///
    /// The store is closed when the last handle given out by [`Gateway::store`] is dropped.
    pub async fn stop(self) {
        let began = Instant::now();
        drop(self.local);
        // Storing what is cut off and closing the store take a moment of the grace, too.
        let grace = self.grace.saturating_sub(CLOSING.min(self.grace / 4));
        // Requests end soon: half the time is theirs at most, so that the engine has the rest.
        if !self.server.stop(grace / 2).await {
            tracing::warn!("some requests did not end in time and are cut off");
        }
        self.app
            .engine
            .stop(grace.saturating_sub(began.elapsed()))
            .await;
        tracing::info!("gateway stopped");
    }
}

/// What storing what is cut off, and closing the store, may take at the end of a stop.
const CLOSING: Duration = Duration::from_secs(2);
/// Memory for webhook bodies above 64 KiB, all of them together.
const LARGE_BODIES: usize = 128 << 20;
/// Streams of events at once.
const STREAMS: usize = 64;
