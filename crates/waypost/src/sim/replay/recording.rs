//! Recorded webhooks, found in files and directories.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::value::RawValue;

use crate::failure::{Code, Failure};

/// Files of a directory with these endings are read.
const ENDINGS: [&str; 3] = ["json", "jsonl", "ndjson"];
/// A directory that has such folders keeps its webhooks in them, and other things elsewhere.
const FOLDER: &str = "webhooks";

/// One webhook's body.
#[derive(Debug)]
pub(super) struct Recording {
    /// The file it is from, and its place in it where there are several.
    pub(super) source: String,
    /// As it was recorded.
    pub(super) body: Vec<u8>,
}

/// Everything in these files and directories, in the order of the paths, and by name within a directory.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Recording>> {
    let mut recordings = Vec::new();
    for path in paths {
        if !path.is_dir() {
            recordings.extend(read_file(path)?);
            continue;
        }
        let mut files = Vec::new();
        collect(path, &mut files)?;
        let in_folders = |file: &&PathBuf| {
            let inside = file.strip_prefix(path).unwrap_or(file);
            inside
                .parent()
                .is_some_and(|parent| parent.iter().any(|part| part == FOLDER))
        };
        let webhooks: Vec<PathBuf> = files.iter().filter(in_folders).cloned().collect();
        for file in if webhooks.is_empty() { files } else { webhooks } {
            recordings.extend(read_file(&file)?);
        }
    }
    Ok(recordings)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let cannot = || format!("cannot read {}", dir.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(cannot)? {
        entries.push(entry.with_context(cannot)?.path());
    }
    entries.sort();
    for entry in entries {
        let ending = entry.extension().and_then(|ending| ending.to_str());
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
            files.push(entry);
        }
    }
    Ok(())
}

fn read_file(file: &Path) -> anyhow::Result<Vec<Recording>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let documents = documents(&bytes).map_err(|error| {
        anyhow::Error::from(error).context(
            Failure::new(Code::Usage, format!("{} does not hold JSON", file.display()))
                .hint("nothing was posted; a file holds one webhook, an array of them, or one on each line"),
        )
    })?;
    let is_alone = documents.len() == 1;
    let recordings = documents
        .into_iter()
        .enumerate()
        .map(|(place, body)| Recording {
            source: if is_alone {
                file.display().to_string()
            } else {
                format!("{}#{}", file.display(), place + 1)
            },
            body: body.into_bytes(),
        });
    Ok(recordings.collect())
}

/// The documents of a file, each with the bytes it was recorded in. An array's elements are documents.
fn documents(bytes: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    let mut documents = Vec::new();
    for document in serde_json::Deserializer::from_slice(bytes).into_iter::<Box<RawValue>>() {
        let document = document?;
        if document.get().starts_with('[') {
            let elements: Vec<&RawValue> = serde_json::from_str(document.get())?;
            documents.extend(elements.into_iter().map(|element| element.get().to_owned()));
        } else {
            documents.push(document.get().to_owned());
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_webhook_an_array_and_lines_are_all_read_byte_for_byte() {
        let one = "\n{ \"object\" : \"a\\/b\" }\n";
        assert_eq!(
            documents(one.as_bytes()).unwrap(),
            ["{ \"object\" : \"a\\/b\" }"]
        );
        let array = "[{\"a\": 1},\n {\"a\":2}]";
        assert_eq!(
            documents(array.as_bytes()).unwrap(),
            ["{\"a\": 1}", "{\"a\":2}"]
        );
        let lines = "{\"a\":1}\n{\"a\":2}\n\n[{\"a\":3}]\n";
        assert_eq!(
            documents(lines.as_bytes()).unwrap(),
            ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]
        );
        assert!(documents(b"").unwrap().is_empty());
        assert!(documents(b"{\"a\":1}\nnot json\n").is_err());
    }

    #[test]
    fn a_directory_with_webhooks_folders_is_read_there_only() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let file = dir.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, format!("{{\"name\":{name:?}}}")).unwrap();
        };
        let found = || -> Vec<String> {
            let read = read(&[dir.path().to_owned()]).unwrap();
            let inside = |recording: Recording| {
                let prefix = format!("{}/", dir.path().display());
                recording.source.replace(&prefix, "")
            };
            read.into_iter().map(inside).collect()
        };
        for name in ["b.json", "a.ndjson", "notes.txt", "deep/c.jsonl"] {
            write(name);
        }
        assert_eq!(found(), ["a.ndjson", "b.json", "deep/c.jsonl"]);
        write("two/webhooks/2.json");
        write("one/webhooks/1.json");
        assert_eq!(found(), ["one/webhooks/1.json", "two/webhooks/2.json"]);
    }
}
