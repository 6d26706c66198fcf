//! What one configuration changes of another: accounts and hooks by their ids, and settings by their keys.
//!
//! **Invariant:** values are compared and never told, since any of them may be a secret.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use waypost_core::account::Account;
use waypost_core::hook::Hook;
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};

use crate::config::{ApiConfig, Config, Warning};

/// Sections that a reload puts in force. All others wait for a restart.
const RELOADED: [&str; 4] = ["account", "hook", "delivery", "api"];

/// What a reload came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What is in force now and was not before.
    pub changes: Vec<Change>,
    /// Keys whose values differ from those the gateway was started with, and need a restart.
    pub after_restart: Vec<String>,
    /// What the operator should know of the configuration.
    pub warnings: Vec<Warning>,
}

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Of which kind it is.
    pub thing: Thing,
    /// The id of an account or hook, the key of a setting.
    pub id: String,
    /// What happened to it.
    pub what: What,
    /// Of an account or hook that changed: the keys that did.
    pub keys: Vec<String>,
}

/// What can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A configured number.
    Account,
    /// A configured app.
    Hook,
    /// Anything else.
    Setting,
}

/// What can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

impl Thing {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Hook => "hook",
            Self::Setting => "setting",
        }
    }
}

impl What {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

impl Changes {
    /// From the configuration `before` to the one `after`, in a gateway that was `started` with a third.
    pub(super) fn between(started: &Config, before: &Config, after: &Config) -> Self {
        let mut changes = Vec::new();
        compare(
            Thing::Account,
            &accounts(before),
            &accounts(after),
            &mut changes,
        );
        compare(Thing::Hook, &hooks(before), &hooks(after), &mut changes);
        let is_setting = |key: &String| section(key) == "delivery" || section(key) == "api";
        let mut settings: Vec<String> = different(before.effective(), after.effective())
            .into_iter()
            .filter(is_setting)
            .collect();
        let is_api_told = settings.iter().any(|key| section(key) == "api");
        if !is_api_told && credentials(&before.api) != credentials(&after.api) {
            settings.push("api".to_owned());
        }
        changes.extend(settings.into_iter().map(|id| Change {
            thing: Thing::Setting,
            id,
            what: What::Changed,
            keys: Vec::new(),
        }));
        let after_restart = different(started.effective(), after.effective())
            .into_iter()
            .filter(|key| !RELOADED.contains(&section(key)));
        Self {
            changes,
            after_restart: after_restart.collect(),
            warnings: after.warnings.clone(),
        }
    }
}

/// An account or hook: its id, what the document says of it, and the secrets it has, wherever they came from.
struct Part<'a> {
    id: &'a str,
    written: &'a Value,
    secrets: Vec<(&'static str, Vec<&'a str>)>,
}

fn accounts(config: &Config) -> Vec<Part<'_>> {
    let written = config.effective()["account"].as_array();
    let accounts = config.directory.accounts.iter();
    accounts
        .zip(written.into_iter().flatten())
        .map(|(account, written)| Part {
            id: account.id.as_str(),
            written,
            secrets: secrets_of_account(account),
        })
        .collect()
}

fn hooks(config: &Config) -> Vec<Part<'_>> {
    let written = config.effective()["hook"].as_array();
    let hooks = config.directory.hooks.iter();
    hooks
        .zip(written.into_iter().flatten())
        .map(|(hook, written)| Part {
            id: hook.id.as_str(),
            written,
            secrets: secrets_of_hook(hook),
        })
        .collect()
}

fn secrets_of_account(account: &Account) -> Vec<(&'static str, Vec<&str>)> {
    let access_token = account.access_token.iter().map(AccessToken::expose);
    let verify_token = account.verify_token.iter().map(VerifyToken::expose);
    let app_secrets = account.app_secrets.iter().map(AppSecret::expose);
    vec![
        ("access_token", access_token.collect()),
        ("verify_token", verify_token.collect()),
        ("app_secret", app_secrets.collect()),
    ]
}

fn secrets_of_hook(hook: &Hook) -> Vec<(&'static str, Vec<&str>)> {
    let headers = hook.headers.iter();
    let headers = headers.flat_map(|(name, value)| [name.as_str(), value.expose_secret()]);
    let secrets = hook.secrets.iter().map(SecretString::expose_secret);
    vec![
        ("headers", headers.collect()),
        ("secret", secrets.collect()),
    ]
}

/// Everything that lets somebody in.
fn credentials(api: &ApiConfig) -> Vec<&str> {
    let basic = api.basic.iter();
    let basic = basic.flat_map(|user| [user.username.as_str(), user.password.expose_secret()]);
    let keys = api.keys.iter().map(|key| key.secret.expose_secret());
    basic.chain(keys).collect()
}

