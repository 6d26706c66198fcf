//! Reading the configuration again while the gateway runs: on SIGHUP and on `POST /api/reload`, with the same effect.
//!
//! **Invariant:** a configuration that does not check is refused whole, and what is in force stays. So is one without a single
//! account, unless that is said to be meant: an empty file is what a failed write leaves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use waypost_core::directory::Directory;

use crate::access::Access;
use crate::app::{App, InForce};
use crate::config::{Config, Errors};
use crate::gateway::keys::MadeKeys;

mod changes;

pub use changes::{Change, Changes, Thing, What};

/// Reads the configuration again.
pub type Source = Arc<dyn Fn() -> Result<Config, Errors> + Send + Sync>;

/// Why nothing was reloaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The gateway was started without anything to read again.
    #[error("this gateway was not started from a configuration file")]
    NoSource,
    /// What was read is not a configuration.
    #[error("the configuration is wrong, and nothing was reloaded\n\n{0}")]
    Configuration(Errors),
    /// What was read has no account, and there were some.
    #[error(
        "the configuration has no account any more, and nothing was reloaded; if that is meant, say `waypost reload --without-accounts`"
    )]
    NoAccountsLeft,
}

/// What it takes to reload.
pub(crate) struct Reload {
    source: Option<Source>,
    allow_unsigned: bool,
    made_keys: MadeKeys,
    directory: Arc<ArcSwap<Directory>>,
    /// Some of it stays in force until a restart, whatever is reloaded.
    started: Config,
    /// Held while reloading, so that two reloads follow one another.
    current: Mutex<Config>,
}

impl Reload {
    /// For a gateway that starts with this configuration.
    pub(crate) fn new(
        started: Config,
        directory: Arc<ArcSwap<Directory>>,
        made_keys: MadeKeys,
        allow_unsigned: bool,
        source: Option<Source>,
    ) -> Self {
        Self {
            source,
            allow_unsigned,
            made_keys,
            directory,
            current: Mutex::new(started.clone()),
            started,
        }
    }

    /// Admin keys that no configuration names.
    pub(crate) fn made_keys(&self) -> &MadeKeys {
        &self.made_keys
    }

    /// Reads the configuration again and puts it in force; one without an account only if that is said to be meant. Reads
    /// files: not for a thread that others wait for.
    pub(crate) fn again(&self, app: &App, without_accounts: bool) -> Result<Changes, Error> {
        let read = self.read(without_accounts);
        if let Err(error) = &read {
            tracing::error!("not reloaded: {error}");
        }
        Ok(self.put_in_force(app, read?))
    }

    fn read(&self, without_accounts: bool) -> Result<Config, Error> {
        let source = self.source.as_ref().ok_or(Error::NoSource)?;
        let config = source().map_err(Error::Configuration)?;
        let had_some = !self.current().directory.accounts.is_empty();
        if had_some && config.directory.accounts.is_empty() && !without_accounts {
            return Err(Error::NoAccountsLeft);
        }
        Ok(config)
    }

    fn current(&self) -> MutexGuard<'_, Config> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts this configuration in force, as far as that goes without a restart.
    pub(crate) fn put_in_force(&self, app: &App, mut config: Config) -> Changes {
        if self.allow_unsigned {
            config.allow_unsigned();
        }
        warn_of_closed_doors(&config);
        let mut current = self.current();
        let changes = Changes::between(&self.started, &current, &config);
        let access = Access::new(&config.api, &self.made_keys.hashes(&config));
        let directory = Arc::new(config.directory.clone());
        self.directory.store(directory.clone());
        app.in_force
            .store(Arc::new(InForce::new(directory, access)));
        app.engine.directory_changed();
        *current = config;
        tracing::info!(changes = changes.changes.len(), "configuration reloaded");
        changes
    }
}

/// Every door that answers 401 to everything is named, with its remedy.
pub(crate) fn warn_of_closed_doors(config: &Config) {
    for account in config
        .directory
        .accounts
        .iter()
        .filter(|account| account.enabled)
    {
        let id = account.id.as_str();
        if account.allow_unsigned {
            tracing::warn!(
                account.id = id,
                "account takes webhooks without proof on its own path"
            );
        } else if account.app_secrets.is_empty() {
            tracing::warn!(
                account.id = id,
                "account has no app secret, so its webhooks are answered 401: give `app_secret` (or `app_secret_env`, `app_secret_file`), or set `allow_unsigned`"
            );
        }
    }
}
