//! Real notifications, requests, answers and errors, and those of Meta's own pages, where the corpus is at hand
//! (`WAYPOST_CORPUS`, or beside the workspace): nothing of them is lost, and each of its files is somebody's here.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop, and says what it skipped"
)]

mod answers;
mod calls;
mod errors;
mod files;
mod messages;
mod pages;
mod templates;
mod webhooks;

use std::collections::BTreeMap;

use files::File;

type Reads = fn(&File) -> bool;

/// Who reads what. A file that nobody reads is a gap; one that two read is read twice.
const READERS: &[(&str, Reads)] = &[
    ("webhooks", webhooks::reads),
    ("messages", messages::reads),
    ("read receipts", messages::reads_receipt),
    ("templates", templates::reads),
    ("calls", calls::reads),
    ("answers", answers::reads),
    ("errors", errors::reads),
    ("pages", pages::reads),
];

#[test]
fn every_file_of_the_corpus_is_read_by_a_test_or_said_to_be_none_of_ours() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut nobodys = Vec::new();
    for file in files::all() {
        let readers = READERS.iter().filter(|(_, reads)| reads(&file));
        let mut is_read = false;
        for (reader, _) in readers {
            *counts.entry(reader).or_default() += 1;
            is_read = true;
        }
        if !is_read {
            if pages::not_ours(&file).is_some() {
                *counts.entry("none of ours").or_default() += 1;
            } else {
                nobodys.push(file.name);
            }
        }
    }
    eprintln!("{counts:?}");
    assert!(
        nobodys.is_empty(),
        "{} files that nobody reads:\n{}",
        nobodys.len(),
        nobodys.join("\n")
    );
}
