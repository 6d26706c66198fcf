//! Delivering: what waits for a hook, signed and in order over 5,000 conversations, against a bare pool of connections that
//! posts the same number of bodies to the same app; and accepting and delivering at once.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use super::Options;
use super::accept::webhooks;
use super::peer::Peer;
use super::report::Row;
use crate::gateway::{Gateway, Home};
use crate::load::{closed_loop, median};

/// Conversations, and so lanes.
pub(super) const LANES: u32 = 5000;
/// Calls at once, of the gateway and of the bare pool.
pub(super) const IN_FLIGHT: usize = 64;
/// How long a backlog may take.
const LIMIT: Duration = Duration::from_mins(2);
/// Bytes of the body the bare pool posts: what a hook gets of a text message.
const BODY: usize = 650;

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let (mut ratios, mut rates, mut bare_rates, mut cpus, mut both) =
        (vec![], vec![], vec![], vec![], vec![]);
    for round in 0..options.rounds {
        let peer = Peer::start().await?;
        let bare = bare_pool(peer.addr, options.webhooks).await?;
        drop(peer);

        let (_dir, peer, home, gateway) = start(binary).await?;
        gateway.post("/api/hooks/app/pause", &json!({})).await?;
        let waiting = webhooks(round, options.webhooks, LANES);
        closed_loop(home.addr, options.connections, waiting).await?;
        let (cpu, began) = (gateway.cpu()?, Instant::now());
        gateway.post("/api/hooks/app/resume", &json!({})).await?;
        peer.wait_for(options.webhooks, LIMIT).await?;
        let rate = options.webhooks as f64 / began.elapsed().as_secs_f64();
        let cpu = gateway.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6 / options.webhooks as f64;
        gateway.kill().await?;

        let (_dir, peer, home, gateway) = start(binary).await?;
        let began = Instant::now();
        let posted = webhooks(round, options.webhooks, LANES);
        closed_loop(home.addr, options.connections, posted).await?;
        peer.wait_for(options.webhooks, LIMIT).await?;
        both.push(options.webhooks as f64 / began.elapsed().as_secs_f64());
        gateway.kill().await?;

        ratios.push(rate / bare);
        rates.push(rate);
        bare_rates.push(bare);
        cpus.push(cpu);
    }
    let ratio = median(ratios);
    let both = median(both);
    Ok(vec![
        Row {
            what: "stored, ordered, signed deliveries / bare hyper pool".to_owned(),
            figure: format!("{ratio:.2}"),
            detail: format!(
                "{:.0}/s against {:.0}/s, {IN_FLIGHT} at once, {LANES} lanes; processor time {:.0} µs each",
                median(rates),
                median(bare_rates),
                median(cpus)
            ),
            goal: "at least 0.40, aim 0.60".to_owned(),
            kept: Some(ratio >= 0.40),
        },
        Row {
            what: "accepted and delivered at once, end to end".to_owned(),
            figure: format!("{both:.0}/s"),
            detail: format!(
                "{} connections, {LANES} lanes, one hook; from the first webhook to the last call",
                options.connections
            ),
            goal: "none set on this machine".to_owned(),
            kept: None,
        },
    ])
}

async fn start(binary: &Path) -> anyhow::Result<(tempfile::TempDir, Peer, Home, Gateway)> {
    let dir = tempfile::tempdir()?;
    let peer = Peer::start().await?;
    let home = Home {
        in_flight: IN_FLIGHT,
        ..Home::new(binary, dir.path())?
    };
    home.furnish(&[("app", &peer.url("/app"))])?;
    let gateway = home.start().await?;
    Ok((dir, peer, home, gateway))
}

/// Posts this many bodies over a pool of kept-alive connections; how many a second.
async fn bare_pool(addr: SocketAddr, posts: usize) -> anyhow::Result<f64> {
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    let body = Bytes::from(vec![b'x'; BODY]);
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, body, next) = (client.clone(), body.clone(), Arc::clone(&next));
        callers.spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < posts {
                let request = hyper::Request::post(format!("http://{addr}/app"))
                    .body(Full::new(body.clone()))?;
                let answer = client.request(request).await?;
                ensure!(answer.status().is_success(), "the app refused");
                answer.into_body().collect().await?;
            }
            Ok(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(posts as f64 / began.elapsed().as_secs_f64())
}
