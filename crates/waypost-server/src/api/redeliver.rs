//! `POST /api/deliveries/{id}/redeliver` and `POST /api/deliveries/redeliver`: settled deliveries, done again by hand.
//!
//! **Invariant:** each delivery is done again once at most, however often it is asked for; what comes of that can be done
//! again in turn.

use std::fmt;
use std::str::FromStr;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use waypost_core::account::AccountId;
use waypost_core::delivery::{DeliveryState, DeliveryView};
use waypost_core::directory::Directory;
use waypost_core::hook::HookId;
use waypost_core::id::{DeliveryId, EventId};
use waypost_core::time::UnixMillis;
use waypost_store::{DeliveryQuery, Redelivered};

use super::Asked;
use super::ask;
use super::named;
use super::read::{Json, delivery_view};
use crate::access::Caller;
use crate::app::App;
use crate::config::Scope;
use crate::problem::{Code, Problem};
use crate::segment::Segment;

/// Deliveries done again by one request, unless it says otherwise.
const DEFAULT_LIMIT: usize = 10_000;
/// The most of them.
const MAX_LIMIT: usize = 100_000;
/// Deliveries looked at, and done again, in one step.
const STEP: usize = 500;

/// `POST /api/deliveries/{id}/redeliver`
pub(super) async fn one(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Admin])?;
    let id: DeliveryId = id.parse().map_err(|_| missing())?;
    let delivery = find(&app, id).await?;
    if !may_touch(&app, &caller, delivery.event_id, None).await? {
        return Err(missing());
    }
    let answers = app.store.redeliver(app.clock.now(), vec![id]).await?;
    match answers.first() {
        Some(Redelivered::As(new)) => {
            tracing::info!(delivery.id = %new, hook.id = %delivery.hook_id, "delivery {id} is done again as {new}");
            let view = delivery_view(&find(&app, *new).await?);
            Ok((StatusCode::ACCEPTED, Json::of(&view)?).into_response())
        }
        Some(Redelivered::Before(other)) => Err(Problem::from(Code::RedeliveredBefore)
            .detail(format!("{id} was delivered again as {other}"))
            .hint(format!(
                "look at {other}; if that failed too, do that one again"
            ))),
        Some(Redelivered::Open) => Err(Code::DeliveryOpen.into()),
        Some(Redelivered::Missing) | None => {
            Err(missing().hint("its event has been removed by retention"))
        }
    }
}

/// Which deliveries. Every one in its state has to be asked for in words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    everything: bool,
    hook_id: Option<String>,
    account_id: Option<String>,
    event_id: Option<String>,
    state: Option<String>,
    since: Option<String>,
    until: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

impl Wanted {
    fn check_selection(&self) -> Result<(), Problem> {
        let texts = [
            &self.hook_id,
            &self.account_id,
            &self.event_id,
            &self.since,
            &self.until,
        ];
        ask::check_selection(
            self.everything,
            texts.iter().any(|text| text.is_some()),
            "`hook_id`, `account_id`, `event_id`, `since` or `until`",
        )
    }
}

/// `POST /api/deliveries/redeliver`
pub(super) async fn many(
    (State(app), Extension(caller)): Asked,
    body: Body,
) -> Result<Json, Problem> {
    caller.require(&[Scope::Admin])?;
    let wanted: Wanted = ask::object(body, &app).await?;
    wanted.check_selection()?;
    let directory = &app.in_force.load_full().directory;
    let mut filter = Filter::read(&wanted, directory, &caller, app.clock.now())?;
    if let Some(id) = &wanted.hook_id {
        let refusal = Problem::from(Code::InvalidRequest)
            .detail("`hook_id` names no hook of the configuration, and none that has deliveries");
        let hook = named::hook_or_former(id, directory, &*app.store, &caller, refusal);
        filter.hook_id = Some(hook.await?);
    }
    let mut after = filter.after;
    let (mut matched, mut redelivered) = (0, 0);
    let next = loop {
        let query = DeliveryQuery {
            limit: STEP,
            after: after.map(|id| id.to_string()),
            newest_first: false,
            id: None,
            event_id: filter.event_id,
            hook_id: filter.hook_id.clone(),
            state: Some(filter.state),
        };
        let page = app.store.deliveries(&query).await?;
        let mut is_last = page.next.is_none();
        let mut is_full = false;
        let mut ids = Vec::new();
        for delivery in &page.items {
            if delivery.id >= filter.end {
                is_last = true;
                break;
            }
            if delivery.redelivered_as.is_none()
                && may_touch(&app, &caller, delivery.event_id, filter.account_id.as_ref()).await?
            {
                // Only one that there is no room for shows that there are more.
                is_full = matched + ids.len() == filter.limit;
                if is_full {
                    break;
                }
                ids.push(delivery.id);
            }
            after = Some(delivery.id);
        }
        matched += ids.len();
        if !wanted.dry_run && !ids.is_empty() {
            let answers = app.store.redeliver(app.clock.now(), ids).await?;
            let new = |answer: &&Redelivered| matches!(answer, Redelivered::As(_));
            redelivered += answers.iter().filter(new).count();
        }
        if is_full || is_last {
            let end = filter.end;
            break after.filter(|_| is_full).map(|after| Cursor { after, end });
        }
    };
    if !wanted.dry_run {
        tracing::info!(
            matched,
            redelivered,
            "{redelivered} deliveries are done again"
        );
    }
    Json::of(&json!({
        "dry_run": wanted.dry_run,
        "matched": matched,
        "redelivered": redelivered,
        "next": next.map(|next| next.to_string()),
    }))
}

