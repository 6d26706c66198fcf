//! The SDK, read from its sources: endpoints as `graph/declare.rs` has them declared, or as their documentation begins
//! (`POST /{flow_id}/assets` in backticks).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

pub(super) struct Sdk {
    /// `POST /{phone_number_id}/register`, and the words of the file that declares it.
    pub(super) operations: BTreeMap<String, BTreeSet<String>>,
    /// All words.
    pub(super) words: BTreeSet<String>,
    /// The values of each enumeration.
    pub(super) enumerations: Vec<BTreeSet<String>>,
}

pub(super) fn read() -> anyhow::Result<Sdk> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/whatsapp-cloud/src");
    let mut sdk = Sdk {
        operations: BTreeMap::new(),
        words: BTreeSet::new(),
        enumerations: Vec::new(),
    };
    let mut files = Vec::new();
    gather(&source, &mut files)?;
    for path in files {
        let text = std::fs::read_to_string(&path)?;
        let words = words(&text);
        for name in operations(&text) {
            sdk.operations
                .entry(name)
                .or_default()
                .extend(words.iter().cloned());
        }
        sdk.enumerations.extend(enumerations(&text));
        sdk.words.extend(words);
    }
    Ok(sdk)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn operations(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("//") {
            for method in ["GET", "POST", "DELETE"] {
                let begin = format!("`{method} /");
                if let Some((_, rest)) = line.split_once(&begin) {
                    let path = rest.split(['`', '?']).next().unwrap_or(rest);
                    found.insert(format!("{method} /{path}"));
                }
            }
            continue;
        }
        // `POST(repeatable) Name "path" -> Answer {`, or `Name "path" -> Item {` of a list.
        let Some((head, rest)) = line.split_once(" \"") else {
            continue;
        };
        let Some((path, _)) = rest.split_once("\" -> ") else {
            continue;
        };
        let method = match head.split(' ').collect::<Vec<_>>()[..] {
            [method, _] => method.split('(').next().unwrap_or(method),
            _ => "GET",
        };
        found.insert(format!("{method} /{path}"));
    }
    found
}

/// The quoted words of each block that gives words to names: `Approved = "APPROVED",`.
fn enumerations(text: &str) -> Vec<BTreeSet<String>> {
    let mut all = Vec::new();
    let mut one = BTreeSet::new();
    for line in text.lines() {
        let line = line.trim();
        match line
            .strip_suffix("\",")
            .and_then(|line| line.split_once(" = \""))
        {
            Some((_, word)) => {
                one.insert(word.to_owned());
            }
            None if line == "}" && !one.is_empty() => all.push(std::mem::take(&mut one)),
            None => {}
        }
    }
    all
}
