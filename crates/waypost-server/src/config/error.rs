//! What is wrong with a configuration, all of it at once, in words that say what to write instead.
//!
//! **Invariant:** a problem names the kind of what was found, never a secret's value.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Everything that is wrong with one configuration. `Display` is what the command line prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors {
    /// The configuration file.
    pub path: PathBuf,
    /// At least one, in the order of the file.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1, where the file is the cause.
    pub line: Option<usize>,
    /// Key path as the file spells it, or the environment variable's name; empty where the whole file is meant.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
}

/// Something the operator should know, that does not keep the gateway from starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Key path as the file spells it.
    pub key: String,
    /// What to know, and what to do about it.
    pub text: String,
}

impl Errors {
    /// The file could not be read at all.
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::InvalidData => "the file is not UTF-8 text".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        };
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => "name an existing configuration file",
            std::io::ErrorKind::IsADirectory => "name the configuration file in it",
            std::io::ErrorKind::PermissionDenied => "let this user read it, or run as its owner",
            _ => "name a readable configuration file",
        };
        Self::whole(path, None, what, remedy)
    }

    /// The file is larger than any configuration.
    pub(super) fn too_large(path: &Path) -> Self {
        let remedy = "name the configuration file itself: four MiB are read at most";
        Self::whole(
            path,
            None,
            "the file is too large to be a configuration",
            remedy,
        )
    }

    /// The file as a whole is wrong.
    pub(super) fn whole(
        path: &Path,
        line: Option<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            problems: vec![Problem {
                line,
                key: String::new(),
                what: what.into(),
                remedy: remedy.into(),
            }],
        }
    }
}

impl std::error::Error for Errors {}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", self.path.display())?;
            if let Some(line) = problem.line {
                write!(f, ":{line}")?;
            }
            if !problem.key.is_empty() {
                write!(f, ": {}", problem.key)?;
            }
            write!(f, ": {}\n  hint: {}", problem.what, problem.remedy)?;
        }
        Ok(())
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

/// Gathers problems and warnings, and knows how the operator spelled what the native format calls otherwise.
pub(super) struct Problems {
    /// Line of each key path, as the file spells it.
    lines: BTreeMap<String, usize>,
    /// From a native key path to the file's own.
    spell: fn(&str) -> String,
    /// Native key paths whose value came from an environment variable.
    pub(super) overridden: BTreeMap<String, String>,
    found: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl Problems {
    pub(super) fn new(lines: BTreeMap<String, usize>) -> Self {
        Self {
            lines,
            spell: str::to_owned,
            overridden: BTreeMap::new(),
            found: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// From here on keys are native ones, and `spell` turns them into the file's own.
    pub(super) fn speak(&mut self, spell: fn(&str) -> String) {
        self.spell = spell;
    }

    /// Something wrong at a key path.
    pub(super) fn add(&mut self, key: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let (line, key) = if let Some(variable) = self.variable(key) {
            (None, variable.to_owned())
        } else {
            let key = (self.spell)(key);
            (self.line(&key), key)
        };
        let problem = Problem {
            line,
            key,
            what: what.into(),
            remedy: remedy.into(),
        };
        if !self.found.contains(&problem) {
            self.found.push(problem);
        }
    }

    /// The same, unless the key or something under it was reported before: a value that did not fit is not missing too.
    pub(super) fn add_unless_reported(
        &mut self,
        key: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let spelled = (self.spell)(key);
        let is_reported = self.found.iter().any(|problem| {
            let rest = problem.key.strip_prefix(&spelled);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        });
        if !is_reported {
            self.add(key, what, remedy);
        }
    }

    /// Something to know about a key path.
    pub(super) fn warn(&mut self, key: &str, text: impl Into<String>) {
        let key = self
            .variable(key)
            .map_or_else(|| (self.spell)(key), str::to_owned);
        self.warnings.push(Warning {
            key,
            text: text.into(),
        });
    }

    /// How the file spells a native key.
    pub(super) fn spelled(&self, key: &str) -> String {
        (self.spell)(key)
    }

    /// The warnings, if nothing is wrong.
    pub(super) fn finish(mut self, path: &Path) -> Result<Vec<Warning>, Errors> {
        if self.found.is_empty() {
            return Ok(self.warnings);
        }
        self.found
            .sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        Err(Errors {
            path: path.to_owned(),
            problems: self.found,
        })
    }

    /// The variable that a key's value came from, if one did.
    fn variable(&self, key: &str) -> Option<&str> {
        let mut key = key;
        loop {
            if let Some(variable) = self.overridden.get(key) {
                return Some(variable);
            }
            // Only an element stands in for its list; a table is never overridden as a whole.
            key = key.strip_suffix(']')?.rsplit_once('[')?.0;
        }
    }

    /// The line of a key path, or of the nearest table around it.
    fn line(&self, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some(line) = self.lines.get(key) {
                return Some(*line);
            }
            let end = key.rfind(['.', '['])?;
            key = &key[..end];
        }
    }
}
