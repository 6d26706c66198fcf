//! The table: each figure beside its goal, for people and for docs/benchmarks.md.

use std::fmt::{self, Write as _};

use anyhow::bail;

/// One figure.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    pub(crate) detail: String,
    pub(crate) goal: String,
    /// Whether the floor is kept; `None` for figures without one.
    pub(crate) kept: Option<bool>,
}

/// Everything one run measured.
pub(crate) struct Report {
    pub(crate) machine: String,
    pub(crate) rounds: usize,
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// The table as a page.
    pub(crate) fn markdown(&self) -> String {
        let mut page = format!(
            "# Benchmarks\n\nMade by `cargo xtask bench --write`; medians of {} rounds, baseline and gateway one after another \
             in each, load generator and server sharing the machine. A ratio is the median of the rounds' ratios, and so not that \
             of the medians beside it. Trust the ratios: on other machines the rates differ.\n\n\
             Machine: {}\n\n| figure | measured | goal | detail |\n|---|---|---|---|\n",
            self.rounds, self.machine
        );
        for row in &self.rows {
            let mark = match row.kept {
                Some(true) => "kept: ",
                Some(false) => "**missed**: ",
                None => "",
            };
            let _ = writeln!(
                page,
                "| {} | {} | {mark}{} | {} |",
                row.what, row.figure, row.goal, row.detail
            );
        }
        page
    }

    /// Fails if a floor was missed.
    pub(crate) fn verdict(&self) -> anyhow::Result<()> {
        let missed: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.kept == Some(false))
            .map(|row| row.what.as_str())
            .collect();
        if missed.is_empty() {
            Ok(())
        } else {
            bail!("below the floor: {}", missed.join("; "))
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.kept {
            Some(true) => "kept  ",
            Some(false) => "MISSED",
            None => "      ",
        };
        writeln!(
            f,
            "{mark}  {:58}  {}  (goal: {})",
            self.what, self.figure, self.goal
        )?;
        write!(f, "        {}", self.detail)
    }
}
