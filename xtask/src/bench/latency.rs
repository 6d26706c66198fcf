//! How soon under a steady load: the acknowledgement, and the hook's first byte, from the moment the webhook is written to the
//! socket.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;

use super::report::Row;
use super::{Options, machine};
use crate::gateway::{Home, free_addr};
use crate::load::{Latencies, Steady, median, steady};
use crate::sink::Sink;

/// Webhooks per second at which the hook's first byte is timed.
const HOOK_RATES: [u64; 2] = [200, 1000];

/// Webhooks per second at which the acknowledgement is timed, with the most that its p99 may be of fdatasync's.
const ACKNOWLEDGED_RATES: [(u64, f64, f64); 2] = [(1000, 6.0, 4.0), (5000, 12.0, 6.0)];

pub(crate) async fn hook(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for rate in HOOK_RATES {
        let (mut p50s, mut p95s, mut p99s) = (vec![], vec![], vec![]);
        for _ in 0..options.rounds {
            let took = to_hook(rate, options.seconds, binary).await?;
            p50s.push(took.percentile_ms(0.5));
            p95s.push(took.percentile_ms(0.95));
            p99s.push(took.percentile_ms(0.99));
        }
        let p95 = median(p95s);
        rows.push(Row {
            what: format!("webhook in to hook's first byte at {rate}/s"),
            figure: format!(
                "p50 {:.1} ms, p95 {p95:.1} ms, p99 {:.1} ms",
                median(p50s),
                median(p99s)
            ),
            detail: format!("{} s of open load in each round", options.seconds),
            goal: if rate == 200 {
                "p95 at most 20 ms".to_owned()
            } else {
                "none set".to_owned()
            },
            kept: (rate == 200).then_some(p95 <= 20.0),
        });
    }
    Ok(rows)
}

pub(crate) async fn acknowledgement(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (rate, floor, aim) in ACKNOWLEDGED_RATES {
        let (mut ratios, mut p50s, mut p99s, mut syncs) = (vec![], vec![], vec![], vec![]);
        for _ in 0..options.rounds {
            let dir = tempfile::tempdir()?;
            let sync = machine::fdatasync(dir.path())?.percentile_ms(0.99);
            // The hook's host does not answer: its breaker opens at once, so accepting is measured and delivering is not.
            let unreachable = format!("http://{}/", free_addr()?);
            let home = Home::new(binary, dir.path())?;
            home.furnish(&[("app", &unreachable)])?;
            let gateway = home.start().await?;
            let run = steady(home.addr, &Home::webhook_path(), rate, options.seconds).await?;
            gateway.kill().await?;
            let p99 = run.acknowledgements.percentile_ms(0.99);
            ratios.push(p99 / sync);
            p50s.push(run.acknowledgements.percentile_ms(0.5));
            p99s.push(p99);
            syncs.push(sync);
        }
        let ratio = median(ratios);
        rows.push(Row {
            what: format!("acknowledgement's p99 at {rate}/s / fdatasync's p99"),
            figure: format!("{ratio:.1}"),
            detail: format!(
                "p50 {:.1} ms, p99 {:.1} ms against {:.2} ms; {} s of open load in each round",
                median(p50s),
                median(p99s),
                median(syncs),
                options.seconds
            ),
            goal: format!("at most {floor:.0}, aim {aim:.0}"),
            kept: Some(ratio <= floor),
        });
    }
    Ok(rows)
}

async fn to_hook(rate: u64, seconds: u64, binary: &Path) -> anyhow::Result<Latencies> {
    let dir = tempfile::tempdir()?;
    let sink = Sink::start(None).await?;
    let home = Home::new(binary, dir.path())?;
    home.furnish(&[("app", &sink.url())])?;
    let gateway = home.start().await?;
    let run = steady(home.addr, &Home::webhook_path(), rate, seconds).await?;
    let took = first_bytes(&sink, &run).await?;
    gateway.kill().await?;
    Ok(took)
}

/// From each post to the hook's call of it.
pub(super) async fn first_bytes(sink: &Sink, run: &Steady) -> anyhow::Result<Latencies> {
    let received = sink
        .wait_for(run.posted.len(), Duration::from_secs(30))
        .await?;
    let took: Vec<_> = received
        .iter()
        .filter_map(|call| {
            let posted = run.posted.get(&call.message_id)?;
            Some(call.at.duration_since(*posted))
        })
        .collect();
    ensure!(
        took.len() >= run.posted.len(),
        "the hook heard of {} of {} webhooks",
        took.len(),
        run.posted.len()
    );
    Ok(Latencies::new(took))
}
