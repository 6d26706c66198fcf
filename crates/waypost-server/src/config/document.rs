//! The native format, as values: what a TOML file says, before secrets, paths and defaults between sections are resolved.
//!
//! These types are the one list of all keys: the JSON Schema, the checks, the environment variables and the tables of
//! `docs/configuration.md` are made from them and from their comments. To add a key, add a field here and use it in `resolve`.
//!
//! **Invariant:** a secret is serialised for `config convert` only; `Debug` never shows one.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use waypost_core::account::UncertainPolicy;
use waypost_core::hook::{Format, Order, Replies};

use super::secret::SecretText;
use super::span::Span;
use super::{LogFormat, LogTarget, MediaMode, Scope};

mod defaults;
mod values;
pub(super) use defaults::GRAPH_URL;
pub(super) use values::{
    DatabaseKind, FormatWords, HeaderReference, HeaderText, OneOrMany, OrderWords, ReplyWords,
    Senders, SendersWord, UncertainWords, event_names,
};

/// A Waypost configuration.
/// What a gateway is to do: one WhatsApp number for each account, one app of yours for each hook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Waypost configuration")]
pub(super) struct Document {
    /// Where Meta's Graph API is. Plain HTTP only to a loopback address.
    pub(super) graph_url: String,
    /// Where the gateway listens, and where it keeps its data.
    pub(super) server: Server,
    /// What is logged, and how.
    pub(super) log: Log,
    /// Who may use the API.
    pub(super) api: Api,
    /// How hooks are called, unless a hook says otherwise.
    pub(super) delivery: Delivery,
    /// How messages are sent to Meta.
    pub(super) send: Send,
    /// How long what is stored is kept.
    pub(super) retention: Retention,
    /// One WhatsApp number each.
    pub(super) account: Vec<Account>,
    /// One of your apps each.
    pub(super) hook: Vec<Hook>,
    /// How media is kept and handed on (checked, not acted on yet).
    pub(super) media: Media,
    /// The view of events that no hook wanted (checked, not acted on yet).
    pub(super) cache: Cache,
    /// The log of all events (checked, not acted on yet).
    pub(super) event_log: EventLog,
    /// Publishing to an MQTT broker (kept, not understood yet).
    pub(super) mqtt: Option<Map<String, Value>>,
}

