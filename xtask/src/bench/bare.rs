//! The baseline: axum reading the same body and answering 200, in a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use tokio::process::{Child, Command};

/// Serves until killed.
pub(crate) async fn serve(addr: SocketAddr) -> anyhow::Result<()> {
    let router = Router::new().route(
        "/webhooks/whatsapp/shop",
        post(|body: Bytes| async move { drop(body) }),
    );
    let listener = tokio::net::TcpListener::bind(addr).await?;
    axum::serve(listener, router)
        .await
        .context("the baseline stopped")
}

/// The baseline as a process.
pub(crate) struct Bare {
    child: Child,
    pub(crate) addr: SocketAddr,
}

impl Bare {
    /// Starts it and waits until it answers.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let addr = crate::gateway::free_addr()?;
        let itself: PathBuf = std::env::current_exe()?;
        let child = Command::new(itself)
            .args(["bench", "--serve-bare", &addr.to_string()])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let deadline = Instant::now() + Duration::from_secs(5);
        while tokio::net::TcpStream::connect(addr).await.is_err() {
            ensure!(
                Instant::now() < deadline,
                "the baseline does not answer at {addr}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Self { child, addr })
    }

    /// CPU time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        crate::gateway::cpu_of(self.child.id().context("the baseline has ended")?)
    }
}
