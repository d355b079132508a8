//! Situation 8: somebody objects during the second posting, on a phone without a network; meanwhile the third posting and
//! the county's approval are entered elsewhere.
//!
//! The objection counts by its own date. When it arrives the case is in dispute: the approval stands until a person has
//! looked, and what is found takes the register's status back, in the open. An objection after the posting is a complaint.

use doorstep_records::RecordId;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Field, VILLAGE, answer, begin, given, pairs, row, submit};
use crate::household::approved;

const FORM: &str = "identification_case";

struct Case {
    field: Field,
    a: Phone,
    b: Phone,
    household: RecordId,
    case: RecordId,
}

impl Case {
    /// A household that is posted for the second time; both phones have the case.
    fn posted() -> Case {
        let field = Field::new(&["household_register", FORM]);
        let (mut a, mut b) = (field.phone("li", &[VILLAGE]), field.phone("wang", &[VILLAGE]));
        let (household, _) = approved(&field, &mut a, &[("register_status", json!("unregistered"))]);
        let case = begin(
            &mut a,
            FORM,
            Some(household),
            &[
                ("case_kind", json!("enter")),
                ("round", json!("2015-1")),
                ("ruleset_version", json!("three_lists_1")),
                ("event_date", json!("2015-12-13")),
                ("state", json!("posted_2")),
                ("income_year", json!(2014)),
                ("income_members", json!(1)),
                ("identification_standard", json!("national")),
                ("willing_and_able", json!(true)),
                ("class", json!("2a")),
                ("evaluation/date", json!("2015-10-20")),
                ("evaluation/present", json!(30)),
                ("evaluation/for", json!(25)),
                ("evaluation/against", json!(2)),
            ],
        );
        for source in ["farming", "wage", "property", "business"] {
            answer(&mut a, case, &[(&format!("declared_income_by_source/{source}"), json!("500"))]);
        }
        posting(&mut a, case, 1, "2015-11-01", "2015-11-08");
        posting(&mut a, case, 2, "2015-11-10", "2015-11-17");
        submit(&mut a, case);
        field.sync(&mut a);
        field.approve(case);
        field.sync_all(&mut [&mut a, &mut b]);
        Case { field, a, b, household, case }
    }

    /// The third posting and the township's review, then the county's approval, as far as the office lets them.
    fn township(&mut self) {
        let reviewed = [
            ("township_review/date", json!("2015-11-28")),
            ("township_review/result", json!("agree")),
            ("township_review/by", json!("镇扶贫办")),
            ("state", json!("township_ok")),
        ];
        posting(&mut self.a, self.case, 3, "2015-11-19", "2015-11-26");
        answer(&mut self.a, self.case, &reviewed);
        submit(&mut self.a, self.case);
        self.field.sync(&mut self.a);
    }

    fn county(&mut self) {
        let approved = [
            ("county_approval/date", json!("2015-12-01")),
            ("county_approval/result", json!("approve")),
            ("county_approval/by", json!("县扶贫办")),
            ("state", json!("county_ok")),
        ];
        answer(&mut self.a, self.case, &approved);
        submit(&mut self.a, self.case);
        self.field.sync(&mut self.a);
    }

    /// On the other phone.
    fn objection(&mut self, date: &str, state: Option<&str>) -> String {
        let said = [("date", json!(date)), ("by", json!("孙三")), ("text", json!("该户有商品房"))];
        let objection = row(&mut self.b, self.case, "objections", &said);
        if let Some(state) = state {
            answer(&mut self.b, self.case, &[("state", json!(state))]);
        }
        submit(&mut self.b, self.case);
        objection
    }

    fn status(&self) -> Value {
        self.field.in_dataset(self.household, "register_status")
    }

    fn all_sync(&mut self) {
        self.field.sync_all(&mut [&mut self.a, &mut self.b]);
    }
}

fn posting(phone: &mut Phone, case: RecordId, n: i64, from: &str, to: &str) {
    let posting = [
        ("n", json!(n)),
        ("kind", json!("village")),
        ("place", json!("村务公开栏")),
        ("from", json!(from)),
        ("to", json!(to)),
    ];
    row(phone, case, "postings", &posting);
}

