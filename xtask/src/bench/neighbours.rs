//! What a healthy hook feels of its neighbours: of one that never answers, and of one that answers a byte a second.

use std::path::Path;

use super::Options;
use super::latency::first_bytes;
use super::peer::Peer;
use super::report::Row;
use crate::gateway::Home;
use crate::load::{Latencies, median, steady};
use crate::sink::Sink;

/// Webhooks per second: each goes to all three hooks.
const RATE: u64 = 300;

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let (mut ratios, mut alones, mut besides) = (vec![], vec![], vec![]);
    for _ in 0..options.rounds {
        let alone = one_run(options, binary, false).await?.percentile_ms(0.99);
        let beside = one_run(options, binary, true).await?.percentile_ms(0.99);
        ratios.push(beside / alone);
        alones.push(alone);
        besides.push(beside);
    }
    let ratio = median(ratios);
    Ok(vec![Row {
        what: "a hook beside a black hole and a dripper / alone, p99".to_owned(),
        figure: format!("{ratio:.2}"),
        detail: format!(
            "webhook in to hook's first byte: {:.1} ms against {:.1} ms at {RATE}/s, {} s in each run",
            median(besides),
            median(alones),
            options.seconds
        ),
        goal: "at most 1.5".to_owned(),
        kept: Some(ratio <= 1.5),
    }])
}

async fn one_run(options: &Options, binary: &Path, neighbours: bool) -> anyhow::Result<Latencies> {
    let dir = tempfile::tempdir()?;
    let (sink, peer) = (Sink::start(None).await?, Peer::start().await?);
    let home = Home::new(binary, dir.path())?;
    let (healthy, silent, dripper) = (sink.url(), peer.url("/black-hole"), peer.url("/dripper"));
    let hooks = [
        ("app", &*healthy),
        ("hole", &*silent),
        ("dripper", &*dripper),
    ];
    home.furnish(if neighbours { &hooks } else { &hooks[..1] })?;
    let gateway = home.start().await?;
    let run = steady(home.addr, &Home::webhook_path(), RATE, options.seconds).await?;
    let took = first_bytes(&sink, &run).await?;
    gateway.kill().await?;
    Ok(took)
}
