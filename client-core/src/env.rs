//! What the core must be told: the time and randomness. Nothing below this module asks the machine for them, so that a
//! simulator can replay a device to the letter.

/// The device's clock.
pub trait Clock: Send {
    /// Milliseconds since 1970 UTC, as far as this device knows.
    fn now_ms(&self) -> i64;
    /// Returns when the clock has reached `until_ms`; a simulated clock just jumps there.
    fn wait_until(&self, until_ms: i64);
}

/// Where ids, keys and jitter come from.
pub trait Entropy: Send {
    /// Fills `bytes`. A device's key comes from here: outside tests it must be the system's generator.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<T: Clock + Sync + ?Sized> Clock for std::sync::Arc<T> {
    fn now_ms(&self) -> i64 {
        (**self).now_ms()
    }
    fn wait_until(&self, until_ms: i64) {
        (**self).wait_until(until_ms);
    }
}

/// Ten random bytes: the random part of a UUIDv7.
pub(crate) fn random10(entropy: &mut dyn Entropy) -> [u8; 10] {
    let mut bytes = [0; 10];
    entropy.fill(&mut bytes);
    bytes
}

/// The time part of a UUIDv7; a clock before 1970 counts as 1970.
pub(crate) fn unix_ms(now_ms: i64) -> u64 {
    u64::try_from(now_ms).unwrap_or(0)
}
