//! A phone: its key and what it holds.

use std::collections::BTreeMap;

use doorstep_protocol::pull::{Page, PageItem};
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{DeviceId, Envelope, EnvelopeId, Item, SignedEnvelope, UserId};
use doorstep_records::gate::{self, Admission};
use doorstep_records::{ActorId, ChangeNote, Heads, Key, Record, RecordId, Value, canonical_json};
use ed25519_dalek::SigningKey;
use serde_bytes::ByteBuf;

use super::{FORM, Subject, World};

/// An answer as tests write it.
pub(crate) trait Given {
    fn value(&self) -> Value;
}

impl Given for &str {
    fn value(&self) -> Value {
        Value::Text((*self).to_owned())
    }
}

impl Given for &String {
    fn value(&self) -> Value {
        Value::Text((*self).clone())
    }
}

impl Given for bool {
    fn value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Given for i64 {
    fn value(&self) -> Value {
        Value::Int(*self)
    }
}

pub(crate) struct Phone {
    pub(crate) key: SigningKey,
    install: [u8; 16],
    pub(crate) user: UserId,
    pub(crate) number: u64,
    pub(crate) cursor: Option<ByteBuf>,
    /// The records it holds, with their state in lists.
    pub(crate) records: BTreeMap<RecordId, (Record, String)>,
}

impl Phone {
    pub(super) fn new(key: SigningKey, install: [u8; 16], user: UserId) -> Phone {
        Phone { key, install, user, number: 0, cursor: None, records: BTreeMap::new() }
    }

    pub(crate) fn id(&self) -> DeviceId {
        DeviceId::of_key(self.key.verifying_key().as_bytes())
    }

    pub(crate) fn seal<S: Subject>(&mut self, world: &World<S>, items: Vec<Item>) -> SignedEnvelope {
        self.number += 1;
        let envelope = Envelope {
            number: self.number,
            id: EnvelopeId::mint(1, world.random.bytes()),
            device: self.id(),
            user: self.user,
            made_at_ms: world.now(),
            items,
        };
        SignedEnvelope::seal_from(envelope, self.install, &self.key).unwrap()
    }

    pub(crate) fn actor(&self, record: RecordId) -> ActorId {
        ActorId::derive(&self.install, &self.user.to_string(), record, 0)
    }

    /// Begins a record and writes its first answers.
    pub(crate) fn begin<S: Subject>(
        &mut self,
        world: &World<S>,
        area: &str,
        answers: &[(&str, impl Given)],
    ) -> (RecordId, Vec<Item>) {
        let record = RecordId::from_parts(1_700_000_000_000, world.random.bytes());
        self.records.insert(record, (Record::new(), "draft".to_owned()));
        let change = self.write(world, record, answers);
        (record, vec![create(record, area), change])
    }

    /// Writes answers into the record as the phone holds it.
    pub(crate) fn write<S: Subject>(
        &mut self,
        world: &World<S>,
        record: RecordId,
        answers: &[(&str, impl Given)],
    ) -> Item {
        let actor = self.actor(record);
        let (document, _) = self.records.get_mut(&record).unwrap();
        write(document, &actor, world.now(), record, answers)
    }

    /// Writes answers under a version of the form and sends them.
    pub(crate) fn edit_under<S: Subject>(
        &mut self,
        world: &World<S>,
        record: RecordId,
        version: u32,
        answers: &[(&str, impl Given)],
    ) {
        let actor = self.actor(record);
        let (document, _) = self.records.get_mut(&record).unwrap();
        let change = write_under(document, &actor, (version, world.now()), record, answers);
        self.deliver(world, vec![change]);
    }

    /// Says that the record is complete under a version, and sends that.
    pub(crate) fn complete_under<S: Subject>(&mut self, world: &World<S>, record: RecordId, version: u32) {
        let mut submission = self.submit(world, record);
        if let Item::Submission { form_version, .. } = &mut submission {
            *form_version = version;
        }
        self.deliver(world, vec![submission]);
    }

    /// Writes answers and sends them.
    pub(crate) fn edit<S: Subject>(
        &mut self,
        world: &World<S>,
        record: RecordId,
        answers: &[(&str, impl Given)],
    ) {
        let change = self.write(world, record, answers);
        self.deliver(world, vec![change]);
    }

    /// Says that the record is complete as the phone holds it, and sends that.
    pub(crate) fn complete<S: Subject>(&mut self, world: &World<S>, record: RecordId) -> Heads {
        let submission = self.submit(world, record);
        self.deliver(world, vec![submission]);
        self.heads(record)
    }

