//! Lists, and what a person does with whole records.

use doorstep_protocol::envelope::Item;
use doorstep_protocol::{ObjectId, limits};
use doorstep_records::RecordId;

use super::Device;
use crate::error::DeviceError;
use crate::store::meta::{self, name};
use crate::store::people::{self, Comment, Review};
use crate::store::records::{self, RecordRow, state};
use crate::store::{StoreError, attachments, outbox};
use crate::sync::Blocked;

/// How the device stands towards its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Facts not yet on the server.
    pub unsent: u32,
    /// Files not yet whole at the server.
    pub files_unsent: u32,
    /// When the last sync came through, by the device's clock.
    pub synced_ms: Option<i64>,
    /// Why the server does not talk to this device.
    pub blocked: Option<Blocked>,
    /// Server clock minus device clock, milliseconds.
    pub clock_offset_ms: i64,
}

impl Device {
    /// All lines, by record id (oldest first).
    pub fn list(&self) -> Result<Vec<RecordRow>, DeviceError> {
        Ok(records::all(self.store.read())?)
    }

    /// How the device stands towards its server.
    pub fn standing(&self) -> Result<Standing, DeviceError> {
        let read = self.store.read();
        let blocked: Option<String> = meta::get(read, name::BLOCKED)?;
        Ok(Standing {
            unsent: outbox::unsent(read)?,
            files_unsent: attachments::unsent(read)?,
            synced_ms: meta::get(read, name::SYNCED_MS)?,
            blocked: blocked.as_deref().and_then(Blocked::of),
            clock_offset_ms: meta::get(read, name::OFFSET_MS)?.unwrap_or(0),
        })
    }

    /// The decisions on a record, in the server's order.
    pub fn reviews(&self, id: RecordId) -> Result<Vec<Review>, DeviceError> {
        Ok(people::reviews(self.store.read(), id)?)
    }

    /// The remarks on a record, oldest first.
    pub fn comments(&self, id: RecordId) -> Result<Vec<Comment>, DeviceError> {
        Ok(people::comments(self.store.read(), id)?)
    }

    /// Sets a record that was never submitted aside as entered by mistake, or takes that back. Nothing is erased.
    ///
    /// # Errors
    /// [`DeviceError::WasSubmitted`], [`DeviceError::StandsForOthers`].
    pub fn discard(&mut self, id: RecordId, undo: bool) -> Result<(), DeviceError> {
        let row = self.row(id)?;
        if !undo && row.state != state::DRAFT {
            return Err(DeviceError::WasSubmitted(id));
        }
        if !undo && records::stands_for_others(self.store.read(), id)? {
            return Err(DeviceError::StandsForOthers(id));
        }
        if row.discarded != undo {
            return Ok(());
        }
        let at_ms = self.now_ms();
        self.writer()?;
        self.store.write::<_, StoreError>(|tx| {
            records::set_discarded(tx, id, !undo)?;
            outbox::enqueue(tx, &Item::Discard { record: id, undo, at_ms }, at_ms)
        })?;
        Ok(())
    }

    /// Remarks on an answer, or on the whole record. Text beyond 4 KiB is cut at a character.
    pub fn comment(&mut self, id: RecordId, path: Option<&str>, text: &str) -> Result<(), DeviceError> {
        let id = self.canonical(id)?;
        let at_ms = self.now_ms();
        let author = self.writer()?.author.name;
        let heads = self.open_record(id)?.heads();
        let object = ObjectId::from_bytes(outbox::mint(at_ms, self.around.entropy.as_mut()));
        let text = cut(text, limits::COMMENT_BYTES).to_owned();
        let path = path.map(str::to_owned);
        let item = Item::Comment {
            id: object,
            record: id,
            heads: heads.clone(),
            path: path.clone(),
            text: text.clone(),
            at_ms,
        };
        self.store.write::<_, StoreError>(|tx| {
            people::put_comment(tx, object, id, &Comment { heads, path, by: author, text, at_ms })?;
            outbox::enqueue(tx, &item, at_ms)
        })?;
        Ok(())
    }
}

/// The longest beginning of `text` that has at most `max` bytes.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}
