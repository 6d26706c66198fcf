//! The names of all endpoints, from their sources, so that a test of all of them notices one that it lacks.

use std::collections::BTreeSet;
use std::path::Path;

/// The names of the endpoints declared in the files of this folder.
pub(crate) fn declared(folder: &Path) -> BTreeSet<String> {
    // Messages have tests of their own, beside their types.
    const ELSEWHERE: [&str; 1] = ["messages"];
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let room = path.file_stem().unwrap().to_string_lossy().into_owned();
        if !path.is_file() || ELSEWHERE.contains(&room.as_str()) || room == "declare" {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            if let Some(name) = declaration(line) {
                names.insert(name.to_owned());
            }
        }
    }
    assert!(names.len() > 100, "the sources read: {names:?}");
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
