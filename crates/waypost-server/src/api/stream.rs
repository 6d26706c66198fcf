//! `GET /api/events/stream`: events as they are stored, as server-sent events, with the filters and the shape of the list.
//!
//! The next page is read when the client has room for it: one that is slow lags behind the store and costs a page of memory;
//! one that takes nothing at all is cut off by the server. Either comes back with the last `id` it saw, as browsers do by
//! themselves.
//!
//! **Invariant:** whoever comes back with the last `id` it saw misses nothing and gets nothing twice.
//! **Invariant:** a stream ends when the configuration changes, so that no credentials outlive it.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use http::{HeaderMap, header};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};
use waypost_core::id::EventId;
use waypost_store::EventQuery;

use super::Asked;
use super::ask::{self, Query};
use super::read::Reader;
use crate::access::Caller;
use crate::app::{App, InForce};
use crate::config::Scope;
use crate::metrics::OpenStream;
use crate::problem::{Code, Problem};

/// Events read at once.
const PAGE: usize = 32;
/// Something is sent at least this often.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// From telling how far a filter has looked in vain to telling it again.
const TELLING: Duration = Duration::from_secs(1);
/// From one look at the store to the next, where something comes all the time: what one client costs is bounded.
const REST: Duration = Duration::from_millis(10);

pub(super) async fn stream(
    (State(app), Extension(caller)): Asked,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Read])?;
    let query = Query::read(
        query.as_deref(),
        &["after", "from", "type", "account_id", "message_id"],
    )?;
    let in_force = app.in_force.load_full();
    let wanted = reader(&app, &in_force, &caller)
        .wanted_events(&query)
        .await?;
    let newest = app.store.ready().events.subscribe();
    let cursor = cursor(&query, &headers, &newest)?;
    let place = app.streams.clone().try_acquire_owned().map_err(|_| {
        Problem::from(Code::Overloaded).detail("as many streams as there may be are open already")
    })?;
    let counted = app.metrics.stream();
    let follower = Follower {
        app,
        caller,
        in_force,
        wanted,
        newest,
        cursor,
        told: None,
        rested_at: Instant::now(),
        tell_at: Instant::now(),
        _place: place,
        _counted: counted,
    };
    let body = unfold(follower, |mut follower| async move {
        let text = follower.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), follower))
    });
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        // Proxies that gather answers hand this one on as it comes.
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Where it begins: after the event that the client saw last; else where `after` or `from` says; else at what comes next.
fn cursor(
    query: &Query,
    headers: &HeaderMap,
    newest: &watch::Receiver<EventId>,
) -> Result<EventId, Problem> {
    let last_seen = headers.get("last-event-id").filter(|id| !id.is_empty());
    if let Some(id) = last_seen {
        let id = id.to_str().ok().and_then(|id| id.parse().ok());
        return id.ok_or_else(|| {
            Problem::from(Code::InvalidCursor).hint("Last-Event-ID takes the last `id` of a stream")
        });
    }
    if let Some(after) = query.text("after") {
        return after.parse().map_err(|_| Code::InvalidCursor.into());
    }
    match query.text("from").as_deref() {
        None | Some("now") => Ok(*newest.borrow()),
        Some("oldest") => Ok(EventId(0)),
        Some(time) => {
            let time = ask::moment("from", time)
                .map_err(|problem| problem.hint("or `now`, or `oldest`"))?;
            Ok(EventId((EventId::floor(time).0 - 1).max(0)))
        }
    }
}

fn reader<'a>(app: &'a App, in_force: &'a InForce, caller: &'a Caller) -> Reader<'a> {
    Reader {
        store: &*app.store,
        directory: &in_force.directory,
        caller,
        uncertain_after: Some(app.uncertain_after),
    }
}

