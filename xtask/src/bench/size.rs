//! How much memory: of a gateway that does nothing, and of one that takes webhooks over 256 connections.

use std::path::Path;
use std::time::Duration;

use super::Options;
use super::accept::webhooks;
use super::deliver::LANES;
use super::peer::Peer;
use super::report::Row;
use crate::gateway::Home;
use crate::load::{closed_loop, median};

const CONNECTIONS: usize = 256;

pub(crate) async fn measure(options: &Options, binary: &Path) -> anyhow::Result<Vec<Row>> {
    let (mut idle, mut loaded) = (vec![], vec![]);
    for round in 0..options.rounds {
        let dir = tempfile::tempdir()?;
        let peer = Peer::start().await?;
        let home = Home::new(binary, dir.path())?;
        home.furnish(&[("app", &peer.url("/app"))])?;
        let gateway = home.start().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        idle.push(gateway.memory_mib()?);
        let posted = webhooks(round, options.webhooks, LANES);
        closed_loop(home.addr, CONNECTIONS, posted).await?;
        loaded.push(gateway.peak_memory_mib()?);
        gateway.kill().await?;
    }
    let (idle, loaded) = (median(idle), median(loaded));
    Ok(vec![
        Row {
            what: "memory, idle".to_owned(),
            figure: format!("{idle:.0} MiB"),
            detail: "resident, a second after its start".to_owned(),
            goal: "at most 24 MiB, aim 16".to_owned(),
            kept: Some(idle <= 24.0),
        },
        Row {
            what: "memory, 256 connections under load".to_owned(),
            figure: format!("{loaded:.0} MiB"),
            detail: format!(
                "the most it ever was, {} webhooks accepted and delivered over {LANES} lanes",
                options.webhooks
            ),
            goal: "at most 128 MiB, aim 64".to_owned(),
            kept: Some(loaded <= 128.0),
        },
    ])
}
