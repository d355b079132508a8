//! Situation 6: a code list grows from 21 diseases to 25 while phones still hold 21.
//!
//! What was answered under the shorter list is valid under it for ever. A disease written down as text is never recoded
//! silently: it waits in the mapping queue; the mapping is a change of its own, in the reviewer's name, that cites the
//! text; and the text stays. (That an old phone shows and keeps a code it does not know: `client-core/tests/drafts.rs`;
//! that no code is used again: `schemas/tests/health.rs` and the classes of change.)

use doorstep_records::{Key, RecordId};
use doorstep_server::mapping::{NewMapping, Unmapped};
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::store::mappings::Mappings;
use doorstep_server::store::records::Records;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Answers, Field, VILLAGE, answer, begin, row, submit};

const FORM: &str = "health_service_record";

/// A registered person with one case in treatment; the path of the case.
fn patient(phone: &mut Phone, name: &str, disease: Answers<'_>) -> (RecordId, String) {
    let record = begin(
        phone,
        FORM,
        None,
        &[
            ("event_date", json!("2015-12-10")),
            ("household_no", json!("00012")),
            ("member_name", json!(name)),
            ("sex", json!("male")),
            ("birth_date", json!("1950-01-01")),
            ("insurance", json!("resident")),
            ("contract/signed", json!(false)),
            ("classes/registered", json!(true)),
        ],
    );
    let case = [
        ("case_kind", json!("major")),
        ("diagnosed_on", json!("2015-10-01")),
        ("hospital", json!("县医院")),
        ("evidence", json!("inpatient")),
        ("treatment_state", json!("treating")),
    ];
    let path = row(phone, record, "cases", &case);
    for (key, value) in disease {
        answer(phone, record, &[(&format!("{path}/{key}"), value.clone())]);
    }
    submit(phone, record);
    (record, path)
}

fn queue(field: &Field) -> Vec<Unmapped> {
    let (store, scope) = field.office();
    store.mapping_queue(&scope, Some(FORM), 10).unwrap()
}

/// Patients and those cared for: in the first version of the list, added by the second, outside the list.
fn care(field: &Field) -> [String; 6] {
    let figures = field.report("T1c");
    ["list_first", "list_second", "outside_list"]
        .into_iter()
        .flat_map(|row| ["patients", "treated"].map(|key| format!("{row}.{key}")))
        .map(|key| figures[&key].clone())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

#[test]
fn text_of_the_shorter_list_waits_for_a_person_to_map_it() {
    let field = Field::new(&[FORM]);
    let (mut old, mut new) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    // Far from any network: under version 1, which has no stroke.
    let (cancer, _) = patient(&mut old, "赵一", &[("disease_code", json!("md01"))]);
    let (stroke, case) = patient(&mut old, "钱二", &[("disease_other", json!("脑卒中"))]);
    field.publish(FORM, 2);
    field.sync(&mut new);
    let (other, other_case) = patient(&mut new, "孙三", &[("disease_code", json!("md23"))]);
    field.sync_all(&mut [&mut old, &mut new]);

    for (record, version) in [(cancer, 1), (stroke, 1), (other, 2)] {
        assert_eq!(field.view(record).judged_by, version);
        assert_eq!(field.flags(record, FlagKind::Invalid), [], "valid under its own version");
        field.approve(record);
    }
    let code = format!("{case}/disease_code");
    assert_eq!(field.history(stroke, &code), [], "nothing is recoded silently");
    assert_eq!(care(&field), ["1", "1", "1", "1", "1", "1"]);
    let waiting = queue(&field);
    assert_eq!((waiting.len(), waiting[0].record, waiting[0].text.as_str()), (1, stroke, "脑卒中"));
    let likely = waiting[0].likely.as_ref().unwrap();
    assert_eq!((likely.code.as_str(), likely.version), ("md23", 2), "offered, not taken");

    let (store, scope) = field.office();
    let mapping = NewMapping {
        form: FORM.to_owned(),
        text: "脑卒中".to_owned(),
        code: "md23".to_owned(),
        reason: "县医院诊断证明".to_owned(),
        records: Vec::new(),
        at_ms: field.server.time().now_ms(),
    };
    let done = store.mapping_apply(&scope, &mapping, field.server.dice()).unwrap();
    assert_eq!((done.mapped.len(), done.refused.len(), done.mapped[0].version), (1, 0, 2));
    field.server.reconcile().unwrap();
    assert_eq!(field.in_dataset(stroke, &code), Value::Null, "until it is approved");
    let key = Key::parse(&code).unwrap();
    let lines = store.record_history(&scope, stroke, Some(&key)).unwrap();
    let given_by = waiting[0].change.unwrap();
    assert_eq!((lines.len(), lines[0].by.as_ref().unwrap().name.as_str()), (1, "shen"));
    assert_eq!((lines[0].cites, lines[0].form_version), (Some(given_by), 2), "it cites the text");
    field.approve(stroke);
    assert_eq!(field.in_dataset(stroke, &code), "md23");
    assert_eq!(care(&field), ["1", "1", "2", "2", "0", "0"], "the rate of the first version is what it was");
    assert_eq!(queue(&field), []);
    let text = format!("{case}/disease_other");
    assert_eq!(field.history(stroke, &text), [(json!("脑卒中"), "li".to_owned())], "the text stays");
    assert_eq!(field.in_dataset(other, &format!("{other_case}/disease_code")), "md23");

    // The phone that wrote the text hears of its code.
    field.sync_all(&mut [&mut old, &mut new]);
    assert_eq!(crate::field::shown(&mut old, stroke, &code).0, "md23");
    field.rebuild();
}
