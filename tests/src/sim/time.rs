//! One true time, and clocks that are wrong about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use doorstep_client_core::env::Clock;

/// When every simulation begins: 2015-12-13.
pub const START_MS: i64 = 1_450_000_000_000;

/// The true time. It moves by a millisecond whenever somebody looks, and when somebody waits.
#[derive(Debug, Clone)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    /// At the beginning.
    pub fn begin() -> Time {
        Time(Arc::new(AtomicI64::new(START_MS)))
    }

    /// From a given time on.
    pub fn at(ms: i64) -> Time {
        Time(Arc::new(AtomicI64::new(ms)))
    }

    /// What time it is.
    pub fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets time pass.
    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms.max(0), Ordering::Relaxed);
    }
}

impl doorstep_server::source::Clock for Time {
    fn now_ms(&self) -> i64 {
        Time::now_ms(self)
    }
}

/// A phone's clock: so much before or behind the true time.
#[derive(Debug, Clone)]
pub struct WrongClock {
    time: Time,
    offset_ms: Arc<AtomicI64>,
}

impl WrongClock {
    /// A right one.
    pub fn new(time: &Time) -> WrongClock {
        WrongClock { time: time.clone(), offset_ms: Arc::new(AtomicI64::new(0)) }
    }

    /// Is set to another time.
    pub fn jump(&self, ms: i64) {
        self.offset_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for WrongClock {
    fn now_ms(&self) -> i64 {
        self.time.now_ms() + self.offset_ms.load(Ordering::Relaxed)
    }

    fn wait_until(&self, until_ms: i64) {
        self.time.pass(until_ms - self.now_ms());
    }
}
