//! A form version was published.

use doorstep_forms::FormPackage;
use rusqlite::{Connection, params};

use crate::log::feed;
use crate::store::StoreError;

const INSERT: &str = "INSERT INTO form_version (form, version, hash, package, open, published_ms) \
     VALUES (?1, ?2, ?3, ?4, 1, ?5)";
const DIRTY: &str = "UPDATE record SET dirty = 1 WHERE form = ?1";

pub(super) fn apply(tx: &Connection, at_ms: i64, package: &[u8]) -> Result<(), StoreError> {
    let read =
        FormPackage::from_bytes(package).map_err(|_| StoreError::Damaged("a form package in the log"))?;
    let hash = read.hash().to_string();
    tx.execute(INSERT, params![read.id(), read.version(), hash.as_bytes(), package, at_ms])?;
    tx.execute(DIRTY, [read.id()])?;
    feed::form(tx, read.id(), read.version())?;
    Ok(())
}
