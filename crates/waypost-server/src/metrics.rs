//! What is counted, and how Prometheus sees it. `docs/api.md` lists every name.
//!
//! What happens here is counted as it happens; what the store knows of itself is asked of it at each scrape.
//!
//! **Invariant:** labels are names of the operator's own (hooks, accounts) or words of ours: never numbers or ids of people.

mod hooks;
mod store;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use waypost_core::account::AccountId;
use waypost_engine::{AttemptReport, Clock, Engine, Observer, SendReport};
use waypost_store::Store;

use hooks::{HookFigures, Watched};
use store::StoreFigures;

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
    send_refusals: Family<Refused, Counter>,
    sender_held: Family<Account, Gauge>,
    event_streams: Gauge,
    engine: Watched,
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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    account: Arc<str>,
    concerns: &'static str,
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
            send_refusals: Family::default(),
            sender_held: Family::default(),
            event_streams: Gauge::default(),
            engine: Watched::default(),
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
        registry.register(
            "send_refusals",
            "Refusals of Meta by what they concern: number, pair, passing, sender, message",
            metrics.send_refusals.clone(),
        );
        registry.register(
            "sender_held",
            "Whether an account is held because Meta refuses whatever it sends",
            metrics.sender_held.clone(),
        );
        registry.register(
            "event_streams",
            "Streams of events that are open",
            metrics.event_streams.clone(),
        );
        registry.register_collector(Box::new(HookFigures {
            engine: metrics.engine.clone(),
            clock: clock.clone(),
        }));
        registry.register_collector(Box::new(StoreFigures { store, clock }));
        Self {
            registry,
            ..metrics
        }
    }

    /// Whose hooks are to be told of.
    pub(crate) fn watch(&self, engine: &Arc<Engine>) {
        // A gateway has one engine; a second would change nothing.
        let _ = self.engine.set(Arc::downgrade(engine));
    }

    /// One more stream of events, until what is answered is dropped.
    pub(crate) fn stream(&self) -> OpenStream {
        self.event_streams.inc();
        OpenStream(self.event_streams.clone())
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

/// A stream of events that is counted while it is open.
pub(crate) struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
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
        if let Some(concerns) = report.refusal {
            let account = account.clone();
            self.send_refusals
                .get_or_create(&Refused { account, concerns })
                .inc();
        }
        if !report.duration.is_zero() {
            self.send_seconds
                .get_or_create(&Account { account })
                .observe(report.duration.as_secs_f64());
        }
    }
    fn sender_held(&self, account_id: &AccountId, held: bool) {
        let account = account_id.0.clone();
        self.sender_held
            .get_or_create(&Account { account })
            .set(i64::from(held));
    }
}

#[cfg(test)]
mod tests {
    use waypost_core::event::EventType;
    use waypost_core::hook::HookId;
    use waypost_core::id::{DeliveryId, EventId, OutboxId};
    use waypost_core::time::UnixMillis;
    use waypost_engine::ManualClock;
    use waypost_store::MemoryStore;

    use super::*;

    const WHERE_NAMES_ARE: [(&str, &str); 4] = [
        ("docs/api.md", include_str!("../../../docs/api.md")),
        (
            "docs/monitoring.md",
            include_str!("../../../docs/monitoring.md"),
        ),
        (
            "docs/monitoring/alerts.yaml",
            include_str!("../../../docs/monitoring/alerts.yaml"),
        ),
        (
            "docs/monitoring/grafana.json",
            include_str!("../../../docs/monitoring/grafana.json"),
        ),
    ];

    /// Figures of a gateway to which everything has happened once.
    fn figures() -> String {
        let clock = Arc::new(ManualClock::new(UnixMillis(1_800_000_000_000)));
        let metrics = Metrics::new(Arc::new(MemoryStore::new()), clock);
        let (hook_id, account_id) = (HookId::from("app"), AccountId::from("shop"));
        let second = Duration::from_secs(1);
        metrics.acknowledged(second, 1, 1, 1);
        metrics.sender_held(&account_id, true);
        metrics.attempt(&AttemptReport {
            hook_id: &hook_id,
            account_id: &account_id,
            event_id: EventId(1),
            event_type: EventType::MessageReceived,
            delivery_id: DeliveryId(1),
            number: 1,
            status: Some(200),
            outcome: "ok",
            verdict: "delivered",
            duration: second,
            lag: second,
            replies: 0,
        });
        metrics.send(&SendReport {
            account_id: &account_id,
            message_id: OutboxId(1),
            number: 1,
            verdict: "failed",
            error_code: Some(131_026),
            refusal: Some("message"),
            duration: second,
            lag: second,
        });
        metrics.text()
    }

    /// Every name of ours in a text, as it is written there.
    fn names(text: &str) -> Vec<&str> {
        let mut names = Vec::new();
        for (at, _) in text.match_indices("waypost_") {
            let name = &text[at..];
            let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            names.push(&name[..end.unwrap_or(name.len())]);
        }
        names
    }

    #[test]
    fn every_figure_that_is_spoken_of_exists_and_every_one_is_spoken_of() {
        let text = figures();
        let types: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
            .collect();
        let exists = |name: &str| {
            types.iter().any(|(base, kind)| match *kind {
                "counter" => name.strip_suffix("_total") == Some(base),
                "histogram" => ["", "_bucket", "_sum", "_count"]
                    .iter()
                    .any(|suffix| name.strip_suffix(suffix) == Some(base)),
                _ => name == *base,
            })
        };
        for (file, text) in WHERE_NAMES_ARE {
            let names = names(text);
            assert!(!names.is_empty(), "{file} names no figure");
            for name in names {
                assert!(
                    exists(name),
                    "{file} speaks of {name}, which does not exist"
                );
            }
        }
        for (base, kind) in &types {
            let name = match *kind {
                "counter" => format!("{base}_total"),
                _ => (*base).to_owned(),
            };
            for (file, text) in &WHERE_NAMES_ARE[..2] {
                assert!(
                    names(text).contains(&name.as_str()),
                    "{file} does not speak of {name}"
                );
            }
        }
    }
}
