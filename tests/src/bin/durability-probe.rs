//! Acknowledges on standard output, one line each, what it believes to be on disk. Run under the shim of
//! `doorstep_tests::durability`.
//!
//! `phone FOLDER`: answers on a real device, and pushes to the real server core. `plain MODE FOLDER`: rows of a bare
//! database at `PRAGMA synchronous = MODE`, as a control.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use doorstep_client_core::device::FormCache;
use doorstep_client_core::sync::{Reply, Transport, TransportError, route};
use doorstep_server::accounts::role::Role;
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::phone::Phone;
use doorstep_tests::sim::server::Server;
use doorstep_tests::sim::time::Time;
use rusqlite::Connection;
use serde_json::json;

/// Acknowledgements of each kind.
const ACKS: usize = 20;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["phone", folder] => phone(Path::new(folder)),
        ["plain", mode, folder] => plain(mode, Path::new(folder)),
        _ => bail!("phone FOLDER | plain MODE FOLDER"),
    }
}

fn ack() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "ack")?;
    out.flush()
}

/// Acknowledges a push when its answer would leave the server.
struct Line<'a>(&'a Server);

impl Transport for Line<'_> {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let reply = self.0.answer(route, token, &body);
        if route == route::PUSH && reply.status == 200 {
            ack().map_err(|_| TransportError::Cut)?;
        }
        Ok(reply)
    }
}

fn phone(folder: &Path) -> Result<()> {
    let time = Time::begin();
    let server = Server::begin(&folder.join("server"), Chance::new(1), &time)?;
    let user = server.user_add("li", Role::Enumerator, &["A"])?;
    let code = server.invite("li")?;
    let forms = FormCache::default();
    let mut phone = Phone::new(&folder.join("phone"), ("phone", user, "li"), &time, &forms, Chance::new(2))?;
    phone.device()?.enrol(&Line(&server), "http://127.0.0.1:1", &code, "phone")?;
    phone.sync(&server, &Line(&server), None, None)?;
    let record = phone.device()?.new_record(FORM, Some("A"), None)?;
    for round in 0..ACKS {
        phone.device()?.session(record)?.answer("name", &json!(format!("户主{round}")))?;
        ack()?;
        phone.sync(&server, &Line(&server), None, None)?;
    }
    Ok(())
}

fn plain(mode: &str, folder: &Path) -> Result<()> {
    let conn = Connection::open(folder.join("plain.sqlite"))?;
    conn.pragma_update(None, "journal_mode", "WAL").context("journal")?;
    conn.pragma_update(None, "synchronous", mode)?;
    conn.execute_batch("CREATE TABLE t (x INTEGER)")?;
    for round in 0..ACKS {
        conn.execute("INSERT INTO t VALUES (?1)", [round as i64])?;
        ack()?;
    }
    Ok(())
}
