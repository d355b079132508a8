//! What must be on a disk after a power cut: everything that was acknowledged before it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use doorstep_client_core::Device;
use doorstep_client_core::device::{FormCache, Surroundings};
use doorstep_records::{Record, RecordId};
use doorstep_server::store::SqliteStore;
use doorstep_server::store::operations::Operations;
use doorstep_server::store::sqlite::DATABASE_FILE;
use rusqlite::{Connection, OptionalExtension};

use crate::sim::chance::{Chance, Dice};
use crate::sim::server::{Cable, Server};
use crate::sim::time::{START_MS, Time, WrongClock};

/// Long after the power failed.
const LATER_MS: i64 = START_MS + 1_000_000_000;

/// The name given in a round.
pub fn name(round: usize) -> String {
    format!("户主{round}")
}

/// "The phone keeps the answer of this round."
pub fn phone_ack(record: RecordId, round: usize) -> String {
    format!("phone {record} {round}")
}

/// "The server keeps the answers up to this round."
pub fn server_ack(record: RecordId, round: usize) -> String {
    format!("server {record} {round}")
}

/// "The server's log has so many rows."
pub fn log_ack(rows: u64) -> String {
    format!("log {rows}")
}

/// "The row of this round is kept."
pub fn plain_ack(round: usize) -> String {
    format!("plain {round}")
}

/// What was acknowledged.
#[derive(Debug, Default)]
struct Promised {
    phone: BTreeSet<(RecordId, String)>,
    server: BTreeSet<(RecordId, String)>,
    log_rows: u64,
    plain: i64,
}

impl Promised {
    fn read(acks: &[String]) -> Result<Promised, String> {
        let mut promised = Promised::default();
        for ack in acks {
            let words: Vec<&str> = ack.split(' ').collect();
            let edit = |record: &str, round: &str| -> Option<(RecordId, String)> {
                Some((record.parse().ok()?, name(round.parse().ok()?)))
            };
            let read = match words[..] {
                ["phone", record, round] => edit(record, round).map(|edit| {
                    promised.phone.insert(edit);
                }),
                // A push carries all that the phone holds.
                ["server", ..] => {
                    promised.server.extend(promised.phone.iter().cloned());
                    Some(())
                }
                ["log", rows] => rows.parse().ok().map(|rows: u64| promised.log_rows = rows),
                ["plain", round] => round.parse().ok().map(|round: i64| promised.plain = round + 1),
                _ => None,
            };
            read.ok_or_else(|| format!("not an acknowledgement: {ack}"))?;
        }
        Ok(promised)
    }
}

fn said(what: &str, error: impl std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

/// Every name ever given to a record, by the server's own document.
fn names_of(data: &Path, record: RecordId) -> Result<BTreeSet<String>, String> {
    const DOCUMENT: &str = "SELECT document.bytes FROM document JOIN record ON record.num = document.record WHERE record.id = ?1";
    let conn = Connection::open(data.join(DATABASE_FILE)).map_err(|error| said("the database", error))?;
    let bytes: Option<Vec<u8>> = conn
        .query_row(DOCUMENT, [record.to_bytes()], |row| row.get(0))
        .optional()
        .map_err(|error| said("a document", error))?;
    let Some(bytes) = bytes else { return Ok(BTreeSet::new()) };
    let mut document = Record::load(&bytes).map_err(|error| said("a document", error))?;
    let puts = document.history(None).into_iter();
    Ok(puts.filter_map(|put| put.value.to_json().as_str().map(str::to_owned)).collect())
}

fn server_has(data: &Path, edits: &BTreeSet<(RecordId, String)>) -> Result<(), String> {
    let mut known: BTreeMap<RecordId, BTreeSet<String>> = BTreeMap::new();
    for (record, name) in edits {
        if !known.contains_key(record) {
            known.insert(*record, names_of(data, *record)?);
        }
        if !known[record].contains(name) {
            return Err(format!("the server lost {name} of {record}"));
        }
    }
    Ok(())
}

/// The server opens, its chain holds, and what it acknowledged is there.
pub fn server(folder: &Path, acks: &[String]) -> Result<(), String> {
    let (promised, data) = (Promised::read(acks)?, folder.join("server"));
    let dice = Dice::new(Chance::new(77));
    let store = SqliteStore::open(&data, &dice, LATER_MS).map_err(|error| said("the server", error))?;
    store.log_verify().map_err(|error| said("the chain", error))?;
    server_has(&data, &promised.server)?;
    let rows = store.health().map_err(|error| said("health", error))?.log_rows;
    if rows < promised.log_rows {
        return Err(format!("the log has {rows} rows of {}", promised.log_rows));
    }
    Ok(())
}

fn device(folder: &Path) -> Result<Device, String> {
    let clock = WrongClock::new(&Time::at(LATER_MS));
    let around = Surroundings {
        forms: FormCache::default(),
        ..Surroundings::new(Box::new(std::sync::Arc::new(clock)), Box::new(Chance::new(78)))
    };
    Device::open(&folder.join("phone/phone.sqlite"), around).map_err(|error| said("the phone", error))
}

/// The phone opens and shows what it said it kept.
pub fn phone(folder: &Path, acks: &[String]) -> Result<(), String> {
    let promised = Promised::read(acks)?;
    let mut device = device(folder)?;
    let mut newest: BTreeMap<RecordId, usize> = BTreeMap::new();
    for (record, name) in &promised.phone {
        let round = round_of(name).max(newest.get(record).copied().unwrap_or(0));
        newest.insert(*record, round);
    }
    for (record, round) in newest {
        let shown = device.show(record).map_err(|error| said("a record of the phone", error))?;
        let there = shown.answers.get("name").and_then(|answer| answer.value.as_str().map(round_of));
        // The answer of the next round may be there before it was acknowledged.
        if there.is_none_or(|there| there < round) {
            return Err(format!("the phone shows round {there:?} of {record}, it kept {round}"));
        }
    }
    Ok(())
}

fn round_of(name: &str) -> usize {
    name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

/// Phone and server, both after the cut, go on with each other until the server has all that the phone kept.
pub fn both_go_on(folder: &Path, acks: &[String]) -> Result<(), String> {
    let promised = Promised::read(acks)?;
    if promised.phone.is_empty() {
        return Ok(());
    }
    let data = folder.join("server");
    let server = Server::begin(&data, Chance::new(79), &Time::at(LATER_MS))
        .map_err(|error| format!("the server: {error}"))?;
    device(folder)?.sync(&Cable(&server)).map_err(|error| said("a sync", error))?;
    server_has(&data, &promised.phone)
}

/// The bare database opens and has its rows.
pub fn plain(folder: &Path, acks: &[String]) -> Result<(), String> {
    let promised = Promised::read(acks)?.plain;
    let file = folder.join("plain.sqlite");
    if promised == 0 {
        return Ok(());
    }
    let rows = || -> Result<i64, rusqlite::Error> {
        let conn = Connection::open(file)?;
        conn.query_row("SELECT coalesce(max(x) + 1, 0) FROM t", [], |row| row.get(0))
    };
    match rows() {
        Ok(rows) if rows >= promised => Ok(()),
        Ok(rows) => Err(format!("{rows} rows of {promised}")),
        Err(error) => Err(said("the database", error)),
    }
}