/// Where the next request goes on. It ends where the first one did, so that what is done again and fails meanwhile is left
/// alone.
#[derive(Clone, Copy)]
struct Cursor {
    after: DeliveryId,
    end: DeliveryId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.after, self.end)
    }
}

impl FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = |id: &str| id.parse().map_err(|_| Problem::from(Code::InvalidCursor));
        let (after, end) = text.split_once('.').ok_or(Code::InvalidCursor)?;
        Ok(Self {
            after: read(after)?,
            end: read(end)?,
        })
    }
}

/// What was asked for, understood.
struct Filter {
    hook_id: Option<HookId>,
    account_id: Option<AccountId>,
    event_id: Option<EventId>,
    state: DeliveryState,
    after: Option<DeliveryId>,
    end: DeliveryId,
    limit: usize,
}

impl Filter {
    fn read(
        wanted: &Wanted,
        directory: &Directory,
        caller: &Caller,
        now: UnixMillis,
    ) -> Result<Self, Problem> {
        let invalid = |detail: &str| Problem::from(Code::InvalidRequest).detail(detail);
        let account_id = wanted.account_id.as_deref();
        let account_id = account_id
            .map(|id| named::account(id, directory, caller).map(|account| account.id.clone()))
            .transpose()?;
        let event_id = wanted.event_id.as_deref().map(str::parse).transpose();
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(invalid("`limit` takes a number from 1 to 100000"));
        }
        let since = ("since", wanted.since.as_deref());
        let (since, until) = ask::span(since, ("until", wanted.until.as_deref()))?;
        // What is done again now and fails at once is not done again by this very request.
        let mut end = DeliveryId::floor(until.map_or(now, |until| until.min(now)));
        let mut after = since.map(|since| DeliveryId((DeliveryId::floor(since).0 - 1).max(0)));
        if let Some(cursor) = wanted
            .after
            .as_deref()
            .map(str::parse::<Cursor>)
            .transpose()?
        {
            after = after.max(Some(cursor.after));
            end = end.min(cursor.end);
        }
        Ok(Self {
            hook_id: None,
            account_id,
            event_id: event_id.map_err(|_| invalid("`event_id` takes an event's id: evt_…"))?,
            state: match wanted.state.as_deref() {
                None | Some("dead") => DeliveryState::Dead,
                Some("delivered") => DeliveryState::Delivered,
                Some(_) => return Err(invalid("`state` takes dead or delivered")),
            },
            after,
            end,
            limit,
        })
    }
}

async fn find(app: &App, id: DeliveryId) -> Result<DeliveryView, Problem> {
    let query = DeliveryQuery {
        limit: 1,
        id: Some(id),
        ..DeliveryQuery::default()
    };
    let mut page = app.store.deliveries(&query).await?;
    page.items.pop().ok_or_else(missing)
}

/// Whether the event is of an account that was asked for, and that the caller may touch.
async fn may_touch(
    app: &App,
    caller: &Caller,
    event: EventId,
    account: Option<&AccountId>,
) -> Result<bool, Problem> {
    if caller.is_unlimited() && account.is_none() {
        return Ok(true);
    }
    let event = app.store.event(event).await?;
    Ok(event.is_some_and(|event| {
        caller.may_touch(&event.account_id)
            && account.is_none_or(|account| event.account_id == *account)
    }))
}

fn missing() -> Problem {
    Problem::from(Code::NotFound).detail("no delivery has this id")
}
