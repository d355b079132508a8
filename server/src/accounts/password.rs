//! Passwords at rest: Argon2id, m = 64 MiB, t = 3, p = 1 (above the OWASP minimum of 2024), as PHC strings.
//!
//! Invariants: a check costs the same whether the user exists or not, and at most [`AT_ONCE`] run at the same time,
//! so that a crowd at the door cannot take the server's memory.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

/// Memory of one hash, KiB.
pub const MEMORY_KIB: u32 = 65_536;
/// Passes over the memory.
pub const PASSES: u32 = 3;
/// Lanes.
pub const LANES: u32 = 1;
/// Hashes computed at the same time: 2 x 64 MiB is what a small server can spare.
pub const AT_ONCE: usize = 2;
/// Callers that may wait for a place; one more is told to come back later.
pub const WAITING: usize = 64;
/// The longest password, bytes: longer ones would only be a cheap way to burn time.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// The shortest password taken over the network, characters (NIST SP 800-63B).
pub const PASSWORD_CHARS_MIN: usize = 8;

/// Checked in the place of a user who does not exist; no password has this hash.
const NOBODY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$bm9ib2R5IGhlcmUhISEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password that cannot be hashed or checked now.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Empty, or longer than [`PASSWORD_BYTES_MAX`].
    #[error("a password has 1 to {PASSWORD_BYTES_MAX} bytes")]
    Length,
    /// Too many callers wait already.
    #[error("too many passwords are being checked")]
    Busy,
    /// The stored hash or the parameters are damaged.
    #[error("the password hash cannot be computed or read")]
    Hash(#[source] argon2::password_hash::Error),
}

/// Hashes and checks passwords, a few at a time.
#[derive(Debug, Default)]
pub struct Passwords {
    queue: Mutex<Queue>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    running: usize,
    waiting: usize,
}

/// One of the [`AT_ONCE`] places; given back when dropped.
struct Place<'a>(&'a Passwords);

impl Passwords {
    /// The PHC string of a password under a fresh random salt. Blocks for about a tenth of a second.
    pub fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, PasswordError> {
        if password.is_empty() || password.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordError::Length);
        }
        let _place = self.place()?;
        let phc =
            argon2id()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(PasswordError::Hash)?;
        Ok(phc.to_string())
    }

    /// True when the password belongs to the stored hash. `None` stands for an unknown user: the same time is spent
    /// and the answer is false.
    pub fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
        if password.is_empty() || password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        let hash = PasswordHash::new(stored.unwrap_or(NOBODY))
            .map_err(|error| PasswordError::Hash(argon2::password_hash::Error::from(error)))?;
        let _place = self.place()?;
        let matches = argon2id()?.verify_password(password.as_bytes(), &hash).is_ok();
        Ok(matches && stored.is_some())
    }

    fn place(&self) -> Result<Place<'_>, PasswordError> {
        let mut queue = self.queue();
        if queue.running >= AT_ONCE {
            if queue.waiting >= WAITING {
                return Err(PasswordError::Busy);
            }
            queue.waiting += 1;
            queue = self
                .freed
                .wait_while(queue, |queue| queue.running >= AT_ONCE)
                .unwrap_or_else(PoisonError::into_inner);
            queue.waiting -= 1;
        }
        queue.running += 1;
        Ok(Place(self))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.queue().running -= 1;
        self.0.freed.notify_one();
    }
}

fn argon2id() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| PasswordError::Hash(argon2::password_hash::Error::from(error)))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::default();
        let phc = passwords.hash("青禾镇-2014", [7; 16]).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{phc}");
        assert!(passwords.verify("青禾镇-2014", Some(&phc)).unwrap());
        assert!(!passwords.verify("青禾镇-2015", Some(&phc)).unwrap());
        assert_ne!(phc, passwords.hash("青禾镇-2014", [8; 16]).unwrap());
    }

    #[test]
    fn an_unknown_user_is_checked_with_the_same_parameters_and_refused() {
        assert!(!Passwords::default().verify("anything", None).unwrap());
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
    }

    #[test]
    fn empty_and_huge_passwords_are_refused_and_damaged_hashes_are_errors() {
        let passwords = Passwords::default();
        assert!(matches!(passwords.hash("", [0; 16]), Err(PasswordError::Length)));
        assert!(matches!(passwords.hash(&"x".repeat(1025), [0; 16]), Err(PasswordError::Length)));
        assert!(!passwords.verify("", None).unwrap());
        assert!(matches!(passwords.verify("x", Some("damaged")), Err(PasswordError::Hash(_))));
    }

    #[test]
    fn no_more_than_two_run_and_a_full_queue_turns_the_next_away() {
        let passwords = Passwords::default();
        let first = passwords.place().unwrap();
        let second = passwords.place().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| passwords.place().map(drop).is_ok());
            while passwords.queue().waiting == 0 {
                std::thread::yield_now();
            }
            assert_eq!(passwords.queue().running, AT_ONCE);
            passwords.queue().waiting += WAITING - 1;
            assert!(matches!(passwords.place(), Err(PasswordError::Busy)));
            passwords.queue().waiting -= WAITING - 1;
            drop(first);
            assert!(waiting.join().unwrap());
        });
        drop(second);
        assert_eq!(passwords.queue().running, 0);
    }
}