fn compare(thing: Thing, before: &[Part<'_>], after: &[Part<'_>], changes: &mut Vec<Change>) {
    let mut tell = |id: &str, what, keys| {
        changes.push(Change {
            thing,
            id: id.to_owned(),
            what,
            keys,
        });
    };
    for new in after {
        let Some(old) = before.iter().find(|old| old.id == new.id) else {
            tell(new.id, What::Added, Vec::new());
            continue;
        };
        let mut keys: BTreeSet<String> = different(old.written, new.written)
            .into_iter()
            .map(|key| named(&key).to_owned())
            .collect();
        let secrets = old.secrets.iter().zip(&new.secrets);
        let secrets = secrets.filter(|((_, old), (_, new))| old != new);
        keys.extend(secrets.map(|((name, _), _)| (*name).to_owned()));
        if !keys.is_empty() {
            tell(new.id, What::Changed, keys.into_iter().collect());
        }
    }
    for old in before {
        if !after.iter().any(|new| new.id == old.id) {
            tell(old.id, What::Removed, Vec::new());
        }
    }
}

/// The first word of a key path.
fn section(key: &str) -> &str {
    key.split(['.', '[']).next().unwrap_or(key)
}

/// A key as it is told: `secret_env` and `secret_file` are ways to give `secret`.
fn named(key: &str) -> &str {
    let key = section(key);
    key.strip_suffix("_env")
        .or_else(|| key.strip_suffix("_file"))
        .unwrap_or(key)
}

/// Key paths at which two documents differ; a list counts as one value.
fn different(one: &Value, other: &Value) -> Vec<String> {
    fn walk(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
        let (Value::Object(left), Value::Object(right)) = (one, other) else {
            if one != other {
                found.push(path.to_owned());
            }
            return;
        };
        let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
        for key in keys {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let of = |table: &serde_json::Map<String, Value>| table.get(key).cloned();
            let (left, right) = (of(left).unwrap_or_default(), of(right).unwrap_or_default());
            walk(&path, &left, &right, found);
        }
    }
    let mut found = Vec::new();
    walk("", one, other, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Environment;

    const BEFORE: &str = r#"
[[account]]
id = "shop"
phone_number_id = "111"
verify_token = "a-verify-token-of-more-than-32-characters"
app_secret_env = "SECRET"
[[hook]]
id = "bot"
url = "http://localhost:3000/?key=one"
[[hook]]
id = "old"
url = "http://localhost:3001/"
"#;
    const AFTER: &str = r#"
[server]
listen = "127.0.0.1:9999"
[delivery]
timeout = "7s"
[api]
admin_key = "a-key-that-is-long-enough-for-anyone"
[[account]]
id = "shop"
phone_number_id = "111"
verify_token = "a-verify-token-of-more-than-32-characters"
app_secret_env = "SECRET"
[[account]]
id = "bakery"
phone_number_id = "222"
verify_token = "another-verify-token-of-32-characters!"
app_secret = "x"
[[hook]]
id = "bot"
url = "http://localhost:3000/?key=two"
"#;

    fn config(text: &str, secret: &str) -> Config {
        let environment = [("SECRET".to_owned(), secret.to_owned())];
        let environment: Environment = environment.into_iter().collect();
        Config::parse(text, Path::new("waypost.toml"), &environment)
            .unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn told(changes: &Changes) -> Vec<String> {
        let told = changes.changes.iter().map(|change| {
            let (thing, what) = (change.thing.as_str(), change.what.as_str());
            let told = format!("{thing} {} {what} {}", change.id, change.keys.join(" "));
            told.trim_end().to_owned()
        });
        told.collect()
    }

    #[test]
    fn what_changed_is_told_by_its_name_and_never_by_its_value() {
        let (before, after) = (config(BEFORE, "one"), config(AFTER, "two"));
        let changes = Changes::between(&before, &before, &after);
        assert_eq!(
            told(&changes),
            [
                "account shop changed app_secret",
                "account bakery added",
                "hook bot changed url",
                "hook old removed",
                "setting api.admin_key changed",
                "setting delivery.timeout changed",
            ]
        );
        assert_eq!(changes.after_restart, ["server.listen"]);
        // Back again: what waited for a restart is as it was at the start.
        assert_eq!(
            Changes::between(&before, &after, &before).after_restart,
            [""; 0]
        );
    }

    #[test]
    fn the_same_configuration_changes_nothing() {
        let config = config(BEFORE, "one");
        let changes = Changes::between(&config, &config, &config);
        assert_eq!(changes.changes, []);
        assert_eq!(changes.after_restart, [""; 0]);
    }
}
