//! Households over time: a split, what follows the member, what stays, and the way back.

use doorstep_forms::FormPackage;
use doorstep_protocol::{Item, ProblemKind};
use doorstep_records::{Key, RecordId, RowId};
use serde_json::{Value, json};

use crate::accounts::role::Role;
use crate::households::history::HistoryEvent;
use crate::households::{Destination, MembersMoved, NewMove};
use crate::reconcile::flag::FlagKind;
use crate::review::rule::Decision;
use crate::review::state::RecordState;
use crate::store::conformance::world::{changed, operator};
use crate::store::conformance::{EAST, PAGE, Phone, Subject, WEST, World};
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::forms::Forms;
use crate::store::households::Households;
use crate::store::operations::Operations;
use crate::store::records::{At, Records};
use crate::store::reviews::{Decided, Reviews};
use crate::store::{Scope, StoreError};

const FATHER: &str = "01ARZ3NDEKTSV4RRFFQ69G5F01";
const SON: &str = "01ARZ3NDEKTSV4RRFFQ69G5F02";
const DAY: &str = "2015-07-01";

fn of_father(key: &str) -> String {
    format!("members/{FATHER}/{key}")
}

fn of_son(key: &str) -> String {
    format!("members/{SON}/{key}")
}

/// A register with a membership, an income and a head.
pub(super) fn register() -> FormPackage {
    let package = changed(2, |questions| {
        let one = |title: &str, codes: &[&str]| {
            let codes: Vec<Value> = codes.iter().map(|code| json!({"const": code, "title": code})).collect();
            json!({"title": title, "type": "string", "oneOf": codes})
        };
        let date = json!({"title": "日期", "type": "string", "format": "date"});
        questions["day"] = date.clone();
        questions["income"] = json!({"title": "收入", "type": "integer"});
        // A household that begins in the office is called after its members.
        questions["name"]["x-required"] = "doc.way != 'office'".into();
        questions["way"] = one("方式", &["visit", "office"]);
        let open = "m, coalesce(m.membership.state, 'here') == 'here'";
        questions["persons"] = json!({"title": "人口", "type": "integer", "readOnly": true,
            "x-calculate": format!("size(doc.members.filter({open}))")});
        questions["share"] = json!({"title": "人均", "type": "string", "format": "decimal", "readOnly": true,
            "x-calculate": "round(doc.income / doc.persons, 2)"});
        let member = &mut questions["members"]["additionalProperties"]["properties"];
        member["tie"] = one("关系", &["head", "spouse", "son", "guest"]);
        member["tie"]["x-required"] = true.into();
        member["ill"] = json!({"title": "患病", "type": "boolean"});
        member["called"] = json!({"title": "姓名", "type": "string"});
        member["membership"] = json!({"title": "变动", "type": "object", "x-group": true, "additionalProperties": false,
            "properties": {"state": one("状态", &["here", "split", "married", "died"]),
                "why": one("原因", &["split", "married"]), "from": date, "to": date}});
    });
    let mut files = package.files().clone();
    let mut schema: Value = serde_json::from_slice(&files["schema.json"]).unwrap();
    schema["x-membership"] = json!({"roster": "members", "state": "membership/state", "open": ["here"], "split": "split",
        "from": "membership/from", "to": "membership/to", "joined": "membership/why",
        "joins": {"split": "split", "married": "married"}, "relation": "tie", "head": "head", "dated": "day",
        "begins": {"way": "office"}});
    files.insert("schema.json".to_owned(), schema.to_string().into_bytes());
    FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// A father and a son, on the phones of two people, submitted.
struct Home<S: Subject> {
    world: World<S>,
    li: Phone,
    wang: Phone,
    old: RecordId,
}

/// Submits what a phone holds, under the second version.
fn complete<S: Subject>(world: &World<S>, phone: &mut Phone, record: RecordId) {
    phone.complete_under(world, record, 2);
}

/// A household that a phone begins under the second version.
fn registered<S: Subject>(world: &World<S>, phone: &mut Phone, answers: &[(&str, &str)]) -> RecordId {
    super::mapping::submitted(world, phone, (EAST, 2), answers)
}

fn home<S: Subject>() -> Home<S> {
    let world = World::<S>::new();
    world.store().form_publish(&operator(), &register(), world.now()).unwrap();
    let [mut li, mut wang] = ["li", "wang"].map(|name| {
        world.user(name, Role::Enumerator, &[EAST]);
        world.phone(name)
    });
    let (tie, called, son) = (of_father("tie"), of_son("called"), of_son("tie"));
    let number = of_son("id_no");
    let answers = [
        ("name", "测试甲"),
        ("day", "2015-01-01"),
        (tie.as_str(), "head"),
        (son.as_str(), "son"),
        (called.as_str(), "测试乙"),
        (number.as_str(), "999999199001010017"),
    ];
    let old = registered(&world, &mut li, &answers);
    li.edit_under(&world, old, 2, &[("income", 9_000_i64)]);
    complete(&world, &mut li, old);
    world.settle();
    world.pull(&mut wang, PAGE);
    Home { world, li, wang, old }
}

impl<S: Subject> Home<S> {
    /// The same, approved, and heard of by both phones.
    fn approved() -> Home<S> {
        let mut home = home::<S>();
        home.world.approve(home.old);
        home.world.pull(&mut home.li, PAGE);
        home.world.pull(&mut home.wang, PAGE);
        home
    }

    fn asked(&self, to: Destination, on: &str) -> NewMove {
        let state = matches!(to, Destination::Household(_)).then(|| "married".to_owned());
        let rows = vec![SON.parse().unwrap()];
        NewMove {
            from: self.old,
            to,
            rows,
            on: on.to_owned(),
            state,
            relations: Default::default(),
            reason: None,
            at_ms: self.world.now(),
        }
    }

    fn move_as(&self, scope: &Scope, new: &NewMove) -> Result<MembersMoved, StoreError> {
        self.world.store().members_move(scope, new, &self.world.random)
    }

    /// Splits the son off.
    fn split(&self) -> MembersMoved {
        let new = self.asked(Destination::Begins(None), DAY);
        let done = self.move_as(&self.world.supervisor(), &new).unwrap();
        self.world.settle();
        done
    }

    /// What the dataset says of a record, as it stands or stood.
    fn row_at(&self, record: RecordId, at_ms: Option<i64>) -> Option<Value> {
        let rows = self.world.rows(&self.world.supervisor().as_of(at_ms));
        let row = rows.into_iter().find(|row| row.record == record)?;
        Some(Value::Object(row.answers().unwrap().into_iter().collect()))
    }

    fn row(&self, record: RecordId) -> Value {
        self.row_at(record, None).unwrap()
    }

    fn flags(&self, record: RecordId, kind: FlagKind) -> Vec<String> {
        let flags = self.world.view(record).flags.into_iter();
        flags.filter(|flag| flag.kind == kind).map(|flag| flag.key).collect()
    }

    fn events(&self, record: RecordId, kind: &str) -> Vec<HistoryEvent> {
        let events = self.world.store().record_events(&self.world.supervisor(), record).unwrap();
        events.into_iter().filter(|event| event.kind == kind).collect()
    }

    /// A rebuild changes nothing, and reconciling after it writes nothing.
    fn stands(&self) {
        let world = &self.world;
        let all = || (world.store().dataset_digest().unwrap(), world.log_rows());
        let before = all();
        let told = world.store().record_events(&world.supervisor(), self.old).unwrap();
        world.store().rebuild().unwrap();
        world.settle();
        assert_eq!(all(), before, "a rebuild carries nothing twice");
        assert_eq!(world.store().record_events(&world.supervisor(), self.old).unwrap(), told);
    }
}

fn persons(row: &Value) -> i64 {
    row["persons"].as_i64().unwrap()
}

/// Income stays, the health edit follows the son; a rebuild carries nothing twice.
pub(crate) fn a_split_begins_a_household_and_later_edits_follow_the_member<S: Subject>() {
    let mut home = Home::<S>::approved();
    let before = home.world.now();
    let done = home.split();
    assert!(done.approved && done.to != home.old);
    let (old, new) = (home.row(home.old), home.row(done.to));
    assert_eq!((persons(&old), persons(&new)), (1, 1));
    assert_eq!(
        (&old["share"], new.get("income")),
        (&json!("9000"), None),
        "income stays, shared by who is left"
    );
    assert_eq!(
        (&old[of_son("membership/state")], &old[of_son("membership/to")]),
        (&json!("split"), &json!(DAY))
    );
    assert_eq!((&new[of_son("tie")], &new[of_son("called")]), (&json!("head"), &json!("测试乙")));
    assert_eq!(
        (&new[of_son("membership/from")], &new["way"], &new["day"]),
        (&json!(DAY), &json!("office"), &json!(DAY))
    );
    assert_eq!(new.get(of_son("membership/state")), None);
    let then = home.row_at(home.old, Some(before)).unwrap();
    assert_eq!((persons(&then), home.row_at(done.to, Some(before))), (2, None), "as it stood");
    // A phone that had not heard edits the household and the son, and says so.
    let (ill, income) = (of_son("ill"), 6_000_i64);
    home.wang.edit_under(&home.world, home.old, 2, &[("income", income)]);
    home.wang.edit_under(&home.world, home.old, 2, &[(ill.as_str(), true)]);
    home.wang.edit_under(&home.world, home.old, 2, &[(of_son("tie").as_str(), "guest")]);
    complete(&home.world, &mut home.wang, home.old);
    home.world.settle();
    for record in [home.old, done.to] {
        assert_eq!(home.world.view(record).line.state, RecordState::Submitted, "{record}");
        home.world.approve(record);
    }
    let (old, new) = (home.row(home.old), home.row(done.to));
    assert_eq!((&old["income"], &new[of_son("ill")]), (&json!(6_000), &json!(true)));
    assert_eq!(new[of_son("tie")], "head", "a relation to the other head stays there");
    assert_eq!((new.get("income"), persons(&old), persons(&new)), (None, 1, 1));
    // Who, when, and which edit it was: in the history of both.
    let ever = |record, key: &str| {
        home.world
            .store()
            .record_history(&home.world.supervisor(), record, Some(&Key::parse(key).unwrap()))
            .unwrap()
    };
    let (was, carried) = (ever(home.old, &ill).pop().unwrap(), ever(done.to, &ill).pop().unwrap());
    assert_eq!((carried.cites, carried.at_ms), (Some(was.change), was.at_ms));
    let by = carried.by.unwrap();
    assert_eq!((by.name.as_str(), by.device), ("wang", None));
    let copied = ever(done.to, &of_son("called")).pop().unwrap();
    assert_eq!(copied.cites, Some(ever(home.old, &of_son("called"))[0].change));
    assert!(copied.reason.unwrap().starts_with("li: "));
    // Both phones hear of the new household.
    for phone in [&mut home.li, &mut home.wang] {
        home.world.pull(phone, PAGE);
        assert!(phone.answers(done.to).contains("测试乙") && phone.answers(done.to).contains("ill"));
    }
    assert_eq!(home.flags(home.old, FlagKind::DuplicateSuspect), [""; 0], "who left is no evidence");
    home.stands();
}

/// Edits of people who had heard stay; an edit never silently replaces an answer its author had not seen.
pub(crate) fn what_was_known_stays_and_what_was_unknown_stands_beside<S: Subject>() {
    let mut home = Home::<S>::approved();
    let called = of_son("called");
    home.li.edit_under(&home.world, home.old, 2, &[(called.as_str(), "测试丙")]);
    complete(&home.world, &mut home.li, home.old);
    home.world.approve(home.old);
    let done = home.split();
    // Wang knows neither the new name nor the split.
    home.wang.edit_under(&home.world, home.old, 2, &[(called.as_str(), "测试丁")]);
    complete(&home.world, &mut home.wang, home.old);
    home.world.settle();
    let view = home.world.view(done.to);
    let answer = &view.answers[&called];
    let mut both: Vec<&str> = answer.candidates.iter().filter_map(|one| one.value.as_str()).collect();
    both.sort_unstable();
    assert!(answer.different && both == ["测试丁", "测试丙"], "{answer:?}");
    assert_eq!(home.row(done.to)[&called], "测试丙", "nobody has chosen");
    // His next edit, on top of his own, replaces it there as it does here.
    home.wang.edit_under(&home.world, home.old, 2, &[(called.as_str(), "测试戊")]);
    home.world.settle();
    let candidates = home.world.view(done.to).answers[&called].candidates.len();
    assert_eq!(candidates, 2);
    // Having heard, he corrects the old record: nothing follows.
    home.world.pull(&mut home.wang, PAGE);
    let to = of_son("membership/to");
    let corrected = [(to.as_str(), "2015-06-30"), (called.as_str(), "测试庚")];
    home.wang.edit_under(&home.world, home.old, 2, &corrected);
    complete(&home.world, &mut home.wang, home.old);
    home.world.settle();
    let view = home.world.view(done.to);
    assert!(view.answers.get(&to).is_none_or(|answer| answer.value.is_null()));
    assert!(view.answers[&called].candidates.iter().all(|one| one.value != "测试庚"));
    home.stands();
}

/// Nobody says of a draft that it is complete but its author.
pub(crate) fn a_draft_follows_as_a_draft_until_it_is_submitted<S: Subject>() {
    let mut home = Home::<S>::approved();
    let ill = of_son("ill");
    home.wang.edit_under(&home.world, home.old, 2, &[(ill.as_str(), true)]);
    let done = home.split();
    assert_eq!(
        home.world.view(done.to).answers[&ill].value,
        json!(true),
        "an edit made before it was heard of"
    );
    assert_eq!(home.world.view(done.to).line.state, RecordState::Approved);
    complete(&home.world, &mut home.wang, home.old);
    home.world.settle();
    assert_eq!(home.world.view(done.to).line.state, RecordState::Submitted);
    let submissions = home.world.view(done.to).submissions;
    assert_eq!(submissions.last().unwrap().by, "wang");
    home.world.approve(done.to);
    assert_eq!(home.row(done.to)[&ill], json!(true));
    home.stands();
}

/// An edit is not lost at the second move, and does not go around for ever when a member comes back.
pub(crate) fn an_edit_follows_a_member_over_every_move_and_back<S: Subject>() {
    let mut home = Home::<S>::approved();
    let done = home.split();
    let (tie, other) = (of_father("tie").replace("F01", "F07"), home.world.now());
    let third = registered(&home.world, &mut home.li, &[("name", "测试己"), (tie.as_str(), "head")]);
    home.world.approve(third);
    assert!(other > 0);
    let chief = home.world.supervisor();
    let step = |from: RecordId, to: RecordId, day: &str| {
        let relations = [(SON.parse::<RowId>().unwrap(), "guest".to_owned())].into();
        let new = NewMove { from, relations, ..home.asked(Destination::Household(to), day) };
        let moved = home.move_as(&chief, &new).unwrap();
        home.world.settle();
        assert!(moved.approved, "{from} {to}");
    };
    step(done.to, third, "2016-07-01");
    assert_eq!([home.old, third].map(|record| persons(&home.row(record))), [1, 2]);
    assert_eq!(home.row(third)[of_son("membership/why")], "married");
    step(third, home.old, "2017-07-01");
    assert_eq!([home.old, third].map(|record| persons(&home.row(record))), [2, 1]);
    assert_eq!(home.row(home.old).get(of_son("membership/state")), None, "he is back");
    let ill = of_son("ill");
    home.wang.edit_under(&home.world, home.old, 2, &[(ill.as_str(), true)]);
    complete(&home.world, &mut home.wang, home.old);
    home.world.settle();
    for record in [done.to, third] {
        assert_eq!(home.world.view(record).answers[&ill].value, json!(true), "{record}");
    }
    home.world.approve(home.old);
    assert_eq!(home.row(home.old)[&ill], json!(true));
    let rows = home.world.log_rows();
    home.world.settle();
    assert_eq!(home.world.log_rows(), rows, "and it stops");
    home.stands();
}

/// Every member counts once, also while the two are one.
pub(crate) fn a_split_is_taken_back_by_a_merge_and_stands_again_after_it<S: Subject>() {
    let home = Home::<S>::approved();
    let done = home.split();
    let chief = home.world.supervisor();
    let (old, new) = (home.row(home.old), home.row(done.to));
    let apart = home.world.now();
    let stays = home.world.store().duplicate_merge(&chief, done.to, home.old, home.world.now()).unwrap();
    home.world.settle();
    assert_eq!(stays, home.old, "the older stays");
    let one = home.row(home.old);
    assert_eq!((persons(&one), &one[of_son("tie")], &one["share"]), (2, &json!("son"), &json!("4500")));
    assert_eq!((home.world.rows(&chief).len(), home.row_at(done.to, None)), (1, None));
    let merged = home.world.now();
    let back = home.world.store().duplicate_unmerge(&chief, done.to, home.world.now()).unwrap();
    home.world.settle();
    assert_eq!((back, home.row(home.old), home.row(done.to)), (home.old, old, new));
    let then = |at_ms| home.world.rows(&chief.as_of(Some(at_ms))).len();
    assert_eq!((then(apart), then(merged)), (2, 1));
    home.stands();
}

pub(crate) fn what_was_never_approved_waits_on_both_sides<S: Subject>() {
    let home = home::<S>();
    let done = home.split();
    assert!(!done.approved);
    for record in [home.old, done.to] {
        let view = home.world.store().record_get(&home.world.supervisor(), record, &At::ToReview).unwrap();
        assert_eq!(view.line.state, RecordState::Submitted);
        home.world.approve(record);
    }
    assert_eq!((persons(&home.row(home.old)), persons(&home.row(done.to))), (1, 1));
    // Without a relation to the head of the other household it is not complete: both sides wait.
    let home = Home::<S>::approved();
    let mut li = home.world.phone("li");
    let tie = of_father("tie").replace("F01", "F07");
    let third = registered(&home.world, &mut li, &[("name", "测试己"), (tie.as_str(), "head")]);
    home.world.approve(third);
    let new = home.asked(Destination::Household(third), DAY);
    assert!(!home.move_as(&home.world.supervisor(), &new).unwrap().approved);
    home.world.settle();
    assert_eq!((persons(&home.row(home.old)), persons(&home.row(third))), (2, 1), "nobody is lost meanwhile");
    let error =
        home.move_as(&home.world.supervisor(), &home.asked(Destination::Begins(None), DAY)).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::WrongState, "the first move waits");
}

