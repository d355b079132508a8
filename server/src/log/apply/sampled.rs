//! Samples drawn, and households of them replaced.

use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::log::{SampleDrawnEntry, SampleReplacedEntry};
use crate::samples::model::UnitState;
use crate::store::StoreError;

const SAMPLE: &str = "INSERT INTO sample (id, name, form, check_form, area, filter, strata, asked, seed, as_of_ms, base, \
       base_sha256, by_name, at_ms) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const STRATUM: &str = "INSERT INTO sample_stratum (sample, key, base, drawn) VALUES (?1, ?2, ?3, ?4)";
const UNIT: &str =
    "INSERT INTO sample_unit (sample, record, stratum, place, state) VALUES (?1, ?2, ?3, ?4, ?5)";
const FIND: &str = "SELECT num FROM sample WHERE id = ?1";
const REPLACED: &str = "UPDATE sample_unit SET state = 'replaced', reason = ?3, by_name = ?4, at_ms = ?5 \
     WHERE sample = ?1 AND record = ?2";
const IN_PLACE: &str =
    "UPDATE sample_unit SET state = 'drawn', stands_for = ?3 WHERE sample = ?1 AND record = ?2";

pub(super) fn drawn(tx: &Connection, at_ms: i64, entry: &SampleDrawnEntry) -> Result<(), StoreError> {
    tx.prepare_cached(SAMPLE)?.execute(params![
        entry.id.to_bytes(),
        entry.name,
        entry.register,
        entry.check,
        entry.area,
        entry.filter.name(),
        entry.by_stratum.name(),
        entry.asked,
        // Any 64 bits; read back the same way.
        entry.seed.cast_signed(),
        entry.as_of_ms,
        entry.base,
        entry.base_sha256.as_slice(),
        entry.by.name,
        at_ms
    ])?;
    let sample = tx.last_insert_rowid();
    for stratum in &entry.strata {
        let count = i64::try_from(stratum.drawn.len()).unwrap_or(i64::MAX);
        tx.prepare_cached(STRATUM)?.execute(params![sample, stratum.key, stratum.base, count])?;
        let drawn = stratum.drawn.iter().map(|record| (record, UnitState::Drawn));
        let reserve = stratum.reserve.iter().map(|record| (record, UnitState::Reserve));
        for (place, (record, state)) in (0_i64..).zip(drawn.chain(reserve)) {
            let args = params![sample, record.to_bytes(), stratum.key, place, state.name()];
            tx.prepare_cached(UNIT)?.execute(args)?;
        }
    }
    Ok(())
}

pub(super) fn replaced(tx: &Connection, at_ms: i64, entry: &SampleReplacedEntry) -> Result<(), StoreError> {
    let Some(sample) = find(tx, entry.sample)? else { return Ok(()) };
    let (record, instead): (&RecordId, &RecordId) = (&entry.record, &entry.by_record);
    let args = params![sample, record.to_bytes(), entry.reason, entry.by.name, at_ms];
    tx.prepare_cached(REPLACED)?.execute(args)?;
    tx.prepare_cached(IN_PLACE)?.execute(params![sample, instead.to_bytes(), record.to_bytes()])?;
    Ok(())
}

fn find(tx: &Connection, id: ObjectId) -> Result<Option<i64>, StoreError> {
    Ok(tx.prepare_cached(FIND)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?)
}
