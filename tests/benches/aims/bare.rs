//! The primitives: what the work costs without Doorstep around it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use automerge::{Automerge, Change, hydrate};
use rusqlite::{Connection, OpenFlags, params};
use serde_json::{Map, Value as Json};

/// A database that writes as durably as the server's.
pub(crate) fn database(file: &Path) -> Result<Connection> {
    let conn = Connection::open(file)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS entry (num INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
    )?;
    Ok(conn)
}

/// One group commit: these rows, then fsync.
pub(crate) fn commit<'a>(conn: &Connection, rows: impl Iterator<Item = &'a [u8]>) -> Result<()> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    for row in rows {
        conn.prepare_cached("INSERT INTO entry (bytes) VALUES (?1)")?.execute([row])?;
    }
    conn.execute_batch("COMMIT")?;
    Ok(())
}

/// load + apply + save + load.
pub(crate) fn apply(saved: &[u8], change: &[u8]) -> Result<usize> {
    let mut doc = Automerge::load(saved)?;
    doc.apply_changes([Change::try_from(change).map_err(|error| anyhow!("{error}"))?])?;
    let saved = doc.save_nocompress();
    Ok(Automerge::load(&saved)?.get_heads().len() + saved.len())
}

/// load + hydrate + nest: the answers as a schema sees them.
pub(crate) fn tree(saved: &[u8]) -> Result<Json> {
    let hydrate::Value::Map(map) = Automerge::load(saved)?.hydrate(None) else {
        return Err(anyhow!("a record without a root"));
    };
    let flat = map.iter().map(|(path, value)| (path.to_string(), scalar(&value.value))).collect();
    Ok(nest(&flat))
}

fn scalar(value: &hydrate::Value) -> Json {
    use automerge::ScalarValue as S;
    match value {
        hydrate::Value::Scalar(S::Str(text)) => Json::from(text.to_string()),
        hydrate::Value::Scalar(S::Int(number)) => Json::from(*number),
        hydrate::Value::Scalar(S::Boolean(flag)) => Json::from(*flag),
        _ => Json::Null,
    }
}

/// Flat answers nested at `/`, without what the register keeps for itself.
pub(crate) fn nest(flat: &BTreeMap<String, Json>) -> Json {
    let mut root = Map::new();
    for (path, value) in flat {
        if path.rsplit('/').next().is_some_and(|last| last.starts_with('_')) {
            continue;
        }
        let mut at = &mut root;
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            if segments.peek().is_none() {
                at.insert(segment.to_owned(), value.clone());
                break;
            }
            let below = at.entry(segment.to_owned()).or_insert_with(|| Json::Object(Map::new()));
            let Json::Object(below) = below else { break };
            at = below;
        }
    }
    Json::Object(root)
}

/// What reading and sending the stored bytes came to.
pub(crate) struct Sent {
    pub(crate) time: Duration,
    pub(crate) bytes: usize,
    pub(crate) pages: Vec<Vec<u8>>,
}

/// Reads every stored document with its line, puts zstd over pages of `page` bytes and sends them over loopback.
pub(crate) fn read_and_send(database: &Path, page: usize) -> Result<Sent> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let receiver = std::thread::spawn(move || -> std::io::Result<u64> {
        let (stream, _) = listener.accept()?;
        std::io::copy(&mut stream.take(u64::MAX), &mut std::io::sink())
    });
    let mut stream = TcpStream::connect(address)?;
    let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let start = Instant::now();
    let (mut pages, mut bytes, mut raw) = (Vec::new(), 0, Vec::with_capacity(page * 2));
    let mut send = |raw: &mut Vec<u8>| -> Result<()> {
        let packed = doorstep_protocol::frame::compress(raw)?;
        stream.write_all(&packed)?;
        bytes += packed.len();
        pages.push(packed);
        raw.clear();
        Ok(())
    };
    let mut statement = conn.prepare(
        "SELECT r.id, r.label, r.search, d.bytes FROM record r JOIN document d ON d.record = r.num ORDER BY r.area, r.num",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..4 {
            let value = row.get_ref(column)?;
            let value = value.as_bytes().context("a column that is neither text nor bytes")?;
            raw.extend_from_slice(&u32::try_from(value.len())?.to_le_bytes());
            raw.extend_from_slice(value);
        }
        if raw.len() >= page {
            send(&mut raw)?;
        }
    }
    send(&mut raw)?;
    drop(stream);
    let received = receiver.join().map_err(|_| anyhow!("the receiver panicked"))??;
    let time = start.elapsed();
    anyhow::ensure!(received == bytes as u64, "loopback lost bytes");
    Ok(Sent { time, bytes, pages })
}

/// Inflates pages and writes one row for each record, a transaction and an fsync a page.
pub(crate) fn receive(pages: &[Vec<u8>], file: &Path) -> Result<(Duration, usize)> {
    let conn = database(file)?;
    conn.execute_batch(
        "CREATE TABLE received (id BLOB PRIMARY KEY, label TEXT, search TEXT, bytes BLOB NOT NULL) STRICT",
    )?;
    let start = Instant::now();
    let mut count = 0;
    for page in pages {
        let raw = doorstep_protocol::frame::inflate(page, doorstep_protocol::limits::INFLATED_BYTES)?;
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let mut rest = raw.as_slice();
        let mut take = || -> Result<&[u8]> {
            let (length, after) = rest.split_at_checked(4).context("a torn page")?;
            let length = u32::from_le_bytes(length.try_into()?) as usize;
            let (value, after) = after.split_at_checked(length).context("a torn page")?;
            rest = after;
            Ok(value)
        };
        while let Ok(id) = take() {
            let (label, search, bytes) = (take()?, take()?, take()?);
            conn.prepare_cached("INSERT INTO received (id, label, search, bytes) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![id, std::str::from_utf8(label)?, std::str::from_utf8(search)?, bytes])?;
            count += 1;
        }
        conn.execute_batch("COMMIT")?;
    }
    Ok((start.elapsed(), count))
}
