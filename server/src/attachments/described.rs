//! The files that a change describes, whatever form it was written under.

use doorstep_forms::{Attachment, Signature};
use doorstep_protocol::AttachmentHash;
use doorstep_records::Value;
use doorstep_records::gate::inspect;
use serde_json::Value as Json;

use crate::store::StoreError;

/// What every description holds: changes without it are not looked at.
const MARK: &[u8] = b"\"sha256\"";

/// A file described by a change.
pub(crate) struct Described {
    /// Path of the answer.
    pub(crate) path: String,
    /// The file.
    pub(crate) sha256: AttachmentHash,
}

/// The files that a change describes; `raw` is its uncompressed encoding, in which texts stand as they are.
pub(crate) fn described(raw: &[u8]) -> Result<Vec<Described>, StoreError> {
    if !raw.windows(MARK.len()).any(|window| window == MARK) {
        return Ok(Vec::new());
    }
    let facts = inspect(raw).map_err(|_| StoreError::Damaged("an accepted change cannot be read"))?;
    let read = |(key, value): (&doorstep_records::Key, &Value)| {
        let Value::Text(text) = value else { return None };
        let sha256 = file_of(text)?;
        Some(Described { path: key.as_str().to_owned(), sha256 })
    };
    Ok(facts.puts().filter_map(read).collect())
}

/// An attachment's own description, or that of the picture of a signature.
fn file_of(text: &str) -> Option<AttachmentHash> {
    let json: Json = serde_json::from_str(text).ok()?;
    let attachment = Attachment::read(&json).or_else(|| {
        let picture = Signature::read(&json)?.attachment?;
        Attachment::read(&picture)
    })?;
    attachment.sha256.parse().ok()
}

#[cfg(test)]
mod tests {
    use doorstep_records::{ActorId, ChangeNote, Key, Record, RecordId};

    use super::*;

    fn change(puts: &[(&str, &str)]) -> Vec<u8> {
        let actor = ActorId::derive(&[1; 16], "user", RecordId::from_parts(1, [1; 10]), 0);
        let puts: Vec<(Key, Value)> =
            puts.iter().map(|(key, text)| (Key::parse(key).unwrap(), Value::Text((*text).into()))).collect();
        let written = Record::new().write(&actor, &ChangeNote::new(1, 1), &puts).unwrap();
        inspect(&written.bytes).unwrap().raw
    }

    #[test]
    fn descriptions_are_found_in_answers_and_in_signatures() {
        let photo = format!(r#"{{"bytes":9,"sha256":"{}","type":"image/png"}}"#, "5f".repeat(32));
        let signature = format!(
            r#"{{"attachment":{},"by":"王","heads":["{}"],"signed_on":"2015-07-01"}}"#,
            photo.replace("5f", "6a"),
            "00".repeat(32)
        );
        let long = "x".repeat(2_000);
        let raw = change(&[("photo", &photo), ("sign", &signature), ("note", "\"sha256\""), ("long", &long)]);
        let mut found: Vec<(String, String)> =
            described(&raw).unwrap().into_iter().map(|one| (one.path, one.sha256.to_string())).collect();
        found.sort();
        assert_eq!(found, [("photo".to_owned(), "5f".repeat(32)), ("sign".to_owned(), "6a".repeat(32))]);
        assert!(described(&change(&[("note", "plain")])).unwrap().is_empty());
    }
}
