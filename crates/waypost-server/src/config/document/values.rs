//! Values that take more than one shape, and the words that some keys choose from.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use waypost_core::event::EventType;

use crate::config::secret::SecretText;

/// The kind of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::config) enum DatabaseKind {
    /// One file.
    Sqlite,
    /// A server.
    #[serde(alias = "postgresql")]
    Postgres,
}

/// A value, or a list of values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// All of them.
    pub(in crate::config) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// Who may write to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Senders {
    /// A word for it.
    Word(SendersWord),
    /// Phone numbers and business-scoped user ids.
    Only(Vec<String>),
}

/// Who may write, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::config) enum SendersWord {
    /// No allow-list.
    Everyone,
    /// An empty allow-list.
    Nobody,
}

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum HeaderText {
    /// The value itself.
    Value(SecretText),
    /// Where the value is.
    Reference(HeaderReference),
}

/// Where a header's value is: one of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct HeaderReference {
    /// Environment variable that holds the value.
    pub(in crate::config) env: Option<String>,
    /// File that holds the value.
    pub(in crate::config) file: Option<String>,
}

macro_rules! words {
    ($($name:ident: $($word:ident)*;)*) => {$(
        /// The words of a type that lives in another room; for the schema only.
        #[derive(JsonSchema)]
        #[serde(rename_all = "lowercase")]
        #[expect(dead_code, reason = "only its schema is used")]
        pub(in crate::config) enum $name { $($word,)* }
    )*};
}

words! {
    UncertainWords: Hold Resend;
    FormatWords: Flat Event Meta;
    OrderWords: Bounded Strict None;
    ReplyWords: Messages All None;
}

/// A list of event types' names.
pub(in crate::config) fn event_names(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<_> = EventType::ALL.iter().map(|event| event.as_str()).collect();
    json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
}
