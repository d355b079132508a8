//! A household that is complete enough to be approved without a waiver.

use doorstep_records::RecordId;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Answers, Field, answer, begin, row, submit};

/// What an entry from the office's records must have.
pub(crate) fn basics() -> Vec<(&'static str, Value)> {
    vec![
        ("form_mode", json!("new_register")),
        ("event_date", json!("2015-12-13")),
        ("visit_mode", json!("office_records")),
    ]
}

/// A household with a head, approved and on the phone; and the path of its head.
pub(crate) fn approved(field: &Field, phone: &mut Phone, answers: Answers<'_>) -> (RecordId, String) {
    let record = begin(phone, "household_register", None, &basics());
    answer(phone, record, answers);
    let head = row(phone, record, "members", &[("name", json!("赵一")), ("relation", json!("head"))]);
    submit(phone, record);
    field.sync(phone);
    field.approve(record);
    field.sync(phone);
    (record, head)
}
