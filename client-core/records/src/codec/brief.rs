//! A change without what its reader can say by itself: magic, checksum, type, lengths, and the actor who wrote it.
//!
//! ```text
//! brief = deps | seq | start_op | time | message | other actors | columns | column data | extra bytes
//! ```
//!
//! Actor and checksum are twenty bytes that no compression finds, a fifth of a small edit on the wire.

use super::chunk;
use super::leb::{Cursor, write_unsigned};
use crate::ids::ActorId;
use crate::limits::CHANGE_INFLATED_BYTES;

const ACTOR_BYTES: u64 = 16;
const HASH_BYTES: u64 = 32;

/// The change without its actor; `None` when it is another's, is deflated, or would not come back byte for byte.
pub fn without_actor(change: &[u8], actor: &ActorId) -> Option<Vec<u8>> {
    let (_, _, body) = chunk::split(change)?;
    let deps = deps_bytes(body)?;
    let mut rest = Cursor::new(&body[deps..]);
    let named = rest.unsigned().ok()? == ACTOR_BYTES && rest.take(ACTOR_BYTES).ok()? == actor.to_bytes();
    let brief = [&body[..deps], rest.rest()].concat();
    (named && with_actor(&brief, actor).as_deref() == Some(change)).then_some(brief)
}

/// The whole change of `actor`. Whether it is a good one the gate says, as of every change.
pub fn with_actor(brief: &[u8], actor: &ActorId) -> Option<Vec<u8>> {
    if brief.len() > CHANGE_INFLATED_BYTES {
        return None;
    }
    let deps = deps_bytes(brief)?;
    let mut body = brief[..deps].to_vec();
    write_unsigned(&mut body, ACTOR_BYTES);
    body.extend_from_slice(&actor.to_bytes());
    body.extend_from_slice(&brief[deps..]);
    Some(chunk::seal(&body).0)
}

/// How many bytes the dependencies take, their number included.
fn deps_bytes(body: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(body);
    let count = cursor.unsigned().ok()?;
    cursor.take(count.checked_mul(HASH_BYTES)?).ok()?;
    Some(body.len() - cursor.rest().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChangeNote, Key, Record, RecordId, Value};

    fn actor(seed: u8) -> ActorId {
        ActorId::derive(&[seed; 16], "li", RecordId::from_parts(1, [1; 10]), 0)
    }

    #[test]
    fn a_change_comes_back_byte_for_byte() {
        let mut record = Record::new();
        let put = |text: &str| [(Key::parse("name").unwrap(), Value::Text(text.into()))];
        for (turn, by) in [1, 2, 1].into_iter().enumerate() {
            let change =
                record.write(&actor(by), &ChangeNote::new(1, 1_000), &put(&turn.to_string())).unwrap();
            let short = without_actor(&change.bytes, &actor(by)).unwrap();
            assert!(short.len() + 27 <= change.bytes.len(), "{} of {}", short.len(), change.bytes.len());
            assert_eq!(with_actor(&short, &actor(by)).unwrap(), change.bytes);
            assert_eq!(without_actor(&change.bytes, &actor(3)), None, "somebody else's");
        }
    }

    #[test]
    fn bytes_that_are_no_change_are_left_alone() {
        assert_eq!(without_actor(b"", &actor(1)), None);
        assert_eq!(without_actor(&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, 1, 0xff], &actor(1)), None);
        assert_eq!(with_actor(b"", &actor(1)), None);
        assert_eq!(with_actor(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], &actor(1)), None);
    }
}
