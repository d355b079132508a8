//! A form version was closed to new records, or opened to them again.

use rusqlite::{Connection, params};

use crate::log::feed;
use crate::store::StoreError;

const SET: &str = "UPDATE form_version SET open = ?3, closed_ms = ?4 WHERE form = ?1 AND version = ?2";
const SET_TRIAL: &str = "UPDATE form_trial SET open = ?3 WHERE form = ?1 AND version = ?2";

pub(super) fn apply(
    tx: &Connection,
    at_ms: i64,
    form: &str,
    version: u32,
    open: bool,
) -> Result<(), StoreError> {
    let closed_ms = (!open).then_some(at_ms);
    // A number that is published is no test any more, whatever was tried under it.
    if tx.execute(SET, params![form, version, open, closed_ms])? == 0 {
        tx.execute(SET_TRIAL, params![form, version, open])?;
    }
    feed::form(tx, form, version)?;
    Ok(())
}
