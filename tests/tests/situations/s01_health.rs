//! Situation 1: a village doctor and a cadre say different things of one person's health.
//!
//! Ill and healthy exclude each other: both answers stand with their authors, in the queue, on the phones and in the
//! record; the doctor's is suggested, and until somebody chooses what was approved stands. Two illnesses are no
//! contradiction and unite.

use doorstep_records::RecordId;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::model::RecordFilter;
use doorstep_server::store::records::Records;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Field, VILLAGE, answer, given, pairs, submit};
use crate::household::approved;

fn town() -> (Field, Phone, Phone, RecordId, String) {
    let field = Field::new(&["household_register"]);
    let (mut cadre, mut doctor) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    field.post("li", "cadre");
    field.post("wang", "doctor");
    let (record, head) =
        approved(&field, &mut cadre, &[("poor", json!(true)), ("cause_main", json!("illness"))]);
    field.sync_all(&mut [&mut cadre, &mut doctor]);
    (field, cadre, doctor, record, head)
}

/// The health that the dataset shows.
fn health(field: &Field, record: RecordId) -> Vec<String> {
    let row = field.row(record).unwrap();
    let ticked = row.into_iter().filter(|(path, value)| path.contains("/health/") && *value == true);
    ticked.filter_map(|(path, _)| Some(path.rsplit_once('/')?.1.to_owned())).collect()
}

#[test]
fn ill_and_healthy_stand_against_each_other_and_the_doctors_is_suggested() {
    let (field, mut cadre, mut doctor, record, head) = town();
    let (ill, well) = (format!("{head}/health/major_illness"), format!("{head}/health/healthy"));
    answer(&mut doctor, record, &[(&ill, json!(true))]);
    doctor.device().unwrap().comment(record, Some(&ill), "县医院诊断证明").unwrap();
    answer(&mut cadre, record, &[(&well, json!(true))]);
    for phone in [&mut cadre, &mut doctor] {
        submit(phone, record);
    }
    field.sync_all(&mut [&mut cadre, &mut doctor]);

    let view = field.view(record);
    let candidates = &view.answers[&well].candidates;
    assert_eq!(
        given(candidates),
        [("li".to_owned(), json!(true)), ("wang".to_owned(), json!(false))],
        "whoever says ill says not healthy"
    );
    let suggested: Vec<&Value> =
        candidates.iter().filter(|one| one.suggested).map(|one| &one.value).collect();
    assert_eq!(suggested, [&json!(false)], "the doctor's");
    assert_eq!(given(&view.answers[&ill].candidates), [("wang".to_owned(), json!(true))]);
    assert_eq!(view.comments.len(), 1, "with what it rests on");
    assert_eq!(field.flags(record, FlagKind::Conflict), pairs(&[("different_answers", &well)]));
    let (store, scope) = field.office();
    let filter = RecordFilter { flag: Some(FlagKind::Conflict), ..RecordFilter::default() };
    assert_eq!(store.record_list(&scope, &filter, None, 10).unwrap().total, 1, "listed for the office");
    assert_eq!(field.try_approve(record, &[]), pairs(&[("conflict", &well)]));
    assert_eq!(health(&field, record), [""; 0], "what was approved stands");

    // Both phones suggest the same.
    for phone in [&mut cadre, &mut doctor] {
        let shown = phone.device().unwrap().show(record).unwrap();
        let [conflict] = &shown.conflicts[..] else { panic!("{:?}", shown.conflicts) };
        let marks: Vec<(&str, &Value)> = conflict
            .candidates
            .iter()
            .filter(|one| one.suggested)
            .map(|one| (one.by.as_str(), &one.value))
            .collect();
        assert_eq!(
            (conflict.path.as_str(), marks),
            (well.as_str(), vec![("wang", &json!(false))]),
            "{}",
            phone.name
        );
    }

    // Somebody chooses what is suggested.
    field.office_edit(record, &[(&well, json!(false))], "县医院诊断证明");
    field.approve(record);
    assert_eq!(health(&field, record), ["major_illness"]);
    let warned = field.view(record).violations;
    assert!(warned.iter().all(|one| one.key != "illness_all_healthy"), "the main cause was looked at again");
    field.rebuild();
    assert_eq!(health(&field, record), ["major_illness"]);
}

/// The cadre's choice is as possible, and the main cause is looked at again then.
#[test]
fn nobody_is_bound_to_the_suggestion() {
    let (field, mut cadre, mut doctor, record, head) = town();
    let (ill, well) = (format!("{head}/health/major_illness"), format!("{head}/health/healthy"));
    answer(&mut doctor, record, &[(&ill, json!(true))]);
    answer(&mut cadre, record, &[(&well, json!(true))]);
    for phone in [&mut cadre, &mut doctor] {
        submit(phone, record);
    }
    field.sync_all(&mut [&mut cadre, &mut doctor]);
    // On a phone, choosing "healthy" takes the illness away in the same change.
    let mut session = cadre.device().unwrap().session(record).unwrap();
    session.resolve(&well, &json!(true), Some("复查无病")).unwrap();
    session.submit(None, true).unwrap();
    field.sync_all(&mut [&mut cadre, &mut doctor]);
    field.approve(record);
    assert_eq!(health(&field, record), ["healthy"]);
    let warned: Vec<String> = field.view(record).violations.into_iter().map(|one| one.key).collect();
    assert!(warned.contains(&"illness_all_healthy".to_owned()), "{warned:?}");
    assert_eq!(
        field.history(record, &ill)[0],
        (json!(true), "wang".to_owned()),
        "and the doctor's stays in the history"
    );
}

#[test]
fn two_illnesses_unite() {
    let (field, mut cadre, mut doctor, record, head) = town();
    answer(&mut doctor, record, &[(&format!("{head}/health/chronic"), json!(true))]);
    answer(&mut cadre, record, &[(&format!("{head}/health/disabled"), json!(true))]);
    for phone in [&mut cadre, &mut doctor] {
        submit(phone, record);
    }
    field.sync_all(&mut [&mut cadre, &mut doctor]);
    assert_eq!(field.flags(record, FlagKind::Conflict), []);
    field.approve(record);
    assert_eq!(health(&field, record), ["chronic", "disabled"]);
}

/// A disability card outweighs both: whoever holds one counts as disabled, whatever was ticked.
#[test]
fn a_disability_card_outweighs_ticks() {
    let (field, mut cadre, mut doctor, record, head) = town();
    let card = [
        (format!("{head}/id_kind"), json!("disability_card")),
        (format!("{head}/id_no"), json!("99999919700101001744")),
    ];
    for (path, value) in &card {
        answer(&mut doctor, record, &[(path, value.clone())]);
    }
    answer(&mut cadre, record, &[(&format!("{head}/health/healthy"), json!(true))]);
    for phone in [&mut cadre, &mut doctor] {
        submit(phone, record);
    }
    field.sync_all(&mut [&mut cadre, &mut doctor]);
    field.approve(record);
    assert_eq!(field.in_dataset(record, &format!("{head}/disabled")), true);
    let warned: Vec<String> = field.view(record).violations.into_iter().map(|one| one.key).collect();
    assert!(warned.contains(&"disability_card_health".to_owned()), "{warned:?}");
}
