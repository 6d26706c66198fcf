//! Replaying: everything that is stored delivered once more to a fast app, against the same deliveries made the first time.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;

use super::Options;
use super::accept::webhooks;
use super::deliver::{IN_FLIGHT, LANES};
use super::peer::Peer;
use super::report::Row;
use crate::gateway::Home;
use crate::load::{closed_loop, median};

/// How long all of them may take.
const LIMIT: Duration = Duration::from_mins(2);

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let (mut rates, mut firsts, mut ratios, mut cpus) = (vec![], vec![], vec![], vec![]);
    let events = options.webhooks;
    for round in 0..options.rounds {
        let dir = tempfile::tempdir()?;
        let peer = Peer::start().await?;
        let home = Home {
            in_flight: IN_FLIGHT,
            ..Home::new(binary, dir.path())?
        };
        home.furnish(&[("app", &peer.url("/app"))])?;
        let gateway = home.start().await?;
        gateway.post("/api/hooks/app/pause", &json!({})).await?;
        let posted = webhooks(round, events, LANES);
        closed_loop(home.addr, options.connections, posted).await?;
        let began = Instant::now();
        gateway.post("/api/hooks/app/resume", &json!({})).await?;
        peer.wait_for(events, LIMIT).await?;
        let first = events as f64 / began.elapsed().as_secs_f64();
        // What was taken is settled a moment later; a replay leaves alone what is not.
        let preview = json!({"everything": true, "dry_run": true});
        let settled = Instant::now();
        while gateway.post("/api/replay", &preview).await?["deliveries"] != events {
            ensure!(settled.elapsed() < LIMIT, "not all deliveries are settled");
        }

        let (cpu, began) = (gateway.cpu()?, Instant::now());
        gateway
            .post("/api/replay", &json!({"everything": true}))
            .await?;
        peer.wait_for(2 * events, LIMIT).await?;
        let rate = events as f64 / began.elapsed().as_secs_f64();
        let cpu = gateway.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6 / events as f64;
        gateway.kill().await?;
        rates.push(rate);
        firsts.push(first);
        ratios.push(rate / first);
        cpus.push(cpu);
    }
    let rate = median(rates);
    Ok(vec![Row {
        what: "replaying all that is stored".to_owned(),
        figure: format!("{rate:.0}/s"),
        detail: format!(
            "{:.2} of the {:.0}/s at which the same backlog was delivered the first time, {IN_FLIGHT} at once, {LANES} lanes; \
             processor time {:.0} µs each",
            median(ratios),
            median(firsts),
            median(cpus)
        ),
        goal: "at least 2000/s".to_owned(),
        kept: Some(rate >= 2000.0),
    }])
}
