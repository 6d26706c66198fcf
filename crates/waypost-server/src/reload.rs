//! Reading the configuration again while the gateway runs: on SIGHUP and on `POST /api/reload`, with the same effect.
//!
//! **Invariant:** a configuration that does not check is refused whole, and what is in force stays.

use std::sync::{Arc, Mutex, PoisonError};

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

    /// Reads the configuration again and puts it in force. Reads files: not for a thread that others wait for.
    pub(crate) fn again(&self, app: &App) -> Result<Changes, Error> {
        let source = self.source.as_ref().ok_or(Error::NoSource)?;
        match source() {
            Ok(config) => Ok(self.put_in_force(app, config)),
            Err(errors) => {
                tracing::error!("the configuration is not reloaded: {errors}");
                Err(Error::Configuration(errors))
            }
        }
    }

    /// Puts this configuration in force, as far as that goes without a restart.
    pub(crate) fn put_in_force(&self, app: &App, mut config: Config) -> Changes {
        if self.allow_unsigned {
            config.allow_unsigned();
        }
        warn_of_closed_doors(&config);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
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
