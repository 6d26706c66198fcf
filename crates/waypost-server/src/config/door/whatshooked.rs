//! WhatsHooked's JSON.

use crate::config::document::{Account, Api, Cache, Document, EventLog, Hook, Media, OneOrMany};
use crate::config::error::Problems;

mod entries;
pub(super) use entries::WhatsHooked;
use entries::{AccountEntry, AccountKind, HookEntry, Server};

/// Address and port where a file names none.
const HOST: &str = "0.0.0.0";
const PORT: u16 = 8080;

/// The same configuration in native terms.
pub(super) fn translate(
    seed: WhatsHooked,
    mut document: Document,
    problems: &mut Problems,
) -> Document {
    translate_server(seed.server.unwrap_or_default(), &mut document, problems);
    for (index, entry) in seed.whatsapp.into_iter().enumerate() {
        document
            .account
            .push(translate_account(entry, index, problems));
    }
    document.hook = seed.hooks.into_iter().map(translate_hook).collect();
    if let Some(level) = seed.log_level {
        document.log.filter = level;
    }
    if let Some(media) = seed.media {
        document.media = Media {
            data_path: media.data_path,
            mode: media.mode,
            base_url: media.base_url,
        };
    }
    if let Some(cache) = seed.message_cache {
        let default = Cache::default();
        document.cache = Cache {
            enabled: cache.enabled,
            data_path: cache.data_path,
            max_age_days: cache.max_age_days.unwrap_or(default.max_age_days),
            max_events: cache.max_events.unwrap_or(default.max_events),
        };
    }
    if let Some(log) = seed.event_logger {
        let default = EventLog::default();
        document.event_log = EventLog {
            enabled: log.enabled,
            targets: if log.targets.is_empty() {
                default.targets
            } else {
                log.targets
            },
            file_dir: log.file_dir,
            table_name: log.table_name.unwrap_or(default.table_name),
            database: None,
        };
    }
    document.event_log.database = seed.database;
    document.mqtt = seed.mqtt;
    document
}

fn translate_server(server: Server, document: &mut Document, problems: &mut Problems) {
    let host = server.host.as_deref().unwrap_or(HOST);
    let host = match host {
        "" => HOST.to_owned(),
        // An IPv6 address needs its brackets before a port.
        host if host.contains(':') && !host.starts_with('[') => format!("[{host}]"),
        host => host.to_owned(),
    };
    let port = server.port.unwrap_or(PORT);
    document.server.listen = OneOrMany::One(format!("{host}:{port}"));
    let own = Api {
        username: server.username,
        password: server.password,
        password_env: server.password_env,
        password_file: server.password_file,
        admin_key: server.auth_key,
        admin_key_env: server.auth_key_env,
        admin_key_file: server.auth_key_file,
        default_country_code: server.default_country_code,
        key: Vec::new(),
    };
    let beside = std::mem::replace(&mut document.api, own);
    let keys_only = Api {
        key: beside.key.clone(),
        ..Api::default()
    };
    if beside != keys_only {
        problems.add(
            "api",
            "logins of this format stand under `server`",
            "move them there; only `api.key` may stand here",
        );
    }
    document.api.key = beside.key;
}

fn translate_account(entry: AccountEntry, index: usize, problems: &mut Problems) -> Account {
    let place = format!("whatsapp[{index}]");
    if entry.kind == Some(AccountKind::Whatsmeow) {
        if entry.disabled {
            problems.warn(
                &place,
                "WhatsApp Web accounts (`whatsmeow`) are not there yet; this one stays disabled",
            );
        } else {
            problems.add(
                &format!("{place}.type"),
                "WhatsApp Web accounts (`whatsmeow`) are not there yet",
                r#"add "disabled": true to this account, or make it a `business-api` account"#,
            );
        }
    } else if entry.business_api.is_none() && entry.kind.is_some() {
        problems.add(
            &format!("{place}.business_api"),
            "a `business-api` account needs this table",
            "give it `phone_number_id`, `access_token` and `verify_token`",
        );
    }
    let usable = entry.kind == Some(AccountKind::BusinessApi) && entry.business_api.is_some();
    let api = entry.business_api.unwrap_or_default();
    Account {
        id: entry.id,
        // What was reported as a whole is not looked at in detail.
        enabled: usable && !entry.disabled,
        phone_number_id: api.phone_number_id,
        business_account_id: api.business_account_id,
        phone_number: entry.phone_number,
        api_version: api.api_version,
        access_token: api.access_token,
        access_token_env: api.access_token_env,
        access_token_file: api.access_token_file,
        verify_token: api.verify_token,
        verify_token_env: api.verify_token_env,
        verify_token_file: api.verify_token_file,
        app_secret: api.app_secret,
        app_secret_env: api.app_secret_env,
        app_secret_file: api.app_secret_file,
        allow_unsigned: api.allow_unsigned,
        ..Account::default()
    }
}

fn translate_hook(entry: HookEntry) -> Hook {
    let default = Hook::default();
    Hook {
        id: entry.id,
        name: entry.name,
        description: entry.description,
        url: entry.url,
        method: entry.method.unwrap_or(default.method),
        headers: entry.headers,
        active: entry.active.unwrap_or(true),
        events: entry.events,
        format: entry.format,
        secret: entry.secret,
        secret_env: entry.secret_env,
        secret_file: entry.secret_file,
        order: entry.order,
        replies: entry.replies,
        ..Hook::default()
    }
}

/// How a WhatsHooked file spells a native key.
pub(super) fn spell(native: &str) -> String {
    match native {
        "account" => return "whatsapp".to_owned(),
        "hook" => return "hooks".to_owned(),
        _ => {}
    }
    let renamed = [
        ("api.admin_key", "server.auth_key"),
        ("api.key", "api.key"),
        ("api.", "server."),
        ("server.listen", "server.host"),
        ("log.filter", "log_level"),
        ("cache", "message_cache"),
        ("event_log.database", "database"),
        ("event_log", "event_logger"),
        ("hook[", "hooks["),
    ];
    if let Some(rest) = native.strip_prefix("account[") {
        return match rest.split_once("].") {
            Some((index, key @ ("id" | "phone_number"))) => format!("whatsapp[{index}].{key}"),
            Some((index, "enabled")) => format!("whatsapp[{index}].disabled"),
            Some((index, key)) => format!("whatsapp[{index}].business_api.{key}"),
            None => format!("whatsapp[{rest}"),
        };
    }
    let found = renamed
        .iter()
        .find_map(|(from, to)| native.strip_prefix(from).map(|rest| format!("{to}{rest}")));
    found.unwrap_or_else(|| native.to_owned())
}
