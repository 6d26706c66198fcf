//! The engine: both pumps, the watch over uncertain sends and the upkeep, started, drained and stopped together.

mod hooks;
mod replays;
mod setup;
mod status;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waypost_core::directory::Directory;
use whatsapp_cloud::Client;
use whatsapp_cloud::secret::AccessToken;
use whatsapp_cloud::transport::reqwest::{Limits, ReqwestTransport};

use crate::client::HookClient;
use crate::clock::Clock;
use crate::deliver::Deliver;
use crate::dice::Dice;
use crate::gate::{Gate, Gates};
use crate::pump;
use crate::send::{Senders, Sending};
use crate::tasks::{Pulse, keep_running};
use crate::uncertain::Watch;
use crate::upkeep::Upkeep;

pub use hooks::{ResumeFrom, Resumed};
pub use replays::Preview;
pub use setup::{Error, Setup};
pub use status::{HookCondition, HookFigures, HookStatus, Latency};

/// What storing the calls that a stop cuts off may take after its grace.
const STORING: Duration = Duration::from_secs(1);

/// Both pumps, the watch and the upkeep, running. Dropping it aborts them; [`Engine::stop`] ends them in peace.
pub struct Engine {
    deliver: Arc<Deliver>,
    sending: Arc<Sending>,
    watch: Arc<Watch>,
    upkeep: Arc<Upkeep>,
    clock: Arc<dyn Clock>,
    directory: Arc<ArcSwap<Directory>>,
    pulse: Arc<Pulse>,
    stop: CancellationToken,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

impl Engine {
    /// Starts the pumps on the current tokio runtime.
    pub fn start(setup: Setup) -> Result<Self, Error> {
        let now = setup.clock.now();
        let connections = TaskTracker::new();
        let deliver = Arc::new(Deliver {
            store: Arc::clone(&setup.store),
            directory: Arc::clone(&setup.directory),
            clock: Arc::clone(&setup.clock),
            observer: Arc::clone(&setup.observer),
            client: HookClient::new(&connections).map_err(|error| Error::Tls(error.into()))?,
            gates: Arc::new(Gates::new(now)),
            dice: Dice::new(setup.jitter_seed),
        });
        for (hook_id, standing) in setup.store.standings() {
            if let Some(pause) = &standing.paused {
                let (since, by_hook) = (pause.since, pause.by_hook);
                tracing::warn!(hook.id = %hook_id, %since, by_hook, "hook {hook_id} is still paused");
            }
            let restore = |gate: &mut Gate| gate.restore(now, standing);
            deliver.gates.with(&hook_id, restore);
        }
        let sending = Arc::new(Sending {
            client: graph_client(&setup)?,
            store: Arc::clone(&setup.store),
            directory: Arc::clone(&setup.directory),
            clock: Arc::clone(&setup.clock),
            observer: setup.observer,
            gates: Arc::new(Gates::new(now)),
            senders: Senders::default(),
            publishing: tokio::sync::Mutex::new(()),
            restored: AtomicBool::new(false),
            dice: Dice::new(!setup.jitter_seed),
            in_flight: setup.sends_in_flight,
        });
        let upkeep = Arc::new(Upkeep::new(
            Arc::clone(&setup.store),
            Arc::clone(&setup.directory),
            Arc::clone(&setup.clock),
            setup.retention,
        ));
        let watch = Arc::new(Watch {
            store: setup.store,
            directory: Arc::clone(&setup.directory),
            clock: Arc::clone(&setup.clock),
            after: setup.uncertain_after,
            next: AtomicI64::new(now.0),
        });
        let mut engine = Self {
            deliver,
            sending,
            watch,
            upkeep,
            clock: setup.clock,
            directory: setup.directory,
            pulse: Arc::default(),
            stop: CancellationToken::new(),
            tasks: tokio::sync::Mutex::new(JoinSet::new()),
        };
        engine.set_going();
        Ok(engine)
    }

