//! What the shim writes down: calls that change files or make them durable, and acknowledgements, in order.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A new, empty file.
    Create(PathBuf),
    /// A new folder.
    Folder(PathBuf),
    /// Bytes at a place of a file.
    Write(PathBuf, u64, Vec<u8>),
    /// A new length.
    Truncate(PathBuf, u64),
    /// A file, or the names in a folder, made durable.
    Sync(PathBuf),
    /// Another name.
    Rename(PathBuf, PathBuf),
    /// A name taken away.
    Unlink(PathBuf),
    /// Lines on standard output.
    Ack(String),
    /// A call begins that changes files or makes them durable, whatever becomes of it.
    Call,
}

/// Bytes before path and data of an event.
const HEAD: usize = 17;

/// Reads a trace.
pub fn read(file: &Path) -> Result<Vec<Event>> {
    let bytes = std::fs::read(file).with_context(|| format!("no trace {}", file.display()))?;
    let mut rest = bytes.as_slice();
    let mut events = Vec::new();
    while !rest.is_empty() {
        let (event, after) = event(rest).context("the trace is cut")?;
        events.push(event?);
        rest = after;
    }
    Ok(events)
}

fn event(bytes: &[u8]) -> Option<(Result<Event>, &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let path_length = u32::from_le_bytes(head[1..5].try_into().ok()?);
    let number = u64::from_le_bytes(head[5..13].try_into().ok()?);
    let data_length = u32::from_le_bytes(head[13..17].try_into().ok()?);
    let (path, rest) = rest.split_at_checked(path_length as usize)?;
    let (data, rest) = rest.split_at_checked(data_length as usize)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let path = PathBuf::from(text(path));
    let event = match head[0] {
        b'c' => Ok(Event::Create(path)),
        b'm' => Ok(Event::Folder(path)),
        b'w' => Ok(Event::Write(path, number, data.to_vec())),
        b't' => Ok(Event::Truncate(path, number)),
        b's' => Ok(Event::Sync(path)),
        b'r' => Ok(Event::Rename(path, text(data).into())),
        b'u' => Ok(Event::Unlink(path)),
        b'a' => Ok(Event::Ack(text(data))),
        b'n' => Ok(Event::Call),
        other => (|| bail!("an event of unknown kind {other}"))(),
    };
    Some((event, rest))
}

/// Calls that the shim counts, for faults at a numbered call.
pub fn calls(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Call)).count()
}
