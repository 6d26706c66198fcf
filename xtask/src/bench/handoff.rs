//! The hand-off: how soon the next message of a conversation is called for once the one before it was, while both wait.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::accept::webhooks;
use super::report::Row;
use super::{Options, machine};
use crate::gateway::Home;
use crate::load::{Latencies, closed_loop, median};
use crate::sink::Sink;

/// Conversations: so few that none waits for a place.
const LANES: u32 = 16;
/// Messages that wait in each.
const DEPTH: usize = 250;
const LIMIT: Duration = Duration::from_mins(1);

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let (mut p50s, mut p99s, mut syncs) = (vec![], vec![], vec![]);
    for round in 0..options.rounds {
        let dir = tempfile::tempdir()?;
        syncs.push(machine::fdatasync(dir.path())?.percentile_ms(0.99));
        let gaps = one_run(options, binary, dir.path(), round).await?;
        p50s.push(gaps.percentile_ms(0.5));
        p99s.push(gaps.percentile_ms(0.99));
    }
    let p99 = median(p99s);
    Ok(vec![Row {
        what: "hand-off within a conversation".to_owned(),
        figure: format!("p50 {:.1} ms, p99 {p99:.2} ms", median(p50s)),
        detail: format!(
            "from one call to the next of the same lane, the outcome stored in between; {LANES} lanes of {DEPTH}; \
             fdatasync p99 {:.1} ms",
            median(syncs)
        ),
        goal: "p99 at most 5 ms".to_owned(),
        kept: Some(p99 <= 5.0),
    }])
}

async fn one_run(
    options: &Options,
    binary: &Path,
    dir: &Path,
    round: usize,
) -> anyhow::Result<Latencies> {
    let sink = Sink::start(None).await?;
    let home = Home::new(binary, dir)?;
    home.furnish(&[("app", &sink.url())])?;
    let gateway = home.start().await?;
    gateway.post("/api/hooks/app/pause", &json!({})).await?;
    let count = DEPTH * LANES as usize;
    closed_loop(
        home.addr,
        options.connections,
        webhooks(round, count, LANES),
    )
    .await?;
    gateway.post("/api/hooks/app/resume", &json!({})).await?;
    let calls = sink.wait_for(count, LIMIT).await?;
    gateway.kill().await?;

    let mut last: HashMap<&str, Instant> = HashMap::new();
    let gaps = calls.iter().filter_map(|call| {
        // "Message 7 of customer 3: …"
        let customer = call.text.split(':').next()?.rsplit(' ').next()?;
        let before = last.insert(customer, call.at)?;
        Some(call.at.duration_since(before))
    });
    Ok(Latencies::new(gaps.collect()))
}
