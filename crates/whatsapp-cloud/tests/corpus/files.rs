//! The files of the corpus.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// One document.
pub(crate) struct File {
    /// `source/folder/file.json`.
    pub(crate) name: String,
    /// As it came.
    pub(crate) bytes: Vec<u8>,
    /// What it says.
    pub(crate) value: Value,
}

impl File {
    pub(crate) fn source(&self) -> &str {
        self.part(0)
    }

    /// `webhooks`, `requests`, `requests-messages`, `responses`, `errors`, `other`, …
    pub(crate) fn folder(&self) -> &str {
        self.part(1)
    }

    /// The file's own name.
    pub(crate) fn title(&self) -> &str {
        self.part(2)
    }

    pub(crate) fn has(&self, member: &str) -> bool {
        self.value.get(member).is_some()
    }

    fn part(&self, place: usize) -> &str {
        self.name.splitn(3, '/').nth(place).unwrap_or_default()
    }
}

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("WAYPOST_CORPUS").map_or(beside, PathBuf::from);
    root.is_dir().then_some(root)
}

/// Whether there is anything to be found.
pub(crate) fn is_here() -> bool {
    corpus().is_some()
}

/// Every document, by name.
pub(crate) fn all() -> Vec<File> {
    let Some(root) = corpus() else {
        eprintln!("skipped: no corpus here; WAYPOST_CORPUS names its folder");
        return Vec::new();
    };
    let mut found = Vec::new();
    for source in folders(&root) {
        for folder in folders(&source) {
            for file in std::fs::read_dir(&folder).unwrap() {
                let file = file.unwrap().path();
                let bytes = std::fs::read(&file).unwrap();
                found.push(File {
                    name: format!("{}/{}/{}", last(&source), last(&folder), last(&file)),
                    value: serde_json::from_slice(&bytes).unwrap(),
                    bytes,
                });
            }
        }
    }
    found.sort_by(|one, two| one.name.cmp(&two.name));
    found
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_dir()).collect()
}

fn last(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
