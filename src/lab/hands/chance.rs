//! Losses at random that come again with their seed.

/// A sequence of numbers that depends on its seed alone: SplitMix64.
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
}

/// The whole.
pub const MILLION: u32 = 1_000_000;

impl Chance {
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Throws the dice: true so many times in a million.
    pub fn strikes(&mut self, millionths: u32) -> bool {
        // The upper 32 bits, spread over a million.
        let share = ((self.next() >> 32) * u64::from(MILLION)) >> 32;
        share < u64::from(millionths)
    }

    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(seed: u64, millionths: u32) -> Vec<bool> {
        let mut chance = Chance::new(seed);
        (0..10_000).map(|_| chance.strikes(millionths)).collect()
    }

    #[test]
    fn the_same_seed_strikes_the_same_ones() {
        assert_eq!(strikes(7, 100_000), strikes(7, 100_000));
        assert_ne!(strikes(7, 100_000), strikes(8, 100_000));
    }

    #[test]
    fn it_strikes_about_as_often_as_it_should() {
        let count = |millionths| strikes(7, millionths).into_iter().filter(|strikes| *strikes).count();
        assert_eq!((count(0), count(MILLION)), (0, 10_000));
        assert!((900..1_100).contains(&count(100_000)), "{}", count(100_000));
    }
}
