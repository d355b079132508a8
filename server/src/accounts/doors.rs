//! What stands at the door of a server: the hashing of passwords and the throttle of sign-ins.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::password::Passwords;
use super::throttle::Throttle;

/// Shared by all requests.
#[derive(Debug, Default)]
pub struct Doors {
    passwords: Passwords,
    throttle: Mutex<Throttle>,
}

impl Doors {
    /// Hashes and checks passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Counts failures; never held across a wait.
    pub fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
