//! People of registered households in the tables, and whom each may be.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, ToSql, params};

use crate::duplicates::block::{BLOCK_MAX, Basis, Keys, keys};
use crate::duplicates::card;
use crate::duplicates::compare::{Compared, Reason, compare};
use crate::duplicates::model::Crowd;
use crate::duplicates::person::Person;

const OF_RECORD: &str =
    "SELECT record, row, name, birth, sex, number, place FROM person WHERE record = ?1 ORDER BY at";
const DROP: &str = "DELETE FROM person WHERE record = ?1";
const DROP_MEANT: &str = "DELETE FROM person_meant WHERE record = ?1";
const PUT: &str = "INSERT INTO person (record, at, row, name, birth, sex, number, place, birth_key, place_key) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const PUT_MEANT: &str = "INSERT INTO person_meant (number, record, at) VALUES (?1, ?2, ?3)";
const BY_BIRTH: &str = "SELECT record, row, name, birth, sex, number, place FROM person \
     WHERE birth_key = ?1 AND record != ?2 ORDER BY record, at LIMIT ?3";
const BY_PLACE: &str = "SELECT record, row, name, birth, sex, number, place FROM person \
     WHERE place_key = ?1 AND record != ?2 ORDER BY record, at LIMIT ?3";
const BY_NUMBER: &str = "SELECT person.record, person.row, name, birth, sex, number, place FROM person_key AS known \
     JOIN person ON person.record = known.record AND person.number = known.key \
     WHERE known.key = ?1 AND known.record != ?2 ORDER BY person.record, person.at LIMIT ?3";
const BY_MEANT: &str = "SELECT person.record, person.row, name, birth, sex, person.number, place FROM person_meant AS meant \
     JOIN person ON person.record = meant.record AND person.at = meant.at \
     WHERE meant.number = ?1 AND meant.record != ?2 ORDER BY person.record, person.at LIMIT ?3";

const CROWDS: [(Basis, &str); 2] = [(Basis::NameBirth, "birth_key"), (Basis::NamePlace, "place_key")];

/// A person in the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Number of the record.
    pub record: i64,
    /// Code of the village; empty when it is not known.
    pub place: String,
    /// Who.
    pub person: Person,
}

impl Kept {
    fn of(row: &Row<'_>) -> rusqlite::Result<Kept> {
        let person = Person {
            row: row.get(1)?,
            name: row.get(2)?,
            birth: row.get(3)?,
            sex: row.get(4)?,
            number: row.get(5)?,
        };
        Ok(Kept { record: row.get(0)?, place: row.get(6)?, person })
    }

    fn against(&self, other: &Kept) -> Compared {
        compare(&self.person, &other.person, !self.place.is_empty() && self.place == other.place)
    }
}

/// The people of a record.
pub fn people_of(conn: &Connection, record: i64) -> rusqlite::Result<Vec<Kept>> {
    conn.prepare_cached(OF_RECORD)?.query_map([record], Kept::of)?.collect()
}

/// Writes the people of a record of `form`; answers whether anything changed.
pub fn people_write(
    conn: &Connection,
    record: i64,
    form: &str,
    place: &str,
    people: &BTreeSet<Person>,
) -> rusqlite::Result<bool> {
    let standing = people_of(conn, record)?;
    let same = |(kept, person): (&Kept, &Person)| kept.person == *person && kept.place == place;
    if standing.len() == people.len() && standing.iter().zip(people).all(same) {
        return Ok(false);
    }
    conn.prepare_cached(DROP)?.execute([record])?;
    conn.prepare_cached(DROP_MEANT)?.execute([record])?;
    for (at, person) in (0_i64..).zip(people) {
        let Person { row, name, birth, sex, number } = person;
        let Keys { birth: birth_key, place: place_key } = keys(form, place, person);
        conn.prepare_cached(PUT)?
            .execute(params![record, at, row, name, birth, sex, number, place, birth_key, place_key])?;
        for meant in number.iter().flat_map(|number| card::meant(number)) {
            conn.prepare_cached(PUT_MEANT)?.execute(params![meant, record, at])?;
        }
    }
    Ok(true)
}

