//! What it costs that much is stored and much waits: accepting, delivering, tracing and starting, on a full store against a
//! nearly empty one.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use waypost_core::time::UnixMillis;

use super::Options;
use super::accept::webhooks;
use super::deliver::{IN_FLIGHT, LANES};
use super::peer::Peer;
use super::report::Row;
use crate::fill::{Past, fill, message_id};
use crate::gateway::{Home, free_addr};
use crate::load::{closed_loop, median};

/// Stored in the nearly empty store; so many more wait, which are delivered while it is measured.
const FEW: usize = 10_000;
/// Webhooks accepted, and deliveries made, in each measurement.
const MEASURED: usize = 20_000;
/// How long the measured deliveries may take.
const LIMIT: Duration = Duration::from_mins(2);

/// What one store answered.
struct Figures {
    start: Duration,
    accepted: f64,
    accept_cpu: f64,
    delivered: f64,
    deliver_cpu: f64,
    trace_ms: f64,
}

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let few = dir.path().join("few");
    let many = dir.path().join("many");
    fill(&few.join("data"), &pasts(FEW, MEASURED)).await?;
    let began = Instant::now();
    fill(&many.join("data"), &pasts(options.stored, options.waiting)).await?;
    println!(
        "filled a store with {} events done and {} waiting in {:.0} s",
        options.stored,
        options.waiting,
        began.elapsed().as_secs_f64()
    );
    let (mut accepts, mut delivers, mut starts, mut traces, mut details) =
        (vec![], vec![], vec![], vec![], vec![]);
    // Each round takes some of what waits, so there are as many as there is for them.
    let rounds = options.rounds.min(options.waiting / (2 * MEASURED)).max(1);
    for round in 0..rounds {
        let nearly_empty = dir.path().join(format!("few-{round}"));
        copy(&few, &nearly_empty)?;
        let small = one(options, binary, &nearly_empty, round).await?;
        let large = one(options, binary, &many, round).await?;
        accepts.push(large.accept_cpu / small.accept_cpu);
        delivers.push(large.deliver_cpu / small.deliver_cpu);
        starts.push(large.start.as_secs_f64());
        traces.push(large.trace_ms);
        details.push((small, large));
    }
    let middle = |figure: fn(&Figures) -> f64| {
        let of = |pick: fn(&(Figures, Figures)) -> &Figures| {
            median(details.iter().map(|pair| figure(pick(pair))).collect())
        };
        (of(|pair| &pair.1), of(|pair| &pair.0))
    };
    let detail = |rate: (f64, f64), cpu: (f64, f64)| {
        format!(
            "processor time {:.0} µs against {:.0} µs each; {:.0}/s against {:.0}/s",
            cpu.0, cpu.1, rate.0, rate.1
        )
    };
    let (accept, deliver, start, trace) = (
        median(accepts),
        median(delivers),
        median(starts),
        median(traces),
    );
    let sizes = format!(
        "{} stored and {} waiting / {FEW} and {MEASURED}",
        options.stored, options.waiting
    );
    Ok(vec![
        Row {
            what: format!("accepting with {sizes}"),
            figure: format!("{accept:.2}"),
            detail: detail(middle(|f| f.accepted), middle(|f| f.accept_cpu)),
            goal: "at most 1.5, aim 1.2".to_owned(),
            kept: Some(accept <= 1.5),
        },
        Row {
            what: format!("delivering with {sizes}"),
            figure: format!("{deliver:.2}"),
            detail: detail(middle(|f| f.delivered), middle(|f| f.deliver_cpu)),
            goal: "at most 2, aim 1.5".to_owned(),
            kept: Some(deliver <= 2.0),
        },
        Row {
            what: format!(
                "start with {} waiting, {} stored",
                options.waiting, options.stored
            ),
            figure: format!("{start:.2} s"),
            detail: "from the process's start to /health/ready, after a kill".to_owned(),
            goal: "at most 1 s".to_owned(),
            kept: Some(start <= 1.0),
        },
        Row {
            what: format!("a trace among {}", options.stored),
            figure: format!("{trace:.1} ms"),
            detail: "by Meta's id of an old message; the slowest of twenty".to_owned(),
            goal: "at most 100 ms".to_owned(),
            kept: Some(trace <= 100.0),
        },
    ])
}

/// So many events that are delivered, and after them so many that wait.
fn pasts(done: usize, waiting: usize) -> [Past; 2] {
    let began = 1_780_000_000_000;
    let past = |numbers: Range<usize>, delivered| Past {
        since: UnixMillis(began + i64::try_from(numbers.start / 5).unwrap_or(0)),
        numbers,
        delivered,
        first_sender: 0,
    };
    [past(0..done, true), past(done..done + waiting, false)]
}

async fn one(
    options: &Options,
    binary: &Path,
    dir: &Path,
    round: usize,
) -> anyhow::Result<Figures> {
    let peer = Peer::start().await?;
    let home = Home {
        in_flight: IN_FLIGHT,
        // All of it is old, and what removing it costs is measured elsewhere.
        settings: vec![("WAYPOST_RETENTION_DAYS", "0".to_owned())],
        ..Home::new(binary, dir)?
    };
    // The first start is after a kill: what waits is found again. Nobody is at home, so that it goes on waiting.
    home.furnish(&[("app", &format!("http://{}/", free_addr()?))])?;
    home.start().await?.kill().await?;
    let began = Instant::now();
    let gateway = home.start().await?;
    let start = began.elapsed();

    let trace_ms = slowest_trace(&gateway, round).await?;
    gateway.post("/api/hooks/app/pause", &json!({})).await?;
    let (cpu, posted) = (gateway.cpu()?, webhooks(100 + round, MEASURED, LANES));
    let run = closed_loop(home.addr, options.connections, posted).await?;
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / MEASURED as f64;
    let accept_cpu = each(gateway.cpu()?.saturating_sub(cpu));
    gateway.kill().await?;

    home.furnish(&[("app", &peer.url("/app"))])?;
    let gateway = home.start().await?;
    let (cpu, began) = (gateway.cpu()?, Instant::now());
    gateway.post("/api/hooks/app/resume", &json!({})).await?;
    peer.wait_for(MEASURED, LIMIT).await?;
    let (took, deliver_cpu) = (began.elapsed(), each(gateway.cpu()?.saturating_sub(cpu)));
    gateway.kill().await?;
    Ok(Figures {
        start,
        accepted: run.per_second(),
        accept_cpu,
        delivered: MEASURED as f64 / took.as_secs_f64(),
        deliver_cpu,
        trace_ms,
    })
}

/// By Meta's ids of messages that were stored first.
async fn slowest_trace(gateway: &crate::gateway::Gateway, round: usize) -> anyhow::Result<f64> {
    let mut slowest: f64 = 0.0;
    for n in 0..20 {
        let id = message_id(round * 20 + n);
        let began = Instant::now();
        gateway
            .get(&format!("/api/trace/{id}"))
            .await
            .with_context(|| format!("no trace of {id}"))?;
        slowest = slowest.max(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(slowest)
}

/// A copy of a store that nobody has open.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to.join("data"))?;
    for file in std::fs::read_dir(from.join("data"))? {
        let file = file?;
        std::fs::copy(file.path(), to.join("data").join(file.file_name()))?;
    }
    Ok(())
}
