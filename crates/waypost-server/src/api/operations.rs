//! Everything under `/api`, with everything that may be answered: what its router and its description are made of.
//!
//! To add a path: an entry here, and its schemas in `openapi/answers.rs`.

use serde_json::{Value, json};

use super::{
    deliveries, delivery, event, events, hooks, message, messages, redeliver, reload, replay, send,
    stream, trace,
};
use crate::openapi::answers as a;
use crate::openapi::{Access, Operation, Parameter, any_text, event_type, text};
use crate::problem::Code;

const LIMIT: Parameter = Parameter::query("limit", "Items on a page", limit);
const AFTER: Parameter = Parameter::query("after", "The `next` of the page before", text);
const ORDER: Parameter = Parameter::query(
    "order",
    "`oldest` (default) or `newest` first; `after` goes on in the same order",
    || json!({"type": "string", "enum": ["oldest", "newest"], "default": "oldest"}),
);
const ACCOUNT: Parameter = Parameter::query("account_id", "Of this account", text);
const TYPE: Parameter = Parameter::query("type", "Of this type", event_type);
const MESSAGE: Parameter = Parameter::query("message_id", "About this message of Meta's", text);
const OF_EVENT: Parameter = Parameter::query("event_id", "Of this event", text);
const FROM: Parameter = Parameter::query("from", "`now` (default), `oldest`, or a time", text);
const LAST_ID: Parameter = Parameter::header(
    "Last-Event-ID",
    "The last `id` of a stream that was cut off",
    text,
);
const OF_HOOK: Parameter = Parameter::query("hook_id", "To this hook", text);
const DELIVERY_STATE: Parameter = Parameter::query(
    "state",
    "In this state",
    || json!({"$ref": "#/components/schemas/DeliveryState"}),
);
const MESSAGE_STATE: Parameter = Parameter::query(
    "state",
    "In this state",
    || json!({"$ref": "#/components/schemas/MessageState"}),
);
const TO: Parameter = Parameter::query("to", "To this recipient", text);
const WAMID: Parameter = Parameter::query("wamid", "With this id of Meta's", text);
const KEY: Parameter = Parameter::header(
    "Idempotency-Key",
    "The same request, repeated with it, is done once",
    || json!({"type": "string", "minLength": 1, "maxLength": 255}),
);

fn limit() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
}

/// What a question with a query may be answered.
const QUERY: [Code; 3] = [
    Code::UnknownParameter,
    Code::InvalidParameter,
    Code::StoreUnavailable,
];
/// What whatever changes something may be answered.
const CHANGE: [Code; 5] = [
    Code::StoreUnavailable,
    Code::StoreFull,
    Code::NotJsonType,
    Code::InvalidRequest,
    Code::Internal,
];
const READ: Access = Access::Scope("read");
const ADMIN: Access = Access::Scope("admin");
const READ_ALL: Access = Access::AllAccounts("read");
const ADMIN_ALL: Access = Access::AllAccounts("admin");

pub(crate) fn operations() -> Vec<Operation> {
    let mut all = of_events();
    all.extend(of_deliveries());
    all.extend(of_replays());
    all.extend(of_hooks());
    all.extend(of_messages());
    all.push(
        Operation::post("/api/reload", reload::post)
            .named(
                "reload",
                "Reads the configuration again, and tells what changed",
            )
            .access(ADMIN_ALL)
            .body::<a::Reload>()
            .problems(&[
                Code::UnknownParameter,
                Code::NotJsonType,
                Code::InvalidRequest,
                Code::NotReloadable,
                Code::ConfigurationWrong,
                Code::NoAccountsLeft,
                Code::Internal,
            ])
            .answers::<a::Reloaded>(200, "What changed"),
    );
    all
}

fn list(path: Operation) -> Operation {
    path.query(&[LIMIT, AFTER])
        .problems(&QUERY)
        .problems(&[Code::InvalidCursor, Code::Internal])
}

fn one(path: Operation) -> Operation {
    path.problems(&QUERY)
        .problems(&[Code::NotFound, Code::Internal])
}

fn of_events() -> Vec<Operation> {
    vec![
        list(Operation::get("/api/events", events))
            .named("listEvents", "Stored events, oldest first unless asked for otherwise")
            .access(READ)
            .query(&[ORDER, TYPE, ACCOUNT, MESSAGE])
            .problems(&[Code::AccountForbidden, Code::NoSuchAccount])
            .answers::<a::List<a::Event>>(200, "A page"),
        Operation::get("/api/events/stream", stream::stream)
            .named("followEvents", "Events as they are stored, as server-sent events")
            .access(READ)
            .query(&[AFTER, FROM, TYPE, ACCOUNT, MESSAGE, LAST_ID])
            .problems(&QUERY)
            .problems(&[
                Code::AccountForbidden,
                Code::NoSuchAccount,
                Code::InvalidCursor,
                Code::InvalidRequest,
                Code::Overloaded,
            ])
            .answers_with(
                200,
                "Each event as one `data`, its cursor as `id`",
                "text/event-stream",
                any_text,
            ),
        one(Operation::get("/api/events/{id}", event))
            .named("getEvent", "One event, whole")
            .access(READ)
            .answers::<a::Event>(200, "The event"),
        one(Operation::get("/api/trace/{*id}", trace))
            .named(
                "trace",
                "The whole story of an event, a delivery, a message of ours, or Meta's id of a message",
            )
            .access(READ)
            .answers::<a::Trace>(200, "The story"),
    ]
}

