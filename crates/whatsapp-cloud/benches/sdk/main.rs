//! What the SDK costs beside doing it by hand: times, as ratios to baselines measured in the same rounds.
//!
//! `cargo xtask bench --only sdk` runs this and `allocations`, and holds the figures against their goals. It prints a line of JSON for
//! each figure: what it is, and the median of the rounds of what we take and of what the baseline takes, in nanoseconds for one
//! event. `--rounds N` says how many rounds, `--only TEXT` measures what has this text in its name.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark may stop, answers on its terminal, and rounds"
)]

mod send;
mod webhooks;

use std::hint::black_box;
use std::time::{Duration, Instant};

use webhooks::{Case, Work};

/// How long each side is measured in a round.
const SPAN: Duration = Duration::from_millis(150);

/// Into how many turns that is cut: the machine's moods meet both sides alike.
const TURNS: u32 = 15;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        let mut pairs = arguments.windows(2);
        let pair = pairs.find(|pair| pair[0] == name)?;
        Some(pair[1].as_str())
    };
    let rounds = option("--rounds").map_or(5, |rounds| rounds.parse().unwrap());
    let only = option("--only").unwrap_or_default();
    for case in webhooks::cases() {
        for (what, ours, baseline) in webhooks::COMPARISONS {
            let what = format!("{}: {what}", case.name);
            if what.contains(only) {
                let figures = (0..rounds).map(|_| round(&case, ours, baseline)).collect();
                print(&what, figures, case.events);
            }
        }
    }
    let what = "send / bare client";
    if what.contains(only) {
        print(what, send::measure(rounds), 1);
    }
}

/// Nanoseconds of each side for one call.
type Figures = (f64, f64);

fn round(case: &Case, ours: Work, baseline: Work) -> Figures {
    let calls = calls_in(SPAN / TURNS, case, baseline);
    let (mut taken, mut by_hand) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..TURNS {
        taken += time(calls, case, ours);
        by_hand += time(calls, case, baseline);
    }
    let calls = f64::from(calls) * f64::from(TURNS);
    (
        taken.as_nanos() as f64 / calls,
        by_hand.as_nanos() as f64 / calls,
    )
}

fn time(calls: u32, case: &Case, work: Work) -> Duration {
    let started = Instant::now();
    for _ in 0..calls {
        black_box(work(black_box(case)));
    }
    started.elapsed()
}

/// How many calls fill this span, at least one.
fn calls_in(span: Duration, case: &Case, work: Work) -> u32 {
    let mut calls = 1;
    while time(calls, case, work) * 2 < span {
        calls *= 2;
    }
    calls
}

/// The round in the middle by its ratio.
fn print(what: &str, mut figures: Vec<Figures>, events: u32) {
    figures.sort_by(|(a, b), (c, d)| (a / b).total_cmp(&(c / d)));
    let (ours, baseline) = figures[figures.len() / 2];
    let per_event = |nanoseconds: f64| nanoseconds / f64::from(events);
    let (ours, baseline) = (per_event(ours), per_event(baseline));
    println!(
        "{}",
        serde_json::json!({"what": what, "ours": ours, "baseline": baseline})
    );
}
