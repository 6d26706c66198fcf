//! What every handler works with, and the table of paths.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::State;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use waypost_core::directory::Directory;
use waypost_core::time::UnixMillis;
use waypost_engine::{Clock, Engine};
use waypost_store::Store;
use whatsapp_cloud::secret::{AppSecret, VerifyToken};

use crate::access::Access;
use crate::body::Budget;
use crate::metrics::Metrics;
use crate::openapi::{self, Operation, any_text};
use crate::problem::{Code, Problem};
use crate::reload::Reload;
use crate::watch::Watch;
use crate::{api, health, webhook};

/// Everything an answer may need.
pub(crate) struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    /// Told of what is stored, besides.
    pub(crate) watch: Option<Arc<dyn Watch>>,
    pub(crate) in_force: ArcSwap<InForce>,
    /// Largest webhook body, in bytes.
    pub(crate) webhook_limit: usize,
    pub(crate) budget: Budget,
    /// How long a message whose fate is unknown holds its conversation.
    pub(crate) uncertain_after: Duration,
    /// Keeps refused webhooks from filling the log.
    pub(crate) refusals: Seldom,
    /// Streams of events that may still be opened.
    pub(crate) streams: Arc<Semaphore>,
    /// Cancelled when the gateway stops: answers without an end of their own end then.
    pub(crate) stopping: CancellationToken,
    pub(crate) reload: Reload,
}

/// The configuration as requests see it: replaced whole on a reload, so that one request never sees two.
pub(crate) struct InForce {
    pub(crate) directory: Arc<Directory>,
    pub(crate) access: Access,
    /// Every app secret of an enabled account, each once.
    pub(crate) secrets: Vec<AppSecret>,
    /// Every verify token of an enabled account.
    pub(crate) tokens: Vec<VerifyToken>,
}

impl InForce {
    pub(crate) fn new(directory: Arc<Directory>, access: Access) -> Self {
        let enabled = || directory.accounts.iter().filter(|account| account.enabled);
        let mut secrets: Vec<AppSecret> = Vec::new();
        for secret in enabled().flat_map(|account| &account.app_secrets) {
            if !secrets
                .iter()
                .any(|known| known.expose() == secret.expose())
            {
                secrets.push(secret.clone());
            }
        }
        let tokens = enabled()
            .filter_map(|account| account.verify_token.clone())
            .collect();
        Self {
            directory,
            access,
            secrets,
            tokens,
        }
    }
}

/// Every path there is.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(webhook::routes())
        .nest("/api", api::routes(&app))
        .merge(health::routes())
        .merge(openapi::router(operations(), ""))
        .merge(openapi::routes())
        .fallback(api::not_found)
        .method_not_allowed_fallback(api::method_not_allowed)
        .with_state(app)
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/metrics", metrics)
            .named("getMetrics", "Figures for Prometheus")
            .access(openapi::Access::AllAccounts("read"))
            .answers_with(
                200,
                "OpenMetrics text",
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                any_text,
            ),
    ]
}

async fn metrics(
    State(app): State<Arc<App>>,
    headers: http::HeaderMap,
) -> Result<([(http::HeaderName, &'static str); 1], String), Problem> {
    let caller = app.in_force.load().access.authenticate(&headers)?;
    caller.require(&[crate::config::Scope::Read])?;
    if !caller.is_unlimited() {
        return Err(Problem::from(Code::AccountForbidden)
            .detail("the figures are of all accounts, and this key is limited to some"));
    }
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok((
        [(http::header::CONTENT_TYPE, content_type)],
        app.metrics.text(),
    ))
}

/// Says yes at most once in a span.
#[derive(Debug)]
pub(crate) struct Seldom {
    every: Duration,
    next: AtomicI64,
}

impl Seldom {
    /// Once in `every`.
    pub(crate) fn new(every: Duration) -> Self {
        Self {
            every,
            next: AtomicI64::new(i64::MIN),
        }
    }

    /// Whether it is time again.
    pub(crate) fn is_due(&self, now: UnixMillis) -> bool {
        let next = self.next.load(Ordering::Relaxed);
        now.0 >= next
            && self
                .next
                .compare_exchange(
                    next,
                    now.plus(self.every).0,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok()
    }
}