/// The records with a person who may be one of this record's, and how much speaks for it at most. Only people who share
/// a key are compared, at most [`BLOCK_MAX`] for each key.
pub fn people_alike(
    conn: &Connection,
    record: i64,
    form: &str,
    bases: &[Basis],
) -> rusqlite::Result<BTreeMap<i64, i32>> {
    let mut found: BTreeMap<i64, i32> = BTreeMap::new();
    for own in people_of(conn, record)? {
        for other in neighbours(conn, &own, form, bases)? {
            // Most of those who sound alike: two right numbers outweigh all else, whatever the names.
            let numbers = own.person.number.as_deref().zip(other.person.number.as_deref());
            if numbers.is_some_and(|(one, other)| card::two_people(one, other)) {
                continue;
            }
            let compared = own.against(&other);
            if compared.is_candidate() {
                let best = found.entry(other.record).or_insert(compared.score);
                *best = compared.score.max(*best);
            }
        }
    }
    Ok(found)
}

/// Everybody of other records who shares a key.
fn neighbours(conn: &Connection, own: &Kept, form: &str, bases: &[Basis]) -> rusqlite::Result<Vec<Kept>> {
    let mut found: Vec<Kept> = Vec::new();
    let most = i64::try_from(BLOCK_MAX).unwrap_or(i64::MAX);
    let mut ask = |sql: &str, key: &dyn ToSql| -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached(sql)?;
        for kept in statement.query_map(params![key, own.record, most], Kept::of)? {
            found.push(kept?);
        }
        Ok(())
    };
    let Keys { birth, place } = keys(form, &own.place, &own.person);
    if let Some(key) = birth.filter(|_| bases.contains(&Basis::NameBirth)) {
        ask(BY_BIRTH, &key)?;
    }
    if let Some(key) = place.filter(|_| bases.contains(&Basis::NamePlace)) {
        ask(BY_PLACE, &key)?;
    }
    if let Some(number) = own.person.number.as_ref().filter(|_| bases.contains(&Basis::Number)) {
        ask(BY_MEANT, number)?;
        for meant in card::meant(number) {
            ask(BY_NUMBER, &meant)?;
            ask(BY_MEANT, &meant)?;
        }
    }
    found.sort_by(|a, b| (a.record, &a.person.row).cmp(&(b.record, &b.person.row)));
    found.dedup();
    Ok(found)
}

/// What speaks for two records being one household: the people who may be the same, whatever keys they share.
pub(crate) fn people_between(
    conn: &Connection,
    a: i64,
    b: i64,
) -> rusqlite::Result<Vec<(Kept, Kept, Compared)>> {
    let (ours, theirs) = (people_of(conn, a)?, people_of(conn, b)?);
    let mut found = Vec::new();
    for one in &ours {
        for other in &theirs {
            let compared = one.against(other);
            if compared.is_candidate() || compared.reasons.contains(&Reason::SameNumber) {
                found.push((one.clone(), other.clone(), compared));
            }
        }
    }
    found.sort_by_key(|(.., compared)| std::cmp::Reverse(compared.score));
    Ok(found)
}

/// The keys that more people of records that `seen` keeps share than are compared. What lies outside does not count: it
/// would tell of people there.
pub(crate) fn crowds(conn: &Connection, seen: &str, args: &[&dyn ToSql]) -> rusqlite::Result<Vec<Crowd>> {
    let (mut found, most) = (Vec::new(), BLOCK_MAX + 1);
    for (basis, column) in CROWDS {
        let sql = format!(
            "SELECT min(person.name), count(*) FROM person JOIN record ON record.num = person.record \
             LEFT JOIN area ON area.num = record.area WHERE person.{column} IN \
               (SELECT {column} FROM person WHERE {column} IS NOT NULL GROUP BY {column} HAVING count(*) > {most}) AND {seen} \
             GROUP BY person.{column} HAVING count(*) > {most} ORDER BY count(*) DESC, min(person.name)"
        );
        let mut statement = conn.prepare(&sql)?;
        let crowds = statement.query_map(args, |row| {
            let people = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
            Ok(Crowd { basis, name: row.get(0)?, people, compared: BLOCK_MAX })
        })?;
        found.extend(crowds.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}
