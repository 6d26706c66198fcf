//! What commands print on standard output: tables for people, JSON for machines.
//!
//! **Invariant:** JSON Lines hold one document per line, whatever the original bytes inside looked like.

use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;
use comfy_table::{Table, presets};

/// Writes text as it is. Colours in it are dropped where standard output is not a terminal. A reader that went away
/// (`| head`) is not a failure.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Writes one JSON document on a line of its own.
pub(crate) fn print_json(document: &str) -> anyhow::Result<()> {
    print(&(one_line(document) + "\n"))
}

/// Writes rows under headings, without lines around them.
pub(crate) fn print_table(headings: &[&str], rows: Vec<Vec<String>>) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    print(&(lines.join("\n") + "\n"))
}

/// The beginning of a text, on one line, for a table's cell.
pub(crate) fn excerpt(text: &str, characters: usize) -> String {
    let flat: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(characters + 1)
        .collect();
    if flat.chars().count() <= characters {
        return flat;
    }
    flat.chars().take(characters - 1).chain(['…']).collect()
}

/// A line break in JSON can only stand between tokens, where a space says the same.
fn one_line(document: &str) -> String {
    document.trim().replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pretty_original_stays_one_line() {
        let line = one_line("{\r\n\"raw\": {\"text\": \"a\\nb\"}\n}\n");
        assert_eq!(line, r#"{  "raw": {"text": "a\nb"} }"#);
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(excerpt("grüße\nan alle", 8), "grüße a…");
        assert_eq!(excerpt("kurz", 8), "kurz");
    }
}
