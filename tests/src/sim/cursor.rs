//! The server's cursor, opened with the server's own key: it must never go back.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use super::Trouble;
use super::server::Server;

/// Where a cursor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Feed entries told.
    pub seq: i64,
    /// Version of the scope.
    pub scope: i64,
    /// Changed lines told.
    pub rows: i64,
    /// Where a walk under way stands: phase, area, record. None when it is over.
    pub walk: Option<(u8, i64, i64)>,
}

impl Position {
    /// Opens a sealed cursor.
    pub fn open(server: &Server, sealed: &[u8]) -> Result<Position, Trouble> {
        let unreadable = Trouble::Unreadable("cursor");
        let secret: [u8; 32] =
            server.eye()?.query_row("SELECT value FROM meta WHERE key = 'cursor_secret'", [], |row| row.get(0))?;
        let Some((nonce, sealed)) = sealed.split_first_chunk::<24>() else { return Err(unreadable) };
        let cipher = XChaCha20Poly1305::new(&Key::from(secret));
        let Ok(plain) = cipher.decrypt(&XNonce::from(*nonce), sealed) else { return Err(unreadable) };
        let number = |place: usize| -> Option<i64> {
            Some(i64::from_be_bytes(plain.get(16 + 8 * place..24 + 8 * place)?.try_into().ok()?))
        };
        let read = || {
            let phase = *plain.last()?;
            let walk = (phase != 0).then_some((phase, number(4)?, number(5)?));
            Some(Position { seq: number(0)?, scope: number(1)?, rows: number(6)?, walk })
        };
        read().ok_or(unreadable)
    }

    /// True when going from `self` to `next` is no step back.
    pub fn leads_to(&self, next: &Position) -> bool {
        let feed = next.seq >= self.seq && next.rows >= self.rows && next.scope >= self.scope;
        let walk = match (self.walk, next.walk) {
            _ if next.scope > self.scope => true,
            (Some(before), Some(after)) => after >= before,
            (_, None) => true,
            (None, Some(_)) => false,
        };
        feed && walk
    }
}
