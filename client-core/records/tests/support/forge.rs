//! Builds and alters changes byte by byte, without the crate's own reader and writer, and with checksums that
//! fit. What an attacker with a hex editor can do.

use std::io::Write;

use doorstep_records::{ActorId, ChangeHash};
use sha2::{Digest, Sha256};

pub const KEY_TEXT: u64 = 21;
pub const INSERT: u64 = 52;
pub const ACTION: u64 = 66;
pub const VALUE_META: u64 = 86;
pub const VALUE: u64 = 87;
pub const PRED_COUNT: u64 = 112;
pub const PRED_ACTOR: u64 = 113;
pub const PRED_COUNTER: u64 = 115;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

pub fn uleb(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

pub fn leb(mut value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte < 0x40) || (value == -1 && byte >= 0x40) {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

/// A chunk of `kind` with a checksum that fits a raw change of `body`.
pub fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let hashed = [&[kind][..], &uleb(body.len() as u64), body].concat();
    let hash = Sha256::digest(&hashed);
    [&MAGIC[..], &hash[..4], &hashed].concat()
}

/// The body of a raw change.
pub fn body(change: &[u8]) -> Vec<u8> {
    let mut at = 9;
    take_uleb(change, &mut at);
    change[at..].to_vec()
}

/// The same change with a deflated body; the checksum stays that of the raw one.
pub fn deflated(change: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&body(change)).unwrap();
    let packed = encoder.finish().unwrap();
    [&MAGIC[..], &change[4..8], &[2], &uleb(packed.len() as u64), &packed].concat()
}

fn take_uleb(bytes: &[u8], at: &mut usize) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn take_leb(bytes: &[u8], at: &mut usize) -> i64 {
    let from = *at;
    let value = take_uleb(bytes, at) as i64;
    let bits = 7 * (*at - from) as u32;
    if bits < 64 && bytes[*at - 1] & 0x40 != 0 { value | (-1i64 << bits) } else { value }
}

fn take_bytes(bytes: &[u8], at: &mut usize) -> Vec<u8> {
    let length = take_uleb(bytes, at) as usize;
    *at += length;
    bytes[*at - length..*at].to_vec()
}

/// The parts of a change, each free to be replaced.
#[derive(Debug, Clone)]
pub struct Parts {
    pub deps: Vec<Vec<u8>>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time_s: i64,
    pub message: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub columns: Vec<(u64, Vec<u8>)>,
    pub extra: Vec<u8>,
}

impl Parts {
    /// A change of one operation without dependencies: text `"x"` on `land`.
    pub fn one_put(actor: ActorId) -> Self {
        Self {
            deps: Vec::new(),
            actor: actor.to_bytes().to_vec(),
            seq: 1,
            start_op: 1,
            time_s: 0,
            message: b"{\"v\":1,\"t\":0}".to_vec(),
            others: Vec::new(),
            columns: vec![
                (KEY_TEXT, [&leb(-1)[..], &uleb(4), b"land"].concat()),
                (INSERT, uleb(1)),
                (ACTION, [leb(-1), uleb(1)].concat()),
                (VALUE_META, [leb(-1), uleb(1 << 4 | 6)].concat()),
                (VALUE, b"x".to_vec()),
                (PRED_COUNT, [leb(-1), uleb(0)].concat()),
            ],
            extra: Vec::new(),
        }
    }

    /// Takes a raw change apart.
    pub fn of(change: &[u8]) -> Self {
        let bytes = body(change);
        let at = &mut 0;
        let deps = (0..take_uleb(&bytes, at))
            .map(|_| {
                *at += 32;
                bytes[*at - 32..*at].to_vec()
            })
            .collect();
        let actor = take_bytes(&bytes, at);
        let (seq, start_op, time_s) = (take_uleb(&bytes, at), take_uleb(&bytes, at), take_leb(&bytes, at));
        let message = take_bytes(&bytes, at);
        let others = (0..take_uleb(&bytes, at)).map(|_| take_bytes(&bytes, at)).collect();
        let headers: Vec<_> = (0..take_uleb(&bytes, at))
            .map(|_| (take_uleb(&bytes, at), take_uleb(&bytes, at) as usize))
            .collect();
        let mut columns = Vec::new();
        for (kind, length) in headers {
            columns.push((kind, bytes[*at..*at + length].to_vec()));
            *at += length;
        }
        Self { deps, actor, seq, start_op, time_s, message, others, columns, extra: bytes[*at..].to_vec() }
    }

    /// Replaces a column, in its place or where it belongs.
    pub fn with(mut self, kind: u64, data: Vec<u8>) -> Self {
        self.columns.retain(|(known, _)| *known != kind);
        if !data.is_empty() {
            self.columns.push((kind, data));
            self.columns.sort_by_key(|(known, _)| *known);
        }
        self
    }

    pub fn after(mut self, deps: &[ChangeHash]) -> Self {
        self.deps = deps.iter().map(|dep| dep.to_bytes().to_vec()).collect();
        self
    }

    /// Overwrites the operation `counter` of the change's own actor (0) or another one of it (from 1).
    pub fn with_pred(self, actor_index: u64, counter: i64) -> Self {
        self.with(PRED_COUNT, [leb(-1), uleb(1)].concat())
            .with(PRED_ACTOR, [leb(-1), uleb(actor_index)].concat())
            .with(PRED_COUNTER, [leb(-1), leb(counter)].concat())
    }

    pub fn body(&self) -> Vec<u8> {
        let prefixed = |bytes: &Vec<u8>| [&uleb(bytes.len() as u64)[..], bytes].concat();
        let mut out = uleb(self.deps.len() as u64);
        out.extend(self.deps.concat());
        out.extend(prefixed(&self.actor));
        out.extend([uleb(self.seq), uleb(self.start_op), leb(self.time_s)].concat());
        out.extend(prefixed(&self.message));
        out.extend(uleb(self.others.len() as u64));
        self.others.iter().for_each(|other| out.extend(prefixed(other)));
        out.extend(uleb(self.columns.len() as u64));
        for (kind, data) in &self.columns {
            out.extend([uleb(*kind), uleb(data.len() as u64)].concat());
        }
        self.columns.iter().for_each(|(_, data)| out.extend(data));
        out.extend(&self.extra);
        out
    }

    /// The raw change with a checksum that fits.
    pub fn seal(&self) -> Vec<u8> {
        chunk(1, &self.body())
    }
}
