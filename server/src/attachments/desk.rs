//! One writer to a partial at a time: a phone whose connection broke off asks again while the server may still be writing
//! down what came before the cut.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorstep_protocol::{AttachmentHash, DeviceId};

/// What one phone sends of one file.
pub(super) type Key = (DeviceId, AttachmentHash);

/// How long a request waits for one before it. A connection that died without a word is not known to be dead for a minute;
/// after this time it has lost its turn.
const WAIT: Duration = Duration::from_secs(5);

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Desk {
    open: Mutex<Open>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    turns: HashMap<Key, Arc<Mutex<u64>>>,
}

/// The right to write to a partial, until it is dropped or another takes it over.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    desk: &'a Desk,
    key: Key,
    number: u64,
    present: Arc<Mutex<u64>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Waits until nobody writes to this partial, or for [`WAIT`].
    pub(super) fn wait_idle(&self, key: Key) {
        drop(self.wait(key));
    }

    fn wait(&self, key: Key) -> MutexGuard<'_, Open> {
        let open = lock(&self.open);
        let busy = |open: &mut Open| open.turns.contains_key(&key);
        self.freed.wait_timeout_while(open, WAIT, busy).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Takes the turn: after whoever has it, or from whoever does not end.
    pub(super) fn take(&self, key: Key) -> Turn<'_> {
        let mut open = self.wait(key);
        open.last += 1;
        let number = open.last;
        let present = Arc::clone(open.turns.entry(key).or_default());
        // Waits for a write in hand; its writer finds out at the next one.
        *lock(&present) = number;
        Turn { desk: self, key, number, present }
    }
}

impl Turn<'_> {
    /// Whose turn it is.
    pub(super) fn device(&self) -> DeviceId {
        self.key.0
    }

    /// Runs a write while nobody can take the turn; false when somebody has.
    pub(super) fn write(&self, work: impl FnOnce() -> io::Result<()>) -> io::Result<bool> {
        let present = lock(&self.present);
        if *present != self.number {
            return Ok(false);
        }
        work().map(|()| true)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut open = lock(&self.desk.open);
        if *lock(&self.present) == self.number {
            open.turns.remove(&self.key);
            self.desk.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lost_the_turn_writes_no_more_and_takes_nothing_away() {
        let desk = Desk::default();
        let key = (DeviceId::from_bytes([1; 16]), AttachmentHash::from_bytes([2; 32]));
        let first = desk.take(key);
        assert!(first.write(|| Ok(())).unwrap());
        // As if the wait had ended.
        let mut open = lock(&desk.open);
        open.last += 1;
        let second =
            Turn { desk: &desk, key, number: open.last, present: Arc::clone(open.turns.get(&key).unwrap()) };
        *lock(&second.present) = second.number;
        drop(open);
        assert!(!first.write(|| panic!("not my turn")).unwrap());
        drop(first);
        assert!(lock(&desk.open).turns.contains_key(&key), "the second has the turn still");
        assert!(second.write(|| Ok(())).unwrap());
        drop(second);
        assert!(lock(&desk.open).turns.is_empty());
    }
}
