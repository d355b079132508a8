//! Flags of the checks over several records, and what was approved before.

use std::collections::BTreeSet;

use doorstep_records::{Record, RecordId};
use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value};

use super::SqliteStore;
use super::review::cases::case_load;
use super::rows::record_id;
use crate::reconcile::flag::{Flag, FlagKind};
use crate::reconcile::rulebook::Rulebook;
use crate::store::StoreError;
use crate::store::checks::Checks;

const NUMBER: &str = "SELECT num FROM record WHERE id = ?1 AND (SELECT count(*) FROM review WHERE review.record = record.num) > 1";
const STANDING: &str = "SELECT record.id, flag.key, flag.path, flag.detail FROM flag \
     JOIN record ON record.num = flag.record WHERE flag.kind = ?1";
const PUT: &str = "INSERT INTO flag (record, kind, key, path, detail) \
     SELECT num, ?2, ?3, ?4, ?5 FROM record WHERE id = ?1 \
     ON CONFLICT (record, kind, key, path) DO UPDATE SET detail = excluded.detail";
const DROP: &str = "DELETE FROM flag WHERE kind = ?2 AND key = ?3 AND path = ?4 \
     AND record = (SELECT num FROM record WHERE id = ?1)";

impl Checks for SqliteStore {
    fn check_earlier(&self, record: RecordId) -> Result<Vec<Map<String, Value>>, StoreError> {
        let damaged = |_| StoreError::Damaged("a document that was approved does not open");
        self.read(|conn| {
            let num: Option<i64> =
                conn.prepare_cached(NUMBER)?.query_row([record.to_bytes()], |row| row.get(0)).optional()?;
            let Some(num) = num else { return Ok(Vec::new()) };
            let Some(loaded) = case_load(conn, num)? else { return Ok(Vec::new()) };
            let case = loaded.case;
            let mut document: Record = case.open().map_err(damaged)?;
            let before = case.approvals.len().saturating_sub(1);
            let mut earlier = Vec::with_capacity(before);
            for approval in &case.approvals[..before] {
                let version = case.judging_version(&mut document, &approval.heads);
                let form = self.inner.forms.get(conn, &case.form, version)?;
                let reading = case
                    .settled_at(&mut document, &approval.heads, form.as_ref().and_then(|form| form.lens()))
                    .map_err(|_| StoreError::Damaged("an approval names heads the document lacks"))?;
                earlier.push(reading.answers.into_iter().collect());
            }
            Ok(earlier)
        })
    }

    fn check_flags_replace(&self, flags: &[(RecordId, Flag)]) -> Result<(), StoreError> {
        let wanted: BTreeSet<(RecordId, Flag)> = flags.iter().cloned().collect();
        self.write(move |conn| {
            let kind = FlagKind::CrossCheck.name();
            let standing: BTreeSet<(RecordId, Flag)> = conn
                .prepare_cached(STANDING)?
                .query_map([kind], |row| {
                    let flag = Flag {
                        kind: FlagKind::CrossCheck,
                        key: row.get(1)?,
                        path: row.get(2)?,
                        detail: row.get(3)?,
                    };
                    Ok((record_id(row, 0)?, flag))
                })?
                .collect::<Result<_, _>>()?;
            let mut drop = conn.prepare_cached(DROP)?;
            for (record, flag) in standing.difference(&wanted) {
                drop.execute(params![record.to_bytes(), kind, flag.key, flag.path])?;
            }
            let mut put = conn.prepare_cached(PUT)?;
            for (record, flag) in wanted.difference(&standing) {
                put.execute(params![record.to_bytes(), kind, flag.key, flag.path, flag.detail])?;
            }
            Ok(())
        })
    }
}
