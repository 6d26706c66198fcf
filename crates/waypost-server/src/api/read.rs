//! Every list and look-up of the API, over a store alone: a running gateway answers with it, and so does a command that
//! reads the directory of a stopped one.
//!
//! **Invariant:** whoever is limited to accounts learns nothing of others, not even that an id exists.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use waypost_core::account::AccountId;
use waypost_core::delivery::{DeliveryState, DeliveryView};
use waypost_core::directory::Directory;
use waypost_core::event::{EventType, StoredEvent};
use waypost_core::hook::HookId;
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::message::{MessageState, MessageView};
use waypost_core::outgoing::recipient_named;
use waypost_core::render::{RawLimit, api_event};
use waypost_core::sender::Hold;
use waypost_store::{DeliveryQuery, EventQuery, MessageQuery, Page, Store};

use super::ask::{Query, did_you_mean};
use super::named;
use crate::access::Caller;
use crate::config::Scope;
use crate::problem::{Code, Problem};
use crate::trace;
pub(crate) use view::delivery_view;
use view::{Standing, message_view};

mod view;

/// Someone who reads.
pub(crate) struct Reader<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) directory: &'a Directory,
    pub(crate) caller: &'a Caller,
    /// How long a message whose fate is unknown holds its conversation; `None` where no gateway runs that would end it.
    pub(crate) uncertain_after: Option<Duration>,
}

/// A JSON text, or a problem.
pub(crate) type Answer = Result<Json, Problem>;

/// A JSON text.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) Vec<u8>);

impl Json {
    /// Of anything that can be written as JSON.
    pub(crate) fn of(value: &impl Serialize) -> Answer {
        serde_json::to_vec(value).map(Self).map_err(|error| {
            tracing::error!(%error, "cannot write an answer");
            Code::Internal.into()
        })
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        let content_type = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, content_type)], self.0).into_response()
    }
}

#[derive(Serialize)]
struct List<T> {
    data: Vec<T>,
    next: Option<String>,
}

