//! Published form versions in SQLite.

use doorstep_forms::{FormHash, FormPackage};
use rusqlite::{Connection, OptionalExtension, params};

use crate::publish::Published;
use crate::store::forms::FormView;

const VERSIONS: &str = "SELECT version, hash FROM form_version WHERE form = ?1 ORDER BY version";
const LIST: &str = "SELECT form, version, hash, open, published_ms FROM form_version ORDER BY form, version";
const PACKAGE: &str = "SELECT package FROM form_version WHERE form = ?1 AND version = ?2";
const INSERT: &str = "INSERT INTO form_version (form, version, hash, package, open, published_ms) \
     VALUES (?1, ?2, ?3, ?4, 1, ?5)";

/// The versions of a form.
pub(crate) fn form_versions(conn: &Connection, form: &str) -> rusqlite::Result<Vec<Published>> {
    let mut statement = conn.prepare_cached(VERSIONS)?;
    let rows = statement.query_map([form], |row| {
        Ok(Published { version: row.get(0)?, hash: FormHash::from_bytes(row.get(1)?) })
    })?;
    rows.collect()
}

/// All published versions.
pub(crate) fn form_list(conn: &Connection) -> rusqlite::Result<Vec<FormView>> {
    let mut statement = conn.prepare_cached(LIST)?;
    let rows = statement.query_map([], |row| {
        Ok(FormView {
            form: row.get(0)?,
            version: row.get(1)?,
            hash: FormHash::from_bytes(row.get(2)?).to_string(),
            open: row.get(3)?,
            published_ms: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// The package of a version, as the forms crate encodes it.
pub(crate) fn form_package(conn: &Connection, form: &str, version: u32) -> rusqlite::Result<Option<Vec<u8>>> {
    conn.query_row(PACKAGE, params![form, version], |row| row.get(0)).optional()
}

/// Writes a published version.
pub(crate) fn form_write(
    conn: &Connection,
    package: &FormPackage,
    bytes: &[u8],
    published_ms: i64,
) -> rusqlite::Result<()> {
    conn.execute(
        INSERT,
        params![package.id(), package.version(), package.hash().as_bytes(), bytes, published_ms],
    )?;
    Ok(())
}
