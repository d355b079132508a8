//! What a damaged store still holds of work that was not sent: signed envelopes whose signature fits, facts not signed yet,
//! and the key they belong to.
//!
//! * `pages`: the file as bytes. * `rows`: rows in them. Here: which of them are taken over into a new store.
//!
//! Records are not taken over: the server has them, or gets them by this.

mod pages;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use doorstep_protocol::envelope::{Item, SignedEnvelope};
use doorstep_protocol::{DeviceId, EnvelopeId, frame};
use doorstep_records::{RecordId, gate};
use ed25519_dalek::SigningKey;
use rusqlite::Connection;
use serde_bytes::ByteBuf;

use super::meta::{self, name};
use super::{Saved, StoreError, outbox};
pub(super) use pages::Pages;
use rows::{Cell, Row};

/// What a device is: taken over when its key is found.
const PERSON: &[&str] = &[name::SEED, name::URL, name::USER, name::USER_NAME, name::USER_ROLE];

/// What is found in a damaged store.
#[derive(Default)]
struct Found {
    values: BTreeMap<String, Cell>,
    last_number: i64,
    envelopes: BTreeMap<[u8; 16], (i64, SignedEnvelope)>,
    /// Facts by their number in the outbox.
    facts: BTreeMap<i64, (Item, i64)>,
    /// Numbers of facts that are in an envelope, or answered.
    settled: BTreeSet<i64>,
    /// Changes as the document's own store keeps them until they are answered: the second place they lie in.
    changes: BTreeMap<i64, Item>,
}

/// Takes everything over that can be, from the pages of a damaged store into a new one.
pub(super) fn salvage(pages: &Pages, into: &Connection) -> Result<Saved, StoreError> {
    let mut found = Found::default();
    rows::all(pages).for_each(|row| found.take(row));
    found.keep(into)
}

impl Found {
    fn take(&mut self, row: Row) {
        match (row.number, row.cells.as_slice()) {
            (None, [Cell::Text(name), value]) if PERSON.contains(&name.as_str()) => {
                self.values.insert(name.clone(), value.clone());
            }
            (None, [Cell::Text(name), Cell::Int(number)]) if name == name::LAST_NUMBER => {
                self.last_number = self.last_number.max(*number);
            }
            (
                None,
                [
                    Cell::Blob(id),
                    Cell::Int(number),
                    Cell::Blob(body),
                    Cell::Blob(signature),
                    Cell::Text(state),
                    ..,
                ],
            ) if state == "sealed" => {
                let Ok(id) = <[u8; 16]>::try_from(id.as_slice()) else { return };
                let (body, signature) = (ByteBuf::from(body.clone()), ByteBuf::from(signature.clone()));
                self.envelopes.insert(id, (*number, SignedEnvelope { body, signature }));
            }
            (
                Some(number),
                [
                    Cell::Null,
                    Cell::Blob(record),
                    Cell::Text(_),
                    _,
                    Cell::Blob(payload),
                    Cell::Int(at_ms),
                    envelope,
                    _,
                    verdict,
                    ..,
                ],
            ) if record.len() == 16 => {
                if (envelope, verdict) != (&Cell::Null, &Cell::Null) {
                    self.settled.insert(number);
                } else if let Some(item) = fact(payload, record) {
                    self.facts.insert(number, (item, *at_ms));
                }
            }
            (
                Some(number),
                [Cell::Null, Cell::Blob(hash), Cell::Blob(record), Cell::Blob(bytes), Cell::Text(state), ..],
            ) if state == "pending" && hash.len() == 32 => {
                if let Ok(record) = RecordId::try_from(record.as_slice())
                    && gate::inspect(bytes).is_ok_and(|facts| facts.hash.to_bytes().as_slice() == hash)
                {
                    self.changes
                        .insert(number, Item::Change { record, change: ByteBuf::from(bytes.clone()) });
                }
            }
            _ => {}
        }
    }

    /// Puts it into the new store, in one transaction of the caller.
    fn keep(self, into: &Connection) -> Result<Saved, StoreError> {
        let key = match self.values.get(name::SEED) {
            Some(Cell::Blob(seed)) => {
                <[u8; 32]>::try_from(seed.as_slice()).ok().map(|seed| SigningKey::from_bytes(&seed))
            }
            _ => None,
        };
        let enrolled = key.is_some() && PERSON.iter().all(|name| self.values.contains_key(*name));
        if enrolled {
            for (name, value) in &self.values {
                match value {
                    Cell::Text(text) => meta::set(into, name, text)?,
                    Cell::Blob(bytes) => meta::set(into, name, bytes.as_slice())?,
                    _ => {}
                }
            }
        }
        let mut last_number = self.last_number;
        if let Some(key) = key.filter(|_| enrolled) {
            for (id, (number, signed)) in &self.envelopes {
                if let Some(items) = verified(*id, *number, signed, &key) {
                    outbox::put_sealed(into, (EnvelopeId::from_bytes(*id), *number), signed, &items)?;
                    last_number = last_number.max(*number);
                }
            }
        }
        meta::set(into, name::LAST_NUMBER, last_number)?;
        for (number, (item, at_ms)) in &self.facts {
            if !self.settled.contains(number) {
                outbox::enqueue(into, item, *at_ms)?;
            }
        }
        for change in self.changes.values() {
            if !outbox::has_change(into, change)? {
                outbox::enqueue(into, change, 0)?;
            }
        }
        Ok(Saved { facts: outbox::unsent(into)?, enrolled })
    }
}

/// A fact that reads well.
fn fact(payload: &[u8], record: &[u8]) -> Option<Item> {
    let item: Item = frame::from_cbor(payload).ok()?;
    let is_whole = match &item {
        Item::Change { change, .. } => gate::inspect(change).is_ok(),
        _ => true,
    };
    (is_whole && item.record().to_bytes() == record).then_some(item)
}

/// The items of an envelope that this device signed under this id and number.
fn verified(id: [u8; 16], number: i64, signed: &SignedEnvelope, key: &SigningKey) -> Option<Vec<Item>> {
    let envelope = signed.open(key.verifying_key().as_bytes()).ok()?;
    debug_assert_eq!(envelope.device, DeviceId::of_key(key.verifying_key().as_bytes()));
    let is_ours = envelope.id.to_bytes() == id && i64::try_from(envelope.number) == Ok(number);
    is_ours.then_some(envelope.items)
}