pub(crate) fn members_move_only_where_that_makes_sense<S: Subject>() {
    let mut home = Home::<S>::approved();
    let (draft, items) = home.li.begin(&home.world, EAST, &[("name", "测试庚")]);
    home.li.deliver(&home.world, items);
    let chief = home.world.supervisor();
    let rows = home.world.log_rows();
    let kind = |new: NewMove| home.move_as(&chief, &new).unwrap_err().kind();
    let split = |change: &dyn Fn(&mut NewMove)| {
        let mut new = home.asked(Destination::Begins(None), DAY);
        change(&mut new);
        new
    };
    let row = |text: &str| -> RowId { text.parse().unwrap() };
    let wrong: [(&str, NewMove); 10] = [
        ("no rows", split(&|new| new.rows.clear())),
        ("a row twice", split(&|new| new.rows.push(row(SON)))),
        ("a stranger", split(&|new| new.rows = vec![row("01ARZ3NDEKTSV4RRFFQ69G5F09")])),
        ("everybody", split(&|new| new.rows.push(row(FATHER)))),
        ("no day", split(&|new| new.on = "yesterday".into())),
        ("tomorrow", split(&|new| new.on = "2999-01-01".into())),
        ("no such relation", split(&|new| drop(new.relations.insert(row(SON), "king".into())))),
        ("a relation of nobody", split(&|new| drop(new.relations.insert(row(FATHER), "head".into())))),
        ("no such state", split(&|new| new.state = Some("vanished".into()))),
        ("into itself", home.asked(Destination::Household(home.old), DAY)),
    ];
    for (what, new) in wrong {
        assert_eq!(kind(new), ProblemKind::Invalid, "{what}");
    }
    assert_eq!(kind(split(&|new| new.to = Destination::Begins(Some("0000".into())))), ProblemKind::NotFound);
    assert_eq!(
        kind(NewMove { from: draft, ..home.asked(Destination::Begins(None), DAY) }),
        ProblemKind::WrongState
    );
    assert_eq!(home.world.log_rows(), rows, "nothing was written");
}

