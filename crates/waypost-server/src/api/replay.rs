//! `/api/replay`: stored events delivered once more, many at a time: counted first, begun, looked at, stopped.
//!
//! **Invariant:** whoever is limited to accounts replays events of one of those, and sees replays of those alone.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use waypost_core::account::AccountId;
use waypost_core::event::EventType;
use waypost_core::hook::HookId;
use waypost_core::id::ReplayId;
use waypost_core::replay::{Counts, Replay, Request, State as Progress, Status};
use waypost_core::time::UnixMillis;

use super::Asked;
use super::ask::{self, Query, did_you_mean};
use super::named;
use super::read::{Answer, Json};
use crate::access::Caller;
use crate::app::App;
use crate::config::Scope;
use crate::problem::{Code, Problem};
use crate::segment::Segment;

/// The most events a second that a replay can be limited to.
const MAX_RATE: u32 = 100_000;
/// Characters wrong, missing, too many or exchanged in an id that is still taken for another.
const MOST_SLIPS: usize = 2;

/// What to replay. Everything has to be asked for in words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
struct Wanted {
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    everything: bool,
    hook_id: Option<String>,
    event_id: Option<String>,
    contact: Option<String>,
    account_id: Option<String>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    status: Option<String>,
    from: Option<String>,
    until: Option<String>,
    #[serde(default)]
    quarantined: bool,
    rate: Option<u32>,
    #[serde(default)]
    replies: bool,
}

impl Wanted {
    /// An empty request, or one whose filter got lost on the way, is not one for everything there is.
    fn check_selection(&self) -> Result<(), Problem> {
        let texts = [
            &self.event_id,
            &self.contact,
            &self.account_id,
            &self.event_type,
            &self.status,
            &self.from,
            &self.until,
        ];
        let is_filtered = self.quarantined || texts.iter().any(|text| text.is_some());
        ask::check_selection(
            self.everything,
            is_filtered,
            "`event_id`, `contact`, `account_id`, `type`, `status`, `from`, `until` or `quarantined`",
        )
    }
}

/// `POST /api/replay`
pub(super) async fn start(
    (State(app), Extension(caller)): Asked,
    body: Body,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Admin])?;
    let wanted: Wanted = ask::object(body, &app).await?;
    wanted.check_selection()?;
    let dry_run = wanted.dry_run;
    let request = request(wanted, &app, &caller).await?;
    if dry_run {
        let preview = app.engine.preview_replay(&request).await?;
        let hooks = preview.hooks.iter();
        let hooks: Map<String, Value> = hooks
            .map(|(hook, deliveries)| (hook.to_string(), (*deliveries).into()))
            .collect();
        let mut view = json!({"dry_run": true, "hooks": hooks});
        put_counts(&mut view, preview.counts);
        return Ok(Json::of(&view)?.into_response());
    }
    let replay = app.engine.start_replay(request).await?;
    let location = [(header::LOCATION, format!("/api/replay/{}", replay.id))];
    let view = Json::of(&view(&app, &replay))?;
    Ok((StatusCode::ACCEPTED, location, view).into_response())
}

/// `GET /api/replay`
pub(super) async fn list(
    (State(app), Extension(caller)): Asked,
    RawQuery(query): RawQuery,
) -> Answer {
    caller.require(&[Scope::Read])?;
    let query = Query::read(query.as_deref(), &["limit", "after"])?;
    let after = query.text("after");
    let page = app.store.replays(query.limit()?, after.as_deref()).await?;
    let visible = page.items.iter().filter(|replay| may_see(&caller, replay));
    let data: Vec<_> = visible.map(|replay| view(&app, replay)).collect();
    Json::of(&json!({"data": data, "next": page.next}))
}

