//! What the API answers and takes, as schemas. A test holds every real answer against them, with every field it has.
//!
//! Long, because it is one list: a type for each answer.

#![expect(
    dead_code,
    clippy::struct_field_names,
    reason = "these describe; the answers themselves are written where they are made"
)]

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};
use waypost_core::event::EventType;

/// A time in UTC, as RFC 3339.
fn moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time"})
}

fn optional_moment(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "format": "date-time"})
}

fn event_type(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": event_types()})
}

/// The name of every event there is.
pub(super) fn event_types() -> Vec<&'static str> {
    EventType::ALL.iter().map(|known| known.as_str()).collect()
}

/// A page of a list, oldest first.
#[derive(JsonSchema)]
#[schemars(rename = "{T}List")]
pub(crate) struct List<T> {
    data: Vec<T>,
    /// The next page's `after`; null at the end.
    next: Option<String>,
}

/// An event.
#[derive(JsonSchema)]
pub(crate) struct Event {
    id: String,
    #[schemars(schema_with = "event_type")]
    r#type: String,
    account_id: String,
    /// By Meta's clock.
    #[schemars(schema_with = "moment")]
    timestamp: String,
    /// By the gateway's clock.
    #[schemars(schema_with = "moment")]
    received_at: String,
    contact: Option<Contact>,
    /// Meta's id of the message it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// The flat message, the flat status, or what the event has to say.
    data: Map<String, Value>,
    /// The original element. In lists, one above 64 KiB is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Value>,
    /// The size of a `raw` that was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<u64>,
    /// It names a number that no account has.
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign: Option<bool>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantined: Option<String>,
}

/// Whom an event is from or to. What is not known is not there.
#[derive(JsonSchema)]
pub(crate) struct Contact {
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// Where a delivery stands.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    Pending,
    Delivering,
    Delivered,
    Parked,
    Dead,
}

/// One event on its way to one hook.
#[derive(JsonSchema)]
pub(crate) struct Delivery {
    id: String,
    event_id: String,
    hook_id: String,
    state: DeliveryState,
    /// Why it is parked or dead.
    reason: Option<String>,
    #[schemars(schema_with = "moment")]
    created_at: String,
    #[schemars(schema_with = "optional_moment")]
    next_attempt_at: Option<String>,
    attempts: Vec<Attempt>,
    /// The delivery that this one does again.
    redelivery_of: Option<String>,
    /// The delivery that did this one again.
    redelivered_as: Option<String>,
    /// The replay that made it.
    replay_id: Option<String>,
}

/// One call of a hook.
#[derive(JsonSchema)]
pub(crate) struct Attempt {
    number: u32,
    #[schemars(schema_with = "moment")]
    at: String,
    duration_ms: u32,
    /// The hook's HTTP status, if it answered.
    status: Option<u16>,
    error: Option<String>,
    /// The first 4 KiB of the answer.
    response: Option<String>,
    /// What became of the reply in the answer.
    reply: Option<String>,
}

/// Which deliveries are to be done again: those that fit every key, and `everything` where no key narrows them down.
#[derive(JsonSchema)]
pub(crate) struct RedeliveryFilter {
    /// Only count.
    dry_run: Option<bool>,
    /// Every one in this state; without it, one of the keys that narrow it down is needed.
    everything: Option<bool>,
    hook_id: Option<String>,
    account_id: Option<String>,
    event_id: Option<String>,
    state: Option<SettledState>,
    /// Queued at this time or later.
    #[schemars(schema_with = "optional_moment")]
    #[serde(default)]
    since: Option<String>,
    /// Queued before this time.
    #[schemars(schema_with = "optional_moment")]
    #[serde(default)]
    until: Option<String>,
    /// The `next` of the answer before.
    after: Option<String>,
    #[schemars(range(min = 1, max = 100_000))]
    limit: Option<u32>,
}

/// A state that ends.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SettledState {
    Dead,
    Delivered,
}

/// What a redelivery by filter did.
#[derive(JsonSchema)]
pub(crate) struct Redelivery {
    dry_run: bool,
    matched: u64,
    redelivered: u64,
    /// If more than `limit` match: ask for the rest with it as `after`.
    next: Option<String>,
}