/// Two who name different heads, and a head who died: nobody decides but a person.
pub(crate) fn a_household_without_one_head_is_flagged_and_counts_once<S: Subject>() {
    let mut home = Home::<S>::approved();
    let wife = of_father("tie").replace("F01", "F03");
    home.li.edit_under(&home.world, home.old, 2, &[(wife.as_str(), "spouse")]);
    complete(&home.world, &mut home.li, home.old);
    home.world.approve(home.old);
    home.world.pull(&mut home.wang, PAGE);
    assert_eq!(home.flags(home.old, FlagKind::HeadUndecided), [""; 0]);
    // The head dies: the membership is closed at the day of death.
    let (state, to) = (of_father("membership/state"), of_father("membership/to"));
    home.li.edit_under(&home.world, home.old, 2, &[(state.as_str(), "died"), (to.as_str(), DAY)]);
    home.world.settle();
    assert_eq!(home.flags(home.old, FlagKind::HeadUndecided), ["none"]);
    // One phone makes the wife head, the other the son; a third edit is about the dead and revives nobody.
    let (son, called) = (of_son("tie"), of_father("called"));
    home.li.edit_under(&home.world, home.old, 2, &[(wife.as_str(), "head")]);
    home.wang.edit_under(&home.world, home.old, 2, &[(son.as_str(), "head"), (called.as_str(), "测试甲")]);
    home.world.settle();
    assert_eq!(home.flags(home.old, FlagKind::HeadUndecided), ["several"]);
    let view = home.world.view(home.old);
    assert_eq!((&view.answers[&state].value, view.answers[&state].different), (&json!("died"), false));
    assert_eq!(home.world.rows(&home.world.supervisor()).len(), 1, "it counts once all the while");
    // The supervisor picks: an ordinary edit.
    let heads = view.heads;
    let puts = vec![(Key::parse(&son).unwrap(), doorstep_records::Value::Text("son".into()))];
    let reason = Some("the family says so".to_owned());
    let edit =
        crate::store::records::OfficeEdit { record: home.old, heads, puts, reason, at_ms: home.world.now() };
    home.world.store().record_edit(&home.world.supervisor(), &edit, &home.world.random).unwrap();
    home.world.settle();
    assert_eq!(home.flags(home.old, FlagKind::HeadUndecided), [""; 0]);
    home.world.pull(&mut home.li, PAGE);
    complete(&home.world, &mut home.li, home.old);
    home.world.approve(home.old);
    let row = home.row(home.old);
    assert_eq!(
        (persons(&row), &row[&wife], &row[of_father("membership/to")]),
        (2, &json!("head"), &json!(DAY))
    );
    home.stands();
}

