//! What the log says of a record that is to be seen as flags: moves that could not be made, a place that is no more.

use rusqlite::Connection;

use crate::reconcile::flag::{Flag, FlagKind};

/// The newest move of each record that was decided on. What was taken back without going back stands until the state is
/// moved again, by whatever record.
const REFUSED: &str = "SELECT own.verdict, own.answer, own.was, own.value, own.target IS ?1 FROM status_move AS own \
     WHERE (own.source = ?1 OR own.target = ?1) \
       AND own.num = (SELECT max(num) FROM status_move WHERE source = own.source) \
       AND own.verdict IN ('not_allowed', 'no_record', 'different_answers', 'withdrawn') \
       AND NOT (own.verdict = 'withdrawn' AND EXISTS (SELECT 1 FROM status_move AS later \
         WHERE later.target = own.target AND later.num > own.num AND later.verdict IN ('moved', 'taken_back'))) \
     ORDER BY own.num";

const ENDED: &str = "SELECT DISTINCT area.code FROM record JOIN area ON area.num = record.area \
     JOIN area_succession ON area_succession.area = area.num WHERE record.num = ?1";

/// The flags of a record.
pub(crate) fn list(conn: &Connection, num: i64) -> rusqlite::Result<Vec<Flag>> {
    let mut flags = refused_moves(conn, num)?;
    let mut ended = conn.prepare_cached(ENDED)?;
    let areas = ended.query_map([num], |row| row.get::<_, String>(0))?;
    for area in areas {
        flags.push(Flag::at(FlagKind::AreaEnded, area?, ""));
    }
    Ok(flags)
}

fn refused_moves(conn: &Connection, num: i64) -> rusqlite::Result<Vec<Flag>> {
    conn.prepare_cached(REFUSED)?
        .query_map([num], |row| {
            let (verdict, answer): (String, String) = (row.get(0)?, row.get(1)?);
            let (was, value): (Option<String>, String) = (row.get(2)?, row.get(3)?);
            let path = if row.get(4)? { answer } else { String::new() };
            let detail = format!("{} → {value}", was.unwrap_or_default());
            Ok(Flag { detail, ..Flag::at(FlagKind::MoveRefused, verdict, path) })
        })?
        .collect()
}
