//! The demo's steps on the screen: each is awaited for real, under a deadline, and printed with the time since the start.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use owo_colors::OwoColorize as _;

use crate::failure::{Code, Failure};
use crate::output;

/// Every step takes milliseconds; only a machine in trouble needs more.
const STEP_WITHIN: Duration = Duration::from_secs(20);
/// Looking for something ends before the step does, so that what was seen instead can be told.
const LOOK_FOR: Duration = Duration::from_secs(15);
/// Between two looks at something that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// The screen, with a clock.
pub(super) struct Board {
    start: Instant,
}

impl Board {
    /// Starts the clock.
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Awaits a step, then prints it with what was seen. A failure says which step it was, and why.
    pub(super) async fn step<T>(
        &self,
        name: &str,
        act: impl Future<Output = anyhow::Result<T>>,
        seen: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<T> {
        let missing = || {
            Failure::new(
                Code::Failed,
                format!("the demo stopped at the step \"{name}\""),
            )
        };
        let Ok(outcome) = tokio::time::timeout(STEP_WITHIN, act).await else {
            let why = format!("nothing of it was seen within {} s", STEP_WITHIN.as_secs());
            let failure =
                missing().hint("run it again with WAYPOST_LOG=debug to see what the gateway does");
            return Err(anyhow::Error::msg(why).context(failure));
        };
        let happened = outcome.with_context(missing)?;
        self.say(&"✓".green().bold(), name, &seen(&happened))?;
        Ok(happened)
    }

    /// Prints something that was seen, outside the steps.
    pub(super) fn say(&self, mark: &dyn Display, name: &str, text: &str) -> anyhow::Result<()> {
        let at = format!("{:>8.3} s", self.elapsed().as_secs_f64());
        output::print(&format!(
            "{}  {mark} {name:<30} {}\n",
            at.dimmed(),
            text.dimmed()
        ))
    }
}

/// Looks again and again until there is something to see: `Ok` is it, `Err` is what is to be seen instead.
pub(super) async fn until<T, F>(mut look: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Result<T, String>>>,
{
    let start = Instant::now();
    loop {
        match look().await? {
            Ok(seen) => return Ok(seen),
            Err(instead) if start.elapsed() > LOOK_FOR => {
                bail!("after {} s, {instead}", LOOK_FOR.as_secs())
            }
            Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}
