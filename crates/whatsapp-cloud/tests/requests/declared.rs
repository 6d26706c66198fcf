//! The names of all endpoints, from their sources, so that a test of all of them notices one that it lacks.

use std::collections::BTreeSet;
use std::path::Path;

/// The names of the endpoints declared in the files of this folder and those below it.
pub(crate) fn declared(folder: &Path) -> BTreeSet<String> {
    let names = names_in(folder);
    assert!(names.len() > 100, "the sources read: {names:?}");
    names
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            names.extend(names_in(&path));
        } else if !path.ends_with("declare.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            names.extend(text.lines().filter_map(declaration).map(str::to_owned));
        }
    }
    names
}

/// `GET Name "path" -> …`, `Name "path" -> …` of a list, or `impl Endpoint for Name`.
fn declaration(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("impl Endpoint for ") {
        return rest.split(' ').next();
    }
    let (before, _) = line.split_once(" \"").filter(|_| line.contains("\" -> "))?;
    before.trim().rsplit(' ').next()
}