/// Where the gateway listens, and where it keeps its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Server {
    /// Address and port, or several; `:8080` means all addresses, port 0 any free port.
    pub(super) listen: OneOrMany<String>,
    /// The data directory, relative to the configuration's folder.
    pub(super) data: String,
    /// How the world reaches this gateway, such as `https://wa.example.com`.
    pub(super) public_url: Option<String>,
    /// Largest webhook body taken, in bytes; anything larger is answered 413.
    #[schemars(range(min = 1024, max = 67_108_864))]
    pub(super) body_limit_bytes: u32,
    /// How long a stop waits for what is under way.
    pub(super) stop_grace: Span,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,waypost_engine=debug`.
    pub(super) filter: String,
    /// `text` for people, `json` for machines.
    pub(super) format: LogFormat,
}

/// Who may use the API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Api {
    /// Name for HTTP Basic, which has every scope.
    pub(super) username: Option<String>,
    /// Password for HTTP Basic.
    pub(super) password: Option<SecretText>,
    /// Environment variable that holds the password.
    pub(super) password_env: Option<String>,
    /// File that holds the password.
    pub(super) password_file: Option<String>,
    /// A key with every scope.
    pub(super) admin_key: Option<SecretText>,
    /// Environment variable that holds the admin key.
    pub(super) admin_key_env: Option<String>,
    /// File that holds the admin key.
    pub(super) admin_key_file: Option<String>,
    /// Digits that complete a number given to `/api/send…` without a country, such as `49` (checked, not acted on yet).
    pub(super) default_country_code: Option<String>,
    /// Further keys, one table each.
    pub(super) key: Vec<Key>,
}

/// An API key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["name", "scopes"]))]
pub(super) struct Key {
    /// What people and logs call it.
    pub(super) name: Option<String>,
    /// The key itself.
    pub(super) secret: Option<SecretText>,
    /// Environment variable that holds the key.
    pub(super) secret_env: Option<String>,
    /// File that holds the key.
    pub(super) secret_file: Option<String>,
    /// What it may do: `admin`, `send`, `read`.
    pub(super) scopes: Vec<Scope>,
    /// Ids of the accounts it may touch; empty means all.
    pub(super) accounts: Vec<String>,
}

/// How hooks are called, unless a hook says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Delivery {
    /// Over name resolution, connecting, TLS, headers and body together.
    pub(super) timeout: Span,
    /// Requests to one hook at once.
    #[schemars(range(min = 1, max = 1024))]
    pub(super) in_flight: u32,
    /// Waiting time after the first, second, … failure; the last repeats.
    pub(super) retry: Vec<Span>,
    /// Counted from the first attempt; a delivery that failed for so long is dead.
    pub(super) give_up_after: Span,
    /// Deliveries that may wait for one hook; past that the oldest become dead.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub(super) backlog: u32,
}

/// How messages are sent to Meta.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Send {
    /// Deadline of one call to Meta.
    pub(super) timeout: Span,
    /// How long a message whose fate is unknown waits for its status, holding its conversation, before the account's
    /// `uncertain` policy decides.
    pub(super) uncertain_after: Span,
}

/// How long what is stored is kept. What still waits for a hook is kept in any case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Retention {
    /// Events, deliveries and messages older than this are removed; 0 keeps them for ever.
    #[schemars(range(max = 36_500))]
    pub(super) days: u32,
    /// Above this size of the database the oldest events go before their time, delivered ones first; 0 is no limit.
    pub(super) bytes: u64,
}

/// One WhatsApp number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["id"]))]
pub(super) struct Account {
    /// Your name for it, as it stands in paths: letters, digits, `-`, `_`, `.`.
    pub(super) id: Option<String>,
    /// A disabled account is loaded, and its webhook path answers 404.
    pub(super) enabled: bool,
    /// Meta's id of the number (not the number itself).
    pub(super) phone_number_id: Option<String>,
    /// Meta's id of the WhatsApp Business Account.
    pub(super) business_account_id: Option<String>,
    /// The number as people dial it.
    pub(super) phone_number: Option<String>,
    /// Graph API version; v25.0 unless given.
    pub(super) api_version: Option<String>,
    /// Access token for sending; a system user's does not expire.
    pub(super) access_token: Option<SecretText>,
    /// Environment variable that holds the access token.
    pub(super) access_token_env: Option<String>,
    /// File that holds the access token.
    pub(super) access_token_file: Option<String>,
    /// The word Meta repeats in the webhook handshake; 32 characters or more.
    pub(super) verify_token: Option<SecretText>,
    /// Environment variable that holds the verify token.
    pub(super) verify_token_env: Option<String>,
    /// File that holds the verify token.
    pub(super) verify_token_file: Option<String>,
    /// The Meta app's secret, which proves webhooks; several during a rotation.
    pub(super) app_secret: Option<OneOrMany<SecretText>>,
    /// Environment variable that holds the app secret, or several.
    pub(super) app_secret_env: Option<OneOrMany<String>>,
    /// File that holds the app secret, or several.
    pub(super) app_secret_file: Option<OneOrMany<String>>,
    /// Take webhooks without proof on this account's own path. Anyone who knows the address can then forge messages.
    pub(super) allow_unsigned: bool,
    /// Who may write: `everyone`, `nobody`, or a list of numbers and user ids.
    pub(super) senders: Senders,
    /// A send whose fate stays unknown: `hold` it, or `resend` it at the risk of sending twice.
    #[schemars(with = "UncertainWords")]
    pub(super) uncertain: UncertainPolicy,
    /// Messages a second that Meta takes from this number: 80, up to 1,000 after an upgrade, 20 where the Business app shares it.
    #[schemars(range(min = 1, max = 1000))]
    pub(super) throughput: u32,
}

/// One of your apps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["id", "url"]))]
pub(super) struct Hook {
    /// Your name for it: letters, digits, `-`, `_`, `.`.
    pub(super) id: Option<String>,
    /// For people.
    pub(super) name: Option<String>,
    /// For people.
    pub(super) description: Option<String>,
    /// Where it is called; `event` and `account_id` are added to the query.
    pub(super) url: Option<String>,
    /// HTTP method.
    pub(super) method: String,
    /// Sent with every call. A value is a string, or `{ env = "NAME" }`, or `{ file = "path" }`.
    pub(super) headers: BTreeMap<String, HeaderText>,
    /// An inactive hook is not subscribed to anything.
    pub(super) active: bool,
    /// Ids of the accounts it listens to; empty means all.
    pub(super) accounts: Vec<String>,
    /// Event types it wants; empty means all but the `hook.*` events.
    #[schemars(schema_with = "event_names")]
    pub(super) events: Vec<String>,
    /// Shape of the body: `flat`, `event` or `meta`.
    #[schemars(with = "FormatWords")]
    pub(super) format: Format,
    /// Signs every call; several during a rotation, the current one first.
    pub(super) secret: Option<OneOrMany<SecretText>>,
    /// Environment variable that holds the secret, or several.
    pub(super) secret_env: Option<OneOrMany<String>>,
    /// File that holds the secret, or several.
    pub(super) secret_file: Option<OneOrMany<String>>,
    /// Within a conversation: `bounded` waits for a failing delivery for a while, `strict` for as long as it lives, `none` never.
    #[schemars(with = "OrderWords")]
    pub(super) order: Order,
    /// Answers that are sent on: those to inbound `messages`, `all`, or `none`.
    #[schemars(with = "ReplyWords")]
    pub(super) replies: Replies,
    /// Overrides `delivery.timeout`.
    pub(super) timeout: Option<Span>,
    /// Overrides `delivery.in_flight`.
    #[schemars(range(min = 1, max = 1024))]
    pub(super) in_flight: Option<u32>,
    /// Overrides `delivery.retry`.
    pub(super) retry: Option<Vec<Span>>,
    /// Overrides `delivery.give_up_after`.
    pub(super) give_up_after: Option<Span>,
    /// Overrides `delivery.backlog`.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub(super) backlog: Option<u32>,
}

/// How media is kept and handed on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Media {
    /// Folder for files; `media` in the data directory unless given.
    pub(super) data_path: Option<String>,
    /// How hooks get media: as a `link`, as `base64` in the body, or `both`.
    pub(super) mode: MediaMode,
    /// The base of links; `server.public_url` unless given.
    pub(super) base_url: Option<String>,
}

/// The view of events that no hook wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Cache {
    /// Whether there is one.
    pub(super) enabled: bool,
    /// Accepted from other formats and not needed: these events lie in the data directory.
    pub(super) data_path: Option<String>,
    /// Events older than so many days are no longer shown.
    #[schemars(range(min = 1, max = 3650))]
    pub(super) max_age_days: u32,
    /// At most so many events are shown.
    #[schemars(range(min = 1))]
    pub(super) max_events: u32,
}

/// The log of all events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct EventLog {
    /// Whether there is one.
    pub(super) enabled: bool,
    /// Where it goes: `file`, `sqlite`, `postgres`.
    pub(super) targets: Vec<LogTarget>,
    /// Folder of the daily files; `event-log` in the data directory unless given.
    pub(super) file_dir: Option<String>,
    /// Table in the database: letters, digits and `_`.
    pub(super) table_name: String,
    /// The database of the `sqlite` and `postgres` targets.
    pub(super) database: Option<Database>,
}

/// The event log's database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["type"]))]
#[expect(
    clippy::struct_field_names,
    reason = "the keys are WhatsHooked's, where a database's name is `database`"
)]
pub(super) struct Database {
    /// `sqlite` or `postgres`.
    #[serde(rename = "type")]
    pub(super) kind: Option<DatabaseKind>,
    /// PostgreSQL: name or address of the server.
    pub(super) host: Option<String>,
    /// PostgreSQL: port; 5432 unless given.
    #[schemars(range(min = 1))]
    pub(super) port: Option<u16>,
    /// PostgreSQL: whom to log in as.
    pub(super) username: Option<String>,
    /// PostgreSQL: the password.
    pub(super) password: Option<SecretText>,
    /// Environment variable that holds the password.
    pub(super) password_env: Option<String>,
    /// File that holds the password.
    pub(super) password_file: Option<String>,
    /// PostgreSQL: name of the database.
    pub(super) database: Option<String>,
    /// SQLite: the file.
    pub(super) sqlite_path: Option<String>,
}
