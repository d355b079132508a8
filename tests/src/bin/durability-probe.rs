//! Acknowledges on standard output, one line each, what it believes to be on disk. Run under the shim of
//! `doorstep_tests::durability`.
//!
//! `phone ROUNDS FOLDER`: answers on a real device, pushed to the real server core, both started again and again.
//! `plain MODE ROUNDS FOLDER`: rows of a bare database at `PRAGMA synchronous = MODE`, as a control.

use std::cell::Cell;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use doorstep_client_core::device::FormCache;
use doorstep_client_core::sync::{Reply, Transport, TransportError, route};
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_tests::durability::survived;
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::Server;
use doorstep_tests::sim::time::Time;
use rusqlite::Connection;
use serde_json::json;

/// Rounds between two ends of phone and server.
const ROUNDS_PER_LIFE: usize = 6;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["phone", rounds, folder] => phone(rounds.parse()?, Path::new(folder)),
        ["plain", mode, rounds, folder] => plain(mode, rounds.parse()?, Path::new(folder)),
        _ => bail!("phone ROUNDS FOLDER | plain MODE ROUNDS FOLDER"),
    }
}

fn ack(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Acknowledges a push when its answer would leave the server: everything answered on the phone so far is in it.
struct Line<'a> {
    server: &'a Server,
    answered: Cell<Option<(RecordId, usize)>>,
}

impl Transport for Line<'_> {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let reply = self.server.answer(route, token, &body);
        if let (route::PUSH, 200, Some((record, round))) = (route, reply.status, self.answered.get()) {
            ack(&survived::server_ack(record, round)).map_err(|_| TransportError::Cut)?;
        }
        Ok(reply)
    }
}

fn phone(rounds: usize, folder: &Path) -> Result<()> {
    let time = Time::begin();
    let server = Server::begin(&folder.join("server"), Chance::new(1), &time)?;
    let user = server.user_add("li", Role::Enumerator, &["A"])?;
    let code = server.invite("li")?;
    let forms = FormCache::default();
    let mut phone = Phone::new(&folder.join("phone"), ("phone", user, "li"), &time, &forms, Chance::new(2))?;
    let line = Line { server: &server, answered: Cell::new(None) };
    phone.device()?.enrol(&line, "http://127.0.0.1:1", &code, "phone")?;
    phone.sync(&server, &line, None, None)?;
    let mut record = None;
    for round in 0..rounds {
        let id = match record {
            Some(id) if round % ROUNDS_PER_LIFE != 0 => id,
            _ => phone.device()?.new_record(FORM, Some("A"), None)?,
        };
        record = Some(id);
        let answers =
            [("name".to_owned(), json!(survived::name(round))), ("why".to_owned(), json!("旱".repeat(700)))];
        phone.device()?.session(id)?.answer_all(&answers)?;
        line.answered.set(Some((id, round)));
        ack(&survived::phone_ack(id, round))?;
        phone.sync(&server, &line, None, None)?;
        server.reconcile()?;
        ack(&survived::log_ack(server.log_rows()?))?;
        if round % ROUNDS_PER_LIFE == ROUNDS_PER_LIFE - 1 {
            server.stop();
            phone.crash();
        }
    }
    Ok(())
}

fn plain(mode: &str, rounds: usize, folder: &Path) -> Result<()> {
    let conn = Connection::open(folder.join("plain.sqlite"))?;
    conn.pragma_update(None, "journal_mode", "WAL").context("journal")?;
    conn.pragma_update(None, "synchronous", mode)?;
    // Pages go home every few commits, as they do under a long load.
    conn.pragma_update(None, "wal_autocheckpoint", 20)?;
    conn.execute_batch("CREATE TABLE t (x INTEGER, filler TEXT)")?;
    for round in 0..rounds {
        conn.execute("INSERT INTO t VALUES (?1, ?2)", (round as i64, "x".repeat(700)))?;
        ack(&survived::plain_ack(round))?;
    }
    Ok(())
}
