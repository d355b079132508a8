//! A form version was published.

use doorstep_forms::FormPackage;
use rusqlite::{Connection, params};

use crate::log::By;
use crate::log::feed;
use crate::store::StoreError;

const INSERT: &str = "INSERT INTO form_version (form, version, hash, package, open, published_ms, by_name) \
     VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)";
const DIRTY: &str = "UPDATE record SET dirty = 1 WHERE form = ?1";
const OLD_TRIALS: &str =
    "SELECT version FROM form_trial WHERE form = ?1 AND version <= ?2 AND open = 1 ORDER BY version";
const END_TRIAL: &str = "UPDATE form_trial SET open = 0 WHERE form = ?1 AND version = ?2";

pub(super) fn apply(tx: &Connection, at_ms: i64, package: &[u8], by: &By) -> Result<(), StoreError> {
    let read =
        FormPackage::from_bytes(package).map_err(|_| StoreError::Damaged("a form package in the log"))?;
    let (form, version, hash) = (read.id(), read.version(), read.hash().to_string());
    tx.execute(INSERT, params![form, version, hash.as_bytes(), package, at_ms, by.name])?;
    tx.execute(DIRTY, [form])?;
    end_trials(tx, form, version)?;
    feed::form(tx, form, version)?;
    Ok(())
}

/// What was tried up to this version has ended; the devices of the tests are told.
fn end_trials(tx: &Connection, form: &str, version: u32) -> Result<(), StoreError> {
    let ended: Vec<u32> = tx
        .prepare_cached(OLD_TRIALS)?
        .query_map(params![form, version], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for trial in ended {
        tx.execute(END_TRIAL, params![form, trial])?;
        if trial != version {
            feed::form(tx, form, trial)?;
        }
    }
    Ok(())
}
