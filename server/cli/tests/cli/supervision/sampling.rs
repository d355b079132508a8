//! A sample check the whole way: drawn, given, visited, replaced, counted, compared with the register.

use doorstep_records::RecordId;
use doorstep_server::checks::sweep::civil_day;
use serde_json::{Value, json};

use super::as_registered;
use super::town::{Ledger, Minutes, Town};

fn drawn(shown: &Value, state: &str) -> Vec<RecordId> {
    let households = shown["households"].as_array().expect("households").iter();
    let own = households.filter(|household| household["state"] == state);
    own.map(|household| household["record"].as_str().expect("id").parse().expect("record id")).collect()
}

#[test]
fn a_sample_is_drawn_given_checked_replaced_and_compared() {
    let town = Town::begin(&["household_register", "sample_check"]);
    town.import(&Ledger::six());
    let (mut li, mut zhou) = (town.phone("li"), town.phone("zhou"));
    let draw = ["sample", "draw", "--area", "999999100000", "--seed", "5", "--filter", "all", "--as", "shen"];
    let view = town.run(&[&draw[..], &["--percent", "67", "--by", "village", "--name", "抽查"]].concat());
    assert_eq!((&view["base"], &view["drawn"], &view["asked"]), (&json!(6), &json!(4), &json!("67%")));
    let again = town.run(&[&draw[..], &["--count", "4", "--by", "village"]].concat());
    assert_eq!(view["base_sha256"], again["base_sha256"]);
    let sample = view["id"].as_str().expect("id");
    let show = |id: &str| town.run(&["sample", "show", id]);
    let again = show(again["id"].as_str().expect("id"));
    assert_eq!(drawn(&show(sample), "drawn"), drawn(&again, "drawn"), "the same seed, list and number");
    assert_eq!(town.run(&["sample", "list", "--as", "zhang"])["samples"], json!([]), "zhang has one village");

    let given = town.run(&["sample", "assign", sample, "--to", "li", "--to", "zhou", "--due", "2030-01-31"]);
    assert_eq!(given["given"], json!([["li", 2], ["zhou", 2]]));
    li.sync();
    zhou.sync();
    assert_eq!((li.work().len(), zhou.work().len()), (2, 2));
    let homes = drawn(&show(sample), "drawn");

    // As the ledger has it, except that the cause is another.
    let today = civil_day(jiff::Timestamp::now().as_millisecond());
    let found = |cause: &str| -> Vec<(&str, Value)> {
        let mut found = as_registered(1);
        found.push(("event_date", json!(today)));
        found.push(("cause_main", json!(cause)));
        found
    };
    let check = li.check(homes[0], &found("disaster"), Minutes(9));
    let refused = [
        ("event_date", json!(today)),
        ("visit_mode", json!("face_to_face")),
        ("visit_outcome", json!("refused")),
    ];
    zhou.check(homes[2], &refused, Minutes(2));
    li.sync();
    zhou.sync();
    town.approve(check);

    let third = homes[2].to_string();
    let reserve = drawn(&show(sample), "reserve");
    let replaced = town.run(&["sample", "replace", sample, &third, "--reason", "拒绝两次"]);
    assert_eq!(replaced["by_record"], json!(reserve[1]), "the one left of that village");
    assert_eq!(replaced["assigned"], 1);
    let refused = town.refused(&["sample", "replace", sample, &third, "--reason", "x", "--json"]);
    assert!(refused.to_string().contains("wrong_state"), "{refused}");

    let cover = town.run(&["sample", "cover", sample])["cover"]["total"].clone();
    let numbers: Vec<&Value> = ["drawn", "attempted", "completed", "approved", "replaced", "not_begun"]
        .iter()
        .map(|key| &cover[*key])
        .collect();
    assert_eq!(numbers, [4, 2, 1, 1, 1, 3], "{cover}");
    assert_eq!(cover["ended"], json!({"refused": 1}));
    let told = town.said(&["sample", "cover", sample, "--lang", "zh"]);
    assert!(told.contains("已替换") && told.contains("拒绝两次"), "{told}");

    let report = town.run(&["sample", "report", sample]);
    assert_eq!((&report["compared"], &report["not_in_register"]), (&json!(1), &json!(0)), "{report}");
    let differences = report["differences"].as_array().expect("differences");
    let cause = differences.iter().find(|one| one["kind"] == "cause").expect("another cause");
    assert_eq!((&cause["check"], &cause["household"]), (&json!(check), &json!(homes[0])));
    assert_eq!(cause["found"], "disaster");
    let told = town.said(&["sample", "report", sample, "--lang", "zh"]);
    assert!(told.contains("致贫原因不一致") && told.contains("因灾"), "{told}");
    assert!(town.said(&["sample", "list"]).contains("67%"));

    let before = show(sample);
    town.run(&["rebuild"]);
    assert_eq!(show(sample), before, "a rebuild gives the same");
}

#[test]
fn possible_duplicates_are_listed_with_their_evidence_and_decided() {
    let town = Town::begin(&["household_register"]);
    town.import(&Ledger::six());
    assert_eq!(town.run(&["duplicate", "list"]), json!({"pairs": [], "crowds": []}));
    let mut li = town.phone("li");
    let again = |li: &mut super::town::Phone, name: &str, born: &str| {
        let record = li.register(super::SONGLING);
        let row = li.row(record, "members");
        let answers = [
            ("name", json!(name)),
            ("relation", json!("head")),
            ("id_kind", json!("none")),
            ("birth_date", json!(born)),
            ("sex", json!("male")),
        ];
        for (key, value) in answers {
            li.answer_at(record, &format!("members/{row}/{key}"), value);
        }
        li.submit(record, Minutes(9));
        li.sync();
        record
    };
    let sounding = again(&mut li, "钱尔", "1965-02-02");
    again(&mut li, "钱二", "1987-11-20");
    let pairs = town.run(&["duplicate", "list", "--as", "shen"])["pairs"].clone();
    assert_eq!(pairs.as_array().map(Vec::len), Some(1), "{pairs}");
    let pair = &pairs[0];
    assert_eq!((&pair["kind"], &pair["b"]), (&json!("candidate"), &json!(sounding)));
    let keys: Vec<&Value> = pair["evidence"][0]["reasons"]
        .as_array()
        .expect("reasons")
        .iter()
        .map(|reason| &reason["key"])
        .collect();
    assert_eq!(keys, ["same_sound", "same_birth", "same_place", "same_sex"]);
    let told = town.said(&["duplicate", "list", "--lang", "zh"]);
    assert!(told.contains("疑似") && told.contains("姓名同音、出生日期相同、同村"), "{told}");
    let text = |key: &str| pair[key].as_str().expect("id").to_owned();
    town.run(&["duplicate", "dismiss", &text("a"), &text("b"), "--as", "shen"]);
    assert_eq!(town.run(&["duplicate", "list"])["pairs"], json!([]));
    assert_eq!(town.run(&["duplicate", "list", "--state", "dismissed"])["pairs"][0]["b"], json!(sounding));
    let merged = town.run(&["duplicate", "merge", &text("b"), &text("a"), "--as", "shen"]);
    assert_eq!(merged["canonical"], pair["a"], "the older stays");
}
