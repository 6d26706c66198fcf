//! The pages: a link leads somewhere, and a test that a page calls its proof is there.
//!
//! A page that proves something is one of [`PROOFS`]; there every name in backticks of four words or more is a test's.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::build::root;

/// Pages whose names in backticks are tests.
const PROOFS: &[&str] = &["docs/bad-days.md", "docs/promises.md"];

/// Fails with every break at once.
pub(crate) fn check() -> anyhow::Result<()> {
    let root = root();
    let mut pages = files(&root, "md", false)?;
    pages.extend(files(&root.join("docs"), "md", true)?);
    let mut sources = files(&root.join("crates"), "rs", true)?;
    sources.extend(files(&root.join("xtask"), "rs", true)?);
    let mut tests = HashSet::new();
    for source in &sources {
        let text = fs::read_to_string(source)?;
        tests.extend(functions(&text).map(str::to_owned));
    }
    let mut breaks = Vec::new();
    for page in &pages {
        let text =
            fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
        let name = page.strip_prefix(&root).unwrap_or(page).to_string_lossy();
        let beside = page.parent().unwrap_or(&root);
        let missing = links(&text).filter(|link| !beside.join(link).exists());
        breaks.extend(missing.map(|link| format!("{name}: a link to {link}, which is not there")));
        if PROOFS.contains(&&*name) {
            let unknown = proofs(&text).filter(|test| !tests.contains(*test));
            breaks.extend(unknown.map(|test| format!("{name}: there is no test `{test}`")));
        }
    }
    ensure!(breaks.is_empty(), "{}", breaks.join("\n"));
    println!("{} pages: every link and every proof is there", pages.len());
    Ok(())
}

fn files(under: &Path, extension: &str, deep: bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).with_context(|| format!("cannot list {}", under.display()))? {
        let path = entry?.path();
        if deep && path.is_dir() {
            found.extend(files(&path, extension, deep)?);
        } else if path.extension().is_some_and(|one| one == extension) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Files of ours that a page links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let ends = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    ends.filter(|link| !link.contains("://") && !link.contains(char::is_whitespace))
        .map(|link| link.split('#').next().unwrap_or(link))
        .filter(|link| !link.is_empty())
}

/// Names of tests a page gives as proofs.
fn proofs(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(move |word| word.split('_').count() >= 4 && word.split('_').all(is_part))
}

fn functions(source: &str) -> impl Iterator<Item = &str> {
    let after = source.split("fn ").skip(1);
    after.filter_map(|rest| rest.split(['(', '<']).next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_proofs_are_found_and_nothing_else() {
        let page = "[a](b.md), [c](d.md#e), [f](https://g/h), [i](#j) and `nothing_is_lost_here`, `in_flight`, `cargo x`";
        assert_eq!(links(page).collect::<Vec<_>>(), ["b.md", "d.md"]);
        assert_eq!(proofs(page).collect::<Vec<_>>(), ["nothing_is_lost_here"]);
        let source = "#[test]\nfn nothing_is_lost_here() {}\nasync fn find<T>(t: T) {}";
        let found: Vec<_> = functions(source).collect();
        assert_eq!(found, ["nothing_is_lost_here", "find"]);
    }
}