#[test]
fn an_objection_within_the_posting_takes_a_later_approval_back() {
    let mut world = Case::posted();
    let objection = world.objection("2015-11-12", Some("under_objection"));
    world.township();
    world.field.approve(world.case);
    world.county();
    world.field.approve(world.case);
    assert_eq!(world.status(), "registered");

    world.all_sync();
    let field = &world.field;
    let view = field.view(world.case);
    assert_eq!(
        given(&view.answers["state"].candidates),
        [("li".to_owned(), json!("county_ok")), ("wang".to_owned(), json!("under_objection"))]
    );
    assert_eq!(field.flags(world.case, FlagKind::Conflict), pairs(&[("different_answers", "state")]));
    assert_eq!(field.flags(world.case, FlagKind::Invalid), pairs(&[("objection_open", "state")]));
    assert_eq!(world.status(), "registered", "until a person decides");
    assert_eq!(field.try_approve(world.case, &[]), pairs(&[("conflict", "state")]));
    assert_eq!(
        field.try_approve(world.case, &[("conflict", "state")]),
        pairs(&[("objection_open", "state")]),
        "the approval is not confirmed over an open objection"
    );

    field.office_edit(world.case, &[("state", json!("under_objection"))], "第二榜公示期内提出");
    field.approve(world.case);
    assert_eq!(field.in_dataset(world.case, "state"), "under_objection");
    assert_eq!(field.in_dataset(world.case, "county_approval/result"), "approve", "kept, and not in effect");
    assert_eq!(world.status(), "unregistered", "the register went back");
    let moved: Vec<Value> =
        field.history(world.household, "register_status").into_iter().map(|(value, _)| value).collect();
    assert_eq!(moved, [json!("unregistered"), json!("registered"), json!("unregistered")], "in the open");
    assert_eq!(field.flags(world.household, FlagKind::MoveRefused), []);

    // It is looked into, is not upheld, and the case goes its way again.
    world.all_sync();
    let found = [
        (format!("{objection}/finding"), json!("无商品房")),
        (format!("{objection}/result"), json!("not_upheld")),
        ("state".to_owned(), json!("posted_3")),
    ];
    for (path, value) in &found {
        answer(&mut world.b, world.case, &[(path, value.clone())]);
    }
    submit(&mut world.b, world.case);
    world.field.sync(&mut world.b);
    world.field.approve(world.case);
    world.all_sync();
    for state in ["township_ok", "county_ok"] {
        answer(&mut world.a, world.case, &[("state", json!(state))]);
        submit(&mut world.a, world.case);
        world.field.sync(&mut world.a);
        world.field.approve(world.case);
    }
    assert_eq!(world.status(), "registered");
    world.field.rebuild();
    assert_eq!(world.status(), "registered");
}

#[test]
fn an_objection_that_arrives_first_holds_the_approval_up() {
    let mut world = Case::posted();
    world.objection("2015-11-12", Some("under_objection"));
    world.field.sync(&mut world.b);
    world.township();
    let against = world.field.try_approve(world.case, &[]);
    assert_eq!(against, pairs(&[("conflict", "state")]));
    assert_eq!(world.status(), "unregistered");
    // Whoever enters the county's approval has heard of the objection by now, and overrules it: that is refused as well.
    world.county();
    let against = world.field.try_approve(world.case, &[]);
    assert!(against.contains(&("objection_open".to_owned(), "state".to_owned())), "{against:?}");
    let state = world.field.in_dataset(world.case, "state");
    assert_eq!((world.status(), state), (json!("unregistered"), json!("posted_2")));
}

#[test]
fn an_objection_after_the_posting_is_a_complaint() {
    let mut world = Case::posted();
    let objection = world.objection("2015-12-05", None);
    world.township();
    world.field.approve(world.case);
    world.county();
    world.field.approve(world.case);
    world.all_sync();
    let view = world.field.view(world.case);
    let date = format!("{objection}/date");
    let outside = |one: &&doorstep_server::review::model::ViolationView| one.key == "objection_outside";
    let warned: Vec<(&str, &str)> = view
        .violations
        .iter()
        .filter(outside)
        .map(|one| (one.path.as_str(), one.severity.as_str()))
        .collect();
    assert_eq!(warned, [(date.as_str(), "warning")]);
    world.field.approve(world.case);
    assert_eq!(world.status(), "registered", "nothing goes back");
    assert_eq!(
        world.field.in_dataset(world.case, &format!("{objection}/by")),
        "孙三",
        "and it is in the case"
    );
}
