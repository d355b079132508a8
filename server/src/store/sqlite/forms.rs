//! Form versions: publishing and reading packages.

use doorstep_forms::{FormHash, FormPackage};
use doorstep_protocol::ProblemKind;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_bytes::ByteBuf;

use super::SqliteStore;
use crate::language::Said;
use crate::log::{self, By, LogEntry};
use crate::publish::{self, PublishError, Published, Step};
use crate::store::forms::{FormView, Forms, PublishedForm};
use crate::store::{Scope, StoreError};

const VERSIONS: &str = "SELECT version, hash FROM form_version WHERE form = ?1 ORDER BY version";
const LIST: &str =
    "SELECT form, version, hash, open, published_ms, by_name FROM form_version ORDER BY form, version";
const PACKAGE: &str = "SELECT package FROM form_version WHERE form = ?1 AND version = ?2";

impl Forms for SqliteStore {
    fn form_list(&self, scope: &Scope) -> Result<Vec<FormView>, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(LIST)?;
            let forms = statement.query_map([], form_row)?.collect::<Result<Vec<_>, _>>()?;
            Ok(forms.into_iter().filter(|form| scope.covers_form(&form.form)).collect())
        })
    }

    fn form_package(&self, scope: &Scope, form: &str, version: u32) -> Result<FormPackage, StoreError> {
        if !scope.covers_form(form) {
            return Err(StoreError::NotFound);
        }
        let bytes: Option<Vec<u8>> = self.read(|conn| {
            Ok(conn.query_row(PACKAGE, params![form, version], |row| row.get(0)).optional()?)
        })?;
        FormPackage::from_bytes(&bytes.ok_or(StoreError::NotFound)?)
            .map_err(|_| StoreError::Damaged("a published form package"))
    }

    fn form_publish(
        &self,
        scope: &Scope,
        package: &FormPackage,
        now_ms: i64,
    ) -> Result<PublishedForm, StoreError> {
        let (form, version, hash) = (package.id().to_owned(), package.version(), package.hash());
        if !scope.covers_form(&form) {
            return Err(StoreError::refused(ProblemKind::NotAllowed));
        }
        let (bytes, by) = (ByteBuf::from(package.to_bytes()), By::from(scope));
        self.write(move |conn| {
            let step = publish::place(version, hash, &versions(conn, &form)?).map_err(refused)?;
            if step == Step::New {
                log::commit(conn, now_ms, &LogEntry::FormPublished { package: bytes, by })?;
            }
            Ok(PublishedForm { form, version, hash: hash.to_string(), already: step == Step::Already })
        })
    }
}

pub(super) fn refused(error: PublishError) -> StoreError {
    let said = match error {
        PublishError::Taken(version) => Said::new(
            format!(
                "Version {version} is published with other content, and a published version never changes. \
                 Give the package the next version number."
            ),
            format!("第 {version} 版已发布且内容不同；已发布的版本不可更改，请使用新的版本号。"),
        ),
        PublishError::Older(version) => Said::new(
            format!("Version {version} is published already. Give the package a higher version number."),
            format!("第 {version} 版已发布，请使用更高的版本号。"),
        ),
    };
    StoreError::Refused(ProblemKind::Conflict, Some(said))
}

pub(super) fn versions(conn: &Connection, form: &str) -> Result<Vec<Published>, StoreError> {
    let mut statement = conn.prepare_cached(VERSIONS)?;
    let rows =
        statement.query_map([form], |row| Ok(Published { version: row.get(0)?, hash: hash(row, 1)? }))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}

fn form_row(row: &Row<'_>) -> rusqlite::Result<FormView> {
    Ok(FormView {
        form: row.get(0)?,
        version: row.get(1)?,
        hash: hash(row, 2)?.to_string(),
        open: row.get(3)?,
        published_ms: row.get(4)?,
        by: row.get(5)?,
    })
}

/// A content hash: stored as its hexadecimal text.
pub(super) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<FormHash> {
    let bytes: Vec<u8> = row.get(column)?;
    String::from_utf8_lossy(&bytes).parse().map_err(|error: doorstep_forms::BadFormHash| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, error.to_string().into())
    })
}