/// `GET /api/replay/{id}`
pub(super) async fn show(
    (State(app), Extension(caller)): Asked,
    Segment(id): Segment,
    RawQuery(query): RawQuery,
) -> Answer {
    caller.require(&[Scope::Read])?;
    Query::read(query.as_deref(), &[])?;
    let replay = find(&app, &caller, &id).await?;
    Json::of(&view(&app, &replay))
}

/// `POST /api/replay/{id}/cancel`
pub(super) async fn cancel((State(app), Extension(caller)): Asked, Segment(id): Segment) -> Answer {
    caller.require(&[Scope::Admin])?;
    let replay = find(&app, &caller, &id).await?;
    let replay = app.engine.cancel_replay(replay.id).await?;
    Json::of(&view(&app, &replay.ok_or_else(missing)?))
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<Replay, Problem> {
    let replay = match id.parse() {
        Ok(id) => app.store.replay(id).await?,
        Err(_) => None,
    };
    match replay.filter(|replay| may_see(caller, replay)) {
        Some(replay) => Ok(replay),
        None => Err(nearest_replay(app, caller, id).await?),
    }
}

/// That there is none, with the one the caller may see whose id is this one but for a slip or two: one store's ids all begin
/// alike.
async fn nearest_replay(app: &App, caller: &Caller, id: &str) -> Result<Problem, Problem> {
    let mut nearest: Option<(usize, ReplayId)> = None;
    let mut after = None;
    loop {
        let page = app.store.replays(ask::MAX_LIMIT, after.as_deref()).await?;
        for replay in page.items.iter().filter(|replay| may_see(caller, replay)) {
            let slips = strsim::damerau_levenshtein(id, &replay.id.to_string());
            if slips <= MOST_SLIPS && nearest.is_none_or(|(fewest, _)| slips < fewest) {
                nearest = Some((slips, replay.id));
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(match nearest {
                Some((_, near)) => missing().hint(format!("did you mean `{near}`?")),
                None => missing(),
            });
        }
    }
}

fn may_see(caller: &Caller, replay: &Replay) -> bool {
    let account = replay.request.account_id.as_ref();
    caller.is_unlimited() || account.is_some_and(|account| caller.may_touch(account))
}

fn missing() -> Problem {
    Problem::from(Code::NotFound).detail("no replay has this id")
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::from(Code::InvalidRequest).detail(detail)
}

/// What was asked for, understood.
async fn request(wanted: Wanted, app: &Arc<App>, caller: &Caller) -> Result<Request, Problem> {
    let account_id = account(wanted.account_id.as_deref(), app, caller)?;
    let from = ("from", wanted.from.as_deref());
    let (from, until) = ask::span(from, ("until", wanted.until.as_deref()))?;
    let contacts = match wanted.contact.as_deref() {
        None => Vec::new(),
        Some(contact) => contacts(contact, account_id.as_ref(), app).await?,
    };
    if wanted
        .rate
        .is_some_and(|rate| !(1..=MAX_RATE).contains(&rate))
    {
        return Err(invalid(
            "`rate` takes a number of events a second, from 1 to 100000",
        ));
    }
    let event_id = wanted.event_id.as_deref().map(str::parse).transpose();
    Ok(Request {
        hook_id: hook(wanted.hook_id.as_deref(), app, caller)?,
        event_id: event_id.map_err(|_| invalid("`event_id` takes an event's id: evt_…"))?,
        contacts,
        account_id,
        event_type: event_type(wanted.event_type.as_deref())?,
        status: status(wanted.status.as_deref())?,
        from,
        until,
        quarantined: wanted.quarantined,
        rate: wanted.rate,
        replies: wanted.replies,
    })
}

fn account(given: Option<&str>, app: &App, caller: &Caller) -> Result<Option<AccountId>, Problem> {
    let Some(id) = given else {
        return match caller.only_account() {
            Some(only) => Ok(Some(only.clone())),
            None if caller.is_unlimited() => Ok(None),
            None => Err(Problem::from(Code::AccountForbidden)
                .detail("this key is limited to accounts")
                .hint("name one of them as `account_id`")),
        };
    };
    let directory = &app.in_force.load().directory;
    let account = named::account(id, directory, caller)?;
    Ok(Some(account.id.clone()))
}

fn hook(given: Option<&str>, app: &App, caller: &Caller) -> Result<Option<HookId>, Problem> {
    let Some(id) = given else {
        return Ok(None);
    };
    let directory = &app.in_force.load().directory;
    let refusal = invalid("`hook_id` names no hook of the configuration");
    let hook = named::hook(id, directory, caller, refusal)?;
    if !hook.active {
        return Err(invalid(
            "`hook_id` names a hook that is not active, so nothing would be delivered to it",
        ));
    }
    Ok(Some(hook.id.clone()))
}

async fn contacts(
    given: &str,
    account_id: Option<&AccountId>,
    app: &App,
) -> Result<Vec<waypost_core::id::ContactId>, Problem> {
    let mut found = app.store.contacts(account_id, given).await?;
    let digits: String = given.chars().filter(char::is_ascii_digit).collect();
    if found.is_empty() && waypost_core::account::same_number(given, &digits) {
        found = app.store.contacts(account_id, &digits).await?;
    }
    if found.is_empty() {
        return Err(invalid("`contact` names nobody who is known here").hint(
            "give an id of ours (con_…), a phone number with its country code, or a user id",
        ));
    }
    Ok(found)
}

fn event_type(given: Option<&str>) -> Result<Option<EventType>, Problem> {
    let Some(name) = given else {
        return Ok(None);
    };
    let known: Vec<_> = EventType::ALL.iter().map(|known| known.as_str()).collect();
    let parsed = name.parse::<EventType>();
    let parsed = parsed.map_err(|_| {
        let problem = invalid("`type` names no event type");
        did_you_mean(problem, name, &known)
    })?;
    if parsed.is_about_a_hook() {
        return Err(invalid(
            "`type`: events about hooks are not replayed; a replay makes its own",
        ));
    }
    Ok(Some(parsed))
}

fn status(given: Option<&str>) -> Result<Option<Status>, Problem> {
    Ok(Some(match given {
        None => return Ok(None),
        Some("delivered") => Status::Delivered,
        Some("dead") => Status::Dead,
        Some("parked") => Status::Parked,
        Some("none") => Status::None,
        Some(_) => return Err(invalid("`status` takes delivered, dead, parked or none")),
    }))
}

fn view(app: &App, replay: &Replay) -> Value {
    let request = &replay.request;
    let percent = (replay.progress() * 1000.0).floor() / 10.0;
    let hook_gone = replay.state == Progress::HookGone;
    let reason = "its hook left the configuration, or is not active any more; a new replay delivers the rest once it is back";
    let mut view = json!({
        "id": replay.id,
        "state": if hook_gone { Progress::Cancelled } else { replay.state },
        "reason": hook_gone.then_some(reason),
        "created_at": replay.id.time().rfc3339(),
        "updated_at": replay.updated_at.rfc3339(),
        "percent": percent,
        "waits_for": Value::Null,
        "request": {
            "hook_id": request.hook_id,
            "event_id": request.event_id,
            "contacts": request.contacts,
            "account_id": request.account_id,
            "type": request.event_type,
            "status": request.status,
            "from": request.from.map(UnixMillis::rfc3339),
            "until": request.until.map(UnixMillis::rfc3339),
            "quarantined": request.quarantined,
            "rate": request.rate,
            "replies": request.replies,
        },
    });
    if replay.state == Progress::Running {
        view["waits_for"] = json!(app.engine.replay_waits_for(replay));
    }
    put_counts(&mut view, replay.counts);
    view
}

fn put_counts(view: &mut Value, counts: Counts) {
    view["looked_at"] = counts.looked_at.into();
    view["events"] = counts.events.into();
    view["deliveries"] = counts.deliveries.into();
    view["open"] = counts.open.into();
}
