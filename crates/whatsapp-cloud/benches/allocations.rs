//! How often reading a notification asks for memory: counted, for us and for the baselines of `sdk`.
//!
//! A program of its own: counting slows every allocation down, and the baselines make most of them. It prints a line of JSON for each
//! figure: what it is, and the allocations for one event.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark answers on its terminal, and rounds"
)]

#[path = "sdk/webhooks.rs"]
mod webhooks;

use webhooks::{COMPARISONS, Case, Work};

fn main() {
    for case in webhooks::cases() {
        for (what, ours, baseline) in COMPARISONS {
            let (ours, baseline) = (count(&case, ours), count(&case, baseline));
            let what = format!("{}: {what}, allocations", case.name);
            println!(
                "{}",
                serde_json::json!({"what": what, "ours": ours, "baseline": baseline})
            );
        }
    }
}

/// Allocations for one event.
fn count(case: &Case, work: Work) -> f64 {
    let counted = allocation_counter::measure(|| {
        work(case);
    });
    counted.count_total as f64 / f64::from(case.events)
}
