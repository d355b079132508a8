//! Situation 5: the supervisor corrects while the enumerator goes on editing without a network.
//!
//! An approval pins what its approver saw. What the enumerator wrote meanwhile is an amendment: other answers unite and
//! wait for review; at the same answer the supervisor's value stays in the dataset and the enumerator's stands beside
//! it. What is sent back clears nothing on a phone that has newer answers.

use doorstep_records::RecordId;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::rule::Decision;
use doorstep_server::review::state::RecordState;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::reviews::Decided;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Field, VILLAGE, answer, given, pairs, shown, submit};
use crate::household::approved;

const FORM: &str = "household_register";

fn corrected() -> (Field, Phone, RecordId) {
    let field = Field::new(&[FORM]).over_http();
    let mut li = field.phone("li", &[VILLAGE]);
    let (record, _) =
        approved(&field, &mut li, &[("address", json!("大湾1号")), ("phone", json!("13900000001"))]);
    answer(&mut li, record, &[("phone", json!("13900000002")), ("cultivated_mu", json!("3.5"))]);
    field.office_edit(record, &[("phone", json!("13900000003"))], "村委会登记簿");
    field.approve(record);
    (field, li, record)
}

#[test]
fn a_correction_stands_and_the_phones_answers_wait_beside_it() {
    let (field, mut li, record) = corrected();
    let dataset = |path: &str| field.in_dataset(record, path);
    assert_eq!(dataset("phone"), "13900000003");

    field.sync(&mut li);
    assert_eq!((dataset("phone"), dataset("cultivated_mu")), (json!("13900000003"), Value::Null));
    let view = field.view(record);
    assert_eq!(view.line.state, RecordState::Approved);
    assert_eq!(
        given(&view.answers["phone"].candidates),
        [("li".to_owned(), json!("13900000002")), ("shen".to_owned(), json!("13900000003"))]
    );
    assert_eq!(
        field.flags(record, FlagKind::Conflict),
        pairs(&[("different_answers", "phone")]),
        "the other answer unites"
    );
    let amendment: Vec<&str> = view.amendment.iter().map(|answer| answer.path.as_str()).collect();
    assert_eq!(amendment, ["cultivated_mu", "phone"]);

    submit(&mut li, record);
    field.sync(&mut li);
    assert_eq!(field.try_approve(record, &[]), pairs(&[("conflict", "phone")]));
    assert_eq!(field.try_approve(record, &[("conflict", "phone")]), []);
    assert_eq!((dataset("phone"), dataset("cultivated_mu")), (json!("13900000003"), json!("3.5")));

    let (_, candidates) = shown(&mut li, record, "phone");
    assert_eq!(candidates.len(), 2, "the phone shows both as well");
    let device = li.device().unwrap();
    device.session(record).unwrap().resolve("phone", &json!("13900000002"), Some("当面核对")).unwrap();
    submit(&mut li, record);
    field.sync(&mut li);
    assert_eq!(dataset("phone"), "13900000003", "until it is approved");
    field.approve(record);
    assert_eq!(dataset("phone"), "13900000002");
    let given: Vec<Value> = field.history(record, "phone").into_iter().map(|(value, _)| value).collect();
    for value in ["13900000001", "13900000002", "13900000003"] {
        assert!(given.contains(&json!(value)), "{value} is in the history: {given:?}");
    }
    field.rebuild();
}

#[test]
fn an_approval_of_what_was_corrected_before_the_first_one_pins_the_correction() {
    let field = Field::new(&[FORM]);
    let mut li = field.phone("li", &[VILLAGE]);
    let record = crate::field::begin(&mut li, FORM, None, &crate::household::basics());
    answer(&mut li, record, &[("address", json!("大湾1号"))]);
    submit(&mut li, record);
    field.sync(&mut li);
    answer(&mut li, record, &[("address", json!("大湾3号")), ("cultivated_mu", json!("2"))]);
    field.office_edit(record, &[("address", json!("大湾2号"))], "门牌");
    // What the supervisor was shown, while the phone's newer answers come in.
    let (store, scope) = field.office();
    let seen = store.record_get(&scope, record, &At::ToReview).unwrap().heads;
    field.sync(&mut li);
    let decided = field.decide(record, &seen, Decision::Approve, &[], Vec::new());
    let Decided::Taken(reviewed) = decided else { panic!("{decided:?}") };
    assert!(reviewed.newer, "told that more has come");
    assert_eq!(
        (field.in_dataset(record, "address"), field.in_dataset(record, "cultivated_mu")),
        (json!("大湾2号"), Value::Null)
    );
    assert_eq!(
        given(&field.view(record).answers["address"].candidates),
        [("li".to_owned(), json!("大湾3号")), ("shen".to_owned(), json!("大湾2号"))]
    );
}

#[test]
fn what_is_sent_back_keeps_the_newer_answers_of_the_phone() {
    let field = Field::new(&[FORM]);
    let mut li = field.phone("li", &[VILLAGE]);
    let record = crate::field::begin(&mut li, FORM, None, &crate::household::basics());
    answer(&mut li, record, &[("address", json!("大湾1号")), ("cultivated_mu", json!("2"))]);
    submit(&mut li, record);
    field.sync(&mut li);
    answer(&mut li, record, &[("address", json!("大湾1号之二")), ("forest_mu", json!("7"))]);
    let seen = field.view(record).heads;
    let decided = field.decide(record, &seen, Decision::SendBack, &[("address", "请核实住址")], Vec::new());
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");

    field.sync(&mut li);
    let device = li.device().unwrap();
    assert_eq!(device.row(record).unwrap().state, "sent_back");
    let said = device.comments(record).unwrap();
    assert_eq!(
        (said.len(), said[0].path.as_deref(), said[0].text.as_str()),
        (1, Some("address"), "请核实住址")
    );
    for (path, value) in [("address", "大湾1号之二"), ("cultivated_mu", "2"), ("forest_mu", "7")] {
        assert_eq!(shown(&mut li, record, path).0, value, "{path} is still there");
    }
    let view = field.view(record);
    assert_eq!((view.line.state, &view.answers["forest_mu"].value), (RecordState::SentBack, &json!("7")));
    submit(&mut li, record);
    field.sync(&mut li);
    field.approve(record);
    assert_eq!(field.in_dataset(record, "address"), "大湾1号之二");
}
