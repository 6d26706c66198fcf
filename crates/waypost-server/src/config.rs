//! Configuration: one typed [`Config`], four doors.
//!
//! A file is recognised by what it says, never by its name: the project's own TOML, WhatsHooked's JSON, PRX's TOML,
//! OpenParallax's YAML. Whatever the door, the text becomes a `document` (the native format as values), the environment
//! overrides what it likes, and the result is resolved into a [`Config`]:
//!
//! ```text
//! text ─ syntax ─► value + lines ─ check ─► door ─► document ─ overrides ─► check ─► resolve ─► Config
//! ```
//!
//! Every step gathers problems and goes on, so that one run tells all that is wrong ([`Errors`]).
//!
//! **Invariant:** nothing here reads the process's environment; an [`Environment`] is handed in.
//! **Invariant:** no error, warning or `Debug` contains a secret's value.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;
use waypost_core::directory::Directory;

use document::Document;
use error::Problems;
use secret::Sources;
use syntax::Syntax;

pub use environment::Environment;
pub use error::{Errors, Problem, Warning};
pub(crate) use render::masked_address;
pub use sections::{
    ApiConfig, ApiKey, BasicUser, CacheConfig, DatabaseConfig, EventLogConfig, LogConfig,
    LogFormat, LogTarget, MediaConfig, MediaMode, RetentionConfig, Scope, SendConfig, ServerConfig,
};

mod check;
mod document;
mod door;
mod environment;
mod error;
mod overrides;
mod reference;
mod render;
mod resolve;
mod secret;
mod sections;
mod span;
mod syntax;

/// The largest configuration file that is read. Whatever is larger is another file, or a device without an end.
const LARGEST_FILE_BYTES: u64 = 4 << 20;

/// A configuration in force: checked, with secrets and relative paths resolved.
#[derive(Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// The format it was written in.
    pub door: Door,
    /// Where the gateway listens, and where it keeps its data.
    pub server: ServerConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Who may use the API.
    pub api: ApiConfig,
    /// Where Meta's Graph API is: `https://graph.facebook.com`, or a stand-in for it.
    pub graph_url: Url,
    /// How messages are sent to it.
    pub send: SendConfig,
    /// How long what is stored is kept.
    pub retention: RetentionConfig,
    /// Every account and hook.
    pub directory: Directory,
    /// How media is kept and handed on. Checked and carried; not acted on yet.
    pub media: MediaConfig,
    /// The view of events no hook wanted. Checked and carried; not acted on yet.
    pub cache: CacheConfig,
    /// The log of all events. Checked and carried; not acted on yet.
    pub event_log: EventLogConfig,
    /// What the operator should know at every start.
    pub warnings: Vec<Warning>,
    masked: Arc<str>,
    /// With the secrets that the document itself holds: for comparing, never for showing.
    effective: Arc<serde_json::Value>,
    written: Arc<Document>,
}

/// A configuration format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The project's own TOML.
    Native,
    /// WhatsHooked's JSON.
    WhatsHooked,
    /// PRX's TOML.
    Prx,
    /// OpenParallax's YAML.
    OpenParallax,
}

