//! Situation 11: money entered on two phones.
//!
//! A payment entered twice (voucher, payee and amount are the same) is a suspicion that a person judges: until then it
//! counts once, and then one of the two is reversed, not erased. Two different payments that together are more than what
//! is left are both kept: the overdraft is an error for a person, and no fact is refused.

use doorstep_records::RecordId;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Field, VILLAGE, answer, begin, pairs, row, submit};

const FORM: &str = "project_fund_ledger";

/// A project with so much money, approved and on both phones.
fn project(field: &Field, [a, b]: [&mut Phone; 2], class: &str, money: &str) -> RecordId {
    let record = begin(
        a,
        FORM,
        None,
        &[
            ("project_no", json!("XM-01")),
            ("name", json!("雨露计划")),
            ("event_date", json!("2015-12-10")),
            ("programme", json!("fiscal")),
            ("class", json!(class)),
            ("state", json!("on_site")),
        ],
    );
    for breach in ["procedure", "withheld", "squeezed", "diverted", "embezzled", "defrauded", "held_up"] {
        answer(a, record, &[(&format!("breaches/{breach}"), json!(false))]);
    }
    row(a, record, "division_codes", &[("code", json!(VILLAGE))]);
    let grant = [
        ("kind", json!("appropriation")),
        ("year", json!(2015)),
        ("source", json!("county")),
        ("amount", json!(money)),
        ("date", json!("2015-06-01")),
        ("voucher_no", json!("BK-1")),
    ];
    row(a, record, "entries", &grant);
    submit(a, record);
    field.sync(a);
    field.approve(record);
    field.sync_all(&mut [a, b]);
    record
}

fn payment(phone: &mut Phone, record: RecordId, kind: &str, voucher: &str, amount: &str) -> String {
    let payment = [
        ("kind", json!(kind)),
        ("year", json!(2015)),
        ("amount", json!(amount)),
        ("date", json!("2015-07-01")),
        ("voucher_no", json!(voucher)),
        ("purpose", json!("subsidy")),
        ("payee_kind", json!("member")),
        ("payee", json!("赵一")),
        ("subsidy_item", json!("rain_dew")),
    ];
    // Of a disbursement no item is asked for.
    let asked = if kind == "payment" { &payment[..] } else { &payment[..8] };
    let entry = row(phone, record, "entries", asked);
    submit(phone, record);
    entry
}

/// Money of all subsidies, and of this one.
fn paid(field: &Field) -> [String; 2] {
    let figures = field.report("T6");
    ["subsidies.money", "rain_dew.money"].map(|key| figures[key].clone())
}

#[test]
fn one_payment_entered_on_two_phones_counts_once() {
    let field = Field::new(&[FORM]);
    let (mut a, mut b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    let record = project(&field, [&mut a, &mut b], "household_subsidy", "100000");
    payment(&mut a, record, "payment", "PZ-7", "1500");
    field.days(1);
    let again = payment(&mut b, record, "payment", "PZ-7", "1500");
    field.sync_all(&mut [&mut a, &mut b]);
    assert_eq!(field.flags(record, FlagKind::Conflict), [], "two entries");
    let view = field.view(record);
    let warned: Vec<(&str, &str)> = view
        .violations
        .iter()
        .filter(|one| one.severity == "warning")
        .map(|one| (one.key.as_str(), one.path.as_str()))
        .collect();
    let voucher = format!("{again}/voucher_no");
    assert!(warned.contains(&("voucher_repeated", voucher.as_str())), "{warned:?}");
    assert_eq!(view.calculated[&format!("{again}/repeated")], json!(true));
    field.approve(record);
    assert_eq!(paid(&field), ["1500", "1500"], "until it is judged it counts once");
    assert_eq!(field.in_dataset(record, "paid"), "1500");

    // Judged to be the same: that alone is not enough, it has to be reversed.
    field.office_edit(record, &[(&format!("{again}/judged"), json!("same"))], "核对凭证");
    let judged = format!("{again}/judged");
    assert_eq!(field.try_approve(record, &[]), pairs(&[("same_needs_reversal", &judged)]));
    let reversed = again.rsplit('/').next().unwrap();
    let reversal = [
        ("kind", json!("reversal")),
        ("year", json!(2015)),
        ("amount", json!("1500")),
        ("date", json!("2015-12-12")),
        ("voucher_no", json!("CX-1")),
        ("reverses", json!(reversed)),
        ("reason", json!("重复登记")),
    ];
    field.sync(&mut a);
    row(&mut a, record, "entries", &reversal);
    submit(&mut a, record);
    field.sync(&mut a);
    field.approve(record);
    assert_eq!(paid(&field), ["1500", "1500"], "one reversed, not erased");
    assert_eq!(field.in_dataset(record, &format!("{again}/amount")), "1500", "it is still there");
    field.rebuild();
}

/// Two payments that are alike and are two: judged to be different, both count.
#[test]
fn what_is_judged_to_be_two_counts_twice() {
    let field = Field::new(&[FORM]);
    let (mut a, mut b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    let record = project(&field, [&mut a, &mut b], "household_subsidy", "100000");
    payment(&mut a, record, "payment", "PZ-7", "1500");
    field.days(1);
    let again = payment(&mut b, record, "payment", "PZ-7", "1500");
    field.sync_all(&mut [&mut a, &mut b]);
    field.office_edit(record, &[(&format!("{again}/judged"), json!("different"))], "两名学生");
    field.approve(record);
    assert_eq!(paid(&field), ["3000", "3000"]);
}

#[test]
fn two_disbursements_beyond_what_is_left_are_both_kept() {
    let field = Field::new(&[FORM]);
    let (mut a, mut b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    let record = project(&field, [&mut a, &mut b], "infrastructure", "50");
    let first = payment(&mut a, record, "disbursement", "PZ-1", "30");
    let second = payment(&mut b, record, "disbursement", "PZ-2", "30");
    field.sync_all(&mut [&mut a, &mut b]);
    let view = field.view(record);
    assert_eq!(view.calculated["balance"], json!("-10"));
    for entry in [&first, &second] {
        assert_eq!(view.answers[&format!("{entry}/amount")].value, "30", "both are kept");
    }
    assert_eq!(field.flags(record, FlagKind::Invalid), pairs(&[("overdraft", "disbursed")]));
    assert_eq!(field.try_approve(record, &[]), pairs(&[("overdraft", "disbursed")]));
    assert_eq!(field.in_dataset(record, "disbursed"), "0", "what was approved stands");
    // More money comes, and both stand.
    let grant: [(&str, Value); 6] = [
        ("kind", json!("appropriation")),
        ("year", json!(2015)),
        ("source", json!("county")),
        ("amount", json!("20")),
        ("date", json!("2015-08-01")),
        ("voucher_no", json!("BK-2")),
    ];
    row(&mut a, record, "entries", &grant);
    submit(&mut a, record);
    field.sync(&mut a);
    field.approve(record);
    let dataset = |path: &str| field.in_dataset(record, path);
    assert_eq!([dataset("disbursed"), dataset("balance")], [json!("60"), json!("10")]);
}