impl Reader<'_> {
    /// `GET /api/events`
    pub(crate) async fn events(&self, query: Option<&str>) -> Answer {
        self.caller.require(&[Scope::Read])?;
        let query = Query::read(
            query,
            &[
                "limit",
                "after",
                "order",
                "type",
                "account_id",
                "message_id",
            ],
        )?;
        let wanted = EventQuery {
            limit: query.limit()?,
            newest_first: query.newest_first()?,
            ..self.wanted_events(&query).await?
        };
        let (events, next) = self.list_events(&wanted).await?;
        let data: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
        Json::of(&List { data, next })
    }

    /// What a list or a stream of events was asked for, apart from its length and order.
    pub(crate) async fn wanted_events(&self, query: &Query) -> Result<EventQuery, Problem> {
        Ok(EventQuery {
            limit: 0,
            after: query.text("after"),
            newest_first: false,
            event_type: event_type(query)?,
            account_id: self.account(query).await?,
            message_id: query.meta_id("message_id"),
        })
    }

    /// Events of a page that the caller may see, each as a list shows it.
    pub(crate) async fn list_events(
        &self,
        wanted: &EventQuery,
    ) -> Result<(Vec<(EventId, Box<RawValue>)>, Option<String>), Problem> {
        let Page { mut items, next } = self.store.events(wanted).await?;
        items.retain(|event| self.caller.may_touch(&event.account_id));
        let show = |event: &StoredEvent| (event.id, self.show(event, RawLimit::Listed));
        Ok((items.iter().map(show).collect(), next))
    }

    /// `GET /api/events/{id}`
    pub(crate) async fn event(&self, id: &str, query: Option<&str>) -> Answer {
        self.caller.require(&[Scope::Read])?;
        Query::read(query, &[])?;
        let missing = || Problem::from(Code::NotFound).detail("no event has this id");
        let id: EventId = id.parse().map_err(|_| missing())?;
        let event = self.store.event(id).await?.ok_or_else(missing)?;
        if !self.caller.may_touch(&event.account_id) {
            return Err(missing());
        }
        Json::of(&self.show(&event, RawLimit::Whole))
    }

    /// `GET /api/deliveries`
    pub(crate) async fn deliveries(&self, query: Option<&str>) -> Answer {
        self.caller.require(&[Scope::Read])?;
        let query = Query::read(
            query,
            &["limit", "after", "order", "event_id", "hook_id", "state"],
        )?;
        let wanted = DeliveryQuery {
            limit: query.limit()?,
            after: query.text("after"),
            newest_first: query.newest_first()?,
            id: None,
            event_id: query.parsed("event_id", "an event's id: evt_…")?,
            hook_id: self.hook(&query).await?,
            state: delivery_state(&query)?,
        };
        let Page { items, next } = self.store.deliveries(&wanted).await?;
        let mut data = Vec::with_capacity(items.len());
        for delivery in &items {
            if self.may_see(delivery).await? {
                data.push(delivery_view(delivery));
            }
        }
        Json::of(&List { data, next })
    }

    /// `GET /api/deliveries/{id}`
    pub(crate) async fn delivery(&self, id: &str, query: Option<&str>) -> Answer {
        self.caller.require(&[Scope::Read])?;
        Query::read(query, &[])?;
        let missing = || Problem::from(Code::NotFound).detail("no delivery has this id");
        let id: DeliveryId = id.parse().map_err(|_| missing())?;
        let wanted = DeliveryQuery {
            limit: 1,
            id: Some(id),
            ..DeliveryQuery::default()
        };
        let page = self.store.deliveries(&wanted).await?;
        let delivery = page.items.first().ok_or_else(missing)?;
        if !self.may_see(delivery).await? {
            return Err(missing());
        }
        Json::of(&delivery_view(delivery))
    }

    /// `GET /api/messages`
    pub(crate) async fn messages(&self, query: Option<&str>) -> Answer {
        self.caller.require(&[Scope::Read, Scope::Send])?;
        let query = Query::read(
            query,
            &[
                "limit",
                "after",
                "order",
                "state",
                "account_id",
                "to",
                "event_id",
                "wamid",
            ],
        )?;
        let wanted = MessageQuery {
            limit: query.limit()?,
            after: query.text("after"),
            newest_first: query.newest_first()?,
            event_id: query.parsed("event_id", "an event's id: evt_…")?,
            wamid: query.meta_id("wamid"),
            state: message_state(&query)?,
            account_id: self.account(&query).await?,
            recipient: query.text("to").map(|to| recipient_named(&to)),
        };
        let Page { mut items, next } = self.store.messages(&wanted).await?;
        items.retain(|message| self.caller.may_touch(&message.account_id));
        let data = self.show_messages(&items).await?;
        Json::of(&List { data, next })
    }

    /// `GET /api/messages/{id}`
    pub(crate) async fn message(&self, id: &str, query: Option<&str>) -> Answer {
        self.caller.require(&[Scope::Read, Scope::Send])?;
        Query::read(query, &[])?;
        let missing = || {
            Problem::from(Code::NotFound)
                .detail("no message of ours has this id")
                .hint("ids of ours begin with msg_; with an id of Meta's, ask GET /api/messages?wamid=…")
        };
        let id: OutboxId = id.parse().map_err(|_| missing())?;
        let message = self.find_message(id).await?.ok_or_else(missing)?;
        let shown = self.show_messages(std::slice::from_ref(&message)).await?;
        Json::of(&shown.first())
    }

    /// Messages with what keeps them.
    async fn show_messages(&self, messages: &[MessageView]) -> Result<Vec<Value>, Problem> {
        let holds = self.holds(messages).await?;
        let queued = messages
            .iter()
            .filter(|one| one.state == MessageState::Queued);
        let queued: Vec<_> = queued.map(|one| one.id).collect();
        let ahead = self.store.waits_behind(&queued).await?;
        let show = |message: &MessageView| {
            let account = self.directory.account(message.account_id.as_str());
            let standing = Standing {
                hold: holds.get(&message.account_id),
                behind: ahead.get(&message.id),
                uncertain_after: self.uncertain_after,
                policy: account.map(|account| account.uncertain).unwrap_or_default(),
            };
            message_view(message, &standing)
        };
        Ok(messages.iter().map(show).collect())
    }

    /// The holds of the accounts whose messages wait.
    async fn holds(&self, messages: &[MessageView]) -> Result<BTreeMap<AccountId, Hold>, Problem> {
        let mut holds = BTreeMap::new();
        let waiting = messages
            .iter()
            .filter(|one| one.state == MessageState::Queued);
        let accounts: BTreeSet<_> = waiting.map(|one| &one.account_id).collect();
        for account_id in accounts {
            let text = self.store.setting(&Hold::setting_of(account_id)).await?;
            let hold = text.and_then(|text| serde_json::from_str(&text).ok());
            holds.extend(hold.map(|hold| (account_id.clone(), hold)));
        }
        Ok(holds)
    }

    async fn find_message(&self, id: OutboxId) -> Result<Option<MessageView>, Problem> {
        let message = self.store.message(id).await?;
        Ok(message.filter(|message| self.caller.may_touch(&message.account_id)))
    }

    /// `GET /api/trace/{id}`
    pub(crate) async fn trace(&self, id: &str, query: Option<&str>) -> Answer {
        self.caller.require(&[Scope::Read])?;
        Query::read(query, &[])?;
        let missing = || {
            Problem::from(Code::NotFound)
                .detail("nothing has this id")
                .hint("a trace takes an event (evt_…), a delivery (dlv_…), a message of ours (msg_…) or Meta's id of a message (wamid…)")
        };
        let trace = trace::trace(self.store, self.uncertain_after, id)
            .await?
            .ok_or_else(missing)?;
        if !self.caller.may_touch(&trace.account_id) {
            return Err(missing());
        }
        Json::of(&trace)
    }

    /// Answers a path, as the router would.
    pub(crate) async fn get(&self, path: &str, query: Option<&str>) -> Answer {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match segments.as_slice() {
            ["api", "events"] => self.events(query).await,
            ["api", "events", id] => self.event(id, query).await,
            ["api", "deliveries"] => self.deliveries(query).await,
            ["api", "deliveries", id] => self.delivery(id, query).await,
            ["api", "messages"] => self.messages(query).await,
            ["api", "messages", id] => self.message(id, query).await,
            // An id of Meta's may hold slashes.
            ["api", "trace", id @ ..] if !id.is_empty() => self.trace(&id.join("/"), query).await,
            _ => Err(Code::NotFound.into()),
        }
    }

    fn show(&self, event: &StoredEvent, limit: RawLimit) -> Box<RawValue> {
        api_event(
            event,
            self.directory.account(event.account_id.as_str()),
            limit,
        )
    }

    /// `account_id`, or the only account the caller has. One that is neither configured nor has anything stored is a slip.
    async fn account(&self, query: &Query) -> Result<Option<AccountId>, Problem> {
        let Some(text) = query.text("account_id") else {
            return Ok(self.caller.only_account().cloned());
        };
        let id = AccountId::from(text.as_str());
        if !self.caller.may_touch(&id) {
            return Err(Code::AccountForbidden.into());
        }
        let is_known = self.directory.account(&text).is_some();
        if self.is_running() && !is_known && !self.has_something(&id).await? {
            let problem = Code::NoSuchAccount.into();
            let (directory, caller) = (self.directory, self.caller);
            return Err(named::nearest_account(problem, &text, directory, caller));
        }
        Ok(Some(id))
    }

    /// `hook_id`, likewise.
    async fn hook(&self, query: &Query) -> Result<Option<HookId>, Problem> {
        let Some(text) = query.text("hook_id") else {
            return Ok(None);
        };
        if !self.is_running() || !self.caller.is_unlimited() {
            return Ok(Some(HookId::from(text.as_str())));
        }
        let refusal = Problem::from(Code::InvalidParameter)
            .detail("`hook_id` names no hook of the configuration, and none that has deliveries");
        let (directory, caller) = (self.directory, self.caller);
        let hook = named::hook_or_former(&text, directory, self.store, caller, refusal);
        hook.await.map(Some)
    }

    /// Whether there is a configuration to look names up in.
    fn is_running(&self) -> bool {
        self.uncertain_after.is_some()
    }

    /// Whether anything of an account is stored.
    async fn has_something(&self, account_id: &AccountId) -> Result<bool, Problem> {
        let events = EventQuery {
            limit: 1,
            account_id: Some(account_id.clone()),
            ..EventQuery::default()
        };
        let messages = MessageQuery {
            limit: 1,
            account_id: Some(account_id.clone()),
            ..MessageQuery::default()
        };
        Ok(!self.store.events(&events).await?.items.is_empty()
            || !self.store.messages(&messages).await?.items.is_empty())
    }

    async fn may_see(&self, delivery: &DeliveryView) -> Result<bool, Problem> {
        if self.caller.is_unlimited() {
            return Ok(true);
        }
        let event = self.store.event(delivery.event_id).await?;
        Ok(event.is_some_and(|event| self.caller.may_touch(&event.account_id)))
    }
}

fn event_type(query: &Query) -> Result<Option<EventType>, Problem> {
    let Some(text) = query.text("type") else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        let known: Vec<_> = EventType::ALL.iter().map(|known| known.as_str()).collect();
        let problem = Problem::from(Code::InvalidParameter)
            .detail("`type` takes the name of an event, such as message.received");
        did_you_mean(problem, &text, &known)
    })
}

fn message_state(query: &Query) -> Result<Option<MessageState>, Problem> {
    let Some(text) = query.text("state") else {
        return Ok(None);
    };
    serde_json::from_value(text.into()).map(Some).map_err(|_| {
        Problem::from(Code::InvalidParameter)
            .detail("`state` takes queued, sending, sent, delivered, read, failed or uncertain")
    })
}

fn delivery_state(query: &Query) -> Result<Option<DeliveryState>, Problem> {
    let Some(text) = query.text("state") else {
        return Ok(None);
    };
    serde_json::from_value(text.into()).map(Some).map_err(|_| {
        Problem::from(Code::InvalidParameter)
            .detail("`state` takes pending, delivering, delivered, parked or dead")
    })
}
