//! What is counted, and how Prometheus sees it. `docs/api.md` lists every name.
//!
//! What happens here is counted as it happens; what the store knows of itself is asked of it at each scrape.
//!
//! **Invariant:** labels are names of the operator's own (hooks, accounts) or words of ours: never numbers or ids of people.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use waypost_engine::{AttemptReport, Clock, Observer, SendReport};
use waypost_store::Store;

/// Of an acknowledgement, in seconds; the promises' own figures (10 ms, 50 ms, 250 ms) are among the bounds.
const ACKNOWLEDGEMENT: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// Of a call to somebody else, in seconds.
const CALL: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 30.0,
];
/// From accepting to the first byte towards a hook, in seconds.
const LAG: [f64; 12] = [
    0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 10.0, 60.0, 3_600.0, 86_400.0,
];

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Every counter of the gateway.
pub(crate) struct Metrics {
    registry: Registry,
    webhooks: Family<Answer, Counter>,
    acknowledgement: Histogram,
    events: Family<Result, Counter>,
    attempts: Family<Attempt, Counter>,
    attempt_seconds: Histograms<Hook>,
    delivery_lag: Histograms<Hook>,
    sends: Family<Send, Counter>,
    send_seconds: Histograms<Account>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    answer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Result {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Hook {
    hook: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Account {
    account: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attempt {
    hook: Arc<str>,
    outcome: &'static str,
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Send {
    account: Arc<str>,
    verdict: &'static str,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let mut registry = Registry::with_prefix("waypost");
        let calls: fn() -> Histogram = || Histogram::new(CALL);
        let lags: fn() -> Histogram = || Histogram::new(LAG);
        let metrics = Self {
            webhooks: Family::default(),
            acknowledgement: Histogram::new(ACKNOWLEDGEMENT),
            events: Family::default(),
            attempts: Family::default(),
            attempt_seconds: Family::new_with_constructor(calls),
            delivery_lag: Family::new_with_constructor(lags),
            sends: Family::default(),
            send_seconds: Family::new_with_constructor(calls),
            registry: Registry::default(),
        };
        registry.register(
            "webhooks",
            "Webhook posts by answer: accepted, or a problem's code",
            metrics.webhooks.clone(),
        );
        registry.register(
            "webhook_acknowledgement_seconds",
            "From a webhook's headers to its 200",
            metrics.acknowledgement.clone(),
        );
        registry.register(
            "events",
            "Events by result: accepted, duplicate, quarantined",
            metrics.events.clone(),
        );
        registry.register(
            "delivery_attempts",
            "Calls of hooks by outcome and by what they meant",
            metrics.attempts.clone(),
        );
        registry.register(
            "delivery_attempt_seconds",
            "How long calls of hooks took",
            metrics.attempt_seconds.clone(),
        );
        registry.register(
            "delivery_lag_seconds",
            "From accepting an event to calling its hook for the first time",
            metrics.delivery_lag.clone(),
        );
        registry.register(
            "sends",
            "Calls of Meta by what they meant",
            metrics.sends.clone(),
        );
        registry.register(
            "send_seconds",
            "How long calls of Meta took",
            metrics.send_seconds.clone(),
        );
        registry.register_collector(Box::new(StoreFigures { store, clock }));
        Self {
            registry,
            ..metrics
        }
    }

    /// A webhook was stored and is answered 200.
    pub(crate) fn acknowledged(
        &self,
        after: Duration,
        accepted: u64,
        duplicates: u64,
        quarantined: u64,
    ) {
        self.answered("accepted");
        self.acknowledgement.observe(after.as_secs_f64());
        for (result, count) in [
            ("accepted", accepted),
            ("duplicate", duplicates),
            ("quarantined", quarantined),
        ] {
            if count > 0 {
                self.events.get_or_create(&Result { result }).inc_by(count);
            }
        }
    }

    /// A webhook was answered with a problem of this code.
    pub(crate) fn answered(&self, answer: &'static str) {
        self.webhooks.get_or_create(&Answer { answer }).inc();
    }

    /// Everything, as `OpenMetrics` text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail, and neither does any encoder here.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

impl Observer for Metrics {
    fn attempt(&self, report: &AttemptReport<'_>) {
        let hook = report.hook_id.0.clone();
        self.attempts
            .get_or_create(&Attempt {
                hook: hook.clone(),
                outcome: report.outcome,
                verdict: report.verdict,
            })
            .inc();
        let hook = Hook { hook };
        self.attempt_seconds
            .get_or_create(&hook)
            .observe(report.duration.as_secs_f64());
        if report.number == 1 {
            self.delivery_lag
                .get_or_create(&hook)
                .observe(report.lag.as_secs_f64());
        }
    }

    fn send(&self, report: &SendReport<'_>) {
        let account = report.account_id.0.clone();
        self.sends
            .get_or_create(&Send {
                account: account.clone(),
                verdict: report.verdict,
            })
            .inc();
        if !report.duration.is_zero() {
            self.send_seconds
                .get_or_create(&Account { account })
                .observe(report.duration.as_secs_f64());
        }
    }
}

/// What the store says of itself, asked at each scrape.
struct StoreFigures {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for StoreFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreFigures")
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for a graph")]
impl Collector for StoreFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::result::Result<(), fmt::Error> {
        let stats = self.store.stats();
        let now = self.clock.now();
        for (name, help, value) in [
            ("store_commits", "Durable commits", stats.commits as f64),
            (
                "store_transactions",
                "Business transactions in those commits",
                stats.transactions as f64,
            ),
            (
                "store_commit_seconds",
                "Time spent in commits",
                stats.commit_micros as f64 / 1e6,
            ),
            (
                "store_fenced",
                "Settlements refused because their lease was void",
                stats.fenced as f64,
            ),
        ] {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(
                name,
                help,
                None,
                counter.metric_type(),
            )?)?;
        }
        let writable = ConstGauge::new(i64::from(self.store.is_writable()));
        writable.encode(encoder.encode_descriptor(
            "store_writable",
            "Whether a durable write succeeds now",
            None,
            writable.metric_type(),
        )?)?;

        let mut gauges = |name,
                          help,
                          rows: Vec<(Vec<(&'static str, String)>, f64)>|
         -> std::result::Result<(), fmt::Error> {
            let mut family = encoder.encode_descriptor(
                name,
                help,
                None,
                prometheus_client::metrics::MetricType::Gauge,
            )?;
            for (labels, value) in rows {
                let gauge = ConstGauge::new(value);
                gauge.encode(family.encode_family(&labels)?)?;
            }
            Ok(())
        };
        let open = ["queued", "sending", "uncertain"];
        gauges(
            "outbox_messages",
            "Messages of ours that are not settled",
            open.iter()
                .zip(stats.outbox_open)
                .map(|(state, count)| (vec![("state", (*state).to_owned())], count as f64))
                .collect(),
        )?;
        let hook = |backlog: &waypost_store::HookBacklog| ("hook", backlog.hook_id.to_string());
        let mut waiting = Vec::new();
        let mut lanes = Vec::new();
        let mut oldest = Vec::new();
        for backlog in &stats.backlog {
            waiting.push((
                vec![hook(backlog), ("state", "waiting".to_owned())],
                backlog.waiting as f64,
            ));
            waiting.push((
                vec![hook(backlog), ("state", "parked".to_owned())],
                backlog.parked as f64,
            ));
            lanes.push((vec![hook(backlog)], backlog.lanes as f64));
            let age = backlog
                .oldest
                .map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
            oldest.push((vec![hook(backlog)], age));
        }
        gauges("hook_backlog", "Deliveries that wait for a hook", waiting)?;
        gauges(
            "hook_lanes",
            "Lanes with something waiting for a hook",
            lanes,
        )?;
        gauges(
            "hook_oldest_seconds",
            "Age of the oldest delivery that waits for a hook",
            oldest,
        )
    }
}
