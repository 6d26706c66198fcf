//! What every list command does alike: ask, then print a table or JSON Lines, and say when there is more.

use anstream::eprintln;
use anyhow::Context as _;
use serde_json::Value;

use crate::cli::Paging;
use crate::failure::by_options;
use crate::gateway::{Gateway, Page};
use crate::output;

/// Asks for a list, or with `last` for the end of it, and prints it; `row` makes a table's row of one item.
pub(crate) async fn show(
    gateway: &Gateway,
    path: &str,
    query: &[(&str, Option<&str>)],
    paging: &Paging,
    last: Option<usize>,
    headings: &[&str],
    row: impl Fn(&Value) -> Vec<String>,
) -> anyhow::Result<()> {
    let page = if let Some(last) = last {
        gateway.newest(path, query, last).await
    } else {
        let after = paging.after.as_deref();
        gateway.list(path, query, paging.limit, after).await
    };
    print(&page.map_err(by_options)?, paging, headings, row)
}

/// Prints what was asked for; `row` makes a table's row of one item.
pub(crate) fn print(
    page: &Page,
    paging: &Paging,
    headings: &[&str],
    row: impl Fn(&Value) -> Vec<String>,
) -> anyhow::Result<()> {
    if paging.json {
        for item in &page.data {
            output::print_json(item.get())?;
        }
    } else if page.data.is_empty() {
        eprintln!("nothing found");
    } else {
        let rows = page.data.iter().map(|item| {
            let item =
                serde_json::from_str(item.get()).context("the gateway's list is not JSON")?;
            Ok(row(&item))
        });
        output::print_table(headings, &rows.collect::<anyhow::Result<Vec<_>>>()?)?;
    }
    // A full page is only the end if the gateway says so.
    let next = page.next.as_deref();
    if let Some(next) = next.filter(|_| page.data.len() >= paging.limit) {
        eprintln!("there may be more: --after {next}");
    }
    Ok(())
}