impl Config {
    /// Reads and checks a configuration file in any of the four formats.
    pub fn load(path: &Path, environment: &Environment) -> Result<Self, Errors> {
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LARGEST_FILE_BYTES + 1).read_to_string(&mut text))
            .map_err(|error| Errors::unreadable(path, &error))?;
        if text.len() as u64 > LARGEST_FILE_BYTES {
            return Err(Errors::too_large(path));
        }
        Self::parse(&text, path, environment)
    }

    /// Like [`Config::load`], with the text already at hand; `path` names it in errors, and relative paths resolve against
    /// its folder.
    pub fn parse(text: &str, path: &Path, environment: &Environment) -> Result<Self, Errors> {
        let syntax = Syntax::of(text);
        let parsed = syntax.read(text).map_err(|broken| {
            let remedy = format!(
                "the file is read as {}, by its first line; mend it at the line named",
                syntax.name()
            );
            Errors::whole(path, broken.line, broken.what, remedy)
        })?;
        let mut problems = Problems::new(parsed.lines.clone());
        let door = door::recognise(syntax, &parsed.value);
        let written = door::open(door, parsed, environment, &mut problems);
        let schema = check::schema_of::<Document>();
        let mut effective = overrides::overridden(&written, &schema, environment, &mut problems);
        check::check_again(&mut effective, &schema, &mut problems);
        let document: Document = door::typed(effective.clone(), &mut problems);
        let sources = Sources {
            environment,
            folder: path.parent().unwrap_or(Path::new("")),
        };
        let resolved = resolve::resolve(&document, door, &sources, &mut problems);
        sections_to_come(&written, &mut problems);
        let warnings = problems.finish(path)?;
        Ok(Self {
            path: path.to_owned(),
            door,
            server: resolved.server,
            log: resolved.log,
            api: resolved.api,
            graph_url: resolved.graph_url,
            send: resolved.send,
            retention: resolved.retention,
            directory: resolved.directory,
            media: resolved.media,
            cache: resolved.cache,
            event_log: resolved.event_log,
            warnings,
            masked: render::masked(&acted_on(&effective), &schema).into(),
            effective: Arc::new(effective),
            written: Arc::new(written),
        })
    }

    /// The effective configuration as native TOML, with every secret shown as `****`.
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// The configuration as native TOML: `_env` and `_file` references as they were, inline secrets inline, defaults left
    /// out, the environment's overrides left out.
    pub fn to_native_toml(&self) -> String {
        render::native(&self.written)
    }

    /// JSON Schema of the native format.
    pub fn json_schema() -> serde_json::Value {
        let mut schema = schemars::schema_for!(Document).into();
        // TOML knows no null, so neither do its defaults.
        render::drop_nulls(&mut schema);
        let mut ordered = serde_json::Map::new();
        for key in ["$schema", "title", "description"] {
            if let Some(value) = schema.get(key) {
                ordered.insert(key.to_owned(), value.clone());
            }
        }
        if let serde_json::Value::Object(rest) = schema {
            for (key, value) in rest {
                ordered.entry(key).or_insert(value);
            }
        }
        serde_json::Value::Object(ordered)
    }

    /// The effective values, secrets included. Never to be shown.
    pub(crate) fn effective(&self) -> &serde_json::Value {
        &self.effective
    }

    /// Every key of the native format with its default and its environment variable, as Markdown tables: the generated part
    /// of `docs/configuration.md`.
    pub fn reference() -> String {
        reference::markdown()
    }

    /// `--allow-unsigned`: every account takes webhooks without proof on its own path.
    pub fn allow_unsigned(&mut self) {
        for account in &mut self.directory.accounts {
            account.allow_unsigned = true;
        }
        self.warnings
            .retain(|warning| !warning.key.ends_with("app_secret"));
        self.warnings.push(Warning {
            key: "--allow-unsigned".to_owned(),
            text: "webhooks are taken without proof: anyone who knows an account's path can forge messages"
                .to_owned(),
        });
    }
}

/// The effective values without the sections that nothing acts on, unless something is given there: then they are shown,
/// and warned of.
fn acted_on(effective: &serde_json::Value) -> serde_json::Value {
    let mut shown = effective.clone();
    let default = serde_json::to_value(Document::default()).unwrap_or_default();
    if let Some(sections) = shown.as_object_mut() {
        sections.retain(|section, value| {
            !["media", "cache", "event_log"].contains(&section.as_str())
                || default.get(section) != Some(value)
        });
    }
    shown
}

/// Sections that are checked and carried, and not acted on yet.
fn sections_to_come(written: &Document, problems: &mut Problems) {
    let default = Document::default();
    let later = [
        (
            "media",
            written.media != default.media,
            "media arrives as Meta's ids, and no file is fetched",
        ),
        (
            "cache",
            written.cache != default.cache,
            "every event is stored, and there is no view of the unwanted ones",
        ),
        (
            "event_log",
            written.event_log.enabled,
            "every event is stored in the data directory, and no log is written beside it",
        ),
        (
            "api.default_country_code",
            written.api.default_country_code.is_some(),
            "numbers are written with their country code",
        ),
    ];
    for (section, is_given, instead) in later {
        if is_given {
            problems.warn(
                section,
                format!("checked, but this version does not act on it yet: {instead}"),
            );
        }
    }
    if let Some(mqtt) = &written.mqtt {
        let keys: Vec<_> = mqtt.keys().map(String::as_str).collect();
        problems.warn(
            "mqtt",
            format!(
                "not understood, and nothing is published: {}",
                keys.join(", ")
            ),
        );
    }
}

/// Shows what may be shown: no secrets, no numbers.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts: Vec<_> = self
            .directory
            .accounts
            .iter()
            .map(|account| &account.id)
            .collect();
        let hooks: Vec<_> = self.directory.hooks.iter().map(|hook| &hook.id).collect();
        f.debug_struct("Config")
            .field("path", &self.path)
            .field("door", &self.door)
            .field("server", &self.server)
            .field("accounts", &accounts)
            .field("hooks", &hooks)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
