//! A Bloom filter over subjects: says "certainly not in this segment" without reading it.
//!
//! Subjects are digests already, so their bits are used as they are; all bits of one key lie in one block of 64 bytes, so
//! that a look-up costs one cache line. Its bytes are stored with the segment, so its layout is part of the schema.

const BITS_PER_KEY: usize = 16;
const BLOCK_BITS: usize = 512;
const WORDS: usize = BLOCK_BITS / 64;
const PROBES: u32 = 7;

/// Which subjects a segment may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    words: Box<[u64]>,
}

impl Filter {
    /// Holds none of up to `keys` subjects yet.
    pub(super) fn new(keys: usize) -> Self {
        let blocks = (keys * BITS_PER_KEY).div_ceil(BLOCK_BITS).max(1);
        Self {
            words: vec![0; blocks * WORDS].into(),
        }
    }

    /// As it was stored; `None` if these bytes are no filter.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(WORDS * 8) {
            return None;
        }
        let (words, _) = bytes.as_chunks::<8>();
        Some(Self {
            words: words.iter().map(|word| u64::from_le_bytes(*word)).collect(),
        })
    }

    /// To be stored.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.words
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect()
    }

    /// From now on this subject may be there.
    pub(super) fn insert(&mut self, subject: i64) {
        let block = self.block(subject);
        for bit in bits(subject) {
            self.words[block + bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Whether this subject may be there.
    pub(super) fn may_hold(&self, subject: i64) -> bool {
        let block = self.block(subject);
        bits(subject).all(|bit| self.words[block + bit / 64] & (1 << (bit % 64)) != 0)
    }

    /// Where the block of this subject begins.
    fn block(&self, subject: i64) -> usize {
        let blocks = (self.words.len() / WORDS) as u128;
        // The upper bits choose the block; `bits` stirs them all again.
        let chosen = (u128::from(subject.cast_unsigned()) * blocks) >> 64;
        usize::try_from(chosen).unwrap_or(0) * WORDS
    }
}

/// Bits inside the block.
fn bits(subject: i64) -> impl Iterator<Item = usize> {
    let stirred = subject.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let stirred = (stirred ^ (stirred >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (0..PROBES).map(move |probe| {
        usize::try_from((stirred >> (probe * 9)) % BLOCK_BITS as u64).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stand-in for a digest.
    fn digest(number: u64) -> i64 {
        let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)).cast_signed()
    }

    #[test]
    fn what_is_in_is_never_denied_and_little_else_is_suspected() {
        let mut filter = Filter::new(20_000);
        for number in 0..20_000 {
            filter.insert(digest(number));
        }
        let filter = Filter::from_bytes(&filter.to_bytes()).unwrap();
        assert!((0..20_000).all(|number| filter.may_hold(digest(number))));
        let suspected = (20_000..220_000)
            .filter(|&number| filter.may_hold(digest(number)))
            .count();
        assert!(suspected < 600, "{suspected} of 200,000");
    }

    #[test]
    fn damaged_bytes_are_no_filter() {
        assert_eq!(Filter::from_bytes(&[]), None);
        assert_eq!(Filter::from_bytes(&[0; 63]), None);
    }
}
