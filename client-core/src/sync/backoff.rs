//! How long to wait before trying again.

use crate::env::Entropy;

/// How patient and how greedy a sync is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Failures in a row before a sync gives up.
    pub attempts: u32,
    /// The wait after the first failure, milliseconds; doubled after each.
    pub first_wait_ms: i64,
    /// The longest wait, milliseconds.
    pub longest_wait_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { attempts: 8, first_wait_ms: 500, longest_wait_ms: 30_000 }
    }
}

impl Policy {
    /// The wait after `failures` failures in a row: doubled each time, then anywhere between half of that and all of it,
    /// so that phones that lost one mast do not come back in step.
    pub fn wait_ms(&self, failures: u32, entropy: &mut dyn Entropy) -> i64 {
        let doubled = self.first_wait_ms.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let longest = doubled.clamp(1, self.longest_wait_ms.max(1));
        let mut bytes = [0; 4];
        entropy.fill(&mut bytes);
        let half = longest / 2;
        half + i64::from(u32::from_le_bytes(bytes)) % (longest - half + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Entropy for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_keep_their_jitter_within_half() {
        let policy = Policy { attempts: 8, first_wait_ms: 100, longest_wait_ms: 1_000 };
        for (failures, longest) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1_000), (60, 1_000)] {
            for seed in [0, 1, 77, 255] {
                let wait = policy.wait_ms(failures, &mut Fixed(seed));
                assert!((longest / 2..=longest).contains(&wait), "{failures} {seed} {wait}");
            }
        }
        assert_ne!(policy.wait_ms(5, &mut Fixed(3)), policy.wait_ms(5, &mut Fixed(4)));
    }
}
