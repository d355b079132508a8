//! A change that no honest phone makes: it overwrites a value that it has never seen. Written byte by byte, with a
//! checksum that fits, as somebody with a hex editor would.

use doorstep_records::gate::ChangeFacts;
use doorstep_records::{ActorId, Key};
use sha2::{Digest, Sha256};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const KEY_TEXT: u64 = 21;
const INSERT: u64 = 52;
const ACTION: u64 = 66;
const VALUE_META: u64 = 86;
const VALUE: u64 = 87;
const PRED_COUNT: u64 = 112;
const PRED_ACTOR: u64 = 113;
const PRED_COUNTER: u64 = 115;

/// One run of a single value in automerge's columns.
const ONE: i64 = -1;

fn uleb(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn leb(mut value: i64) -> Vec<u8> {
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

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [&uleb(bytes.len() as u64)[..], bytes].concat()
}

/// A change of `actor` that puts `"x"` on the first answer that `victim` gave, in its place, having seen nothing. None
/// when the victim gave none.
pub fn blind_overwrite(actor: ActorId, victim: &ChangeFacts) -> Option<Vec<u8>> {
    let (key, _): (&Key, _) = victim.puts().next()?;
    let columns: Vec<(u64, Vec<u8>)> = vec![
        (KEY_TEXT, [leb(ONE), prefixed(key.as_str().as_bytes())].concat()),
        (INSERT, uleb(1)),
        (ACTION, [leb(ONE), uleb(1)].concat()),
        (VALUE_META, [leb(ONE), uleb(1 << 4 | 6)].concat()),
        (VALUE, b"x".to_vec()),
        (PRED_COUNT, [leb(ONE), uleb(1)].concat()),
        (PRED_ACTOR, [leb(ONE), uleb(1)].concat()),
        (PRED_COUNTER, [leb(ONE), leb(i64::try_from(victim.start_op).ok()?)].concat()),
    ];
    let mut body = uleb(0);
    body.extend(prefixed(&actor.to_bytes()));
    body.extend([uleb(1), uleb(1), leb(0)].concat());
    body.extend(prefixed(b"{\"v\":1,\"t\":0}"));
    body.extend(uleb(1));
    body.extend(prefixed(&victim.actor.to_bytes()));
    body.extend(uleb(columns.len() as u64));
    for (kind, data) in &columns {
        body.extend([uleb(*kind), uleb(data.len() as u64)].concat());
    }
    columns.iter().for_each(|(_, data)| body.extend(data));
    let hashed = [&[1][..], &uleb(body.len() as u64), &body].concat();
    let hash = Sha256::digest(&hashed);
    Some([&MAGIC[..], &hash[..4], &hashed].concat())
}
