//! Changes: written into the document, kept and queued in one transaction.

use std::collections::BTreeMap;

use doorstep_forms::{Answers, Form};
use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::envelope::Item;
use doorstep_records::{ChangeNote, Key, Record, RecordId, Value};
use rusqlite::Connection;
use serde_bytes::ByteBuf;

use super::Device;
use crate::error::DeviceError;
use crate::store::{StoreError, documents, outbox, people, records};

/// The answers of a record as the form's rules read them.
pub(crate) fn flat(values: &BTreeMap<Key, Value>) -> Answers {
    values.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect()
}

/// The line that a record shows in lists.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) search: String,
}

/// Works out label and search text by the form's manifest.
pub(crate) fn line(form: &Form, answers: &Answers) -> Line {
    let search: Vec<&str> = form
        .manifest()
        .search
        .iter()
        .flat_map(|template| answers.iter().filter(|(path, _)| matches_template(template, path)))
        .filter_map(|(_, value)| value.as_str())
        .collect();
    Line { label: form.label(answers), search: search.join(" ") }
}

/// `members/*/name` fits `members/<row>/name`.
pub(crate) fn matches_template(template: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    template.split('/').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
        && parts.next().is_none()
}

impl Device {
    /// Writes one change into `record` and keeps it together with its outbox row and what `before` adds.
    ///
    /// When it fails, `record` is opened again: it never shows what is not kept.
    pub(crate) fn commit(
        &mut self,
        id: RecordId,
        record: &mut Record,
        form: &Form,
        note: &ChangeNote,
        puts: &[(Key, Value)],
        before: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), DeviceError> {
        self.commit_as(id, record, form, (note, puts, false), before)
    }

    /// The same; `anyway`: also what stands already in its own place.
    pub(crate) fn commit_as(
        &mut self,
        id: RecordId,
        record: &mut Record,
        form: &Form,
        (note, puts, anyway): (&ChangeNote, &[(Key, Value)], bool),
        before: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), DeviceError> {
        let writer = self.writer()?;
        let (mut generation, last_seq) = documents::writer(self.store.read(), id)?;
        if record.last_seq(&writer.actor(id, generation)) < last_seq {
            // What this actor wrote last is not in the document: go on as another, never twice under one number.
            let free = |generation| writer.actor(id, generation);
            generation = documents::free_generation(record, generation + 1, free);
        }
        let actor = writer.actor(id, generation);
        let change = if anyway {
            record.write_anyway(&actor, note, puts)?
        } else {
            record.write(&actor, note, puts)?
        };
        let line = line(form, &super::lensed::read_now(form, record).answers);
        let kept = self.store.write::<_, StoreError>(|tx| {
            before(tx)?;
            people::bind_own(tx, actor, writer.user, &writer.author)?;
            documents::insert_own_change(tx, id, change.hash, &change.bytes)?;
            documents::set_writer(tx, id, generation, change.seq)?;
            let item = Item::Change { record: id, change: ByteBuf::from(change.bytes.clone()) };
            if !planted(Plant::ChangeUnqueued) {
                outbox::enqueue(tx, &item, note.at_ms)?;
            }
            records::set_text(tx, id, &line.label, &line.search, note.at_ms)
        });
        if let Err(error) = kept {
            *record = self.open_record(id)?;
            return Err(error.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::matches_template;

    #[test]
    fn templates_fit_their_paths_only() {
        assert!(matches_template("members/*/name", "members/R/name"));
        assert!(matches_template("address", "address"));
        for path in ["members/R/sex", "members/R/name/x", "members/name", "other/R/name"] {
            assert!(!matches_template("members/*/name", path), "{path}");
        }
    }
}
