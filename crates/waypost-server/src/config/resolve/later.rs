//! Sections whose rooms are still to be built: checked and carried.

use std::path::{Path, PathBuf};

use super::base_url;
use crate::config::document::{self, DatabaseKind};
use crate::config::error::Problems;
use crate::config::secret::{Given, Sources};
use crate::config::{DatabaseConfig, EventLogConfig, LogTarget, MediaConfig};

/// Resolves the media section.
pub(super) fn media(
    given: &document::Media,
    data: &Path,
    folder: &Path,
    problems: &mut Problems,
) -> MediaConfig {
    MediaConfig {
        data_path: beside(given.data_path.as_deref(), folder, || data.join("media")),
        mode: given.mode,
        base_url: given
            .base_url
            .as_deref()
            .and_then(|text| base_url(text, "media.base_url", problems)),
    }
}

fn beside(given: Option<&str>, folder: &Path, default: impl FnOnce() -> PathBuf) -> PathBuf {
    given.map_or_else(default, |path| folder.join(path))
}

/// Resolves the event log.
pub(super) fn event_log(
    given: &document::EventLog,
    data: &Path,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> EventLogConfig {
    let table = &given.table_name;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if table.is_empty()
        || table.len() > 63
        || !table.chars().all(word)
        || table.starts_with(|c: char| c.is_ascii_digit())
    {
        problems.add(
            "event_log.table_name",
            "this is not a table's name",
            "write up to 63 letters, digits and `_`, not beginning with a digit",
        );
    }
    let wants = |target| given.enabled && given.targets.contains(&target);
    if given.database.is_none() && wants(LogTarget::Postgres) {
        problems.warn(
            &format!("{}.targets", "event_log"),
            "`postgres` needs the database's address, which is missing",
        );
    }
    EventLogConfig {
        enabled: given.enabled,
        targets: given.targets.clone(),
        file_dir: beside(given.file_dir.as_deref(), sources.folder, || {
            data.join("event-log")
        }),
        table_name: table.clone(),
        database: given
            .database
            .as_ref()
            .and_then(|database| self::database(database, sources, problems)),
    }
}

fn database(
    given: &document::Database,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Option<DatabaseConfig> {
    let mut needed = |value: &Option<String>, key: &str| {
        if value.is_none() {
            problems.add_unless_reported(
                &format!("event_log.database.{key}"),
                "this key is missing",
                format!("give `{key}` a text in quotes"),
            );
        }
        value.clone()
    };
    let Some(kind) = given.kind else {
        problems.add_unless_reported(
            "event_log.database.type",
            "this key is missing",
            "write `sqlite` or `postgres`",
        );
        return None;
    };
    match kind {
        DatabaseKind::Sqlite => {
            needed(&given.sqlite_path, "sqlite_path").map(|path| DatabaseConfig::Sqlite {
                path: sources.folder.join(path),
            })
        }
        DatabaseKind::Postgres => {
            let host = needed(&given.host, "host");
            let username = needed(&given.username, "username");
            let database = needed(&given.database, "database");
            let password = sources.one(
                &Given {
                    key: "event_log.database.password".to_owned(),
                    values: given.password.as_slice(),
                    variables: given.password_env.as_slice(),
                    files: given.password_file.as_slice(),
                },
                problems,
            );
            Some(DatabaseConfig::Postgres {
                host: host?,
                port: given.port.unwrap_or(5432),
                username: username?,
                password,
                database: database?,
            })
        }
    }
}
