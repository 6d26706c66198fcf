//! What commands print on standard output: text and tables for people, JSON for machines.
//!
//! **Invariant:** JSON Lines hold one document per line, whatever the original bytes inside looked like.
//! **Invariant:** colours reach terminals only, unless the environment asks for them (`NO_COLOR`, `CLICOLOR`,
//! `CLICOLOR_FORCE`): everything here writes through `anstream`.

use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;
use console::Term;

use crate::failure::ReaderGone;

mod table;

pub(crate) use table::{excerpt, state};

/// Writes text as it is. A reader that went away (`| head`) ends the command: [`ReaderGone`].
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        written => written.context("cannot write to standard output"),
    }
}

/// The same, for what goes on without a reader, and where there is no room for it. Whether anybody can have seen it.
pub(crate) fn announce(text: &str) -> bool {
    print(text).is_ok() && !goes_nowhere()
}

/// Writes a line to standard error, for what goes on if there is no room for it.
pub(crate) fn remark(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Whether standard output is the null device, which also stands in for one that was closed.
fn goes_nowhere() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path| std::fs::metadata(path).map(|file| file.rdev()).ok();
    let null = device("/dev/null");
    null.is_some() && device("/dev/stdout") == null
}

/// Writes one JSON document on a line of its own.
pub(crate) fn print_json(document: &str) -> anyhow::Result<()> {
    print(&(one_line(document) + "\n"))
}

/// Writes one row of a table whose other rows are not known yet: so wide are its columns but the last.
pub(crate) fn print_row(
    headings: &[&str],
    cells: &[String],
    widths: &[usize],
) -> anyhow::Result<()> {
    print(&table::row(headings, cells, widths, terminal_width()))
}

/// Writes rows under headings, without lines around them; on a terminal the last column is cut to its width, and where there
/// is no room for all columns, those are left out that matter least.
pub(crate) fn print_table(headings: &[&str], rows: &[Vec<String>]) -> anyhow::Result<()> {
    print(&table::lines(headings, rows, terminal_width()))
}

/// In columns; none if standard output is not a terminal.
fn terminal_width() -> Option<usize> {
    let size = Term::stdout().size_checked();
    size.map(|(_, columns)| usize::from(columns))
}

/// A line break in JSON can only stand between tokens, where a space says the same.
pub(crate) fn one_line(document: &str) -> String {
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
}
