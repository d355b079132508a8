//! How much happened, by name: a simulation in which nothing happens proves nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// Counts by name.
pub type Counts = BTreeMap<&'static str, u64>;

/// Everything that is to happen in some schedule of a run.
pub const EVENTS: &[&str] = &[
    "acked changes",
    "answers lost",
    "approved",
    "areas moved",
    "clock jumps",
    "comments",
    "crashes between effects",
    "delivered after revocation",
    "discards",
    "dismissed",
    "disputes",
    "edits",
    "forks",
    "lost",
    "late",
    "merged",
    "offered again",
    "office edits",
    "phone copies",
    "phone full",
    "phone kills",
    "phone restores",
    "phones",
    "phones revoked",
    "published",
    "records",
    "refused",
    "regrants",
    "regrants mid-walk",
    "requests",
    "resolved",
    "rows closed",
    "sent back",
    "server backups",
    "server full",
    "server kills",
    "server restores",
    "shuffled",
    "submissions",
    "torn",
    "twice",
    "waited",
    "waivers",
    "walks",
    "work closed",
    "work given",
    "work moved",
];

/// A tally that many hands write to.
#[derive(Debug)]
pub struct Tally(RefCell<Counts>);

impl Default for Tally {
    fn default() -> Tally {
        Tally(RefCell::new(EVENTS.iter().map(|event| (*event, 0)).collect()))
    }
}

impl Tally {
    /// One more.
    pub fn add(&self, event: &'static str) {
        self.add_many(event, 1);
    }

    /// So many more.
    pub fn add_many(&self, event: &'static str, count: usize) {
        debug_assert!(EVENTS.contains(&event), "{event}");
        *self.0.borrow_mut().entry(event).or_default() += count as u64;
    }

    /// What there is.
    pub fn counts(&self) -> Counts {
        self.0.borrow().clone()
    }
}

/// Adds one run's counts to another's.
pub fn add(to: &mut Counts, from: &Counts) {
    for (event, count) in from {
        *to.entry(event).or_default() += count;
    }
}
