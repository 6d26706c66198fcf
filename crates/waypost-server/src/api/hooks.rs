//! `/api/hooks`: how hooks fare, pausing them, resuming them, trying them out.
//!
//! **Invariant:** no answer holds a secret of a hook: of headers it has the names, of its URL neither user nor query values.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use serde::Deserialize;
use serde_json::{Value, json};
use waypost_core::hook::{Hook, HookId};
use waypost_core::time::UnixMillis;
use waypost_engine::{HookCondition, HookStatus, ResumeFrom};
use waypost_store::HookBacklog;

use super::Asked;
use super::ask::{self, Query};
use super::named;
use super::read::{Answer, Json};
use crate::access::Caller;
use crate::app::App;
use crate::config::Scope;
use crate::problem::{Code, Problem};
use crate::segment::Segment;

/// The longest reason of a pause, in characters.
const LONGEST_REASON: usize = 200;

/// `GET /api/hooks`
pub(super) async fn list(
    (State(app), Extension(caller)): Asked,
    RawQuery(query): RawQuery,
) -> Answer {
    may(&caller, Scope::Read)?;
    Query::read(query.as_deref(), &[])?;
    Json::of(&json!({"data": all(&app), "next": null}))
}

/// `GET /api/hooks/{id}`
pub(super) async fn show(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> Answer {
    may(&caller, Scope::Read)?;
    Query::read(query.as_deref(), &[])?;
    answer(&app, &known(&app, &caller, &id)?)
}

/// `POST /api/hooks/{id}/test`
pub(super) async fn test((State(app), Extension(caller)): Asked, Segment(id): Segment) -> Answer {
    may(&caller, Scope::Admin)?;
    let id = known(&app, &caller, &id)?;
    let trial = app.engine.try_hook(&id).await.ok_or_else(missing)?;
    Json::of(&json!({
        "hook_id": id,
        "ok": trial.outcome == "ok",
        "outcome": trial.outcome,
        "event_id": trial.event_id,
        "status": trial.status,
        "duration_ms": u64::try_from(trial.duration.as_millis()).unwrap_or(u64::MAX),
        "error": trial.error,
        "response": trial.response,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pause {
    reason: Option<String>,
}

/// `POST /api/hooks/{id}/pause`
pub(super) async fn pause(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    body: Body,
) -> Answer {
    may(&caller, Scope::Admin)?;
    let id = known(&app, &caller, &id)?;
    let Pause { reason } = ask::object(body, &app).await?;
    let reason = reason.unwrap_or_else(|| format!("paused by {}", caller.name));
    if reason.chars().count() > LONGEST_REASON || reason.chars().any(char::is_control) {
        return Err(Problem::from(Code::InvalidRequest).detail(format!(
            "`reason` takes one line of at most {LONGEST_REASON} characters"
        )));
    }
    app.engine.pause_hook(&id, &reason).await?;
    answer(&app, &id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resume {
    from: Option<String>,
}

/// `POST /api/hooks/{id}/resume`
pub(super) async fn resume(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    body: Body,
) -> Answer {
    may(&caller, Scope::Admin)?;
    let id = known(&app, &caller, &id)?;
    let Resume { from } = ask::object(body, &app).await?;
    let from = match from.as_deref() {
        None | Some("backlog") => ResumeFrom::Backlog,
        Some("now") => ResumeFrom::Now,
        Some(time) => ResumeFrom::Time(ask::moment("from", time).map_err(|problem| {
            problem.hint("or `backlog` for everything that waits, or `now` to skip it")
        })?),
    };
    let resumed = app.engine.resume_hook(&id, from).await?;
    let mut view = view_of(&app, &id)?;
    view["released"] = resumed.released.into();
    view["skipped"] = resumed.skipped.into();
    Json::of(&view)
}

/// Hooks serve all accounts, so nobody handles them who is limited to some.
fn may(caller: &Caller, scope: Scope) -> Result<(), Problem> {
    caller.require(&[scope])?;
    if caller.is_unlimited() {
        return Ok(());
    }
    Err(Problem::from(Code::AccountForbidden)
        .detail("hooks serve all accounts, and this key is limited to some"))
}

fn missing() -> Problem {
    Problem::from(Code::NotFound).detail("no hook has this id")
}

fn known(app: &App, caller: &Caller, id: &str) -> Result<HookId, Problem> {
    let directory = &app.in_force.load().directory;
    named::hook(id, directory, caller, missing()).map(|hook| hook.id.clone())
}

fn answer(app: &Arc<App>, id: &HookId) -> Answer {
    Json::of(&view_of(app, id)?)
}

fn view_of(app: &Arc<App>, id: &HookId) -> Result<Value, Problem> {
    let mut all = all(app);
    let place = all.iter().position(|hook| hook["id"] == id.as_str());
    place
        .map(|place| all.swap_remove(place))
        .ok_or_else(missing)
}

/// Every hook of the configuration, in its order.
fn all(app: &App) -> Vec<Value> {
    let now = app.clock.now();
    let in_force = app.in_force.load_full();
    let statuses = app.engine.status();
    let backlogs = app.store.stats().backlog;
    let hooks = in_force.directory.hooks.iter();
    let views = hooks.filter_map(|hook| {
        let status = statuses.iter().find(|status| status.hook_id == hook.id)?;
        let backlog = backlogs.iter().find(|backlog| backlog.hook_id == hook.id);
        Some(view(hook, status, backlog, now))
    });
    views.collect()
}

fn view(hook: &Hook, status: &HookStatus, backlog: Option<&HookBacklog>, now: UnixMillis) -> Value {
    let (state, since, reason) = state(status, now);
    let oldest = backlog.and_then(|backlog| backlog.oldest);
    let age_ms =
        oldest.map(|oldest| u64::try_from(now.since(oldest).as_millis()).unwrap_or(u64::MAX));
    let waiting = backlog.map_or(0, |backlog| backlog.waiting - backlog.in_flight);
    let latency = status.figures.latency;
    json!({
        "id": hook.id,
        "name": hook.name,
        "state": state,
        "since": since.map(UnixMillis::rfc3339),
        "reason": reason,
        "not_before": status.not_before.filter(|at| *at > now).map(UnixMillis::rfc3339),
        "waiting": waiting,
        "parked": backlog.map_or(0, |backlog| backlog.parked),
        "lanes": backlog.map_or(0, |backlog| backlog.lanes),
        "oldest_at": oldest.map(UnixMillis::rfc3339),
        "oldest_age_ms": age_ms,
        "in_flight": status.in_flight,
        "cap": status.limit,
        "calls": {
            "successes": status.figures.successes,
            "failures": status.figures.failures,
            "p50_ms": latency.map(|latency| latency.p50_ms),
            "p95_ms": latency.map(|latency| latency.p95_ms),
            "max_ms": latency.map(|latency| latency.max_ms),
            "last_success_at": status.last_success_at.map(UnixMillis::rfc3339),
            "last_failure_at": status.last_failure_at.map(UnixMillis::rfc3339),
            "last_error": status.last_error,
        },
        "config": config(hook),
    })
}

/// The state's word, since when, and why.
pub(crate) fn state(
    status: &HookStatus,
    now: UnixMillis,
) -> (&'static str, Option<UnixMillis>, Option<String>) {
    match &status.condition {
        HookCondition::Inactive => (
            "inactive",
            None,
            Some("the configuration says `active = false`".to_owned()),
        ),
        HookCondition::Paused(pause) => ("paused", Some(pause.since), Some(pause.reason.clone())),
        HookCondition::Down { since } => ("open", Some(*since), status.last_error.clone()),
        HookCondition::Up if status.not_before.is_some_and(|at| at > now) => {
            ("waiting", status.last_failure_at, status.last_error.clone())
        }
        HookCondition::Up => ("active", None, None),
    }
}

/// Its configuration, without what is secret in it.
fn config(hook: &Hook) -> Value {
    let ms = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let headers: Vec<_> = hook.headers.iter().map(|(name, _)| name).collect();
    let delays: Vec<_> = hook.retry.delays.iter().map(|delay| ms(*delay)).collect();
    json!({
        "url": crate::config::masked_address(&hook.url).as_str(),
        "method": hook.method,
        "headers": headers,
        "active": hook.active,
        "accounts": hook.accounts,
        "events": hook.events,
        "format": hook.format,
        "signed": !hook.secrets.is_empty(),
        "order": hook.order,
        "replies": hook.replies,
        "timeout_ms": ms(hook.timeout),
        "in_flight": hook.in_flight,
        "backlog": hook.backlog,
        "retry_ms": delays,
        "give_up_after_ms": ms(hook.retry.give_up_after),
        "private_network": hook.private_network,
    })
}
