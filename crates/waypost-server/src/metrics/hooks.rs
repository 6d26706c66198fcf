//! What the engine says of its hooks.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use waypost_engine::{Clock, Engine};

use crate::api::hook_state;

/// The words of [`hook_state`].
const STATES: [&str; 5] = ["active", "paused", "open", "waiting", "inactive"];

/// The engine, once there is one; it holds the metrics itself, so it is not held here.
pub(super) type Watched = Arc<OnceLock<Weak<Engine>>>;

/// What the engine says of its hooks, asked at each scrape.
pub(super) struct HookFigures {
    pub(super) engine: Watched,
    pub(super) clock: Arc<dyn Clock>,
}

impl fmt::Debug for HookFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookFigures")
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for a graph")]
impl Collector for HookFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let engine = self.engine.get().and_then(Weak::upgrade);
        let statuses = engine.map(|engine| engine.status()).unwrap_or_default();
        let now = self.clock.now();
        let mut family = encoder.encode_descriptor(
            "hook_state",
            "Whether a hook is active, paused, open (it does not answer), waiting (it asked for that) or inactive",
            None,
            MetricType::Gauge,
        )?;
        for status in &statuses {
            let (is, _, _) = hook_state(status, now);
            for state in STATES {
                let labels = [("hook", status.hook_id.as_str()), ("state", state)];
                ConstGauge::new(i64::from(state == is)).encode(family.encode_family(&labels)?)?;
            }
        }
        for (name, help) in [
            ("hook_in_flight", "Calls of a hook under way"),
            (
                "hook_in_flight_limit",
                "Calls of a hook that may be under way now",
            ),
        ] {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for status in &statuses {
                let figure = match name {
                    "hook_in_flight" => status.in_flight,
                    _ => status.limit,
                };
                let labels = [("hook", status.hook_id.as_str())];
                let gauge = ConstGauge::new(figure as f64);
                gauge.encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
