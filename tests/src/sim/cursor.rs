//! The server's cursor, opened with the server's own key: it must never go back.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use doorstep_protocol::DeviceId;

use super::Trouble;
use super::server::Server;

/// The phase in which forms are told.
const FORMS: u8 = 4;

/// Where a cursor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The server's life it belongs to: nothing is said about cursors of different lives.
    pub epoch: [u8; 16],
    /// Feed entries told.
    pub seq: i64,
    /// Changed lines told.
    pub rows: i64,
    /// Version of the scope that is told whole.
    pub base: i64,
    /// Version of the scope that is being told.
    pub target: i64,
    /// Where a walk under way stands: phase, place of the area in the order of paths, record. Phase 0 is no walk.
    pub walk: (u8, i64, i64),
}

impl Position {
    /// Opens a sealed cursor.
    pub fn open(server: &Server, device: DeviceId, sealed: &[u8]) -> Result<Position, Trouble> {
        let unreadable = Trouble::Unreadable("cursor");
        let secret: [u8; 32] =
            server
                .eye()?
                .query_row("SELECT value FROM meta WHERE key = 'cursor_secret'", [], |row| row.get(0))?;
        let Some((nonce, sealed)) = sealed.split_first_chunk::<24>() else { return Err(unreadable) };
        let cipher = XChaCha20Poly1305::new(&Key::from(secret));
        let payload = Payload { msg: sealed, aad: &device.to_bytes() };
        let Ok(plain) = cipher.decrypt(&XNonce::from(*nonce), payload) else { return Err(unreadable) };
        let number = |place: usize| -> Option<i64> {
            Some(i64::from_be_bytes(plain.get(18 + 8 * place..26 + 8 * place)?.try_into().ok()?))
        };
        const PLACE: &str = "SELECT count(*) FROM area WHERE path <= (SELECT path FROM area WHERE num = ?1)";
        let area = number(6).unwrap_or_default();
        let place: i64 = server.eye()?.query_row(PLACE, [area], |row| row.get(0))?;
        let phase = plain.get(1).copied().unwrap_or_default();
        // Areas are walked in the order of their paths, and -1 stands for an area that is done; forms are only counted.
        let walk_at = |record: i64| match phase {
            FORMS => (area, record),
            _ => (place, if record < 0 { i64::MAX } else { record }),
        };
        let read = || {
            let (place, record) = walk_at(number(7)?);
            let walk = (phase, place, record);
            let epoch = plain.get(2..18)?.try_into().ok()?;
            Some(Position {
                epoch,
                base: number(0)?,
                target: number(2)?,
                seq: number(3)?,
                rows: number(4)?,
                walk,
            })
        };
        read().ok_or(unreadable)
    }

    /// True when going from `self` to `next` is no step back.
    pub fn leads_to(&self, next: &Position) -> bool {
        let told = next.seq >= self.seq && next.rows >= self.rows;
        let scope = next.base >= self.base && next.target >= self.target;
        let over = next.walk.0 == 0 || next.target > self.target || self.walk.0 == 0;
        self.epoch != next.epoch || told && scope && (over || next.walk >= self.walk)
    }
}
