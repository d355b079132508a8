//! The store's own tables and queries over a register: who is written, who is found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use doorstep_server::duplicates::block::Basis;
use doorstep_server::source::Machine;
use doorstep_server::store::SqliteStore;
use doorstep_server::store::sqlite::DATABASE_FILE;
use doorstep_server::store::sqlite::persons::{people_alike, people_write};
use rusqlite::{Connection, params};

use super::{Household, Mistake, Register};

const FORM: &str = "household_register";
/// As reconcile writes the numbers of a record.
const NUMBER: &str = "INSERT INTO person_key (record, key, row) VALUES (?1, ?2, ?3)";
/// Households of one commit, as of one batch of reconcile.
const BATCH: usize = 500;

/// What was found in a register.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Planted and found, by kind of mistake.
    pub by_mistake: BTreeMap<Mistake, (usize, usize)>,
    /// Pairs of households shown though nobody was planted there.
    pub false_pairs: usize,
    /// For everything: writing the people, and asking for each household whom they may be.
    pub took: Duration,
}

impl Found {
    /// Planted and found in all.
    pub fn planted(&self) -> (usize, usize) {
        self.by_mistake.values().fold((0, 0), |(planted, found), (p, f)| (planted + p, found + f))
    }

    /// True when of every kind at least 99 of a hundred were found.
    pub fn is_enough(&self) -> bool {
        self.by_mistake.values().all(|(planted, found)| *planted > 0 && found * 100 >= planted * 99)
    }
}

/// Registers household after household, as reconcile does, in a new database in `folder`, and asks for each whom it may
/// be. `bases`: what brings people together.
pub fn search(folder: &Path, register: &Register, bases: &[Basis]) -> Result<Found> {
    drop(SqliteStore::open(folder, &Machine, 1)?);
    let conn = Connection::open(folder.join(DATABASE_FILE))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.set_prepared_statement_cache_capacity(64);
    let start = Instant::now();
    let seconds = register.planted.iter().map(|planted| &planted.second);
    let all: Vec<&Household> = register.households.iter().chain(seconds).collect();
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (batch, households) in all.chunks(BATCH).enumerate() {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for (at, household) in households.iter().enumerate() {
            let number = batch * BATCH + at;
            for other in reconciled(&conn, i64::try_from(number)?, household, bases)? {
                pairs.insert((usize::try_from(other)?, number));
            }
        }
        conn.execute_batch("COMMIT")?;
    }
    let mut found = Found { took: start.elapsed(), ..Found::default() };
    for (at, planted) in register.planted.iter().enumerate() {
        let was_found = pairs.remove(&(planted.first, register.households.len() + at));
        let (planted, found) = found.by_mistake.entry(planted.mistake).or_default();
        *planted += 1;
        *found += usize::from(was_found);
    }
    found.false_pairs = pairs.len();
    Ok(found)
}

fn reconciled(conn: &Connection, record: i64, household: &Household, bases: &[Basis]) -> Result<Vec<i64>> {
    for person in &household.people {
        if let Some(number) = &person.number {
            conn.prepare_cached(NUMBER)?.execute(params![record, number, person.row])?;
        }
    }
    people_write(conn, record, FORM, &household.village, &household.people)?;
    Ok(people_alike(conn, record, FORM, bases)?.into_keys().collect())
}