/// Somebody who follows the events.
struct Follower {
    app: Arc<App>,
    caller: Arc<Caller>,
    /// What was in force when it was let in.
    in_force: Arc<InForce>,
    wanted: EventQuery,
    newest: watch::Receiver<EventId>,
    /// Everything wanted up to here was sent.
    cursor: EventId,
    /// The last `id` that was sent.
    told: Option<EventId>,
    /// When the store may be looked at again.
    rested_at: Instant,
    /// When it may be told how far it has looked in vain.
    tell_at: Instant,
    _place: OwnedSemaphorePermit,
    _counted: OpenStream,
}

impl Follower {
    /// The next piece of the answer; `None` ends it.
    async fn next(&mut self) -> Option<String> {
        if self.told.is_none() {
            // At once, so that a stream that is cut off before its first event resumes here.
            let mut text = "retry: 1000\n".to_owned();
            self.tell_cursor(&mut text);
            return Some(text);
        }
        let heartbeat = Instant::now() + HEARTBEAT;
        loop {
            if self.is_over() {
                return None;
            }
            // Whatever is committed by now is found by a list asked for from now on.
            let newest = *self.newest.borrow_and_update();
            if newest > self.cursor {
                if let Some(text) = self.look(newest).await? {
                    return Some(text);
                }
                continue;
            }
            let stopping = self.app.stopping.clone();
            tokio::select! {
                () = stopping.cancelled() => return None,
                changed = self.newest.changed() => changed.ok()?,
                () = sleep_until(heartbeat) => return Some(self.heartbeat()),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.app.stopping.is_cancelled() || !Arc::ptr_eq(&self.in_force, &self.app.in_force.load())
    }

    /// Reads a page and moves the cursor behind it. `None` if the store fails: the client comes back.
    async fn look(&mut self, newest: EventId) -> Option<Option<String>> {
        sleep_until(self.rested_at).await;
        if self.is_over() {
            return None;
        }
        self.rested_at = Instant::now() + REST;
        self.wanted.limit = PAGE;
        self.wanted.after = Some(self.cursor.to_string());
        let reader = reader(&self.app, &self.in_force, &self.caller);
        let (events, next) = reader.list_events(&self.wanted).await.ok()?;
        let more = next.and_then(|next| next.parse().ok());
        self.cursor = match more {
            Some(next) => {
                self.rested_at = Instant::now();
                next
            }
            None => newest,
        };
        let mut text = String::new();
        for (id, event) in &events {
            let id = *id;
            self.cursor = self.cursor.max(id);
            // Writing to a String does not fail.
            let _ = write!(text, "id: {id}\n{}\n", data(event));
            self.told = Some(id);
        }
        if events.is_empty() && (more.is_some() || Instant::now() < self.tell_at) {
            return Some(None);
        }
        self.tell_at = Instant::now() + TELLING;
        self.tell_cursor(&mut text);
        Some(Some(text))
    }

    fn heartbeat(&mut self) -> String {
        let mut text = ":\n\n".to_owned();
        self.tell_cursor(&mut text);
        text
    }

    /// How far it has looked, where that is further than what it has sent: nobody has to look there again.
    fn tell_cursor(&mut self, text: &mut String) {
        if self.told != Some(self.cursor) {
            self.told = Some(self.cursor);
            let _ = write!(text, "id: {}\n\n", self.cursor);
        }
    }
}

/// An event's text as `data:` lines. Line breaks in it are white space between its tokens, so any kind of them will do.
fn data(event: &RawValue) -> String {
    let mut text = String::with_capacity(event.get().len() + 16);
    for line in event
        .get()
        .split(['\r', '\n'])
        .filter(|line| !line.is_empty())
    {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_with_line_breaks_is_one_event_and_the_same_json() {
        let raw: Box<RawValue> = serde_json::from_str("{\"a\":\r\n\n {\r\"b\": \"c\"}}").unwrap();
        let text = data(&raw);
        assert!(!text.contains("\n\n") && !text.contains('\r'), "{text}");
        let joined: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .collect();
        let value: serde_json::Value = serde_json::from_str(&joined.join("\n")).unwrap();
        assert_eq!(value, serde_json::json!({"a": {"b": "c"}}));
    }
}
