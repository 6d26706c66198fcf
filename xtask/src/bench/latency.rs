//! How soon a hook hears of a webhook: from the moment the webhook is written to the socket to the moment the hook's request
//! has arrived, under a steady open load.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::Options;
use super::report::Row;
use crate::gateway::{Home, free_addr};
use crate::load::{Connection, Latencies, median, request, text_webhook};
use crate::sink::Sink;

/// Webhooks per second.
const RATES: [u64; 2] = [200, 1000];

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for rate in RATES {
        let (mut p50s, mut p95s, mut p99s, mut acks) = (vec![], vec![], vec![], vec![]);
        for _ in 0..options.rounds {
            let (hook, ack) = one_round(rate, options.seconds, binary).await?;
            p50s.push(hook.percentile_ms(0.5));
            p95s.push(hook.percentile_ms(0.95));
            p99s.push(hook.percentile_ms(0.99));
            acks.push(ack.percentile_ms(0.99));
        }
        let p95 = median(p95s);
        rows.push(Row {
            what: format!("webhook in to hook's first byte at {rate}/s"),
            figure: format!(
                "p50 {:.1} ms, p95 {p95:.1} ms, p99 {:.1} ms",
                median(p50s),
                median(p99s)
            ),
            detail: format!(
                "{} s of open load in each round; acknowledgement p99 {:.1} ms",
                options.seconds,
                median(acks)
            ),
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

async fn one_round(
    rate: u64,
    seconds: u64,
    binary: &Path,
) -> anyhow::Result<(Latencies, Latencies)> {
    let dir = tempfile::tempdir()?;
    let sink = Sink::start(None).await?;
    let home = Home {
        binary: binary.to_owned(),
        dir: dir.path().to_owned(),
        addr: free_addr()?,
        graph_url: format!("http://{}/", free_addr()?),
    };
    home.furnish(Some(&sink.url()))?;
    let gateway = home.start().await?;
    let total = rate * seconds;
    let path = Home::webhook_path();
    let mut idle = Vec::new();
    for _ in 0..64 {
        idle.push(Connection::open(home.addr).await?);
    }
    let idle = Arc::new(Mutex::new(idle));
    let sent: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
    let acks: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let mut posts = tokio::task::JoinSet::new();
    let started = Instant::now();
    for n in 0..total {
        let body = text_webhook(n as u32 % 500, n);
        let id = format!("wamid.{:08x}{:024x}", n as u32 % 500, n);
        let prepared = request(&path, &body);
        tokio::time::sleep_until((started + Duration::from_micros(n * 1_000_000 / rate)).into())
            .await;
        let connection = idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut connection =
            connection.context("64 connections are not enough: the gateway does not keep up")?;
        let (idle, sent, acks) = (Arc::clone(&idle), Arc::clone(&sent), Arc::clone(&acks));
        posts.spawn(async move {
            let at = Instant::now();
            if let Ok(mut sent) = sent.lock() {
                sent.insert(id, at);
            }
            let status = connection.post(&prepared).await?;
            ensure!(status == 200, "a webhook was answered {status}");
            if let (Ok(mut acks), Ok(mut idle)) = (acks.lock(), idle.lock()) {
                acks.push(at.elapsed());
                idle.push(connection);
            }
            Ok(())
        });
    }
    while let Some(posted) = posts.join_next().await {
        posted??;
    }
    let received = sink
        .wait_for(usize::try_from(total)?, Duration::from_secs(30))
        .await?;
    gateway.kill().await?;
    let sent = sent
        .lock()
        .map_err(|_| anyhow::anyhow!("a post panicked"))?;
    let latencies = received
        .iter()
        .filter_map(|call| {
            sent.get(&call.message_id)
                .map(|at| call.at.duration_since(*at))
        })
        .collect::<Vec<_>>();
    ensure!(
        latencies.len() >= usize::try_from(total)?,
        "the hook heard of {} of {total} webhooks",
        latencies.len()
    );
    let acks = acks
        .lock()
        .map_err(|_| anyhow::anyhow!("a post panicked"))?
        .clone();
    Ok((Latencies::new(latencies), Latencies::new(acks)))
}
