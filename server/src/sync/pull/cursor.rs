//! The cursor of a pull: where a device stands in the feed, and how far a backfill has come. Sealed, so that a device can
//! neither read how much happens outside its scope nor make a cursor of its own; of fixed length, so that its size tells
//! nothing either.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use doorstep_protocol::Epoch;

const NONCE: usize = 24;
const PLAIN: usize = 16 + 8 * 7 + 1;
const TAG: usize = 16;
/// Length of a sealed cursor, bytes.
pub(crate) const SEALED: usize = NONCE + PLAIN + TAG;

/// Where a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The life of the server it belongs to.
    pub(crate) epoch: Epoch,
    /// Feed entries up to here are told.
    pub(crate) seq: i64,
    /// Changed lines of lists up to here are told; they are counted apart from the feed.
    pub(crate) rows: i64,
    /// The scope they were told under.
    pub(crate) scope: i64,
    /// What is still to be told because the scope is new or changed.
    pub(crate) backfill: Option<Backfill>,
}

/// A walk over what a scope gained and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backfill {
    /// The last scope that was told whole; 0 = none.
    pub(crate) from: i64,
    /// Records that came later than this feed entry come by the feed.
    pub(crate) high: i64,
    /// What is being walked.
    pub(crate) phase: Phase,
    /// Areas (or objects, in the first phase) before this number are done.
    pub(crate) area: i64,
    /// Records of the area up to this number are done.
    pub(crate) record: i64,
}

/// The order of a walk: what records need comes first, what must go comes before what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Forms = 1,
    Areas = 2,
    Lost = 3,
    Gained = 4,
}

impl Cursor {
    pub(crate) fn seal(&self, key: &[u8; 32], nonce: [u8; NONCE]) -> Option<Vec<u8>> {
        let cipher = XChaCha20Poly1305::new(&Key::from(*key));
        let sealed = cipher.encrypt(&XNonce::from(nonce), self.plain().as_slice()).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// `None` for anything this server did not seal.
    pub(crate) fn open(sealed: &[u8], key: &[u8; 32]) -> Option<Cursor> {
        if sealed.len() != SEALED {
            return None;
        }
        let nonce: [u8; NONCE] = sealed[..NONCE].try_into().ok()?;
        let cipher = XChaCha20Poly1305::new(&Key::from(*key));
        Cursor::read(&cipher.decrypt(&XNonce::from(nonce), &sealed[NONCE..]).ok()?)
    }

    fn plain(&self) -> Vec<u8> {
        let walk = self.backfill;
        let number = |get: fn(&Backfill) -> i64| walk.as_ref().map_or(0, get);
        let mut plain = self.epoch.to_bytes().to_vec();
        for value in [
            self.seq,
            self.scope,
            number(|walk| walk.from),
            number(|walk| walk.high),
            number(|walk| walk.area),
            number(|walk| walk.record),
            self.rows,
        ] {
            plain.extend_from_slice(&value.to_be_bytes());
        }
        plain.push(walk.map_or(0, |walk| walk.phase as u8));
        plain
    }

    fn read(plain: &[u8]) -> Option<Cursor> {
        let epoch = Epoch::from_bytes(plain.get(..16)?.try_into().ok()?);
        let number = |place: usize| -> Option<i64> {
            Some(i64::from_be_bytes(plain.get(16 + 8 * place..24 + 8 * place)?.try_into().ok()?))
        };
        let phase = match plain.get(PLAIN - 1)? {
            0 => None,
            1 => Some(Phase::Forms),
            2 => Some(Phase::Areas),
            3 => Some(Phase::Lost),
            4 => Some(Phase::Gained),
            _ => return None,
        };
        let backfill = match phase {
            None => None,
            Some(phase) => Some(Backfill {
                from: number(2)?,
                high: number(3)?,
                area: number(4)?,
                record: number(5)?,
                phase,
            }),
        };
        Some(Cursor { epoch, seq: number(0)?, scope: number(1)?, rows: number(6)?, backfill })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn cursor(backfill: Option<Backfill>) -> Cursor {
        Cursor { epoch: Epoch::from_bytes([1; 16]), seq: 42, rows: 7, scope: 3, backfill }
    }

    #[test]
    fn a_cursor_opens_as_it_was_sealed_and_every_cursor_is_as_long() {
        let walk = Backfill { from: 1, high: 40, phase: Phase::Gained, area: 5, record: 99 };
        for cursor in [cursor(None), cursor(Some(walk))] {
            let sealed = cursor.seal(&KEY, [9; 24]).unwrap();
            assert_eq!(sealed.len(), SEALED);
            assert_eq!(Cursor::open(&sealed, &KEY), Some(cursor));
        }
    }

    #[test]
    fn what_was_not_sealed_here_does_not_open() {
        let sealed = cursor(None).seal(&KEY, [9; 24]).unwrap();
        for position in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[position] ^= 1;
            assert_eq!(Cursor::open(&forged, &KEY), None);
        }
        assert_eq!(Cursor::open(&sealed, &[8; 32]), None);
        assert_eq!(Cursor::open(&sealed[1..], &KEY), None);
        assert_eq!(Cursor::open(&[], &KEY), None);
    }
}
