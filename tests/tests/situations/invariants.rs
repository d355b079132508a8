//! What must hold whatever arrives when and how often: the same dataset, the same counts.

use std::collections::BTreeMap;

use doorstep_protocol::{DeviceId, SignedEnvelope};
use doorstep_records::RecordId;
use doorstep_tests::sim::phone::Phone;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use crate::field::{Field, VILLAGE, answer, begin, outbox, row, submit};
use crate::household::{approved, basics};

/// A village in which two people have worked without a network.
struct Village {
    field: Field,
    phones: Vec<Phone>,
    records: [RecordId; 3],
    letters: Vec<(DeviceId, SignedEnvelope)>,
}

impl Village {
    /// Both edit a known household, each begins another.
    fn new() -> Village {
        let field = Field::new(&["household_register"]);
        let mut phones: Vec<Phone> = ["li", "wang"].map(|name| field.phone(name, &[VILLAGE])).into();
        let poor = ("register_status", json!("registered"));
        let (known, _) = approved(&field, &mut phones[0], std::slice::from_ref(&poor));
        field.sync(&mut phones[1]);
        let mut letters = Vec::new();
        let mut begun = Vec::new();
        for (number, phone) in phones.iter_mut().enumerate() {
            answer(phone, known, &[("phone", json!(format!("1390000000{number}")))]);
            outbox(phone);
            answer(phone, known, &[(["forest_mu", "idle_mu"][number], json!("1"))]);
            outbox(phone);
            submit(phone, known);
            outbox(phone);
            let record = begin(phone, "household_register", None, &basics());
            outbox(phone);
            answer(phone, record, std::slice::from_ref(&poor));
            outbox(phone);
            for (name, relation) in [("赵一", "head"), ("钱二", "spouse")] {
                row(phone, record, "members", &[("name", json!(name)), ("relation", json!(relation))]);
                outbox(phone);
            }
            submit(phone, record);
            let device = phone.device().unwrap().id().unwrap().unwrap();
            letters.extend(outbox(phone).into_iter().map(|letter| (device, letter)));
            begun.push(record);
        }
        Village { field, phones, records: [known, begun[0], begun[1]], letters }
    }

    /// Letters arrive in an order, some of them again; then all sync and everything is approved, with what differs let stand.
    fn after(&mut self, order: &[usize]) -> (BTreeMap<String, String>, Vec<Map<String, Value>>) {
        let (field, mut phones) = self.field.copied(&mut self.phones);
        for at in order {
            let (device, letter) = &self.letters[*at];
            field.deliver(*device, vec![letter.clone()]);
        }
        field.sync_all(&mut phones.iter_mut().collect::<Vec<_>>());
        for record in self.records {
            let waived: &[(&str, &str)] =
                if record == self.records[0] { &[("conflict", "phone")] } else { &[] };
            assert_eq!(field.try_approve(record, waived), []);
        }
        let rows = self.records.iter().map(|record| field.row(*record).unwrap()).collect();
        (field.report("T2a"), rows)
    }
}

#[test]
fn neither_order_nor_repetition_changes_the_dataset_or_a_count() {
    let mut village = Village::new();
    let all: Vec<usize> = (0..village.letters.len()).collect();
    let plain = village.after(&all);
    assert_eq!(plain.0["poor_files.households"], "3");
    assert_eq!(plain.0["poor_files.persons"], "5");
    let orders = (Just(all).prop_shuffle(), prop::collection::vec((any::<Index>(), any::<Index>()), 0..12));
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let village = std::cell::RefCell::new(village);
    runner
        .run(&orders, |(mut order, again)| {
            for (which, place) in again {
                let letter = order[which.index(order.len())];
                order.insert(place.index(order.len() + 1), letter);
            }
            prop_assert_eq!(&village.borrow_mut().after(&order), &plain);
            Ok(())
        })
        .unwrap();
}
