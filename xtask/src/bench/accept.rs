//! Durable accept against bare axum: unique signed text webhooks, each stored, fsynced, de-duplicated, with one event and one
//! delivery row, over kept-alive connections in a closed loop.

use std::path::Path;

use super::Options;
use super::machine;
use super::peer::Peer;
use super::report::Row;
use crate::gateway::{Home, free_addr};
use crate::load::{batch_webhook, closed_loop, median, request, text_webhook};

/// Conversations the webhooks are spread over.
const CONVERSATIONS: u32 = 1000;

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let (mut ratios, mut cpu_ratios, mut rates, mut bare_rates) = (vec![], vec![], vec![], vec![]);
    let (mut p50s, mut p99s, mut sync_p50s, mut sync_p99s, mut memory) =
        (vec![], vec![], vec![], vec![], vec![]);
    let mut disturbed = 0;
    for round in 0..options.rounds {
        let dir = tempfile::tempdir()?;
        let sync = machine::fdatasync(dir.path())?;
        disturbed += usize::from(sync.percentile_ms(0.5) > 0.5);
        sync_p50s.push(sync.percentile_ms(0.5));
        sync_p99s.push(sync.percentile_ms(0.99));

        let bare = Peer::start().await?;
        closed_loop(
            bare.addr,
            options.connections,
            webhooks(round, 2_000, CONVERSATIONS),
        )
        .await?;
        let before = bare.cpu()?;
        let baseline = closed_loop(
            bare.addr,
            options.connections,
            webhooks(round, options.webhooks, CONVERSATIONS),
        )
        .await?;
        let baseline_cpu =
            bare.cpu()?.saturating_sub(before).as_secs_f64() / options.webhooks as f64;
        drop(bare);

        // The hook's host does not answer: its breaker opens at once, so accepting is measured and delivering is not.
        let unreachable = format!("http://{}/", free_addr()?);
        let home = Home::new(binary, dir.path())?;
        home.furnish(&[("app", &unreachable)])?;
        let gateway = home.start().await?;
        closed_loop(
            home.addr,
            options.connections,
            webhooks(round + 1000, 2_000, CONVERSATIONS),
        )
        .await?;
        let before = gateway.cpu()?;
        let run = closed_loop(
            home.addr,
            options.connections,
            webhooks(round, options.webhooks, CONVERSATIONS),
        )
        .await?;
        let cpu = gateway.cpu()?.saturating_sub(before).as_secs_f64() / options.webhooks as f64;
        memory.push(gateway.memory_mib()?);
        gateway.kill().await?;

        ratios.push(run.per_second() / baseline.per_second());
        cpu_ratios.push(cpu / baseline_cpu);
        rates.push(run.per_second());
        bare_rates.push(baseline.per_second());
        p50s.push(run.latencies.percentile_ms(0.5));
        p99s.push(run.latencies.percentile_ms(0.99));
    }
    let ratio = median(ratios);
    let cpu_ratio = median(cpu_ratios);
    let p99 = median(p99s);
    let memory = median(memory);
    let noise = if disturbed == 0 {
        String::new()
    } else {
        format!("; the disk was disturbed in {disturbed} rounds")
    };
    Ok(vec![
        Row {
            what: "durable accept / bare axum, requests per second".to_owned(),
            figure: format!("{ratio:.2}"),
            detail: format!(
                "{:.0}/s against {:.0}/s, {} connections; fdatasync p50 {:.2} ms, p99 {:.2} ms{noise}",
                median(rates),
                median(bare_rates),
                options.connections,
                median(sync_p50s),
                median(sync_p99s)
            ),
            goal: "at least 0.25, aim 0.50".to_owned(),
            kept: Some(ratio >= 0.25),
        },
        Row {
            what: "CPU per accepted event / bare axum request".to_owned(),
            figure: format!("{cpu_ratio:.1}"),
            detail: "user and system time of the server process".to_owned(),
            goal: "at most 4, aim 2.5".to_owned(),
            kept: Some(cpu_ratio <= 4.0),
        },
        Row {
            what: "acknowledgement at saturation".to_owned(),
            figure: format!("p50 {:.1} ms, p99 {p99:.1} ms", median(p50s)),
            detail: format!(
                "{} connections, closed loop; memory after it {memory:.0} MiB",
                options.connections
            ),
            goal: "p99 at most 30 ms, aim 5".to_owned(),
            kept: Some(p99 <= 30.0),
        },
    ])
}

/// How many updates a second come in as batches of a thousand.
pub(crate) async fn batches(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    const BATCH: u64 = 1000;
    let (mut rates, mut slowest) = (vec![], vec![]);
    for _ in 0..options.rounds {
        let dir = tempfile::tempdir()?;
        let unreachable = format!("http://{}/", free_addr()?);
        let home = Home::new(binary, dir.path())?;
        home.furnish(&[("app", &unreachable)])?;
        let gateway = home.start().await?;
        let path = Home::webhook_path();
        let batches = (0..options.webhooks as u64 / BATCH)
            .map(|n| request(&path, &batch_webhook(BATCH, n * BATCH)))
            .collect();
        let run = closed_loop(home.addr, 4, batches).await?;
        gateway.kill().await?;
        rates.push(run.per_second() * BATCH as f64);
        slowest.push(run.latencies.percentile_ms(0.99));
    }
    Ok(vec![Row {
        what: "batches of 1,000 messages".to_owned(),
        figure: format!("{:.0} updates/s", median(rates)),
        detail: format!(
            "4 connections; acknowledgement of a batch p99 {:.0} ms",
            median(slowest)
        ),
        goal: "none set".to_owned(),
        kept: None,
    }])
}

/// Prepared requests, unique within a gateway's life.
pub(super) fn webhooks(round: usize, count: usize, conversations: u32) -> Vec<Vec<u8>> {
    let path = Home::webhook_path();
    (0..count as u64)
        .map(|n| {
            request(
                &path,
                &text_webhook(n as u32 % conversations, round as u64 * 10_000_000 + n),
            )
        })
        .collect()
}
