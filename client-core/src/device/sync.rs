//! Running the engine: its effects done on the store and over a transport, one after another.

use doorstep_plant::{Plant, is as planted};

use super::Device;
use crate::error::DeviceError;
use crate::store::documents::{self, With};
use crate::store::{StoreError, attachments, meta, outbox};
use crate::sync::repair::{self, Writer};
use crate::sync::{Effect, Engine, Event, Identity, Situation, SyncReport, Transport, Write, perform};

impl Device {
    /// Syncs: sends what waits, fetches what is new.
    ///
    /// # Errors
    /// [`DeviceError::Sync`] when it did not come through; what was done until then is kept, the next sync goes on.
    pub fn sync(&mut self, transport: &dyn Transport) -> Result<SyncReport, DeviceError> {
        let mut engine = self.engine()?;
        let mut event = self.begin_sync()?;
        loop {
            match self.advance(&mut engine, event)? {
                Effect::Done(result) => return Ok(result?),
                Effect::Post(post) => {
                    event = Event::Reply(transport.post(post.route, post.token.as_deref(), post.body));
                }
                Effect::Upload(upload) => event = Event::Reply(transport.upload(upload)),
                Effect::Download(download) => event = Event::Fetched(transport.download(&download)),
                Effect::WaitUntil(until_ms) => {
                    self.around.clock.wait_until(until_ms);
                    event = Event::Woke;
                }
                local => event = self.perform(&local)?,
            }
        }
    }

    /// An engine for one sync of this device.
    ///
    /// # Errors
    /// [`DeviceError::NotEnrolled`].
    pub fn engine(&self) -> Result<Engine, DeviceError> {
        let key = perform::key(self.store.read())?.ok_or(DeviceError::NotEnrolled)?;
        if self.person()?.is_none() {
            return Err(DeviceError::NotEnrolled);
        }
        Ok(Engine::new(Identity { key }, self.around.policy))
    }

    /// The first event of a sync. Facts the server holds back for a predecessor are offered once more.
    pub fn begin_sync(&mut self) -> Result<Event, DeviceError> {
        self.store.write::<_, StoreError>(|tx| outbox::offer_waiting(tx))?;
        Ok(Event::Start(self.situation()?))
    }

    /// One step of an engine with this device's clock and randomness.
    pub fn advance(&mut self, engine: &mut Engine, event: Event) -> Result<Effect, DeviceError> {
        let now_ms = self.now_ms();
        Ok(engine.step(event, now_ms, self.around.entropy.as_mut()))
    }

    /// Performs an effect on the store and gives the event that answers it. Requests, waits and the end are the caller's:
    /// for them the sync is begun anew.
    pub fn perform(&mut self, effect: &Effect) -> Result<Event, DeviceError> {
        match effect {
            Effect::Store(write) => {
                let now_ms = self.now_ms();
                if let (Write::Page(page), true) = (write, planted(Plant::CursorBeforePage)) {
                    let cursor = page.cursor.as_slice();
                    self.store.write::<_, StoreError>(|tx| meta::set(tx, meta::name::CURSOR, cursor))?;
                }
                self.store.write(|tx| perform::write(tx, write, now_ms))?;
                if matches!(write, Write::Page(page) if !page.more) {
                    self.settle_waiting()?;
                }
                Ok(Event::Stored(self.situation()?))
            }
            Effect::ReadOutbox { max_bytes } => {
                self.seal()?;
                Ok(Event::Outbox(outbox::next_envelopes(self.store.read(), *max_bytes)?))
            }
            Effect::Repair => {
                self.repair()?;
                Ok(Event::Stored(self.situation()?))
            }
            Effect::ReadUploads { limit, except } => {
                Ok(Event::Uploads(attachments::uploads(self.store.read(), *limit, except)?))
            }
            Effect::ReadPiece { sha256, offset, max } => {
                Ok(Event::Piece(attachments::piece(self.store.read(), *sha256, *offset, *max)?))
            }
            Effect::ReadWanted { except } => {
                Ok(Event::Wanted(attachments::next_fetch(self.store.read(), except)?))
            }
            Effect::Post(_)
            | Effect::Upload(_)
            | Effect::Download(_)
            | Effect::WaitUntil(_)
            | Effect::Done(_) => self.begin_sync(),
        }
    }

    /// What waits on the server may wait for what does not hold any more: opening the record settles that.
    fn settle_waiting(&mut self) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        for id in documents::waiting_records(self.store.read())? {
            self.store.open_record(id, With::Shown, now_ms)?;
        }
        Ok(())
    }

    fn situation(&self) -> Result<Situation, StoreError> {
        perform::situation(self.store.read())
    }

    pub(super) fn seal(&mut self) -> Result<(), DeviceError> {
        let key = perform::key(self.store.read())?.ok_or(DeviceError::NotEnrolled)?;
        let (user, _) = perform::self_author(self.store.read())?.ok_or(DeviceError::NotEnrolled)?;
        let now_ms = self.now_ms();
        let sealer = outbox::Sealer { key: &key, user, install: self.install };
        let entropy = self.around.entropy.as_mut();
        Ok(self.store.write(|tx| outbox::seal(tx, &sealer, now_ms, entropy))?)
    }

    fn repair(&mut self) -> Result<(), DeviceError> {
        let writer = self.writer()?;
        let now_ms = self.now_ms();
        for id in outbox::forked_records(self.store.read())? {
            repair::repair(&mut self.store, id, &writer, now_ms, self.around.entropy.as_mut())?;
        }
        Ok(())
    }

    /// Who writes on this device.
    pub(crate) fn writer(&self) -> Result<Writer, DeviceError> {
        let (user, author) = perform::self_author(self.store.read())?.ok_or(DeviceError::NotEnrolled)?;
        Ok(Writer { install: self.install, user, author })
    }
}