/// The history names everything, and of what lies outside the scope only that it happened.
pub(crate) fn the_history_tells_everything_inside_the_scope<S: Subject>() {
    let mut home = Home::<S>::approved();
    let new = home.asked(Destination::Begins(Some(WEST.into())), DAY);
    let done = home.move_as(&home.world.supervisor(), &new).unwrap();
    home.world.settle();
    let ill = of_son("ill");
    home.wang.edit_under(&home.world, home.old, 2, &[(ill.as_str(), true)]);
    complete(&home.world, &mut home.wang, home.old);
    home.world.settle();
    let shown = home.world.view(home.old).heads;
    let decided = home.world.decide(&home.world.supervisor(), home.old, Decision::SendBack, &shown, &[]);
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    let (check, mut items) = home.li.begin(&home.world, EAST, &[("name", "检查")]);
    if let Item::Create { subject, .. } = &mut items[0] {
        *subject = Some(home.old);
    }
    items.push(home.li.submit(&home.world, check));
    home.li.deliver(&home.world, items);
    home.world.store().area_apply(&home.world.supervisor(), home.old, WEST, home.world.now()).unwrap();
    home.world.store().area_apply(&home.world.supervisor(), home.old, EAST, home.world.now()).unwrap();
    home.world.settle();
    let kinds: Vec<String> = home
        .world
        .store()
        .record_events(&home.world.supervisor(), home.old)
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    for kind in [
        "began",
        "answered",
        "submitted",
        "approved",
        "members_left",
        "edit_followed",
        "sent_back",
        "commented",
        "area_changed",
        "about",
    ] {
        assert!(kinds.iter().any(|known| known == kind), "{kind}: {kinds:?}");
    }
    let given = home.events(home.old, "answered");
    let edit = given.iter().find(|event| event.answers.iter().any(|given| given.path == ill)).unwrap();
    assert_eq!((edit.by.as_str(), edit.device), ("wang", Some(home.wang.id())));
    assert_eq!(edit.detail["form_version"], json!(2));
    assert_eq!(home.events(home.old, "members_left")[0].other, Some(done.to));
    assert_eq!(home.events(done.to, "edit_carried")[0].other, Some(home.old));
    assert_eq!(home.events(home.old, "about")[0].other, Some(check));
    // Whoever sees the east alone learns that he left, and nothing of where he is.
    home.world.user("peer", Role::Supervisor, &[EAST]);
    let peer = home.world.scope("peer");
    let seen = home.world.store().record_events(&peer, home.old).unwrap();
    let left = seen.iter().find(|event| event.kind == "members_left").unwrap();
    assert_eq!((left.other, left.text("on")), (None, Some(DAY)));
    let text = serde_json::to_string(&seen).unwrap();
    assert!(!text.contains(&done.to.to_string()) && !text.contains(WEST), "{text}");
    let error = home.world.store().record_events(&peer, done.to).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::NotFound);
    home.stands();
}

pub(crate) fn only_reviewers_move_members_and_inside_their_scope<S: Subject>() {
    let home = Home::<S>::approved();
    home.world.user("peer", Role::Supervisor, &[WEST]);
    let refused = |name: &str| {
        let new = home.asked(Destination::Begins(None), DAY);
        home.move_as(&home.world.scope(name), &new).unwrap_err().kind()
    };
    assert_eq!((refused("li"), refused("peer")), (ProblemKind::NotAllowed, ProblemKind::NotFound));
    home.world.user("east", Role::Supervisor, &[EAST]);
    let east = home.world.scope("east");
    let west = home.asked(Destination::Begins(Some(WEST.into())), DAY);
    assert_eq!(home.move_as(&east, &west).unwrap_err().kind(), ProblemKind::NotFound);
    assert!(home.move_as(&east, &home.asked(Destination::Begins(None), DAY)).unwrap().approved);
}
