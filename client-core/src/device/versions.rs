//! Under which form version a record is opened.
//!
//! A record that is being filled goes on under the newest version that only adds, words or rules anew (classes A to C); a
//! structural change leaves it where it was begun (D). What is approved and untouched is opened under the newest
//! version, whatever changed: nothing is being filled that could be disturbed, and lenses read it. No version ever
//! leaves the device. Nothing goes on under a test version or one that is closed to new records, and what was begun
//! under a test version stays there.

use std::sync::Arc;

use doorstep_forms::{Change, Form, Upgrade};
use doorstep_records::{Record, RecordId};
use serde::Serialize;

use super::Device;
use crate::error::DeviceError;
use crate::store::records::{RecordRow, state};
use crate::store::{StoreError, meta, people};

/// The version a record is opened under, and why.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) form: Arc<Form>,
    pub(crate) notice: Option<Notice>,
    pub(crate) pinned: Option<u32>,
}

/// The rules of a form changed while a record was being filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The version the record was begun under.
    pub from: u32,
    /// The version it goes on under.
    pub to: u32,
    /// The rules that changed.
    pub changes: Vec<Change>,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// What a new version of its form means for a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum VersionStanding {
    /// Nothing to say.
    Current,
    /// Rules changed, and the person has not been told yet.
    Changed(Notice),
    /// It stays under the version it was begun under, although a newer one is here.
    Pinned {
        /// The version it stays under.
        version: u32,
        /// The newest one.
        newest: u32,
    },
}

impl Notice {
    fn new(from: u32, to: u32, changes: Vec<Change>) -> Notice {
        let list = |locale: &str| {
            let line = |change: &Change| {
                let path = if change.path.is_empty() { String::new() } else { format!("{}: ", change.path) };
                format!("{path}{}", change.reason(locale))
            };
            changes.iter().map(line).collect::<Vec<_>>()
        };
        Notice {
            en: format!(
                "The form has a new version {to}; rules changed since version {from}: {}.",
                list("en").join("; ")
            ),
            zh: format!("表单已更新到第 {to} 版，与第 {from} 版相比规则有变：{}。", list("zh").join("；")),
            from,
            to,
            changes,
        }
    }
}

/// The versions that take new records: only they take over what is being filled.
fn offered(versions: &[(u32, bool)]) -> impl DoubleEndedIterator<Item = u32> + '_ {
    versions.iter().filter(|(_, open)| *open).map(|(version, _)| *version)
}

fn noticed(id: RecordId, version: u32) -> String {
    format!("noticed:{id}:{version}")
}

impl Device {
    /// The version that a record is opened under now.
    pub(crate) fn opened(&self, row: &RecordRow, record: &mut Record) -> Result<Opened, DeviceError> {
        let own = self.own_version(row, record)?;
        let versions = people::versions(self.store.read(), &row.form)?;
        let newest = offered(&versions).last().unwrap_or(own);
        if newest > own && !row.test && self.is_untouched(row, record)? {
            let form = self.form(&row.form, newest);
            if let Ok(form) = form {
                return Ok(Opened { form, notice: None, pinned: None });
            }
        }
        self.opened_from(row, own, &versions)
    }

    fn opened_from(
        &self,
        row: &RecordRow,
        own: u32,
        versions: &[(u32, bool)],
    ) -> Result<Opened, DeviceError> {
        let plain = |form| Opened { form, notice: None, pinned: None };
        if row.test || !versions.iter().any(|(version, _)| *version == own) {
            return Ok(plain(self.form_of(&row.form, own)?));
        }
        let begun = self.form(&row.form, own)?;
        let later: Vec<u32> = offered(versions).filter(|version| *version > own).collect();
        for version in later.iter().rev() {
            // A version this program cannot read does not disturb what is being filled.
            let Ok(form) = self.form(&row.form, *version) else { continue };
            match self.around.forms.upgrade(&begun, &form) {
                Upgrade::Silent => return Ok(plain(form)),
                Upgrade::Notice { changes } => {
                    let notice = Notice::new(own, *version, changes);
                    return Ok(Opened { form, notice: Some(notice), pinned: None });
                }
                Upgrade::Pinned => {}
            }
        }
        Ok(Opened { form: begun, notice: None, pinned: later.last().copied() })
    }

    /// The version this record was last written under on this device, or was begun or submitted under.
    fn own_version(&self, row: &RecordRow, record: &Record) -> Result<u32, DeviceError> {
        let Ok(writer) = self.writer() else { return Ok(row.form_version) };
        let (generation, _) = crate::store::documents::writer(self.store.read(), row.id)?;
        let written = record.newest_version_of(&writer.actor(row.id, generation));
        let known = people::versions(self.store.read(), &row.form)?;
        Ok(written
            .filter(|version| known.iter().any(|(known, _)| known == version))
            .unwrap_or(0)
            .max(row.form_version))
    }

    /// Approved, and nothing written since.
    fn is_untouched(&self, row: &RecordRow, record: &mut Record) -> Result<bool, DeviceError> {
        if !state::is_approved(&row.state) || row.unsent > 0 {
            return Ok(false);
        }
        let reviews = people::reviews(self.store.read(), row.id)?;
        let approved = reviews.iter().rev().find(|review| state::is_approved(&review.decision));
        Ok(approved.is_none_or(|approved| approved.heads == record.heads()))
    }

    /// What a new version of its form means for a record, without opening it.
    pub fn version_standing(&self, row: &RecordRow) -> Result<VersionStanding, DeviceError> {
        if !matches!(row.state.as_str(), state::DRAFT | state::SENT_BACK) || row.discarded {
            return Ok(VersionStanding::Current);
        }
        let versions = people::versions(self.store.read(), &row.form)?;
        let opened = match self.opened_from(row, row.form_version, &versions) {
            Ok(opened) => opened,
            Err(DeviceError::UnknownForm { .. } | DeviceError::FormUnusable { .. }) => {
                return Ok(VersionStanding::Current);
            }
            Err(error) => return Err(error),
        };
        Ok(match (opened.notice, opened.pinned) {
            (Some(notice), _) if !self.was_noticed(row.id, notice.to)? => VersionStanding::Changed(notice),
            (_, Some(newest)) => VersionStanding::Pinned { version: opened.form.manifest().version, newest },
            _ => VersionStanding::Current,
        })
    }

    pub(crate) fn was_noticed(&self, id: RecordId, version: u32) -> Result<bool, StoreError> {
        Ok(meta::get::<i64>(self.store.read(), &noticed(id, version))?.is_some())
    }

    /// Notes that the person was told.
    pub(crate) fn set_noticed(&mut self, id: RecordId, version: u32) -> Result<(), StoreError> {
        self.store.write(|tx| meta::set(tx, &noticed(id, version), 1_i64))
    }

    /// A record as it reads under a version of its form, without writing anything: a pinned record under a newer
    /// version, say.
    ///
    /// # Errors
    /// [`DeviceError::UnknownRecord`], and those of [`Device::form`].
    pub fn read_under(&mut self, id: RecordId, version: u32) -> Result<doorstep_forms::Answers, DeviceError> {
        let id = self.canonical(id)?;
        let row = self.row(id)?;
        let form = self.form(&row.form, version)?;
        let mut record = self.open_record(id)?;
        Ok(super::lensed::read_now(&form, &mut record).answers)
    }
}
