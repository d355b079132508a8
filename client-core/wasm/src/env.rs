//! The browser's clock and randomness.

use doorstep_client_core::device::Surroundings;
use doorstep_client_core::env::{Clock, Entropy};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &mut [u8]) -> Result<(), JsValue>;
}

/// The most that `getRandomValues` fills at once.
const RANDOM_BYTES: usize = 65_536;

struct BrowserClock;

impl Clock for BrowserClock {
    fn now_ms(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    /// The worker that drives a sync waits by a timer; a worker has nothing to sleep with.
    fn wait_until(&self, until_ms: i64) {
        while self.now_ms() < until_ms {}
    }
}

struct BrowserEntropy;

impl Entropy for BrowserEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(RANDOM_BYTES) {
            if get_random_values(part).is_err() {
                // Keys made without randomness would be worse than no device.
                panic!("the browser gives no random bytes");
            }
        }
    }
}

/// The browser's clock and randomness with the usual policy.
pub(crate) fn surroundings() -> Surroundings {
    Surroundings::new(Box::new(BrowserClock), Box::new(BrowserEntropy))
}

/// The time part and the random part of a UUIDv7.
pub(crate) fn uuid_parts() -> (u64, [u8; 10]) {
    let mut random = [0; 10];
    BrowserEntropy.fill(&mut random);
    (u64::try_from(BrowserClock.now_ms()).unwrap_or(0), random)
}
