//! Tables for people: columns as wide as what is in them, the last one as wide as there is room, states in colour.

use console::{measure_text_width, truncate_str};
use owo_colors::OwoColorize as _;

/// Between two columns.
const GAP: usize = 2;
/// The last column is never cut shorter; below that, terminals wrap.
const NARROWEST: usize = 12;

/// What a narrow terminal does without, the first first. The last column always stays.
const EXPENDABLE: [&str; 17] = [
    "p95",
    "in flight",
    "attempts",
    "account",
    "ok",
    "failed",
    "lanes",
    "contact",
    "what",
    "events",
    "%",
    "created",
    "begun",
    "received",
    "deliveries",
    "to",
    "event",
];

/// The rows under their headings, at most so many columns wide where a width is given.
pub(super) fn lines(headings: &[&str], rows: &[Vec<String>], width: Option<usize>) -> String {
    let mut widths: Vec<usize> = headings
        .iter()
        .map(|text| measure_text_width(text))
        .collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(measure_text_width(cell));
        }
    }
    widths.pop();
    let titles: Vec<String> = headings
        .iter()
        .map(|heading| heading.to_uppercase().dimmed().to_string())
        .collect();
    let rows = std::iter::once(&titles).chain(rows);
    rows.map(|cells| row(headings, cells, &widths, width))
        .collect()
}

/// One row; the last cell takes the room that columns of these widths leave. Ids in the others are never cut; where there is
/// no room for all, some columns are left out.
pub(super) fn row(
    headings: &[&str],
    cells: &[String],
    widths: &[usize],
    width: Option<usize>,
) -> String {
    let kept = kept(headings, widths, width);
    let cells: Vec<&String> = kept.iter().filter_map(|index| cells.get(*index)).collect();
    let widths: Vec<usize> = kept
        .iter()
        .filter_map(|index| widths.get(*index).copied())
        .collect();
    let taken: usize = widths.iter().map(|column| column + GAP).sum();
    let room = width.map(|width| width.saturating_sub(taken).max(NARROWEST));
    let mut line = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let Some(column) = widths.get(index) else {
            let cell = room.map_or(cell.as_str().into(), |room| truncate_str(cell, room, "…"));
            line.push_str(&cell);
            continue;
        };
        let padding = (column + GAP).saturating_sub(measure_text_width(cell));
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', padding.max(1)));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// The columns that there is room for, of which the widths of all but the last are known.
fn kept(headings: &[&str], widths: &[usize], width: Option<usize>) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..headings.len()).collect();
    let Some(width) = width else { return kept };
    let is_too_wide = |kept: &[usize]| {
        let columns = kept.iter().filter_map(|index| widths.get(*index));
        columns.map(|column| column + GAP).sum::<usize>() + NARROWEST > width
    };
    for expendable in EXPENDABLE {
        if !is_too_wide(&kept) {
            break;
        }
        kept.retain(|index| *index == widths.len() || headings[*index] != expendable);
    }
    kept
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

/// A state's word in the colour of what it means: done, in need of somebody, in need of time.
pub(crate) fn state(word: &str) -> String {
    match word {
        "delivered" | "read" | "sent" | "active" | "done" => word.green().to_string(),
        "dead" | "failed" | "cancelled" => word.red().to_string(),
        "parked" | "uncertain" | "paused" | "open" | "waiting" => word.yellow().to_string(),
        "inactive" => word.dimmed().to_string(),
        _ if word.ends_with(", held") => word.yellow().to_string(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: &[Vec<String>], width: Option<usize>) -> String {
        let coloured = lines(&["id", "state", "why"], rows, width);
        console::strip_ansi_codes(&coloured).into_owned()
    }

    #[test]
    fn a_table_fits_its_terminal_and_keeps_ids_whole() {
        let row =
            |id: &str, word: &str, why: &str| vec![id.to_owned(), state(word), why.to_owned()];
        let rows = [
            row(
                "dlv_06d2m9k3x0g00",
                "dead",
                "the hook answered 404 every time it was called",
            ),
            row("dlv_06d2m9k3x0g01", "delivered", ""),
        ];
        let whole = "\
ID                 STATE      WHY
dlv_06d2m9k3x0g00  dead       the hook answered 404 every time it was called
dlv_06d2m9k3x0g01  delivered
";
        assert_eq!(shown(&rows, None), whole);
        assert_eq!(shown(&rows, Some(200)), whole);
        let cut = shown(&rows, Some(50));
        assert!(cut.contains("dead       the hook answered 4…\n"), "{cut}");
        assert!(cut.lines().all(|line| measure_text_width(line) <= 50));
        assert!(shown(&rows, Some(10)).contains("dlv_06d2m9k3x0g00"));
    }

    #[test]
    fn a_narrow_terminal_does_without_what_matters_least() {
        let headings = ["received", "id", "account", "contact", "about"];
        let cells = [
            "2026-11-21T09:00:00.123Z",
            "evt_06d2m9k3x0g00",
            "business",
            "Ada Lovelace",
            "Is my order on its way?",
        ];
        let rows = [cells.map(str::to_owned).to_vec()];
        let shown = |width| {
            let coloured = lines(&headings, &rows, Some(width));
            let shown = console::strip_ansi_codes(&coloured).into_owned();
            assert!(
                shown.lines().all(|line| measure_text_width(line) <= width),
                "{shown}"
            );
            let titles = shown.lines().next().unwrap_or_default().split_whitespace();
            titles.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(100), "RECEIVED ID ACCOUNT CONTACT ABOUT");
        assert_eq!(shown(80), "RECEIVED ID CONTACT ABOUT");
        assert_eq!(shown(60), "RECEIVED ID ABOUT");
        assert_eq!(shown(40), "ID ABOUT");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let row = |name: &str| vec![name.to_owned(), String::new(), "x".to_owned()];
        let shown = shown(&[row("日本"), row("abcd")], None);
        assert!(
            shown.ends_with("日本         x\nabcd         x\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(excerpt("grüße\nan alle", 8), "grüße a…");
        assert_eq!(excerpt("kurz", 8), "kurz");
    }
}
