//! Areas ended, and what lay in them lies in others from a day on.

use doorstep_plant::{Plant, is as planted};
use rusqlite::{Connection, OptionalExtension, params};

use super::{area_applied, touch};
use crate::areas::Succession;
use crate::areas::succession::day_before;
use crate::log::feed;
use crate::store::StoreError;

const AREA: &str = "SELECT num FROM area WHERE code = ?1";
const SUCCEED: &str = "INSERT INTO area_succession (area, successor, on_day) VALUES (?1, ?2, ?3) \
     ON CONFLICT (area, successor) DO UPDATE SET on_day = excluded.on_day";
const END: &str = "UPDATE area SET valid_to = ?2 WHERE num = ?1";
const LYING_THERE: &str = "SELECT num FROM record WHERE area = ?1 ORDER BY num";
const ONLY: &str =
    "SELECT min(successor) FROM area_succession WHERE area = ?1 GROUP BY area HAVING count(*) = 1";

pub(super) fn apply(
    tx: &Connection,
    seq: i64,
    at_ms: i64,
    successions: &[Succession],
    on: &str,
) -> Result<(), StoreError> {
    let mut ended = Vec::new();
    for Succession { from, to } in successions {
        let (area, successor) = (num(tx, from)?, num(tx, to)?);
        tx.prepare_cached(SUCCEED)?.execute(params![area, successor, on])?;
        if !ended.contains(&area) {
            ended.push(area);
        }
    }
    let last_day = day_before(on).ok_or(StoreError::Damaged("an entry of the log names no day"))?;
    for area in &ended {
        super::areas_imported::remember(tx, *area, at_ms)?;
        tx.prepare_cached(END)?.execute(params![area, last_day])?;
        feed::area(tx, *area)?;
    }
    // After all of them are known: an area may be divided by several lines, or be followed by one that ends as well.
    for area in ended {
        let records: Vec<i64> =
            tx.prepare_cached(LYING_THERE)?.query_map([area], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let place = successor_of(tx, area)?.filter(|_| !planted(Plant::SuccessorForgotten));
        for record in records {
            match place {
                Some(place) => area_applied::place(tx, seq, record, place)?,
                None => touch(tx, record, seq)?,
            }
        }
    }
    Ok(())
}

fn num(tx: &Connection, code: &str) -> Result<i64, StoreError> {
    tx.prepare_cached(AREA)?
        .query_row([code], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Damaged("an entry of the log names an area that does not exist"))
}

/// Where what is placed in an area lies today: the last of the areas that follow one another; none when the area has no
/// successor. Where one was divided the way ends, because only a person knows on which side a household lies.
pub(super) fn successor_of(tx: &Connection, area: i64) -> Result<Option<i64>, StoreError> {
    let mut place = None;
    let mut statement = tx.prepare_cached(ONLY)?;
    let mut passed = vec![area];
    while let Some(next) =
        statement.query_row([place.unwrap_or(area)], |row| row.get::<_, i64>(0)).optional()?
    {
        // Circles are refused before they reach the log; a replay must end whatever stands there.
        if passed.contains(&next) {
            break;
        }
        passed.push(next);
        place = Some(next);
    }
    Ok(place)
}