    /// Sends items that are taken.
    pub(crate) fn deliver<S: Subject>(&mut self, world: &World<S>, items: Vec<Item>) {
        let accepted = vec![ItemVerdict::Accepted; items.len()];
        let envelope = self.seal(world, items);
        assert_eq!(world.push(self, &envelope), accepted);
    }

    pub(crate) fn heads(&mut self, record: RecordId) -> Heads {
        self.records.get_mut(&record).unwrap().0.heads()
    }

    pub(crate) fn submit<S: Subject>(&mut self, world: &World<S>, record: RecordId) -> Item {
        Item::Submission {
            id: world.object(),
            record,
            heads: self.heads(record),
            form_version: 1,
            at_ms: world.now(),
            note: None,
        }
    }

    /// A submitted household, on the server and on the phone.
    pub(crate) fn household<S: Subject>(&mut self, world: &World<S>, area: &str, name: &str) -> RecordId {
        self.registered(world, area, &[("name", name)])
    }

    /// The same with these answers.
    pub(crate) fn registered<S: Subject>(
        &mut self,
        world: &World<S>,
        area: &str,
        answers: &[(&str, &str)],
    ) -> RecordId {
        let (record, mut items) = self.begin(world, area, answers);
        items.push(self.submit(world, record));
        self.deliver(world, items);
        record
    }

    pub(crate) fn answers(&mut self, record: RecordId) -> String {
        canonical_json(&self.records.get_mut(&record).unwrap().0.answers())
    }

    /// The state of a record in the phone's list.
    pub(crate) fn state(&self, record: RecordId) -> &str {
        &self.records[&record].1
    }

    pub(crate) fn holds(&self, record: RecordId) -> bool {
        self.records.contains_key(&record)
    }

    /// Keeps a page as a phone does: what it knows already changes nothing.
    pub(super) fn keep(&mut self, page: &Page) {
        for item in &page.items {
            match item {
                PageItem::Snapshot { record, row, document, heads } => {
                    let mut theirs = Record::load(document).unwrap();
                    assert_eq!(theirs.heads(), *heads);
                    let raw: Vec<ByteBuf> =
                        theirs.changes().into_iter().map(|change| ByteBuf::from(change.bytes)).collect();
                    self.records.entry(*record).or_insert_with(|| (Record::new(), String::new()));
                    self.take(*record, &raw);
                    self.set_state(*record, &row.state);
                }
                PageItem::Changes { record, row, changes } => {
                    assert!(self.records.contains_key(record), "changes of a record that the phone lacks");
                    self.take(*record, changes);
                    row.iter().for_each(|row| self.set_state(*record, &row.state));
                }
                PageItem::Row { record, row } => self.set_state(*record, &row.state),
                PageItem::Left { record } => {
                    self.records.remove(record);
                }
                _ => {}
            }
        }
        self.cursor = Some(page.cursor.clone());
    }

    fn set_state(&mut self, record: RecordId, state: &str) {
        self.records
            .get_mut(&record)
            .unwrap_or_else(|| panic!("a line of a record that the phone lacks"))
            .1 = state.to_owned();
    }

    fn take(&mut self, record: RecordId, changes: &[ByteBuf]) {
        let (document, _) = self.records.get_mut(&record).unwrap();
        let facts: Vec<_> = changes.iter().map(|change| gate::inspect(change).unwrap()).collect();
        let mut admission = Admission::of(Record::load(&document.save()).unwrap());
        for verdict in admission.admit_all(&facts) {
            verdict.unwrap();
        }
        *document = admission.into_parts().0;
    }
}

pub(crate) fn create(record: RecordId, area: &str) -> Item {
    Item::Create {
        record,
        form: FORM.to_owned(),
        form_version: 1,
        area: area.to_owned(),
        subject: None,
        test: false,
    }
}

pub(crate) fn write(
    document: &mut Record,
    actor: &ActorId,
    at_ms: i64,
    record: RecordId,
    answers: &[(&str, impl Given)],
) -> Item {
    write_under(document, actor, (1, at_ms), record, answers)
}

fn write_under(
    document: &mut Record,
    actor: &ActorId,
    (version, at_ms): (u32, i64),
    record: RecordId,
    answers: &[(&str, impl Given)],
) -> Item {
    let puts: Vec<(Key, Value)> =
        answers.iter().map(|(key, value)| (Key::parse(key).unwrap(), value.value())).collect();
    let change = document.write(actor, &ChangeNote::new(version, at_ms), &puts).unwrap();
    Item::Change { record, change: ByteBuf::from(change.bytes) }
}
