//! Slows down guessing: five free failures an account, then a wait that doubles from one second to fifteen minutes;
//! and at most twenty failures a minute from one address.
//!
//! A try is counted as failed when it begins and forgiven when it succeeds, so that a burst of parallel guesses cannot
//! slip in before the first of them has failed. Time is an argument. Nothing is stored: a restart forgives.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

/// Failures of an account that cost nothing.
pub const FREE: u32 = 5;
/// The first wait, milliseconds.
pub const FIRST_WAIT_MS: i64 = 1_000;
/// The longest wait, milliseconds.
pub const LONGEST_WAIT_MS: i64 = 15 * 60 * 1_000;
/// Failures of one address within [`ADDRESS_WINDOW_MS`].
pub const ADDRESS_FAILURES: u32 = 20;
/// The window of [`ADDRESS_FAILURES`], milliseconds.
pub const ADDRESS_WINDOW_MS: i64 = 60 * 1_000;
/// A count without a further failure for this long is forgotten, milliseconds.
const FORGET_MS: i64 = 24 * 60 * 60 * 1_000;
/// Accounts and addresses remembered; beyond it the longest untouched are forgotten first.
const REMEMBERED: usize = 10_000;

/// Too early: come back after the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; wait {wait_ms} ms")]
pub struct TooEarly {
    /// Milliseconds to wait.
    pub wait_ms: i64,
}

/// Counts failures by account name and by address.
#[derive(Debug, Default)]
pub struct Throttle {
    accounts: HashMap<String, Failures>,
    addresses: HashMap<IpAddr, Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    since_ms: i64,
    last_ms: i64,
    blocked_until_ms: i64,
}

impl Throttle {
    /// Lets a try begin, or says how long to wait. The try counts as failed until [`Throttle::succeeded`].
    pub fn begin(&mut self, account: &str, address: IpAddr, now_ms: i64) -> Result<(), TooEarly> {
        if let Some(failures) = self.addresses.get(&address)
            && now_ms < failures.since_ms + ADDRESS_WINDOW_MS
            && failures.count >= ADDRESS_FAILURES
        {
            return Err(TooEarly { wait_ms: failures.since_ms + ADDRESS_WINDOW_MS - now_ms });
        }
        let key = account_key(account);
        if let Some(failures) = self.accounts.get(&key)
            && now_ms < failures.blocked_until_ms
        {
            return Err(TooEarly { wait_ms: failures.blocked_until_ms - now_ms });
        }
        let failures = touch(&mut self.accounts, key, now_ms, FORGET_MS);
        failures.blocked_until_ms = now_ms + wait_ms(failures.count);
        touch(&mut self.addresses, address, now_ms, ADDRESS_WINDOW_MS);
        Ok(())
    }

    /// The try that began last was right: the account's failures are forgiven, and this try of the address.
    pub fn succeeded(&mut self, account: &str, address: IpAddr) {
        self.accounts.remove(&account_key(account));
        if let Some(failures) = self.addresses.get_mut(&address) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

/// The wait after the n-th failure, milliseconds.
fn wait_ms(count: u32) -> i64 {
    match count.checked_sub(FREE + 1) {
        None => 0,
        Some(doublings) => {
            FIRST_WAIT_MS.checked_shl(doublings.min(20)).unwrap_or(LONGEST_WAIT_MS).min(LONGEST_WAIT_MS)
        }
    }
}

fn account_key(account: &str) -> String {
    account.chars().flat_map(char::to_lowercase).take(200).collect()
}

fn touch<K: Eq + Hash + Clone>(
    table: &mut HashMap<K, Failures>,
    key: K,
    now_ms: i64,
    forget_ms: i64,
) -> &mut Failures {
    if table.len() >= REMEMBERED && !table.contains_key(&key) {
        forget_oldest(table);
    }
    let fresh = Failures { count: 0, since_ms: now_ms, last_ms: now_ms, blocked_until_ms: now_ms };
    let failures = table.entry(key).or_insert(fresh);
    if now_ms >= failures.since_ms + forget_ms && now_ms >= failures.blocked_until_ms {
        *failures = fresh;
    }
    failures.count = failures.count.saturating_add(1);
    failures.last_ms = now_ms;
    failures
}

/// Forgets the tenth that was touched longest ago.
fn forget_oldest<K: Eq + Hash + Clone>(table: &mut HashMap<K, Failures>) {
    let mut touched: Vec<i64> = table.values().map(|failures| failures.last_ms).collect();
    touched.sort_unstable();
    let before = touched.get(REMEMBERED / 10).copied().unwrap_or(i64::MAX);
    let mut spare = REMEMBERED / 10;
    table.retain(|_, failures| {
        let forget = failures.last_ms <= before && spare > 0;
        spare -= usize::from(forget);
        !forget
    });
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn from(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
    }

    #[test]
    fn five_are_free_then_the_wait_doubles_to_fifteen_minutes() {
        let mut throttle = Throttle::default();
        let mut now = 0;
        for _ in 0..FREE {
            assert_eq!(throttle.begin("li", from(1), now), Ok(()));
        }
        let mut waits = Vec::new();
        for step in 0..13 {
            assert_eq!(throttle.begin("li", from(2 + step), now), Ok(()));
            let wait = throttle.begin("LI", from(2 + step), now).unwrap_err().wait_ms;
            waits.push(wait / 1_000);
            assert_eq!(throttle.begin("li", from(100), now + wait - 1), Err(TooEarly { wait_ms: 1 }));
            now += wait;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(throttle.begin("wang", from(200), 0), Ok(()), "another account is free");
    }

    #[test]
    fn a_success_forgives() {
        let mut throttle = Throttle::default();
        for round in 0..4 * i64::from(FREE) {
            assert_eq!(throttle.begin("li", HERE, round), Ok(()));
            throttle.succeeded("li", HERE);
        }
        assert_eq!(throttle.addresses[&HERE].count, 0);
    }

    #[test]
    fn an_address_has_twenty_failures_a_minute_over_all_accounts() {
        let mut throttle = Throttle::default();
        for n in 0..ADDRESS_FAILURES {
            assert_eq!(throttle.begin(&format!("user{n}"), HERE, 1_000), Ok(()));
        }
        assert_eq!(throttle.begin("someone", HERE, 2_000), Err(TooEarly { wait_ms: 59_000 }));
        assert_eq!(throttle.begin("someone", from(9), 2_000), Ok(()));
        assert_eq!(throttle.begin("someone", HERE, 61_000), Ok(()));
    }

    #[test]
    fn a_flood_of_names_takes_no_unbounded_memory() {
        let mut throttle = Throttle::default();
        for n in 0..3 * REMEMBERED {
            let address = IpAddr::V4(Ipv4Addr::from(n as u32));
            assert_eq!(throttle.begin(&format!("user{n}"), address, n as i64), Ok(()));
        }
        assert!(throttle.accounts.len() <= REMEMBERED && throttle.addresses.len() <= REMEMBERED);
    }
}