fn of_deliveries() -> Vec<Operation> {
    vec![
        list(Operation::get("/api/deliveries", deliveries))
            .named(
                "listDeliveries",
                "Deliveries, oldest first unless asked for otherwise",
            )
            .access(READ)
            .query(&[ORDER, OF_EVENT, OF_HOOK, DELIVERY_STATE])
            .answers::<a::List<a::Delivery>>(200, "A page"),
        Operation::post("/api/deliveries/redeliver", redeliver::many)
            .named("redeliver", "Delivers again what a filter matches")
            .access(ADMIN)
            .body::<a::RedeliveryFilter>()
            .problems(&CHANGE)
            .problems(&[
                Code::AccountForbidden,
                Code::NoSuchAccount,
                Code::InvalidCursor,
            ])
            .answers::<a::Redelivery>(200, "What was done"),
        one(Operation::get("/api/deliveries/{id}", delivery))
            .named("getDelivery", "One delivery with its attempts")
            .access(READ)
            .answers::<a::Delivery>(200, "The delivery"),
        Operation::post("/api/deliveries/{id}/redeliver", redeliver::one)
            .named("redeliverOne", "Delivers again what is delivered or dead")
            .access(ADMIN)
            .problems(&CHANGE)
            .problems(&[Code::NotFound, Code::DeliveryOpen, Code::RedeliveredBefore])
            .answers::<a::Delivery>(202, "The new delivery"),
    ]
}

fn of_replays() -> Vec<Operation> {
    vec![
        list(Operation::get("/api/replay", replay::list))
            .named("listReplays", "Replays, oldest first")
            .access(READ)
            .answers::<a::List<a::Replay>>(200, "A page"),
        Operation::post("/api/replay", replay::start)
            .named(
                "replay",
                "Delivers stored events once more, or counts what would be",
            )
            .access(ADMIN)
            .body::<a::ReplayRequest>()
            .problems(&CHANGE)
            .problems(&[Code::AccountForbidden, Code::NoSuchAccount])
            .answers::<a::ReplayPreview>(200, "What a dry run counted")
            .answers::<a::Replay>(202, "The replay, which goes on by itself"),
        one(Operation::get("/api/replay/{id}", replay::show))
            .named("getReplay", "How a replay comes on")
            .access(READ)
            .answers::<a::Replay>(200, "The replay"),
        Operation::post("/api/replay/{id}/cancel", replay::cancel)
            .named(
                "cancelReplay",
                "Stops a replay; what it has queued is delivered",
            )
            .access(ADMIN)
            .problems(&CHANGE)
            .problems(&[Code::NotFound])
            .answers::<a::Replay>(200, "The replay"),
    ]
}

fn of_hooks() -> Vec<Operation> {
    vec![
        Operation::get("/api/hooks", hooks::list)
            .named("listHooks", "Every hook, and how it fares")
            .access(READ_ALL)
            .problems(&[Code::UnknownParameter, Code::Internal])
            .answers::<a::List<a::Hook>>(200, "All of them"),
        Operation::get("/api/hooks/{id}", hooks::show)
            .named("getHook", "One hook, and how it fares")
            .access(READ_ALL)
            .problems(&[Code::UnknownParameter, Code::NotFound, Code::Internal])
            .answers::<a::Hook>(200, "The hook"),
        Operation::post("/api/hooks/{id}/test", hooks::test)
            .named("testHook", "Calls a hook once with a `hook.test` event")
            .access(ADMIN_ALL)
            .problems(&[Code::NotJsonType, Code::NotFound, Code::Internal])
            .answers::<a::HookTest>(200, "What the call came to"),
        Operation::post("/api/hooks/{id}/pause", hooks::pause)
            .named("pauseHook", "Queues for a hook without calling it")
            .access(ADMIN_ALL)
            .body::<a::HookPause>()
            .problems(&CHANGE)
            .problems(&[Code::NotFound])
            .answers::<a::Hook>(200, "The hook"),
        Operation::post("/api/hooks/{id}/resume", hooks::resume)
            .named("resumeHook", "Calls a hook again")
            .access(ADMIN_ALL)
            .body::<a::HookResumption>()
            .problems(&CHANGE)
            .problems(&[Code::NotFound])
            .answers::<a::Hook>(
                200,
                "The hook, what is released to it, and what was skipped",
            ),
    ]
}

fn of_messages() -> Vec<Operation> {
    vec![
        list(Operation::get("/api/messages", messages))
            .named(
                "listMessages",
                "Messages of ours, oldest first unless asked for otherwise",
            )
            .access(Access::Scope("read or send"))
            .query(&[ORDER, MESSAGE_STATE, ACCOUNT, TO, OF_EVENT, WAMID])
            .problems(&[Code::AccountForbidden, Code::NoSuchAccount])
            .answers::<a::List<a::Message>>(200, "A page"),
        Operation::post("/api/messages", send::post)
            .named("sendMessage", "Puts a message into the outbox")
            .access(Access::Scope("send"))
            .query(&[KEY])
            .body::<a::NewMessage>()
            .problems(&[
                Code::NotJsonType,
                Code::InvalidHeader,
                Code::InvalidMessage,
                Code::NoSuchAccount,
                Code::AccountCannotSend,
                Code::AccountForbidden,
                Code::IdempotencyConflict,
                Code::StoreUnavailable,
                Code::StoreFull,
                Code::Internal,
            ])
            .answers::<a::Queued>(202, "Stored, and to be sent"),
        one(Operation::get("/api/messages/{id}", message))
            .named("getMessage", "One message of ours")
            .access(Access::Scope("read or send"))
            .answers::<a::Message>(200, "The message"),
    ]
}
