//! Situation 7: two people give different causes of poverty for one household.
//!
//! The main cause is one answer: both stand until somebody chooses. The other causes are ticks and unite, here to three
//! where two are allowed: an error for a person, never a silent cut. Until then the causes that were approved stand.

use doorstep_server::reconcile::flag::FlagKind;
use serde_json::{Value, json};

use crate::field::{Field, VILLAGE, answer, given, pairs, submit};
use crate::household::approved;

#[test]
fn main_causes_conflict_and_other_causes_unite_beyond_what_is_allowed() {
    let field = Field::new(&["household_register"]).over_http();
    let (mut a, mut b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    let before = [
        ("poor", json!(true)),
        ("household_attribute", json!("general_poor")),
        ("cause_main", json!("disaster")),
        ("causes_other/no_water", json!(true)),
    ];
    let (record, _) = approved(&field, &mut a, &before);
    field.sync(&mut b);
    let causes = |row: &serde_json::Map<String, Value>| -> Vec<(String, Value)> {
        let of_causes = row.iter().filter(|(path, _)| path.starts_with("cause"));
        of_causes.map(|(path, value)| (path.clone(), value.clone())).collect()
    };
    let stands = causes(&field.row(record).unwrap());
    assert_eq!(stands.len(), 2, "{stands:?}");

    // Both find that water is no longer a cause, and each finds others.
    answer(
        &mut a,
        record,
        &[
            ("causes_other/no_water", json!(false)),
            ("cause_main", json!("illness")),
            ("causes_other/no_labour", json!(true)),
            ("causes_other/disability", json!(true)),
        ],
    );
    answer(
        &mut b,
        record,
        &[
            ("causes_other/no_water", json!(false)),
            ("cause_main", json!("transport")),
            ("causes_other/no_skill", json!(true)),
        ],
    );
    for phone in [&mut a, &mut b] {
        submit(phone, record);
    }
    field.sync_all(&mut [&mut a, &mut b]);

    let view = field.view(record);
    assert_eq!(
        given(&view.answers["cause_main"].candidates),
        [("li".to_owned(), json!("illness")), ("wang".to_owned(), json!("transport"))]
    );
    let ticked: Vec<&str> = view
        .answers
        .iter()
        .filter(|(path, answer)| path.starts_with("causes_other/") && answer.value == true)
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(ticked, ["causes_other/disability", "causes_other/no_labour", "causes_other/no_skill"]);
    assert_eq!(field.flags(record, FlagKind::Conflict), pairs(&[("different_answers", "cause_main")]));
    assert_eq!(field.flags(record, FlagKind::Invalid), pairs(&[("causes_other_two", "causes_other")]));
    assert_eq!(causes(&field.row(record).unwrap()), stands, "what was approved stands");

    // The one is not approved without the other, nor cut to fit.
    assert_eq!(field.try_approve(record, &[]), pairs(&[("conflict", "cause_main")]));
    assert_eq!(
        field.try_approve(record, &[("conflict", "cause_main")]),
        pairs(&[("causes_other_two", "causes_other")])
    );
    assert_eq!(causes(&field.row(record).unwrap()), stands);

    // A person chooses a main cause that somebody named among the others: there it has to go.
    field.office_edit(record, &[("cause_main", json!("disability"))], "评议会议定");
    assert_eq!(field.flags(record, FlagKind::Conflict), []);
    let errors = field.try_approve(record, &[]);
    assert!(errors.contains(&("causes_other_not_main".to_owned(), "causes_other".to_owned())), "{errors:?}");
    field.office_edit(record, &[("causes_other/disability", json!(false))], "已选为主因");
    field.approve(record);
    let row = field.row(record).unwrap();
    assert_eq!(row["cause_main"], "disability");
    let others: Vec<&String> = row
        .iter()
        .filter(|(path, value)| path.starts_with("causes_other/") && **value == true)
        .map(|(path, _)| path)
        .collect();
    assert_eq!(others, ["causes_other/no_labour", "causes_other/no_skill"]);

    // And both phones are told; what each had said is in the history.
    field.sync_all(&mut [&mut a, &mut b]);
    for phone in [&mut a, &mut b] {
        assert_eq!(crate::field::shown(phone, record, "cause_main").0, "disability");
    }
    let said = field.history(record, "cause_main");
    for (value, by) in [("illness", "li"), ("transport", "wang"), ("disability", "shen"), ("disaster", "li")]
    {
        assert!(said.contains(&(json!(value), by.to_owned())), "{value} by {by}: {said:?}");
    }
    field.rebuild();
}
