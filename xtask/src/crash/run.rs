//! The run itself: load, kills, a disk that is full, quiet, evidence.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use waypost_core::time::UnixMillis;
use whatsapp_sim::Sim;

use super::Options;
use super::disk::Disk;
use super::gather::{database, gather, is_tidy, quiet, tidy};
use super::history;
use super::reconcile::{Answers, Evidence, YOUNG};
use super::replays::Replays;
use super::world::{moods, start_sim, start_writers};
use crate::gateway::{Gateway, Home};
use crate::load::Latencies;
use crate::sink::Sink;

/// What a run leaves behind.
pub(crate) struct Outcome {
    pub(crate) evidence: Evidence,
    /// From each start to `/health/ready`.
    pub(crate) ready: Latencies,
    /// From each start to the app's first call.
    pub(crate) first_call: Latencies,
    /// The directory, if it was kept.
    pub(crate) kept: Option<PathBuf>,
}

/// One kill in so many finds the disk full.
const FULL_EVERY: usize = 5;
/// What is free inside the database is full within this.
const FILLED: Duration = Duration::from_mins(2);
/// A disk that is no longer full is noticed within this.
const NOTICED: Duration = Duration::from_secs(30);
/// Bytes of a change that fills the disk up.
const LARGE: usize = 256 * 1024;

pub(crate) async fn run(options: &Options, binary: &Path) -> anyhow::Result<Outcome> {
    let dir = tempfile::tempdir()?;
    let sim = start_sim().await?;
    let sink = Sink::start(Some(moods(options.seed))).await?;
    let home = Home {
        graph_url: sim.graph_url(),
        settings: history::settings(),
        ..Home::new(binary, dir.path())?
    };
    home.furnish(&[("app", &sink.url())])?;
    sim.set_webhook_url(&format!("http://{}{}", home.addr, Home::webhook_path()))?;
    let mut run = Run {
        options,
        rng: StdRng::seed_from_u64(options.seed),
        sim,
        sink,
        home,
        replays: Replays::default(),
        full: Vec::new(),
        refused: Answers::default(),
        starts: Vec::new(),
        ready: Vec::new(),
        kills: Vec::new(),
    };
    let evidence = run.through().await;
    let kept = (options.keep || evidence.is_err()).then(|| dir.keep());
    let evidence = evidence.with_context(|| format!("the gateway's directory is {kept:?}"))?;
    let first_call = run.first_calls(&evidence);
    Ok(Outcome {
        evidence,
        ready: Latencies::new(run.ready),
        first_call: Latencies::new(first_call),
        kept,
    })
}

/// A run under way.
struct Run<'a> {
    options: &'a Options,
    rng: StdRng,
    sim: Sim,
    sink: Sink,
    home: Home,
    replays: Replays,
    /// When the disk was full.
    full: Vec<(Instant, Instant)>,
    /// What webhooks were answered then that were not accepted.
    refused: Answers,
    starts: Vec<Instant>,
    ready: Vec<Duration>,
    kills: Vec<Instant>,
}

