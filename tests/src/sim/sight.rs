//! What a person may know of, worked out from grants, areas, submissions and work given alone, and not by the server's own
//! rules.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_protocol::UserId;
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use rusqlite::Connection;

use super::Trouble;

const RECORDS: &str = "SELECT record.id, area.code, record.author, \
       EXISTS (SELECT 1 FROM submission WHERE submission.record = record.num), \
       EXISTS (SELECT 1 FROM assignment WHERE state = 'open' AND assignee = ?1 AND assignment.form = record.form \
         AND assignment.subject = record.id) \
     FROM record JOIN area ON area.num = record.area";

/// What a person may know of.
pub struct Sight {
    /// Records.
    pub records: BTreeSet<RecordId>,
    /// Areas where they work.
    pub covered: BTreeSet<String>,
    /// The same with those above them.
    pub areas: BTreeSet<String>,
}

/// What a person may know of now.
pub fn sight(conn: &Connection, user: UserId) -> Result<Sight, Trouble> {
    let role: String =
        conn.query_row("SELECT role FROM user WHERE id = ?1", [user.to_bytes()], |row| row.get(0))?;
    let granted: BTreeSet<String> = conn
        .prepare_cached("SELECT area FROM user_grant WHERE user = ?1")?
        .query_map([user.to_bytes()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let parents: BTreeMap<String, Option<String>> = conn
        .prepare_cached("SELECT code, parent FROM area")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let way_up = |code: &str| {
        std::iter::successors(Some(code.to_owned()), |code| parents.get(code).cloned().flatten())
            .collect::<Vec<_>>()
    };
    let covered = |code: &str| way_up(code).iter().any(|above| granted.contains(above));
    let within: BTreeSet<String> = parents.keys().filter(|code| covered(code)).cloned().collect();
    let mut areas = within.clone();
    areas.extend(granted.iter().flat_map(|code| way_up(code)));
    let mut records = BTreeSet::new();
    let mut statement = conn.prepare_cached(RECORDS)?;
    let mut rows = statement.query([user.to_bytes()])?;
    while let Some(row) = rows.next()? {
        let (id, area, author, submitted, given): ([u8; 16], String, [u8; 16], bool, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        let own = author == user.to_bytes() || given;
        if covered(&area) && (submitted || own || role != Role::Enumerator.name()) {
            records.insert(RecordId::from_bytes(id));
        }
    }
    Ok(Sight { records, covered: within, areas })
}
