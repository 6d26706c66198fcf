//! What the SDK costs beside doing it by hand: the benches of `whatsapp-cloud`, held against their goals.
//!
//! They are programs of their own (one measures times, one counts allocations), built with the SDK alone.

use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::Options;
use super::report::Row;

/// A figure as the benches print it: times in nanoseconds, or allocations, for one event.
#[derive(Deserialize)]
struct Figure {
    what: String,
    ours: f64,
    baseline: f64,
}

pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let output = Command::new(env!("CARGO"))
        .args(["bench", "--locked", "--quiet", "--package"])
        .args(["whatsapp-cloud", "--bench", "allocations", "--bench", "sdk"])
        .args(["--", "--rounds", &options.rounds.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo bench could not be run")?;
    ensure!(output.status.success(), "the SDK's benches failed");
    let mut figures = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let figure: Figure =
            serde_json::from_str(line).with_context(|| format!("no figure: {line}"))?;
        figures.push(figure);
    }
    let (counts, times): (Vec<Figure>, Vec<Figure>) = figures
        .into_iter()
        .partition(|figure| figure.what.ends_with(ALLOCATIONS));
    ensure!(!times.is_empty(), "the SDK's benches measured nothing");
    Ok(times.iter().map(|time| row(time, &counts)).collect())
}

/// What the name of a count ends with.
const ALLOCATIONS: &str = ", allocations";

fn row(time: &Figure, counts: &[Figure]) -> Row {
    let (ratio, goal, kept) = judge(time);
    let counted = counts
        .iter()
        .find(|count| count.what.strip_suffix(ALLOCATIONS) == Some(&time.what));
    let counted = counted.map_or_else(String::new, |count| {
        format!(
            "; {:.1} allocations against {:.1}",
            count.ours, count.baseline
        )
    });
    Row {
        what: format!("SDK, {}", time.what),
        figure: format!("{ratio:.2}"),
        detail: format!(
            "{:.0} ns against {:.0} ns an event{counted}",
            time.ours, time.baseline
        ),
        goal: goal.to_owned(),
        kept,
    }
}

/// The ratio, and whether it is good enough: of times, except where the goal is one of speed.
fn judge(time: &Figure) -> (f64, &'static str, Option<bool>) {
    let cost = time.ours / time.baseline;
    let what = time.what.as_str();
    if what.ends_with("split / minimal struct") {
        (cost, "at most 2.00", Some(cost <= 2.0))
    } else if what.ends_with("split / Value") {
        (cost, "below 1.00", Some(cost < 1.0))
    } else if what.ends_with("verify / HMAC") {
        let speed = cost.recip();
        (speed, "at least 0.80 of its speed", Some(speed >= 0.8))
    } else if what == "send / bare client" {
        (cost, "at most 1.10", Some(cost <= 1.1))
    } else {
        (cost, "none set", None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_goal_is_held_against_its_figure() {
        for (what, ours, kept) in [
            ("text: split / minimal struct", 200.0, Some(true)),
            ("text: split / minimal struct", 201.0, Some(false)),
            ("status: split / Value", 100.0, Some(false)),
            ("text: verify / HMAC", 124.0, Some(true)),
            ("text: verify / HMAC", 126.0, Some(false)),
            ("send / bare client", 111.0, Some(false)),
            ("text: typed / minimal struct", 900.0, None),
        ] {
            let time = Figure {
                what: what.to_owned(),
                ours,
                baseline: 100.0,
            };
            let count = Figure {
                what: format!("{what}{ALLOCATIONS}"),
                ours: 3.0,
                baseline: 4.0,
            };
            let row = row(&time, &[count]);
            assert_eq!(row.kept, kept, "{what}");
            assert!(row.detail.ends_with("; 3.0 allocations against 4.0"));
        }
    }
}
