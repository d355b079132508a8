//! Pairs of records that may be one, and merging them.

use doorstep_plant::{Plant, is as planted};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::stood::alias_moves;
use super::suspects::{ordered, suspect_drop};
use super::within::Conditions;
use crate::duplicates::model::{Crowd, Match, Pair, PairKind, PairState, Told};
use crate::store::Scope;
use crate::store::sqlite::persons::{crowds, people_between};
use crate::store::sqlite::rows::{record_id, record_id_opt};

const LIST: &str = "SELECT duplicate.a, duplicate.b, one.num, two.num, one.label, two.label FROM duplicate \
     JOIN record AS one ON one.id = duplicate.a LEFT JOIN area AS one_area ON one_area.num = one.area \
     JOIN record AS two ON two.id = duplicate.b LEFT JOIN area AS two_area ON two_area.num = two.area";
/// What follows a pair in a list. One that is no pair any more stood before the candidates, or is met again.
const AFTER: &str = "(duplicate.kind = 'candidate', duplicate.a, duplicate.b) > \
     (coalesce((SELECT kind = 'candidate' FROM duplicate WHERE a = ? AND b = ?), 0), ?, ?)";
const SHARED: &str = "SELECT own.row, theirs.row FROM person_key AS own \
     JOIN person_key AS theirs ON theirs.key = own.key \
     WHERE own.record = (SELECT num FROM record WHERE id = ?1) \
       AND theirs.record = (SELECT num FROM record WHERE id = ?2) ORDER BY own.row, theirs.row";
const STATE: &str = "SELECT state FROM duplicate WHERE a = ?1 AND b = ?2";
/// What was decided is kept alike whether or not reconcile had found the pair before; the kind is read from what stands in
/// both records now.
const PUT: &str = "INSERT INTO duplicate (a, b, kind, state) VALUES (?1, ?2, 'told', ?3) \
     ON CONFLICT (a, b) DO UPDATE SET state = ?3, kind = 'told'";
const RENAMED: &str = "SELECT num FROM record WHERE id = ?1 OR alias_of = ?1 ORDER BY num";
const STANDS_FOR: &str = "SELECT alias_of FROM record WHERE id = ?1";
const UNALIAS: &str = "UPDATE record SET alias_of = NULL WHERE id = ?1";
const ALIAS: &str = "UPDATE record SET alias_of = ?2 WHERE id = ?1 OR alias_of = ?1";
/// The two, everything merged into them, and everything about what is merged away.
const TOUCH: &str = "UPDATE record SET dirty = 1, changed_seq = ?3 \
     WHERE id = ?1 OR id = ?2 OR alias_of = ?2 \
       OR subject IN (SELECT id FROM record WHERE id = ?1 OR alias_of = ?2)";

/// The pairs of a state whose both records lie inside a scope; candidates come last.
pub(crate) fn pair_list(
    conn: &Connection,
    scope: &Scope,
    state: PairState,
    after: Option<(RecordId, RecordId)>,
    limit: u32,
) -> rusqlite::Result<Vec<Pair>> {
    let mut conditions = Conditions::default();
    if !planted(Plant::PairsUnscoped) {
        conditions.within(scope, "one_area.path", "one.form");
        conditions.within(scope, "two_area.path", "two.form");
    }
    conditions.and("duplicate.state = ?", vec![Box::new(state.name())]);
    if let Some((a, b)) = after {
        let (a, b) = (a.to_bytes(), b.to_bytes());
        conditions.and(AFTER, vec![Box::new(a), Box::new(b), Box::new(a), Box::new(b)]);
    }
    let order = "duplicate.kind = 'candidate', duplicate.a, duplicate.b";
    let sql = format!("{LIST} WHERE {} ORDER BY {order} LIMIT {limit}", conditions.sql());
    let mut statement = conn.prepare(&sql)?;
    let mut pairs: Vec<(Pair, i64, i64)> = statement
        .query_map(params_from_iter(conditions.args()), |row| {
            let pair = Pair {
                a: record_id(row, 0)?,
                b: record_id(row, 1)?,
                labels: (row.get(4)?, row.get(5)?),
                kind: PairKind::Told,
                state,
                shared: Vec::new(),
                evidence: Vec::new(),
            };
            Ok((pair, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut shared = conn.prepare_cached(SHARED)?;
    for (pair, one, two) in &mut pairs {
        pair.evidence = evidence(conn, *one, *two)?;
        let args = params![pair.a.to_bytes(), pair.b.to_bytes()];
        pair.shared =
            shared.query_map(args, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        pair.kind = match (pair.shared.is_empty(), pair.evidence.is_empty()) {
            (false, _) => PairKind::Certain,
            (true, false) => PairKind::Candidate,
            (true, true) => PairKind::Told,
        };
    }
    Ok(pairs.into_iter().map(|(pair, ..)| pair).collect())
}

/// Which people may be one, and what speaks for it and against.
fn evidence(conn: &Connection, one: i64, two: i64) -> rusqlite::Result<Vec<Match>> {
    let alike = people_between(conn, one, two)?;
    let told = alike.into_iter().map(|(a, b, compared)| Match {
        a: a.person.row,
        b: b.person.row,
        reasons: compared.reasons.into_iter().map(Told::from).collect(),
        score: compared.score,
    });
    Ok(told.collect())
}

/// Groups of people too large to be compared with each other, as far as they have anybody inside a scope.
pub(crate) fn crowd_list(conn: &Connection, scope: &Scope) -> rusqlite::Result<Vec<Crowd>> {
    let mut conditions = Conditions::default();
    conditions.within(scope, "area.path", "record.form");
    crowds(conn, &conditions.sql(), &conditions.args())
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
