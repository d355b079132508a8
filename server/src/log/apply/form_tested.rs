//! A form version goes to chosen devices as a test.

use doorstep_forms::FormPackage;
use doorstep_protocol::DeviceId;
use rusqlite::{Connection, params};

use crate::log::By;
use crate::log::feed;
use crate::store::StoreError;

const PUT: &str = "INSERT INTO form_trial (form, version, hash, package, open, begun_ms, by_name) \
     VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6) ON CONFLICT (form, version) DO UPDATE SET hash = excluded.hash, \
       package = excluded.package, open = 1, begun_ms = excluded.begun_ms, by_name = excluded.by_name";
const UNCHOOSE: &str = "UPDATE form_trial_device SET chosen = 0 WHERE form = ?1 AND version = ?2";
const CHOOSE: &str = "INSERT INTO form_trial_device (device, form, version, chosen) VALUES (?1, ?2, ?3, 1) \
     ON CONFLICT (device, form, version) DO UPDATE SET chosen = 1";
/// Records filled under an earlier content of the same number are read under the new one.
const DIRTY: &str = "UPDATE record SET dirty = 1 WHERE form = ?1 AND test = 1";

pub(super) fn apply(
    tx: &Connection,
    at_ms: i64,
    package: &[u8],
    devices: &[DeviceId],
    by: &By,
) -> Result<(), StoreError> {
    let read =
        FormPackage::from_bytes(package).map_err(|_| StoreError::Damaged("a form package in the log"))?;
    let (form, version, hash) = (read.id(), read.version(), read.hash().to_string());
    tx.execute(PUT, params![form, version, hash.as_bytes(), package, at_ms, by.name])?;
    tx.execute(UNCHOOSE, params![form, version])?;
    for device in devices {
        tx.prepare_cached(CHOOSE)?.execute(params![device.to_bytes(), form, version])?;
    }
    tx.execute(DIRTY, [form])?;
    feed::form(tx, form, version)?;
    Ok(())
}