/// What to deliver once more, to whom, and how: events that fit every key, and `everything` where no key narrows them down.
#[derive(JsonSchema)]
pub(crate) struct ReplayRequest {
    /// Only count.
    dry_run: Option<bool>,
    /// All there is; without it, one of the keys that narrow it down is needed.
    everything: Option<bool>,
    /// To this hook alone, whether or not it ever had the events.
    hook_id: Option<String>,
    event_id: Option<String>,
    /// Of one conversation: `con_…`, a phone number or a user id.
    contact: Option<String>,
    account_id: Option<String>,
    r#type: Option<String>,
    /// Where the last delivery of the event to the hook stands like this.
    status: Option<ReplayStatus>,
    /// Accepted at this time or later.
    #[schemars(schema_with = "optional_moment")]
    #[serde(default)]
    from: Option<String>,
    /// Accepted before this time.
    #[schemars(schema_with = "optional_moment")]
    #[serde(default)]
    until: Option<String>,
    /// Read again what could not be read, and deliver what can be read now.
    quarantined: Option<bool>,
    /// Events a second.
    #[schemars(range(min = 1, max = 100_000))]
    rate: Option<u32>,
    /// Send what the hooks answer.
    replies: Option<bool>,
}

/// How the last delivery of an event to a hook stands; `none`: there is none.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReplayStatus {
    Delivered,
    Dead,
    Parked,
    None,
}

/// What a replay would do.
#[derive(JsonSchema)]
pub(crate) struct ReplayPreview {
    dry_run: bool,
    /// Deliveries for each hook.
    hooks: Map<String, Value>,
    looked_at: u64,
    events: u64,
    deliveries: u64,
    /// Left alone, being on their way.
    open: u64,
}

/// Where a replay is.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReplayState {
    Running,
    Done,
    Cancelled,
}

/// Stored events delivered once more.
#[derive(JsonSchema)]
pub(crate) struct Replay {
    id: String,
    state: ReplayState,
    /// Why it ended early, where nobody stopped it.
    reason: Option<String>,
    #[schemars(schema_with = "moment")]
    created_at: String,
    #[schemars(schema_with = "moment")]
    updated_at: String,
    /// Of the time from the first event of its range to the last.
    percent: f64,
    /// Hooks that have enough to do; null when it has ended.
    waits_for: Option<Vec<String>>,
    request: ReplayOrder,
    looked_at: u64,
    events: u64,
    deliveries: u64,
    /// Left alone, being on their way.
    open: u64,
}

/// What a replay was asked for, as it was understood.
#[derive(JsonSchema)]
pub(crate) struct ReplayOrder {
    hook_id: Option<String>,
    event_id: Option<String>,
    /// The conversation, under every id the contact ever had.
    contacts: Vec<String>,
    account_id: Option<String>,
    r#type: Option<String>,
    status: Option<ReplayStatus>,
    #[schemars(schema_with = "optional_moment")]
    from: Option<String>,
    #[schemars(schema_with = "optional_moment")]
    until: Option<String>,
    quarantined: bool,
    rate: Option<u32>,
    replies: bool,
}

/// How a hook fares.
#[derive(JsonSchema)]
pub(crate) struct Hook {
    id: String,
    name: Option<String>,
    state: HookState,
    #[schemars(schema_with = "optional_moment")]
    since: Option<String>,
    reason: Option<String>,
    #[schemars(schema_with = "optional_moment")]
    not_before: Option<String>,
    waiting: u64,
    parked: u64,
    lanes: u64,
    #[schemars(schema_with = "optional_moment")]
    oldest_at: Option<String>,
    oldest_age_ms: Option<u64>,
    in_flight: u64,
    /// Calls it may have under way now.
    cap: u64,
    calls: HookCalls,
    config: HookConfiguration,
    /// Deliveries that waited when a resumption let them go.
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<u64>,
    /// Deliveries that a resumption skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u64>,
}

/// Whether a hook is called.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HookState {
    Active,
    Paused,
    Open,
    Waiting,
    Inactive,
}

/// What a hook's calls came to since the gateway started.
#[derive(JsonSchema)]
pub(crate) struct HookCalls {
    successes: u64,
    failures: u64,
    p50_ms: Option<u32>,
    p95_ms: Option<u32>,
    max_ms: Option<u32>,
    #[schemars(schema_with = "optional_moment")]
    last_success_at: Option<String>,
    #[schemars(schema_with = "optional_moment")]
    last_failure_at: Option<String>,
    last_error: Option<String>,
}

/// A hook's configuration, without what is secret in it.
#[derive(JsonSchema)]
pub(crate) struct HookConfiguration {
    url: String,
    method: String,
    headers: Vec<String>,
    active: bool,
    accounts: Value,
    events: Value,
    format: String,
    signed: bool,
    order: String,
    replies: String,
    timeout_ms: u64,
    in_flight: u64,
    /// Deliveries that may wait for it.
    backlog: u64,
    retry_ms: Vec<u64>,
    give_up_after_ms: u64,
    private_network: bool,
}

/// What one `hook.test` call came to.
#[derive(JsonSchema)]
pub(crate) struct HookTest {
    hook_id: String,
    ok: bool,
    outcome: String,
    event_id: String,
    status: Option<u16>,
    duration_ms: u64,
    error: Option<String>,
    response: Option<String>,
}

