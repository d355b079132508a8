//! What was touched since somebody last looked, inside a scope.

use rusqlite::{Connection, ToSql, params_from_iter};

use super::lines::seen;
use crate::review::model::{Place, RecordChanges};
use crate::store::Scope;
use crate::store::sqlite::rows::record_id;

const NOW: &str =
    "SELECT (SELECT coalesce(max(seq), 0) FROM feed), (SELECT value FROM meta WHERE key = 'row_seq')";
const TOUCHED: &str = "WITH touched (num) AS ( \
       SELECT record FROM feed WHERE seq > ? AND seq <= ? AND record IS NOT NULL \
       UNION SELECT num FROM record WHERE row_seq > ? AND row_seq <= ?) \
     SELECT record.id FROM touched JOIN record ON record.num = touched.num \
     LEFT JOIN area ON area.num = record.area";

/// Records touched after a place, and the place of now.
pub(crate) fn record_changes(
    conn: &Connection,
    scope: &Scope,
    after: Option<Place>,
    limit: u32,
) -> rusqlite::Result<RecordChanges> {
    let place = conn
        .prepare_cached(NOW)?
        .query_row([], |row| Ok(Place { feed: row.get(0)?, rows: i64::from_be_bytes(row.get(1)?) }))?;
    let Some(after) = after.filter(|after| *after != place) else {
        return Ok(RecordChanges { place, ..RecordChanges::default() });
    };
    let conditions = seen(scope);
    let between: [&dyn ToSql; 4] = [&after.feed, &place.feed, &after.rows, &place.rows];
    let args = between.into_iter().chain(conditions.args());
    let sql = format!("{TOUCHED} WHERE {} LIMIT {}", conditions.sql(), u64::from(limit) + 1);
    let mut records: Vec<_> = conn
        .prepare_cached(&sql)?
        .query_map(params_from_iter(args), |row| record_id(row, 0))?
        .collect::<Result<_, _>>()?;
    let more = records.len() > limit as usize;
    records.truncate(limit as usize);
    Ok(RecordChanges { place, records, more })
}
