//! Secrets on their way in: as a value, from an environment variable, or from a file.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::document::{HeaderReference, OneOrMany};
use super::environment::Environment;
use super::error::Problems;

/// Longest secret file read, in bytes; anything longer is not a secret.
const FILE_LIMIT_BYTES: u64 = 64 * 1024;

/// A secret as a document holds it. Serialising shows it: that is for `config convert`, which masks everything else.
#[derive(Clone)]
pub(super) struct SecretText(pub(super) SecretString);

impl SecretText {
    /// The secret itself.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

impl JsonSchema for SecretText {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// `writeOnly` is how JSON Schema says that a value may be given and is never shown; masking goes by it.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "writeOnly": true })
    }
}

/// Where secrets are looked for.
pub(super) struct Sources<'a> {
    /// The environment.
    pub(super) environment: &'a Environment,
    /// What relative files are relative to.
    pub(super) folder: &'a Path,
}

/// The three ways one key may be given.
pub(super) struct Given<'a> {
    /// Key path of the value, such as `account[0].access_token`; the others end in `_env` and `_file`.
    pub(super) key: String,
    /// Values in the document.
    pub(super) values: &'a [SecretText],
    /// Names of environment variables.
    pub(super) variables: &'a [String],
    /// Paths of files.
    pub(super) files: &'a [String],
}

impl Sources<'_> {
    /// At most one secret: giving it in two ways is a problem.
    pub(super) fn one(&self, given: &Given<'_>, problems: &mut Problems) -> Option<SecretString> {
        let Given {
            key,
            values,
            variables,
            files,
        } = given;
        if values.len() + variables.len() + files.len() > 1 {
            let name = key.rsplit('.').next().unwrap_or(key);
            problems.add(
                key,
                "the same secret is given in more than one way",
                format!("keep one of `{name}`, `{name}_env` and `{name}_file`"),
            );
            return None;
        }
        self.many(given, problems).pop()
    }

    /// Every secret given: values first, then variables, then files.
    pub(super) fn many(&self, given: &Given<'_>, problems: &mut Problems) -> Vec<SecretString> {
        let Given {
            key,
            values,
            variables,
            files,
        } = given;
        let mut secrets: Vec<SecretString> = values.iter().map(|value| value.0.clone()).collect();
        let variable_key = format!("{key}_env");
        secrets.extend(
            variables
                .iter()
                .filter_map(|name| self.variable(name, &variable_key, problems)),
        );
        let file_key = format!("{key}_file");
        secrets.extend(
            files
                .iter()
                .filter_map(|file| self.file(file, &file_key, problems)),
        );
        secrets
    }

    /// A header's value that lies elsewhere.
    pub(super) fn referenced(
        &self,
        reference: &HeaderReference,
        key: &str,
        problems: &mut Problems,
    ) -> Option<SecretString> {
        match (&reference.env, &reference.file) {
            (Some(name), None) => self.variable(name, key, problems),
            (None, Some(file)) => self.file(file, key, problems),
            _ => {
                problems.add(
                    key,
                    "a header's value is one thing",
                    r#"write a string, or { env = "NAME" }, or { file = "path" }"#,
                );
                None
            }
        }
    }

    fn variable(&self, name: &str, key: &str, problems: &mut Problems) -> Option<SecretString> {
        let value = self.environment.get(name);
        if value.is_none() {
            problems.add(
                key,
                format!("the environment variable {name} is not set, or empty"),
                format!("set {name} to the secret, or name the variable that holds it"),
            );
        }
        value.map(SecretString::from)
    }

    fn file(&self, file: &str, key: &str, problems: &mut Problems) -> Option<SecretString> {
        let path = self.folder.join(file);
        match read(&path) {
            Ok(text) => Some(text.into()),
            Err(why) => {
                problems.add(
                    key,
                    format!("the file {} {why}", path.display()),
                    "write the secret into the file, alone on its first line, readable for the gateway's user",
                );
                None
            }
        }
    }
}

/// The values of an optional one-or-many, as a slice.
pub(super) fn listed<T>(given: Option<&OneOrMany<T>>) -> &[T] {
    given.map(OneOrMany::as_slice).unwrap_or_default()
}

/// The content without the line ends editors leave.
fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| format!("cannot be read: {error}"))?
        .len();
    if size > FILE_LIMIT_BYTES {
        return Err(format!("holds {size} bytes, which is no secret"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(secret.to_owned())
}
