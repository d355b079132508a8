//! Situation 10: three people enter one household's income. What each entered is an item of its own and stays; the total
//! follows from the items and is never merged; the total that was told stays beside it, with the difference. Two values
//! of one item are different answers, and a person chooses.

use doorstep_server::reconcile::flag::FlagKind;
use serde_json::{Value, json};

use crate::field::{Field, VILLAGE, answer, given, pairs, row, submit};
use crate::household::approved;

#[test]
fn items_unite_totals_follow_and_what_was_told_stays() {
    let field = Field::new(&["household_register"]);
    let mut phones = ["li", "wang", "zhao"].map(|name| field.phone(name, &[VILLAGE]));
    let [a, b, c] = &mut phones;
    let year = [
        ("years/2014/accounting_start", json!("2014-01-01")),
        ("years/2014/accounting_end", json!("2014-12-31")),
        ("years/2014/is_estimate", json!(true)),
    ];
    let (record, head) = approved(&field, a, &year);
    answer(a, record, &[(&format!("{head}/counts_in_income"), json!(true))]);
    row(a, record, "years/2014/wage", &[("employer", json!("烘干塔")), ("amount", json!("20000"))]);
    submit(a, record);
    field.sync(a);
    field.approve(record);
    field.sync_all(&mut [b, c]);

    let son = row(a, record, "years/2014/wage", &[("employer", json!("粮库")), ("amount", json!("21600"))]);
    row(b, record, "years/2014/transfer", &[("kind", json!("dibao")), ("amount", json!("4000"))]);
    answer(c, record, &[("years/2014/declared_total", json!("46500"))]);
    for phone in [&mut *a, &mut *b, &mut *c] {
        submit(phone, record);
    }
    field.sync_all(&mut [a, b, c]);
    assert_eq!(field.flags(record, FlagKind::Conflict), [], "different items");
    let view = field.view(record);
    let calculated = |key: &str| view.calculated[&format!("years/2014/{key}")].clone();
    assert_eq!(calculated("gross"), json!("45600"));
    assert_eq!((calculated("net"), calculated("percap_net")), (json!("45600"), json!("45600")));
    assert_eq!(view.answers["years/2014/declared_total"].value, "46500");
    assert_eq!(calculated("declared_gap"), json!("900"));
    let warned: Vec<&str> =
        view.violations.iter().filter(|one| one.severity == "warning").map(|one| one.key.as_str()).collect();
    assert!(warned.contains(&"declared_differs"), "the difference is shown: {warned:?}");
    field.approve(record);
    let dataset = |key: &str| field.in_dataset(record, &format!("years/2014/{key}"));
    assert_eq!(
        [dataset("gross"), dataset("declared_total"), dataset("declared_gap")],
        [json!("45600"), json!("46500"), json!("900")]
    );
    // No total is an answer of anybody.
    for derived in ["gross", "net", "percap_net", "declared_gap"] {
        assert_eq!(field.history(record, &format!("years/2014/{derived}")), [], "{derived}");
    }

    // Two values for one item.
    field.sync_all(&mut [a, b, c]);
    let amount = format!("{son}/amount");
    answer(a, record, &[(&amount, json!("20700"))]);
    answer(b, record, &[(&amount, json!("22500"))]);
    for phone in [&mut *a, &mut *b] {
        submit(phone, record);
    }
    field.sync_all(&mut [a, b, c]);
    let view = field.view(record);
    assert_eq!(
        given(&view.answers[&amount].candidates),
        [("li".to_owned(), json!("20700")), ("wang".to_owned(), json!("22500"))]
    );
    assert!(
        view.answers[&amount].candidates.iter().all(|one| !one.suggested),
        "nobody's is preferred by itself"
    );
    assert_eq!(field.try_approve(record, &[]), pairs(&[("conflict", &amount)]));
    let stands = |path: &str| -> Value { field.in_dataset(record, path) };
    assert_eq!((stands(&amount), stands("years/2014/gross")), (json!("21600"), json!("45600")));
    // The supervisor goes by the pay slip, and says so.
    field.office_edit(record, &[(&amount, json!("22500"))], "工资条");
    field.approve(record);
    assert_eq!(
        [stands(&amount), stands("years/2014/gross"), stands("years/2014/declared_gap")],
        [json!("22500"), json!("46500"), json!("0")]
    );
    let said = field.history(record, &amount);
    for (value, by) in [("21600", "li"), ("20700", "li"), ("22500", "wang"), ("22500", "shen")] {
        assert!(said.contains(&(json!(value), by.to_owned())), "{value} by {by}: {said:?}");
    }
    field.rebuild();
}