impl Run<'_> {
    async fn through(&mut self) -> anyhow::Result<Evidence> {
        let history = history::make(&self.home.data(), self.now()).await?;
        let mut largest = database(&self.home.data())?;
        let writing = Arc::new(AtomicBool::new(true));
        let mut writers = start_writers(self.options, &self.sim, &writing);
        let mut gateway = self.start(false).await?;
        let full = (self.options.kills / FULL_EVERY).min(20);
        for kill in 0..self.options.kills - full {
            self.pause(20..700).await;
            self.ask(&gateway).await?;
            self.pause(20..700).await;
            gateway = self.kill(gateway, false).await?;
            largest = largest.max(database(&self.home.data())?);
            if (kill + 1) % 25 == 0 {
                println!("{} kills, {} calls", kill + 1, self.sink.count());
            }
        }
        gateway.stop().await?;
        let disk = Disk::move_in(&mut self.home)?;
        gateway = self.start(false).await?;
        for _ in 0..full {
            self.ask(&gateway).await?;
            gateway = self.fill_up(&disk, gateway).await?;
        }
        writing.store(false, Ordering::Relaxed);
        while let Some(writer) = writers.join_next().await {
            writer??;
        }
        quiet(&self.sim, &gateway, &self.sink, &mut self.replays).await?;
        // Retention leaves the last minute alone, and looks once a minute and at each start; at what a replay still had under way
        // when it looked it looks again at the next start, or an hour later. So it need not be waited for twice.
        if !is_tidy(&self.home, &gateway, &history).await? {
            tokio::time::sleep(YOUNG).await;
            gateway.stop().await?;
            gateway = self.start(false).await?;
        }
        let (sim, sink, kills) = (&self.sim, &self.sink, self.kills.clone());
        let database = tidy(&self.home, &gateway, &history).await?;
        let mut evidence = gather(sim, &gateway, sink, &history, &self.replays, kills).await?;
        gateway.stop().await?;
        evidence.full.clone_from(&self.full);
        evidence.refused.clone_from(&self.refused);
        evidence.database = (largest, database);
        Ok(evidence)
    }

    /// The disk is full at some moment; some time later the gateway is killed, and finds it full; then there is room again.
    async fn fill_up(&mut self, disk: &Disk, gateway: Gateway) -> anyhow::Result<Gateway> {
        let (began, before) = (Instant::now(), self.sim.posts().len());
        let refused: usize = self.refused.values().sum();
        disk.fill(&gateway, self.rng.random_range(0..1 << 20))?;
        self.wait_until(FILLED, "a webhook was answered 503", |run| {
            // What is free inside the database takes a while: large changes that no hook wants are quicker than messages.
            run.sim
                .tell("account_update", json!({"filler": "x".repeat(LARGE)}));
            run.note_answers(before);
            run.refused.values().sum::<usize>() > refused
        })
        .await?;
        self.pause(0..700).await;
        self.note_answers(before);
        let gateway = match self.kill(gateway, true).await {
            Ok(gateway) => {
                disk.meet(&gateway)?;
                self.pause(100..1000).await;
                self.note_answers(before);
                self.ask(&gateway).await?;
                disk.free(Some(&gateway))?;
                gateway
            }
            // Where not one page is left it says so and ends; whoever keeps it running starts it again.
            Err(error) if format!("{error:#}").contains("store is full") => {
                println!("the gateway did not start: not one page was left on the disk");
                disk.free(None)?;
                self.start(false).await?
            }
            Err(error) => return Err(error),
        };
        let acknowledged = self.sim.counts().updates_acknowledged;
        self.wait_until(NOTICED, "webhooks were accepted again", |run| {
            run.sim.counts().updates_acknowledged > acknowledged + 20
        })
        .await?;
        self.full.push((began, Instant::now()));
        Ok(gateway)
    }

    /// Looks what the webhooks made since then were last answered, other than 200.
    fn note_answers(&mut self, since: usize) {
        for post in self.sim.posts_since(since) {
            if let Some(status) = post.last_status.filter(|status| *status != 200) {
                *self.refused.entry(status).or_default() += 1;
            }
        }
    }

    async fn wait_until(
        &mut self,
        within: Duration,
        what: &str,
        mut is_so: impl FnMut(&mut Self) -> bool,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + within;
        while !is_so(&mut *self) {
            ensure!(
                Instant::now() < deadline,
                "it took more than {within:?} until {what}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Starts the gateway. On a full disk it cannot be ready, and has to be alive.
    async fn start(&mut self, full: bool) -> anyhow::Result<Gateway> {
        let start = Instant::now();
        let gateway = if full {
            self.home.start_alive().await?
        } else {
            self.starts.push(start);
            let gateway = self.home.start().await?;
            self.ready.push(start.elapsed());
            gateway
        };
        Ok(gateway)
    }

    async fn kill(&mut self, gateway: Gateway, full: bool) -> anyhow::Result<Gateway> {
        gateway.kill().await?;
        // What the dead process had written may still be on its way to the app; what comes from here on is the next one's.
        self.pause(0..200).await;
        self.kills.push(Instant::now());
        self.start(full).await
    }

    async fn ask(&mut self, gateway: &Gateway) -> anyhow::Result<()> {
        let now = self.now();
        let replays = &mut self.replays;
        replays
            .ask(gateway, now, &mut self.rng, self.options.conversations)
            .await
    }

    async fn pause(&mut self, range: std::ops::Range<u64>) {
        tokio::time::sleep(Duration::from_millis(self.rng.random_range(range))).await;
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(i64::try_from(self.sim.now_ms()).unwrap_or(i64::MAX))
    }

    fn first_calls(&self, evidence: &Evidence) -> Vec<Duration> {
        let mut calls: Vec<Instant> = evidence.calls.iter().map(|call| call.at).collect();
        calls.sort_unstable();
        let after = |start: &Instant| calls.get(calls.partition_point(|at| at <= start));
        let starts = self.starts.iter();
        starts
            .filter_map(|start| Some(*after(start)? - *start))
            .collect()
    }
}
