//! Jitter: random enough to keep retries apart, seeded so that a test can repeat them.

use std::sync::atomic::{AtomicU64, Ordering};

/// A stream of numbers (`SplitMix64`).
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// From 0 to 1.
    pub(crate) fn roll(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // The upper 32 bits are an exact f64.
        let upper = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(u32::MAX);
        f64::from(upper) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn rolls_spread_over_the_whole_range_and_repeat_with_their_seed() {
        let dice = Dice::new(7);
        let rolls: Vec<f64> = (0..1000).map(|_| dice.roll()).collect();
        assert!(rolls.iter().all(|roll| (0.0..=1.0).contains(roll)));
        let mean = rolls.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        let again = Dice::new(7);
        assert!(
            rolls
                .iter()
                .all(|roll| (roll - again.roll()).abs() < f64::EPSILON)
        );
    }
}