/// Why a hook is paused.
#[derive(JsonSchema)]
pub(crate) struct HookPause {
    #[schemars(length(max = 200))]
    reason: Option<String>,
}

/// With what a hook goes on.
#[derive(JsonSchema)]
pub(crate) struct HookResumption {
    /// `backlog` (default), `now`, or a time.
    from: Option<String>,
}

/// A Cloud API message object of any type, and `account_id`.
#[derive(JsonSchema)]
pub(crate) struct NewMessage {
    /// May be left out where there is one account to choose.
    account_id: Option<String>,
    /// A phone number or a business-scoped user id.
    to: Option<String>,
    /// The kind of message; its content is in the field of that name.
    r#type: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What was put into the outbox.
#[derive(JsonSchema)]
pub(crate) struct Queued {
    id: String,
    account_id: String,
    state: MessageState,
    /// All messages made: a long text becomes several.
    ids: Vec<String>,
}

/// Where a message of ours stands.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MessageState {
    Queued,
    Sending,
    Sent,
    Delivered,
    Read,
    Failed,
    Uncertain,
}

/// A message of ours.
#[derive(JsonSchema)]
pub(crate) struct Message {
    id: String,
    account_id: String,
    /// Whom it goes to: a phone number, a user id or a group.
    to: Option<String>,
    /// Meta's word for what is sent, such as `text`.
    r#type: Option<String>,
    state: MessageState,
    /// Meta's id, once known.
    wamid: Option<String>,
    /// Meta's whole error, or ours.
    error: Value,
    /// What to do about the error.
    advice: Option<String>,
    /// Why its account's messages wait.
    held: Option<Hold>,
    /// The message to the same recipient that it waits for.
    waits_behind: Option<Ahead>,
    attempts: u32,
    #[schemars(schema_with = "moment")]
    created_at: String,
    #[schemars(schema_with = "moment")]
    updated_at: String,
    #[schemars(schema_with = "optional_moment")]
    next_attempt_at: Option<String>,
    /// The event it answers.
    event_id: Option<String>,
    /// The delivery whose answer it is.
    delivery_id: Option<String>,
}

/// A message whose fate is unknown, and which holds its conversation.
#[derive(JsonSchema)]
pub(crate) struct Ahead {
    id: String,
    state: MessageState,
    /// When the conversation goes on at the latest, if its status has not come by then; null where no gateway runs.
    #[schemars(schema_with = "optional_moment")]
    until: Option<String>,
}

/// Why an account's messages wait.
#[derive(JsonSchema)]
pub(crate) struct Hold {
    #[schemars(schema_with = "moment")]
    since: String,
    /// When it is tried again.
    #[schemars(schema_with = "moment")]
    probe_at: String,
    error: Value,
    advice: Option<String>,
}

/// Where one message is and how it got there.
#[derive(JsonSchema)]
pub(crate) struct Trace {
    id: String,
    subject: Subject,
    account_id: String,
    /// Where it stands, in one sentence.
    summary: String,
    /// What happened, oldest first.
    steps: Vec<Step>,
}

/// What a trace is about.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Subject {
    Event,
    Delivery,
    Message,
}

/// One thing that happened, or is due.
#[derive(JsonSchema)]
pub(crate) struct Step {
    #[schemars(schema_with = "moment")]
    at: String,
    /// A stable word.
    step: String,
    /// Which event, delivery or message it concerns.
    id: String,
    text: String,
}

/// How far a reload may go.
#[derive(JsonSchema)]
pub(crate) struct Reload {
    /// Also if no account is left.
    without_accounts: Option<bool>,
}

/// What a reload of the configuration changed.
#[derive(JsonSchema)]
pub(crate) struct Reloaded {
    changes: Vec<Change>,
    /// Keys whose new values are in force after a restart.
    after_restart: Vec<String>,
    warnings: Vec<Warning>,
}

/// One thing that a reload changed.
#[derive(JsonSchema)]
pub(crate) struct Change {
    kind: String,
    id: String,
    change: String,
    keys: Vec<String>,
}

/// Something in the configuration that is worth a look.
#[derive(JsonSchema)]
pub(crate) struct Warning {
    key: String,
    text: String,
}

/// Whether the gateway works.
#[derive(JsonSchema)]
pub(crate) struct Health {
    status: HealthStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
}

/// Whether the gateway works.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HealthStatus {
    Ok,
    Unavailable,
}

/// One notification of Meta's, or a list of them.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(crate) enum Webhook {
    One(Map<String, Value>),
    Several(Vec<Map<String, Value>>),
}
