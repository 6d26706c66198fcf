//! The keys of a WhatsHooked file, and of it only those that Waypost's contract names.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use waypost_core::hook::{Format, Order, Replies};

use crate::config::document::{
    Database, FormatWords, HeaderText, OneOrMany, OrderWords, ReplyWords, event_names,
};
use crate::config::secret::SecretText;
use crate::config::{LogTarget, MediaMode};

/// A WhatsHooked file.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config::door) struct WhatsHooked {
    pub(super) server: Option<Server>,
    pub(super) whatsapp: Vec<AccountEntry>,
    pub(super) hooks: Vec<HookEntry>,
    pub(super) media: Option<MediaEntry>,
    pub(super) message_cache: Option<CacheEntry>,
    pub(super) event_logger: Option<LogEntry>,
    pub(super) database: Option<Database>,
    pub(super) mqtt: Option<Map<String, Value>>,
    pub(super) log_level: Option<String>,
}

/// Address and API login.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Server {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) default_country_code: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<SecretText>,
    pub(super) password_env: Option<String>,
    pub(super) password_file: Option<String>,
    pub(super) auth_key: Option<SecretText>,
    pub(super) auth_key_env: Option<String>,
    pub(super) auth_key_file: Option<String>,
}

/// One account.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["id", "type"]))]
pub(super) struct AccountEntry {
    /// Your name for the account, as it stands in its webhook's path.
    pub(super) id: Option<String>,
    /// The kind of the account.
    #[serde(rename = "type")]
    pub(super) kind: Option<AccountKind>,
    pub(super) phone_number: Option<String>,
    pub(super) disabled: bool,
    pub(super) session_path: Option<String>,
    pub(super) show_qr: Option<bool>,
    pub(super) business_api: Option<BusinessApi>,
}

/// The kind of an account.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AccountKind {
    /// The Cloud API.
    BusinessApi,
    /// WhatsApp Web.
    Whatsmeow,
}

/// The Cloud API part of an account.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BusinessApi {
    pub(super) phone_number_id: Option<String>,
    pub(super) access_token: Option<SecretText>,
    pub(super) access_token_env: Option<String>,
    pub(super) access_token_file: Option<String>,
    pub(super) business_account_id: Option<String>,
    pub(super) api_version: Option<String>,
    pub(super) verify_token: Option<SecretText>,
    pub(super) verify_token_env: Option<String>,
    pub(super) verify_token_file: Option<String>,
    pub(super) app_secret: Option<OneOrMany<SecretText>>,
    pub(super) app_secret_env: Option<OneOrMany<String>>,
    pub(super) app_secret_file: Option<OneOrMany<String>>,
    pub(super) allow_unsigned: bool,
}

/// One hook.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["id", "url"]))]
pub(super) struct HookEntry {
    /// Your name for the hook.
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// Where it is called.
    pub(super) url: Option<String>,
    pub(super) method: Option<String>,
    pub(super) headers: BTreeMap<String, HeaderText>,
    pub(super) active: Option<bool>,
    #[schemars(schema_with = "event_names")]
    pub(super) events: Vec<String>,
    pub(super) description: Option<String>,
    #[schemars(with = "FormatWords")]
    pub(super) format: Format,
    pub(super) secret: Option<OneOrMany<SecretText>>,
    pub(super) secret_env: Option<OneOrMany<String>>,
    pub(super) secret_file: Option<OneOrMany<String>>,
    #[schemars(with = "OrderWords")]
    pub(super) order: Order,
    #[schemars(with = "ReplyWords")]
    pub(super) replies: Replies,
}

/// Media.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MediaEntry {
    pub(super) data_path: Option<String>,
    pub(super) mode: MediaMode,
    pub(super) base_url: Option<String>,
}

/// The message cache.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CacheEntry {
    pub(super) enabled: bool,
    pub(super) data_path: Option<String>,
    #[schemars(range(min = 1, max = 3650))]
    pub(super) max_age_days: Option<u32>,
    #[schemars(range(min = 1))]
    pub(super) max_events: Option<u32>,
}

/// The event log.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LogEntry {
    pub(super) enabled: bool,
    pub(super) targets: Vec<LogTarget>,
    pub(super) file_dir: Option<String>,
    pub(super) table_name: Option<String>,
}
