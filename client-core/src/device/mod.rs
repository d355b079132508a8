//! A device: its store, its clock, its key, and everything a person does with it.
//!
//! * `enrol`, `sync`: talking to the server. * `begin`: new records. * `write`: changes.
//! * `list`, `search`, `show`, `work`: reading. * `forms`: compiled forms. * `attachments`: files.

mod attachments;
mod begin;
mod bundle;
mod enrol;
mod forms;
pub(crate) mod lensed;
mod list;
mod search;
mod show;
mod sync;
mod versions;
mod work;
pub(crate) mod write;

use doorstep_protocol::pull::Area;
use doorstep_records::{Record, RecordId};

pub use attachments::LocalFile;
pub use begin::Purpose;
pub use bundle::Bundles;
pub use forms::FormCache;
pub use list::Standing;
pub(crate) use list::cut;
pub use search::{Found, Query};
pub(crate) use show::preselected;
pub use show::{Shown, ShownAnswer, ShownCandidate, ShownConflict};
pub(crate) use versions::Opened;
pub use versions::{Notice, VersionStanding};
pub use work::Work;

use crate::env::{Clock, Entropy};
use crate::error::DeviceError;
use crate::session::LeftForm;
use crate::store::documents::With;
use crate::store::records::RecordRow;
use crate::store::{Saved, Store, StoreError, people, records};
use crate::sync::Policy;

/// The offset of civil time from UTC in China, seconds.
pub const CHINA_OFFSET_S: i32 = 8 * 3600;

/// What a device is told when it is opened.
pub struct Surroundings {
    /// The clock.
    pub clock: Box<dyn Clock>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
    /// How patient a sync is.
    pub policy: Policy,
    /// Compiled forms, shared between devices of one program.
    pub forms: FormCache,
    /// Offset of civil time from UTC where the survey is held, seconds.
    pub civil_offset_s: i32,
}

impl Surroundings {
    /// With the usual policy, its own forms and China's civil time.
    pub fn new(clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Surroundings {
        Surroundings {
            clock,
            entropy,
            policy: Policy::default(),
            forms: FormCache::default(),
            civil_offset_s: CHINA_OFFSET_S,
        }
    }
}

/// A device. It holds its store exclusively until it is dropped; dropping it at any moment loses nothing that a method
/// has returned from.
pub struct Device {
    pub(crate) store: Store,
    pub(crate) install: [u8; 16],
    pub(crate) around: Surroundings,
    /// What was read for lists last.
    lines: Option<search::Lines>,
    /// The record whose form was left last.
    pub(crate) left_form: Option<LeftForm>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").finish_non_exhaustive()
    }
}

impl Device {
    /// Opens the store at `path`, or makes it.
    ///
    /// The installation's marker lies beside it in `<path>.install`, apart from the store so that a copy of the store
    /// alone is another installation and writes as another actor.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    #[cfg(feature = "native")]
    pub fn open(path: &std::path::Path, mut around: Surroundings) -> Result<Device, DeviceError> {
        let store = Store::open(path, around.clock.now_ms())?;
        let install = install_marker(path, around.entropy.as_mut())?;
        Device::with_store(store, install, around)
    }

    /// A device over a store that is open already; `install` is the installation's marker, kept by the caller outside
    /// of what a backup of the store restores.
    pub fn with_store(store: Store, install: [u8; 16], around: Surroundings) -> Result<Device, DeviceError> {
        Ok(Device { store, install, around, lines: None, left_form: None })
    }

    /// Everything in the device's store: see [`Store::image`].
    pub fn image(&mut self) -> Result<Vec<u8>, DeviceError> {
        Ok(self.store.image()?)
    }

    /// Takes what a damaged store still holds of unsent work into this one, which must be fresh: see [`Store::salvage`].
    pub fn salvage(&mut self, damaged: Vec<u8>, log: Vec<u8>) -> Result<Saved, DeviceError> {
        Ok(self.store.salvage(damaged, log)?)
    }

    /// The time by the device's clock, milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        self.around.clock.now_ms()
    }

    /// The civil date where the survey is held.
    pub fn today(&self) -> String {
        civil_date(self.now_ms(), self.around.civil_offset_s)
    }

    /// The places of the person's scope, by code.
    pub fn areas(&self) -> Result<Vec<Area>, DeviceError> {
        Ok(people::areas(self.store.read())?)
    }

    /// A record's line in lists, under the id given.
    ///
    /// # Errors
    /// [`DeviceError::UnknownRecord`].
    pub fn row(&self, id: RecordId) -> Result<RecordRow, DeviceError> {
        records::get(self.store.read(), id)?.ok_or_else(|| DeviceError::UnknownRecord(id.to_string()))
    }

    /// The record that stands for `id` now: itself, or what it was merged into, if that is on this device.
    pub fn canonical(&self, id: RecordId) -> Result<RecordId, DeviceError> {
        let canonical = records::canonical(self.store.read(), id)?;
        Ok(if records::get(self.store.read(), canonical)?.is_some() { canonical } else { id })
    }

    /// Finds a record by its id, or by the digits it begins with (as short as they are clear).
    ///
    /// # Errors
    /// [`DeviceError::UnknownRecord`], [`DeviceError::AmbiguousRecord`].
    pub fn find(&self, text: &str) -> Result<RecordId, DeviceError> {
        if let Ok(id) = text.parse::<RecordId>() {
            return self.row(id).map(|row| row.id);
        }
        let digits: String = text.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
        let is_hex = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found = if is_hex { records::by_prefix(self.store.read(), &digits, 2)? } else { Vec::new() };
        match found.as_slice() {
            [id] => Ok(*id),
            [] => Err(DeviceError::UnknownRecord(text.to_owned())),
            _ => Err(DeviceError::AmbiguousRecord(text.to_owned())),
        }
    }

    /// Opens a record's document.
    pub(crate) fn open_record(&mut self, id: RecordId) -> Result<Record, StoreError> {
        let now_ms = self.now_ms();
        self.store.open_record(id, With::Shown, now_ms)
    }
}

/// `yyyy-mm-dd` at an offset from UTC.
fn civil_date(now_ms: i64, offset_s: i32) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let offset = jiff::tz::Offset::from_seconds(offset_s).unwrap_or(jiff::tz::Offset::UTC);
    offset.to_datetime(timestamp).date().to_string()
}

/// Reads the marker beside the store, or makes one.
#[cfg(feature = "native")]
fn install_marker(path: &std::path::Path, entropy: &mut dyn Entropy) -> Result<[u8; 16], StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".install");
    let marker = std::path::PathBuf::from(name);
    match std::fs::read(&marker) {
        Ok(bytes) if bytes.len() == 16 => return crate::store::convert::bytes16(&bytes),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let mut install = [0; 16];
    entropy.fill(&mut install);
    write_durably(&marker, &install)?;
    Ok(install)
}

/// Writes a small file so that after a crash there is all of it or nothing.
#[cfg(feature = "native")]
fn write_durably(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = std::path::PathBuf::from(name);
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    crate::store::files::sync_names_beside(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_civil_date_is_the_one_of_the_place() {
        // 2015-12-31 16:30 UTC is the next day in China.
        assert_eq!(civil_date(1_451_579_400_000, CHINA_OFFSET_S), "2016-01-01");
        assert_eq!(civil_date(1_451_579_400_000, 0), "2015-12-31");
    }
}
