//! What an acknowledgement feels of the retention: the same load on the same store, with and without old events being
//! removed all the while.

use std::path::Path;

use anyhow::{Context as _, ensure};
use waypost_core::time::UnixMillis;

use super::Options;
use super::report::Row;
use crate::fill::{Past, fill, message_id};
use crate::gateway::{Home, free_addr};
use crate::load::{median, steady};

/// Webhooks per second.
const RATE: u64 = 1000;
/// More than the retention removes in a second: 64 in every step of 20 ms and a little.
const OLD_A_SECOND: u64 = 3_500;

/// One run under load.
struct Figures {
    p50: f64,
    p99: f64,
    removed: usize,
}

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let filled = dir.path().join("filled");
    // A few seconds more than the load lasts, so that something is left to remove when it ends.
    let old = usize::try_from((options.seconds + 5) * OLD_A_SECOND)?;
    let past = Past {
        numbers: 0..old,
        // Older than any age that may be configured.
        since: UnixMillis(1_600_000_000_000),
        delivered: true,
        first_sender: 0,
    };
    fill(&filled.join("data"), &[past]).await?;
    let (mut ratios, mut with, mut without) = (vec![], vec![], vec![]);
    for round in 0..options.rounds {
        // In turn, so that neither always has the machine after the other.
        let mut pair = Vec::new();
        for is_on in [round % 2 == 0, round % 2 != 0] {
            let copy = dir.path().join(format!("{round}-{is_on}"));
            super::stored::copy(&filled, &copy)?;
            let figures = one(options, binary, &copy, is_on, old).await?;
            std::fs::remove_dir_all(&copy)?;
            pair.push((is_on, figures));
        }
        pair.sort_by_key(|(is_on, _)| *is_on);
        for (is_on, figures) in pair {
            if is_on { &mut with } else { &mut without }.push(figures);
        }
        ratios.push(with[round].p99 / without[round].p99);
    }
    let middle =
        |runs: &[Figures], figure: fn(&Figures) -> f64| median(runs.iter().map(figure).collect());
    let ratio = median(ratios);
    Ok(vec![Row {
        what: format!("acknowledgement's p99 at {RATE}/s while retention removes / without"),
        figure: format!("{ratio:.2}"),
        detail: format!(
            "p50 {:.2} ms against {:.2} ms, p99 {:.2} ms against {:.2} ms; {:.0} events a second removed; {} s in each run",
            middle(&with, |run| run.p50),
            middle(&without, |run| run.p50),
            middle(&with, |run| run.p99),
            middle(&without, |run| run.p99),
            middle(&with, |run| run.removed as f64) / options.seconds as f64,
            options.seconds
        ),
        goal: "at most 1.01".to_owned(),
        kept: Some(ratio <= 1.01),
    }])
}

async fn one(
    options: &Options,
    binary: &Path,
    dir: &Path,
    is_on: bool,
    old: usize,
) -> anyhow::Result<Figures> {
    // The hook's host does not answer: its breaker opens at once, so accepting is measured and delivering is not.
    let unreachable = format!("http://{}/", free_addr()?);
    let days = if is_on { "30" } else { "0" };
    let home = Home {
        settings: vec![("WAYPOST_RETENTION_DAYS", days.to_owned())],
        ..Home::new(binary, dir)?
    };
    home.furnish(&[("app", &unreachable)])?;
    let gateway = home.start().await?;
    let before = oldest(&gateway).await?;
    let run = steady(home.addr, &Home::webhook_path(), RATE, options.seconds).await?;
    let after = oldest(&gateway).await?;
    gateway.kill().await?;
    ensure!(after < old, "retention had nothing left to remove");
    ensure!((after > before) == is_on, "retention was not as configured");
    Ok(Figures {
        p50: run.acknowledgements.percentile_ms(0.5),
        p99: run.acknowledgements.percentile_ms(0.99),
        removed: after - before,
    })
}

/// The number of the oldest event that is left.
async fn oldest(gateway: &crate::gateway::Gateway) -> anyhow::Result<usize> {
    let page = gateway.get("/api/events?limit=1").await?;
    let id = page["data"][0]["data"]["message_id"].as_str();
    let number = id.and_then(|id| id.strip_prefix(message_id(0).trim_end_matches('0')));
    number
        .and_then(|number| number.parse().ok())
        .context("the oldest event is none of those that were filled in")
}