    fn set_going(&mut self) {
        let tasks = self.tasks.get_mut();
        let pump = (
            Arc::clone(&self.deliver),
            Arc::clone(&self.clock),
            Arc::clone(&self.pulse),
            self.stop.clone(),
        );
        tasks.spawn(keep_running("deliveries", move || {
            let (work, clock, pulse, stop) = pump.clone();
            pump::run(work, clock, pulse, stop)
        }));
        let pump = (
            Arc::clone(&self.sending),
            Arc::clone(&self.clock),
            Arc::clone(&self.pulse),
            self.stop.clone(),
        );
        tasks.spawn(keep_running("messages", move || {
            let (work, clock, pulse, stop) = pump.clone();
            pump::run(work, clock, pulse, stop)
        }));
        let watch = (
            Arc::clone(&self.watch),
            Arc::clone(&self.pulse),
            self.stop.clone(),
        );
        tasks.spawn(keep_running("uncertain sends", move || {
            let (watch, pulse, stop) = watch.clone();
            async move { watch.run(&pulse, &stop).await }
        }));
        let upkeep = (
            Arc::clone(&self.upkeep),
            Arc::clone(&self.pulse),
            self.stop.clone(),
        );
        tasks.spawn(keep_running("upkeep", move || {
            let (upkeep, pulse, stop) = upkeep.clone();
            async move { upkeep.run(&pulse, &stop).await }
        }));
    }

    /// Returns when nothing is in flight and nothing is due. What waits for a later time, for a paused hook or for an open
    /// breaker's next probe is not due.
    pub async fn drain(&self) {
        loop {
            let mut quiet = std::pin::pin!(self.pulse.quiet());
            quiet.as_mut().enable();
            if self.is_drained() {
                return;
            }
            quiet.await;
        }
    }

    /// Nothing was under way, nothing was due anywhere, and nothing began while that was found out.
    fn is_drained(&self) -> bool {
        let Some(before) = self.pulse.quiet_at() else {
            return false;
        };
        let now = self.clock.now();
        !self.watch.is_due(now)
            && !self.upkeep.is_due(now)
            && !pump::outlook(&*self.deliver, now).is_due(now)
            && !pump::outlook(&*self.sending, now).is_due(now)
            && self.pulse.quiet_at() == Some(before)
    }

    /// Claims nothing more and lets what is in flight finish within `grace`. A call to a hook that is not answered by then is cut
    /// off: that was an attempt, and the delivery is due again after the restart, with the same id. A send that is not answered is
    /// uncertain. Answers whether everything was answered.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.stop.cancel();
        let mut tasks = self.tasks.lock().await;
        let in_time = all_end(&mut tasks, grace).await;
        if !in_time {
            tracing::warn!(
                "calls were still under way after {:.1} s and are cut off",
                grace.as_secs_f64()
            );
            self.deliver.client.cut_off();
            if !all_end(&mut tasks, STORING.min(grace / 4)).await {
                tasks.shutdown().await;
            }
        }
        self.pulse.look_again();
        in_time
    }

    /// The directory was replaced: accounts whose token was refused are tried again, and what is new is served at once. A
    /// paused hook stays paused.
    pub fn directory_changed(&self) {
        let now = self.clock.now();
        self.sending.gates.with_all(|gate| gate.open(now));
        self.sending.senders.open_all(now);
        self.deliver.gates.wake();
        self.sending.gates.wake();
        self.upkeep.wake();
    }
}

/// Whether all tasks end within this time.
async fn all_end(tasks: &mut JoinSet<()>, within: Duration) -> bool {
    let all_ended = async { while tasks.join_next().await.is_some() {} };
    tokio::time::timeout(within, all_ended).await.is_ok()
}

/// A client of Meta, or of the simulator, without a token.
fn graph_client(setup: &Setup) -> Result<Client, Error> {
    let limits = Limits {
        timeout: setup.graph_timeout,
        ..Limits::default()
    };
    let transport = ReqwestTransport::new(limits).map_err(|error| Error::Graph(error.into()))?;
    Client::over(Arc::new(transport), AccessToken::new(""))
        .with_base_url(setup.graph_url.as_str())
        .map_err(|error| Error::Graph(error.into()))
}
