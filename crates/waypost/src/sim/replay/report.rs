//! What a replay came to: answers by status, how long they took, and which webhooks were not answered 200.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::post::{Outcome, Posted};
use crate::cli::SimReplay;
use crate::output;

/// So many failures are told one by one to people; JSON has them all.
const TOLD: usize = 10;

/// Prints it.
pub(super) fn print(outcome: &Outcome, args: &SimReplay) -> anyhow::Result<()> {
    if args.json {
        return output::print_json(&document(outcome).to_string());
    }
    let posted = outcome.posted.len();
    let seconds = outcome.took.as_secs_f64();
    let unit = if posted == 1 { "webhook" } else { "webhooks" };
    let rate = f64::from(u32::try_from(posted).unwrap_or(u32::MAX)) / seconds;
    let latency = Latency::of(&outcome.posted);
    // How fast nobody answers is not worth telling.
    output::print(&match latency {
        Some(_) => format!("{posted} {unit} posted in {seconds:.2} s, {rate:.0} a second\n\n"),
        None => format!("{posted} {unit}, none answered\n\n"),
    })?;
    let row = |(answer, count): (String, usize)| vec![answer, count.to_string()];
    let answers = answers(&outcome.posted).into_iter();
    let name = |(status, count): (Option<u16>, usize)| {
        let status = status.map_or("none".to_owned(), |status| status.to_string());
        (status, count)
    };
    output::print_table(
        &["answer", "webhooks"],
        &answers.map(name).map(row).collect::<Vec<_>>(),
    )?;
    if let Some(latency) = latency {
        output::print(&format!(
            "\nlatency: p50 {} · p95 {} · p99 {} · longest {}\n",
            shown(latency.p50),
            shown(latency.p95),
            shown(latency.p99),
            shown(latency.longest),
        ))?;
    }
    let failures: Vec<&Posted> = outcome.failures().collect();
    if failures.is_empty() {
        return Ok(());
    }
    let row = |failure: &&Posted| {
        let status = failure
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        vec![
            status,
            failure.source.clone(),
            output::excerpt(&failure.said, 80),
        ]
    };
    output::print("\n")?;
    output::print_table(
        &["answer", "webhook", "it said"],
        &failures.iter().take(TOLD).map(row).collect::<Vec<_>>(),
    )?;
    if failures.len() > TOLD {
        output::print(&format!(
            "and {} more; --json has them all\n",
            failures.len() - TOLD
        ))?;
    }
    Ok(())
}

fn document(outcome: &Outcome) -> Value {
    let by_status = answers(&outcome.posted);
    let answers: serde_json::Map<String, Value> = by_status
        .iter()
        .filter_map(|(status, count)| Some((status.as_ref()?.to_string(), (*count).into())))
        .collect();
    let latency = Latency::of(&outcome.posted);
    let failures = outcome.failures();
    let failures: Vec<Value> = failures
        .map(|failure| json!({"webhook": failure.source, "status": failure.status, "said": failure.said}))
        .collect();
    json!({
        "posted": outcome.posted.len(),
        "seconds": outcome.took.as_secs_f64(),
        "answers": answers,
        "not_answered": by_status.get(&None).copied().unwrap_or(0),
        "latency_ms": latency.map(|latency| json!({
            "p50": ms(latency.p50),
            "p95": ms(latency.p95),
            "p99": ms(latency.p99),
            "max": ms(latency.longest),
        })),
        "failures": failures,
    })
}

fn answers(posted: &[Posted]) -> BTreeMap<Option<u16>, usize> {
    let mut answers = BTreeMap::new();
    for posted in posted {
        *answers.entry(posted.status).or_default() += 1;
    }
    answers
}

/// Of what was answered.
struct Latency {
    p50: Duration,
    p95: Duration,
    p99: Duration,
    longest: Duration,
}

impl Latency {
    /// None if nothing was.
    fn of(posted: &[Posted]) -> Option<Self> {
        let answered = posted.iter().filter(|posted| posted.status.is_some());
        let mut took: Vec<Duration> = answered.map(|posted| posted.took).collect();
        took.sort_unstable();
        // The nearest rank: the smallest that so many hundredths do not exceed.
        let at = |hundredths: usize| {
            let rank = (took.len() * hundredths).div_ceil(100);
            took.get(rank.saturating_sub(1)).copied()
        };
        Some(Self {
            p50: at(50)?,
            p95: at(95)?,
            p99: at(99)?,
            longest: at(100)?,
        })
    }
}

fn shown(duration: Duration) -> String {
    format!("{:.1} ms", ms(duration))
}

fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_latencies_that_occurred() {
        let posted = |took_ms| Posted {
            source: String::new(),
            status: Some(200),
            took: Duration::from_millis(took_ms),
            said: String::new(),
        };
        let of = |posted: &[Posted]| Latency::of(posted);
        let latency = of(&(1..=200).rev().map(posted).collect::<Vec<_>>()).unwrap();
        let ms = [latency.p50, latency.p95, latency.p99, latency.longest].map(|it| it.as_millis());
        assert_eq!(ms, [100, 190, 198, 200]);
        assert_eq!(of(&[posted(7)]).unwrap().p50.as_millis(), 7);
        assert!(of(&[]).is_none());
    }
}
