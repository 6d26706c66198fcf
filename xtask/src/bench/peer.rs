//! The other side, in a process of its own: the baseline that reads a body and answers, the app that counts its calls, and
//! apps that no one should have.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures_util::stream;
use tokio::process::{Child, Command};

use crate::gateway::Home;

/// Serves until killed.
pub(crate) async fn serve(addr: SocketAddr) -> anyhow::Result<()> {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let router = Router::new()
        .route(
            &Home::webhook_path(),
            post(|body: Bytes| async move { drop(body) }),
        )
        .route(
            "/app",
            post(move |body: Bytes| async move {
                drop(body);
                calls.fetch_add(1, Ordering::Relaxed);
            }),
        )
        .route(
            "/calls",
            get(move || async move { count.load(Ordering::Relaxed).to_string() }),
        )
        .route("/black-hole", post(std::future::pending::<()>))
        .route("/dripper", post(|| async { drip() }));
    let listener = tokio::net::TcpListener::bind(addr).await?;
    axum::serve(listener, router)
        .await
        .context("the other side stopped")
}

/// A body that never ends, a byte a second.
fn drip() -> Body {
    Body::from_stream(stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
    }))
}

/// The other side as a process.
pub(crate) struct Peer {
    child: Child,
    pub(crate) addr: SocketAddr,
    /// One for all questions: making one reads the machine's certificates, which would take time from what is measured.
    http: reqwest::Client,
}

impl Peer {
    /// Starts it and waits until it answers.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let addr = crate::gateway::free_addr()?;
        let itself: PathBuf = std::env::current_exe()?;
        let child = Command::new(itself)
            .args(["bench", "--serve-peer", &addr.to_string()])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let deadline = Instant::now() + Duration::from_secs(5);
        while tokio::net::TcpStream::connect(addr).await.is_err() {
            ensure!(
                Instant::now() < deadline,
                "the other side does not answer at {addr}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Self {
            child,
            addr,
            http: reqwest::Client::builder().build()?,
        })
    }

    /// CPU time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        crate::gateway::cpu_of(self.child.id().context("the other side has ended")?)
    }

    /// The address of one of its paths.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// How often `/app` was called.
    pub(crate) async fn calls(&self) -> anyhow::Result<usize> {
        let answer = self.http.get(self.url("/calls")).send().await?;
        let text = answer.text().await?;
        text.parse().context("a count that is none")
    }

    /// Waits until `/app` was called so often.
    pub(crate) async fn wait_for(&self, calls: usize, limit: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let now = self.calls().await?;
            if now >= calls {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "the app was called {now} times of {calls} within {limit:?}"
            );
            // Seldom enough that asking takes nothing from what is measured, which goes on for seconds.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
