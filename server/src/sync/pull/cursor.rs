//! The cursor: where a device stands, sealed by the server, of fixed length, good for that device alone.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::{DeviceId, Epoch};

/// What a page is cut from next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Follows the feed under a scope it has wholly.
    Follow,
    /// Told what was lost with an older scope.
    Lost,
    /// Follows the feed up to `high`, for what both the old and the new scope hold.
    CatchUp,
    /// Told the areas it gained.
    Areas,
    /// Told the forms it gained.
    Forms,
    /// Sent the records it gained.
    Backfill,
    /// Told the work that is open for its person.
    Assignments,
}

const PHASES: [Phase; 7] = [
    Phase::Follow,
    Phase::Lost,
    Phase::CatchUp,
    Phase::Areas,
    Phase::Forms,
    Phase::Backfill,
    Phase::Assignments,
];

/// Where a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) epoch: Epoch,
    pub(super) phase: Phase,
    /// The scope version the device has wholly; 0 = none.
    pub(super) base: i64,
    /// The first scope version of which the device may have something.
    pub(super) from: i64,
    /// The scope version it is being brought to; equal to `base` when there is nothing to bring.
    pub(super) target: i64,
    /// The feed is told up to here.
    pub(super) seq: i64,
    /// Changed lines of lists are told up to here.
    pub(super) rows: i64,
    /// Where the feed stood when the present walk began: what the walk sends holds everything up to here.
    pub(super) high: i64,
    /// Where the walk stands: number of the area...
    pub(super) area: i64,
    /// ...and of the record (or form version).
    pub(super) record: i64,
}

/// The cursor is not one of ours, or another device's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this server and device")]
pub(super) struct BadCursor;

const VERSION: u8 = 1;
const NUMBERS: usize = 8;
const PLAIN: usize = 2 + 16 + NUMBERS * 8;
const NONCE: usize = 24;

impl Cursor {
    /// Before everything.
    pub(super) fn start(epoch: Epoch) -> Cursor {
        Cursor {
            epoch,
            phase: Phase::Follow,
            base: 0,
            from: 0,
            target: 0,
            seq: 0,
            rows: 0,
            high: 0,
            area: 0,
            record: 0,
        }
    }

    /// Where a device begins that stood here in an earlier life of the server: it is sent everything anew, and told what it
    /// may still hold of scopes that are lost.
    pub(super) fn in_another_life(&self, epoch: Epoch) -> Cursor {
        Cursor { from: self.from, ..Cursor::start(epoch) }
    }

    fn numbers(&self) -> [i64; NUMBERS] {
        [self.base, self.from, self.target, self.seq, self.rows, self.high, self.area, self.record]
    }

    /// Seals the cursor; `nonce` must never repeat.
    pub(super) fn seal(
        &self,
        secret: &[u8; 32],
        device: DeviceId,
        nonce: [u8; NONCE],
    ) -> Result<Vec<u8>, BadCursor> {
        let mut plain = Vec::with_capacity(PLAIN);
        let phase = PHASES.iter().position(|phase| *phase == self.phase).unwrap_or_default();
        plain.extend([VERSION, u8::try_from(phase).unwrap_or_default()]);
        plain.extend(self.epoch.to_bytes());
        for number in self.numbers() {
            plain.extend(number.to_be_bytes());
        }
        let payload = Payload { msg: &plain, aad: &owner(device) };
        let sealed = cipher(secret).encrypt(&XNonce::from(nonce), payload).map_err(|_| BadCursor)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed cursor.
    pub(super) fn open(secret: &[u8; 32], device: DeviceId, sealed: &[u8]) -> Result<Cursor, BadCursor> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(BadCursor)?;
        let payload = Payload { msg: sealed, aad: &owner(device) };
        let plain = cipher(secret).decrypt(&XNonce::from(*nonce), payload).map_err(|_| BadCursor)?;
        let plain: [u8; PLAIN] = plain.try_into().map_err(|_| BadCursor)?;
        let (head, rest) = plain.split_first_chunk::<2>().ok_or(BadCursor)?;
        let (epoch, rest) = rest.split_first_chunk::<16>().ok_or(BadCursor)?;
        let (numbers, _) = rest.as_chunks::<8>();
        let [version, phase] = *head;
        let phase = *PHASES.get(usize::from(phase)).ok_or(BadCursor)?;
        let numbers: Vec<i64> = numbers.iter().map(|bytes| i64::from_be_bytes(*bytes)).collect();
        let [base, from, target, seq, rows, high, area, record] = numbers[..] else { return Err(BadCursor) };
        if version != VERSION {
            return Err(BadCursor);
        }
        let epoch = Epoch::from_bytes(*epoch);
        Ok(Cursor { epoch, phase, base, from, target, seq, rows, high, area, record })
    }
}

/// Whose cursor it is.
fn owner(device: DeviceId) -> [u8; 16] {
    if planted(Plant::CursorUnbound) { [0; 16] } else { device.to_bytes() }
}

fn cipher(secret: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*secret).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        let mut cursor = Cursor::start(Epoch::from_bytes([3; 16]));
        (cursor.phase, cursor.base, cursor.seq, cursor.record) = (Phase::Backfill, 2, 1 << 40, 77);
        cursor
    }

    #[test]
    fn a_cursor_opens_for_its_device_and_server_only() {
        let device = DeviceId::from_bytes([1; 16]);
        let sealed = cursor().seal(&[9; 32], device, [5; 24]).unwrap();
        assert_eq!(Cursor::open(&[9; 32], device, &sealed), Ok(cursor()));
        assert_eq!(Cursor::open(&[8; 32], device, &sealed), Err(BadCursor));
        assert_eq!(Cursor::open(&[9; 32], DeviceId::from_bytes([2; 16]), &sealed), Err(BadCursor));
        assert_eq!(Cursor::open(&[9; 32], device, b""), Err(BadCursor));
    }

    #[test]
    fn every_flipped_bit_is_found_and_the_length_tells_nothing() {
        let device = DeviceId::from_bytes([1; 16]);
        let sealed = cursor().seal(&[9; 32], device, [5; 24]).unwrap();
        for at in 0..sealed.len() {
            let mut torn = sealed.clone();
            torn[at] ^= 1;
            assert_eq!(Cursor::open(&[9; 32], device, &torn), Err(BadCursor), "byte {at}");
        }
        let start = Cursor::start(Epoch::from_bytes([3; 16])).seal(&[9; 32], device, [6; 24]).unwrap();
        assert_eq!(start.len(), sealed.len());
    }
}
