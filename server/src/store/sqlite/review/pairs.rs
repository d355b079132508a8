//! Pairs of records that may be one, and merging them.

use doorstep_plant::{Plant, is as planted};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::judged::{ordered, suspect_drop};
use super::stood::alias_moves;
use super::within::Conditions;
use crate::duplicates::model::{Pair, PairState};
use crate::store::Scope;
use crate::store::sqlite::rows::{record_id, record_id_opt};

const LIST: &str = "SELECT duplicate.a, duplicate.b FROM duplicate \
     JOIN record AS one ON one.id = duplicate.a LEFT JOIN area AS one_area ON one_area.num = one.area \
     JOIN record AS two ON two.id = duplicate.b LEFT JOIN area AS two_area ON two_area.num = two.area";
const SHARED: &str = "SELECT own.row, theirs.row FROM person_key AS own \
     JOIN person_key AS theirs ON theirs.key = own.key \
     WHERE own.record = (SELECT num FROM record WHERE id = ?1) \
       AND theirs.record = (SELECT num FROM record WHERE id = ?2) ORDER BY own.row, theirs.row";
const STATE: &str = "SELECT state FROM duplicate WHERE a = ?1 AND b = ?2";
const PUT: &str = "INSERT INTO duplicate (a, b, kind, state) VALUES (?1, ?2, 'told', ?3) \
     ON CONFLICT (a, b) DO UPDATE SET state = ?3";
const RENAMED: &str = "SELECT num FROM record WHERE id = ?1 OR alias_of = ?1 ORDER BY num";
const STANDS_FOR: &str = "SELECT alias_of FROM record WHERE id = ?1";
const UNALIAS: &str = "UPDATE record SET alias_of = NULL WHERE id = ?1";
const ALIAS: &str = "UPDATE record SET alias_of = ?2 WHERE id = ?1 OR alias_of = ?1";
/// The two, everything merged into them, and everything about what is merged away.
const TOUCH: &str = "UPDATE record SET dirty = 1, changed_seq = ?3 \
     WHERE id = ?1 OR id = ?2 OR alias_of = ?2 \
       OR subject IN (SELECT id FROM record WHERE id = ?1 OR alias_of = ?2)";

/// The pairs of a state whose both records lie inside a scope.
pub(crate) fn pair_list(
    conn: &Connection,
    scope: &Scope,
    state: PairState,
    limit: u32,
) -> rusqlite::Result<Vec<Pair>> {
    let mut conditions = Conditions::default();
    if !planted(Plant::PairsUnscoped) {
        conditions.within(scope, "one_area.path", "one.form");
        conditions.within(scope, "two_area.path", "two.form");
    }
    conditions.and("duplicate.state = ?", vec![Box::new(state.name())]);
    let sql = format!("{LIST} WHERE {} ORDER BY duplicate.a, duplicate.b LIMIT {limit}", conditions.sql());
    let mut statement = conn.prepare(&sql)?;
    let mut pairs: Vec<Pair> = statement
        .query_map(params_from_iter(conditions.args()), |row| {
            let (a, b) = (record_id(row, 0)?, record_id(row, 1)?);
            Ok(Pair { a, b, state, shared: Vec::new() })
        })?
        .collect::<Result<_, _>>()?;
    let mut shared = conn.prepare_cached(SHARED)?;
    for pair in &mut pairs {
        let args = params![pair.a.to_bytes(), pair.b.to_bytes()];
        pair.shared =
            shared.query_map(args, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    }
    Ok(pairs)
}

/// What was said about a pair, if anything.
pub(crate) fn pair_state(
    conn: &Connection,
    one: RecordId,
    other: RecordId,
) -> rusqlite::Result<Option<PairState>> {
    let (a, b) = ordered(one, other);
    let name: Option<String> =
        conn.query_row(STATE, params![a.to_bytes(), b.to_bytes()], |row| row.get(0)).optional()?;
    Ok(name.and_then(|name| PairState::from_name(&name)))
}

/// Makes `alias`, and all that was merged into it, other names of `canonical`, and marks all that is read differently
/// from now on. Answers the numbers of the records renamed.
pub(crate) fn pair_merge(
    conn: &Connection,
    canonical: RecordId,
    alias: RecordId,
    seq: i64,
) -> rusqlite::Result<Vec<i64>> {
    let (alias_id, canonical_id) = (alias.to_bytes(), canonical.to_bytes());
    let renamed = conn
        .prepare_cached(RENAMED)?
        .query_map([alias_id], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    alias_moves(conn, alias, Some(canonical), seq)?;
    conn.prepare_cached(ALIAS)?.execute(params![alias_id, canonical_id])?;
    conn.prepare_cached(TOUCH)?.execute(params![alias_id, canonical_id, seq])?;
    pair_put(conn, canonical, alias, PairState::Merged)?;
    Ok(renamed)
}

/// Lets a merged record stand for itself again; answers its number.
pub(crate) fn pair_unmerge(conn: &Connection, alias: RecordId, seq: i64) -> rusqlite::Result<Vec<i64>> {
    let id = alias.to_bytes();
    let standing: Option<RecordId> =
        conn.prepare_cached(STANDS_FOR)?.query_row([id], |row| record_id_opt(row, 0)).optional()?.flatten();
    let Some(canonical) = standing else { return Ok(Vec::new()) };
    conn.prepare_cached(TOUCH)?.execute(params![id, canonical.to_bytes(), seq])?;
    alias_moves(conn, alias, None, seq)?;
    conn.prepare_cached(UNALIAS)?.execute([id])?;
    pair_put(conn, canonical, alias, PairState::Dismissed)?;
    conn.prepare_cached(RENAMED)?.query_map([id], |row| row.get(0))?.collect()
}

/// Two records that are not one, whatever their numbers say.
pub(crate) fn pair_dismiss(conn: &Connection, one: RecordId, other: RecordId) -> rusqlite::Result<()> {
    pair_put(conn, one, other, PairState::Dismissed)
}

fn pair_put(conn: &Connection, one: RecordId, other: RecordId, state: PairState) -> rusqlite::Result<()> {
    let (a, b) = ordered(one, other);
    conn.prepare_cached(PUT)?.execute(params![a.to_bytes(), b.to_bytes(), state.name()])?;
    suspect_drop(conn, a, b)?;
    suspect_drop(conn, b, a)
}
