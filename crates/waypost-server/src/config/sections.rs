//! The parts of a [`Config`](super::Config), resolved.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use waypost_core::account::AccountId;

/// Where the gateway listens, and where it keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// At least one address; port 0 takes any free one.
    pub listen: Vec<SocketAddr>,
    /// The data directory; `waypost-data` beside the configuration unless given.
    pub data_dir: PathBuf,
    /// How the world reaches this gateway: the base of media links and of the callback given to Meta.
    pub public_url: Option<Url>,
    /// Largest webhook body taken, in bytes; anything larger is answered 413.
    pub body_limit_bytes: usize,
    /// How long a stop waits for what is under way.
    pub stop_grace: Duration,
}

/// How messages are sent to Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendConfig {
    /// Deadline of one call.
    pub timeout: Duration,
    /// How long a message may stay uncertain before its account's policy decides.
    pub uncertain_after: Duration,
}

/// How long what is stored is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionConfig {
    /// In days; absent keeps everything.
    pub days: Option<u32>,
    /// Size of the database, in bytes, above which the oldest goes first.
    pub bytes: Option<u64>,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// A `tracing` filter: `info`, or `info,waypost_engine=debug`.
    pub filter: String,
    /// Shape of a line.
    pub format: LogFormat,
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Who may use the API. With neither user nor key configured, the first start makes an admin key.
#[derive(Debug, Clone, Default)]
pub struct ApiConfig {
    /// HTTP Basic, with every scope.
    pub basic: Option<BasicUser>,
    /// For `X-API-Key` and `Authorization: Bearer`.
    pub keys: Vec<ApiKey>,
    /// Digits that complete a number given to `/api/send…` without a country.
    pub default_country_code: Option<String>,
}

/// A user of HTTP Basic.
#[derive(Debug, Clone)]
pub struct BasicUser {
    /// Compared as it is.
    pub username: String,
    /// Compared in constant time.
    pub password: SecretString,
}

/// An API key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// For people and logs.
    pub name: String,
    /// The key itself; compared in constant time.
    pub secret: SecretString,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The accounts it may touch; empty means all.
    pub accounts: Vec<AccountId>,
}

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everything.
    Admin,
    /// Send messages and look at them.
    Send,
    /// Look at everything, change nothing.
    Read,
}

/// How media is kept and handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaConfig {
    /// Where files are kept.
    pub data_path: PathBuf,
    /// How hooks get them.
    pub mode: MediaMode,
    /// The base of links, if it is not `server.public_url`.
    pub base_url: Option<Url>,
}

/// How hooks get media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaMode {
    /// As a signed link.
    #[default]
    Link,
    /// Inside the body.
    Base64,
    /// Both.
    Both,
}

/// The view of events no hook wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// In days.
    pub max_age_days: u32,
    /// At most so many events are shown.
    pub max_events: u64,
}

/// The log of all events.
#[derive(Debug, Clone)]
pub struct EventLogConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// Where it goes.
    pub targets: Vec<LogTarget>,
    /// Folder of the daily files.
    pub file_dir: PathBuf,
    /// Table in SQLite or PostgreSQL.
    pub table_name: String,
    /// The database of the `sqlite` and `postgres` targets.
    pub database: Option<DatabaseConfig>,
}

/// Where the event log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogTarget {
    /// JSON Lines, one file a day.
    File,
    /// A SQLite table.
    Sqlite,
    /// A PostgreSQL table.
    Postgres,
}

/// The event log's database.
#[derive(Debug, Clone)]
pub enum DatabaseConfig {
    /// One file.
    Sqlite {
        /// Where.
        path: PathBuf,
    },
    /// A server.
    Postgres {
        /// Name or address.
        host: String,
        /// 5432 unless given.
        port: u16,
        /// Whom to log in as.
        username: String,
        /// How.
        password: Option<SecretString>,
        /// Which database.
        database: String,
    },
}
