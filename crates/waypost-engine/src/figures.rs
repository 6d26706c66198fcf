//! What the calls of one hook came to: counts since the start, and how long the last ones took.

use std::collections::VecDeque;

use crate::engine::{HookFigures, Latency};

/// Durations remembered.
const REMEMBERED: usize = 256;

/// See the module's description.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    successes: u64,
    failures: u64,
    last_ms: VecDeque<u32>,
}

impl Figures {
    /// One more call.
    pub(crate) fn count(&mut self, success: bool, duration_ms: u32) {
        if success {
            self.successes += 1;
        } else {
            self.failures += 1;
        }
        if self.last_ms.len() == REMEMBERED {
            self.last_ms.pop_front();
        }
        self.last_ms.push_back(duration_ms);
    }

    pub(crate) fn summary(&self) -> HookFigures {
        let mut sorted: Vec<u32> = self.last_ms.iter().copied().collect();
        sorted.sort_unstable();
        let at = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1);
        let latency = || {
            Some(Latency {
                p50_ms: *at(50)?,
                p95_ms: *at(95)?,
                max_ms: *sorted.last()?,
            })
        };
        HookFigures {
            successes: self.successes,
            failures: self.failures,
            latency: latency(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Figures;
    use crate::engine::Latency;

    #[test]
    fn the_last_calls_tell_how_long_calls_take() {
        let mut figures = Figures::default();
        assert_eq!(figures.summary().latency, None);
        for call in 0..1000 {
            figures.count(call % 4 != 0, 5000);
        }
        for call in 1..=256 {
            figures.count(true, call);
        }
        let summary = figures.summary();
        assert_eq!((summary.successes, summary.failures), (1006, 250));
        let last = Latency {
            p50_ms: 128,
            p95_ms: 244,
            max_ms: 256,
        };
        assert_eq!(summary.latency, Some(last));
    }
}
