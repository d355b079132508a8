//! Situation 9: the ledger of ear-tagged sheep, kept on two phones.
//!
//! Events count by their own dates: dead on 1 May and transferred on 3 May cannot both be, and both are flagged; the flock
//! is one smaller, once. A tag given twice is two animals. A transfer to another village is refused and kept.

use doorstep_records::RecordId;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::rule::Decision;
use doorstep_server::store::reviews::Decided;
use doorstep_tests::sim::phone::Phone;
use serde_json::json;

use crate::field::{Field, VILLAGE, begin, pairs, row, submit};

const FORM: &str = "asset_tag_ledger";

fn town() -> (Field, Phone, Phone) {
    let field = Field::new(&["household_register", "project_fund_ledger", FORM]);
    let (a, b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
    (field, a, b)
}

/// A ewe that was bought and drawn by household 00012.
fn ewe(phone: &mut Phone, tag: &str) -> RecordId {
    let record = begin(
        phone,
        FORM,
        None,
        &[
            ("project_id", json!("YP-01")),
            ("tag_no", json!(tag)),
            ("event_date", json!("2015-12-10")),
            ("rule_version", json!("village_2")),
            ("species", json!("sheep")),
            ("role", json!("ewe")),
            ("unit_price", json!("1350")),
            ("copay", json!("200")),
        ],
    );
    row(phone, record, "events", &[("kind", json!("bought")), ("date", json!("2015-04-01"))]);
    let drawn = [
        ("kind", json!("drawn")),
        ("date", json!("2015-04-03")),
        ("to_household", json!("00012")),
        ("witness", json!("村民代表")),
    ];
    row(phone, record, "events", &drawn);
    submit(phone, record);
    record
}

fn transfer(phone: &mut Phone, record: RecordId, date: &str, to: &str, same_village: bool) -> String {
    let event = [
        ("kind", json!("transferred")),
        ("date", json!(date)),
        ("from_household", json!("00012")),
        ("to_household", json!(to)),
        ("to_poor", json!(true)),
        ("to_same_village", json!(same_village)),
        ("witness", json!("村民代表")),
    ];
    let event = row(phone, record, "events", &event);
    submit(phone, record);
    event
}

fn death(phone: &mut Phone, record: RecordId, date: &str) -> String {
    let event = [
        ("kind", json!("died")),
        ("date", json!(date)),
        ("death", json!("natural")),
        ("witness", json!("村民代表")),
    ];
    let event = row(phone, record, "events", &event);
    submit(phone, record);
    event
}

/// Bought, in stock, died, transferred.
fn flock(field: &Field) -> [String; 4] {
    let figures = field.report("T9b");
    ["bought.animals", "after_transfers.animals", "conservation.died", "transfers.transfers"]
        .map(|key| figures[key].clone())
}

#[test]
fn dead_on_the_first_and_transferred_on_the_third() {
    let (field, mut a, mut b) = town();
    let ewes: Vec<RecordId> = ["0121", "0122", "0123"].map(|tag| ewe(&mut a, tag)).into();
    field.sync(&mut a);
    ewes.iter().for_each(|ewe| field.approve(*ewe));
    field.sync_all(&mut [&mut a, &mut b]);
    assert_eq!(flock(&field), ["3", "3", "0", "0"]);

    let sheep = ewes[2];
    let moved = transfer(&mut a, sheep, "2015-05-03", "00031", true);
    let died = death(&mut b, sheep, "2015-05-01");
    field.sync_all(&mut [&mut a, &mut b]);
    assert_eq!(field.flags(sheep, FlagKind::Conflict), [], "two events, not two answers");
    let (died_at, moved_at) = (format!("{died}/date"), format!("{moved}/date"));
    let mut both = pairs(&[("end_before_event", &died_at), ("event_after_end", &moved_at)]);
    assert_eq!(field.flags(sheep, FlagKind::Invalid), both);
    let view = field.view(sheep);
    let holder = view.calculated.get("holder").is_none_or(|holder| holder.is_null());
    assert!(view.calculated["alive"] == false && holder, "nobody holds it");
    let mut against = field.try_approve(sheep, &[]);
    against.sort();
    both.sort();
    assert_eq!(against, both);
    assert_eq!(flock(&field), ["3", "3", "0", "0"], "until a person decides");

    // The supervisor finds that the sheep was dead: the transfer is kept, and counts nowhere.
    field.office_edit(sheep, &[(&format!("{moved}/not_accepted"), json!("转让之前已死亡"))], "见证人核实");
    assert_eq!(field.flags(sheep, FlagKind::Invalid), []);
    field.approve(sheep);
    assert_eq!(flock(&field), ["3", "2", "1", "0"], "one fewer, once");
    let kept = field.in_dataset(sheep, &format!("{moved}/to_household"));
    assert_eq!(kept, "00031");
    field.rebuild();
    assert_eq!(flock(&field), ["3", "2", "1", "0"]);
}

/// Both phones enter the same death: the flock is still one smaller, once.
#[test]
fn one_death_entered_twice() {
    let (field, mut a, mut b) = town();
    let sheep = [ewe(&mut a, "0123"), ewe(&mut a, "0124")];
    field.sync(&mut a);
    sheep.iter().for_each(|one| field.approve(*one));
    field.sync_all(&mut [&mut a, &mut b]);
    let (_, again) = (death(&mut a, sheep[0], "2015-05-01"), death(&mut b, sheep[0], "2015-05-01"));
    field.sync_all(&mut [&mut a, &mut b]);
    assert_eq!(field.try_approve(sheep[0], &[]), pairs(&[("ended_twice", "events")]));
    assert_eq!(field.try_approve(sheep[0], &[("ended_twice", "events")]), [], "let stand for a while");
    assert_eq!(flock(&field)[1], "1", "one fewer, once");
    field.office_edit(sheep[0], &[(&format!("{again}/not_accepted"), json!("重复登记"))], "核实");
    field.approve(sheep[0]);
    assert_eq!(flock(&field), ["2", "1", "1", "0"]);
}

#[test]
fn one_tag_on_two_animals() {
    let (field, mut a, mut b) = town();
    let (first, second) = (ewe(&mut a, "0123"), ewe(&mut b, "0123"));
    field.sync_all(&mut [&mut a, &mut b]);
    field.approve(first);
    field.approve(second);
    assert_eq!(flock(&field)[..2], ["2", "2"], "two animals");
    field.sweep("2015-12-13");
    let repeated = pairs(&[("tag_repeated", "tag_no")]);
    for sheep in [first, second] {
        assert_eq!(field.flags(sheep, FlagKind::CrossCheck), repeated);
    }
    // The second keeps a provisional tag until it gets its own.
    field.office_edit(second, &[("tag_provisional", json!(true))], "与先登记的一只同号");
    field.approve(second);
    field.sweep("2015-12-13");
    for sheep in [first, second] {
        assert_eq!(field.flags(sheep, FlagKind::CrossCheck), []);
    }
    field.sync_all(&mut [&mut a, &mut b]);
    assert_eq!(
        crate::field::shown(&mut b, second, "tag_provisional").0,
        json!(true),
        "its phone hears of it"
    );
    assert_eq!(
        (flock(&field)[..2].to_vec(), field.in_dataset(second, "tag_no")),
        (vec!["2".into(), "2".into()], json!("0123"))
    );
}

#[test]
fn a_transfer_to_another_village_is_refused_and_kept() {
    let (field, mut a, _) = town();
    let sheep = ewe(&mut a, "0123");
    field.sync(&mut a);
    field.approve(sheep);
    let before = field.row(sheep);
    let away = transfer(&mut a, sheep, "2015-05-03", "00077", false);
    field.sync(&mut a);
    let to = format!("{away}/to_household");
    assert_eq!(field.try_approve(sheep, &[]), pairs(&[("ewe_leaves_poor", &to)]));
    let seen = field.view(sheep).heads;
    let decided = field.decide(sheep, &seen, Decision::NotAccept, &[(&to, "母羊不得转出本村")], Vec::new());
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    assert_eq!(field.row(sheep), before, "the holder is who it was");
    assert_eq!(field.history(sheep, &to), [(json!("00077"), "li".to_owned())], "what was entered is kept");
    // What comes later does not stumble over it.
    field.office_edit(sheep, &[(&format!("{away}/not_accepted"), json!("外村户"))], "母羊不得转出本村");
    field.sync(&mut a);
    transfer(&mut a, sheep, "2015-06-01", "00031", true);
    field.sync(&mut a);
    field.approve(sheep);
    let dataset = |path: &str| field.in_dataset(sheep, path);
    assert_eq!(
        (dataset("holder"), dataset("transfers"), dataset(&to)),
        (json!("00031"), json!(1), json!("00077"))
    );
}
