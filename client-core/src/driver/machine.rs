//! The system's clock and randomness.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::device::Surroundings;
use crate::env::{Clock, Entropy};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        }
    }

    fn wait_until(&self, until_ms: i64) {
        let wait_ms = until_ms.saturating_sub(self.now_ms());
        if let Ok(wait_ms) = u64::try_from(wait_ms) {
            std::thread::sleep(Duration::from_millis(wait_ms));
        }
    }
}

/// The system's random generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Keys made without randomness would be worse than no device.
            panic!("the system gives no random bytes: {error}");
        }
    }
}

/// The machine's clock and randomness with the usual policy.
pub fn surroundings() -> Surroundings {
    Surroundings::new(Box::new(SystemClock), Box::new(SystemEntropy))
}
