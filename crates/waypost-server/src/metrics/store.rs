//! What the store says of itself.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use waypost_engine::Clock;
use waypost_store::Store;

/// What the store says of itself, asked at each scrape.
pub(super) struct StoreFigures {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
}

impl fmt::Debug for StoreFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreFigures")
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for a graph")]
impl Collector for StoreFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
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
                "sends_suppressed",
                "Messages that failed without a call, because Meta refused their like for the recipient lately",
                stats.suppressed as f64,
            ),
            (
                "deliveries_expired",
                "Deliveries given up because too many waited for their hook",
                stats.expired as f64,
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
        for (name, help, measured, unit) in [
            (
                "store_commit_seconds",
                "How long durable commits took",
                &stats.commit_micros,
                1e6,
            ),
            (
                "store_batch_transactions",
                "Business transactions in each commit",
                &stats.batch_sizes,
                1.0,
            ),
        ] {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
            let bounds = measured.bounds.iter().map(|bound| *bound as f64 / unit);
            let bounds = bounds.chain([f64::INFINITY]);
            let buckets: Vec<_> = bounds.zip(measured.counts.iter().copied()).collect();
            let count = measured.counts.iter().sum();
            let sum = measured.sum as f64 / unit;
            metric.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        let writable = ConstGauge::new(i64::from(self.store.is_writable()));
        writable.encode(encoder.encode_descriptor(
            "store_writable",
            "Whether a durable write succeeds now",
            None,
            writable.metric_type(),
        )?)?;

        let mut gauges =
            |name, help, rows: Vec<(Vec<(&'static str, String)>, f64)>| -> Result<(), fmt::Error> {
                let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
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
        let mut deepest = Vec::new();
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
            deepest.push((vec![hook(backlog)], backlog.deepest as f64));
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
            "hook_deepest_lane",
            "Deliveries in the longest line of a hook",
            deepest,
        )?;
        gauges(
            "hook_oldest_seconds",
            "Age of the oldest delivery that waits for a hook",
            oldest,
        )
    }
}
