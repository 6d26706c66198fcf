//! The machine the figures were taken on, and its disk's yardstick.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::load::Latencies;

/// Processor, cores, memory, kernel, day.
pub(crate) fn describe() -> anyhow::Result<String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_once(':'))
            .map(|(_, v)| v.trim().to_owned())
    };
    let cpu = field(&read("/proc/cpuinfo"), "model name")
        .unwrap_or_else(|| "unknown processor".to_owned());
    let memory = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|kb| kb.trim_end_matches(" kB").parse::<f64>().ok())
        .map_or_else(String::new, |kb| {
            format!(", {:.0} GiB", kb / 1024.0 / 1024.0)
        });
    let cores = std::thread::available_parallelism()?;
    let kernel = read("/proc/sys/kernel/osrelease").trim().to_owned();
    let day = std::process::Command::new("date")
        .args(["-u", "+%Y-%m-%d"])
        .output()?;
    Ok(format!(
        "{cores} cores of {cpu}{memory}, Linux {kernel}, {}",
        String::from_utf8_lossy(&day.stdout).trim()
    ))
}

/// How long the disk takes to make one appended kilobyte durable.
pub(crate) fn fdatasync(dir: &Path) -> anyhow::Result<Latencies> {
    let path = dir.join("yardstick");
    let mut file = File::create(&path)?;
    let mut taken = Vec::new();
    for _ in 0..200 {
        file.write_all(&[7; 1024])?;
        let started = Instant::now();
        file.sync_data()?;
        taken.push(started.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(Latencies::new(taken))
}
