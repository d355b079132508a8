//! What publishing does to stored records, over the SQLite store.

use doorstep_forms::{Form, FormPackage};
use doorstep_protocol::{Item, ProblemKind};
use doorstep_records::RecordId;
use serde_json::{Value, json};

use super::dry_run::DryRun;
use super::service::{Asked, Outcome, Refusal, impact, publish};
use crate::accounts::role::Role;
use crate::reconcile::flag::FlagKind;
use crate::store::conformance::world::{changed, operator};
use crate::store::conformance::{EAST, FORM, Phone, Sqlite, WEST};
use crate::store::forms::Forms;
use crate::store::publishing::Publishing;

type World = crate::store::conformance::World<Sqlite>;

const NEVER: &dyn Fn() -> bool = &|| false;

fn form(package: FormPackage) -> Form {
    Form::compile(package).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// At least ten units of land, and a phone number of eleven digits.
fn stricter() -> Form {
    form(changed(2, |questions| {
        let rule = |key: &str, expression: &str| json!([{"key": key, "severity": "error", "human": "有误", "expression": expression}]);
        questions["land"]["x-constraints"] = rule("land_ten", "value >= 10");
        questions["phone"]["x-constraints"] = rule("phone_digits", "size(value) == 11");
    }))
}

/// The land moves and becomes a decimal.
fn moved(steps: Value) -> Form {
    let package = changed(2, |questions| {
        let Value::Object(questions) = questions else { return };
        questions.remove("land");
        questions.insert(
            "land_mu".into(),
            json!({"title": "土地", "type": "string", "format": "decimal", "x-from": "land"}),
        );
    });
    let mut files = package.files().clone();
    files.insert("lenses/1.json".into(), json!({ "steps": steps }).to_string().into_bytes());
    form(FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}")))
}

/// A household; a draft unless submitted.
fn household(
    world: &World,
    phone: &mut Phone,
    (area, submitted): (&str, bool),
    answers: &[(&str, i64)],
    phone_no: &str,
) -> RecordId {
    let (record, mut items) = phone.begin(world, area, answers);
    items.push(phone.write(world, record, &[("name", "a"), ("phone", phone_no)]));
    if submitted {
        items.push(phone.submit(world, record));
    }
    phone.deliver(world, items);
    record
}

fn tried(world: &World, form: &Form) -> DryRun {
    impact(world.store(), &operator(), form, true, NEVER).unwrap().dry_run.unwrap()
}

fn asked(world: &World, form: &Form, confirm: bool) -> Outcome {
    let asked = Asked { base: None, confirm };
    publish(world.store(), &operator(), form, asked, NEVER, world.now()).unwrap()
}

fn refusal(outcome: Outcome) -> (Refusal, DryRun) {
    match outcome {
        Outcome::Refused(refusal, impact) => (refusal, impact.dry_run.unwrap_or_default()),
        Outcome::Published(..) => panic!("published"),
    }
}

fn versions(world: &World) -> usize {
    world.store().form_list(&operator()).unwrap().len()
}

/// Finds rules that are published without being confirmed. (`publish` asks for no confirmation.)
#[test]
fn changed_rules_are_tried_on_every_record_and_confirmed() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let good = "13800000000";
    let fine = household(&world, &mut li, (EAST, true), &[("land", 12)], good);
    let small = household(&world, &mut li, (EAST, true), &[("land", 3)], good);
    let both = household(&world, &mut li, (EAST, true), &[("land", 4)], "12");
    let draft = household(&world, &mut li, (EAST, false), &[("land", 5)], good);
    // Broken already: it does not become invalid, it becomes worse.
    household(&world, &mut li, (EAST, true), &[("land", -1)], "1");
    let discarded = household(&world, &mut li, (EAST, false), &[("land", 5)], good);
    li.deliver(&world, vec![Item::Discard { record: discarded, undo: false, at_ms: 1 }]);
    world.store().form_test(&operator(), &stricter().package().clone(), &[li.id()], world.now()).unwrap();

    let run = tried(&world, &stricter());
    assert_eq!((run.records, run.drafts, run.invalid, run.worse), (4, 1, 3, 1), "{run:?}");
    let rules: Vec<_> =
        run.rules.iter().map(|rule| (rule.key.as_str(), rule.path.as_str(), rule.count)).collect();
    assert_eq!(rules, [("land_ten", "land", 3), ("phone_digits", "phone", 1)]);
    let mut named = run.rules[0].records.clone();
    named.sort();
    let mut expected = vec![small, both, draft];
    expected.sort();
    assert_eq!((named, run.rules[1].records.as_slice()), (expected, [both].as_slice()));
    assert!(!run.rules[0].records.contains(&fine));

    let (refused, again) = refusal(asked(&world, &stricter(), false));
    assert_eq!((refused, again, versions(&world)), (Refusal::Confirm, run, 1));
    assert!(matches!(asked(&world, &stricter(), true), Outcome::Published(told, _) if !told.already));
    assert!(matches!(asked(&world, &stricter(), false), Outcome::Published(told, _) if told.already));
    assert_eq!(versions(&world), 2);
}

#[test]
fn looks_and_widening_pass_at_once_and_what_is_forbidden_never() {
    let world = World::new();
    let title = form(changed(2, |questions| questions["land"]["title"] = json!("土地面积")));
    assert!(matches!(asked(&world, &title, false), Outcome::Published(_, impact) if impact.class == 'A'));
    let wider = form(changed(3, |questions| {
        questions["land"]["title"] = json!("土地面积");
        questions["cattle"] = json!({"title": "牛", "type": "integer"});
    }));
    assert!(matches!(asked(&world, &wider, false), Outcome::Published(_, impact) if impact.class == 'B'));
    // One answer that becomes several.
    let forbidden = form(changed(4, |questions| {
        questions["cattle"] = json!({"title": "牛", "type": "integer"});
        questions["phone"] = json!({"title": "电话", "type": "object", "x-roster": {"kind": "rows"},
            "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
            "additionalProperties": {"type": "object", "additionalProperties": false,
                "properties": {"number": {"title": "号码", "type": "string"}}}});
    }));
    let Outcome::Refused(Refusal::Forbidden, impact) = asked(&world, &forbidden, true) else { panic!() };
    let blocking: Vec<_> = impact.comparison.iter().flat_map(|found| found.blocking()).collect();
    assert_eq!(impact.class, 'E');
    assert!(blocking.iter().any(|change| change.path == "phone" && !change.way_out_en.is_empty()));
    assert_eq!(versions(&world), 3);
}

/// Finds a structural change that is published although a record fails its lens. (Planted: the result of the dry run is
/// not looked at.)
#[test]
fn moved_answers_need_a_lens_that_reads_every_record() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let land = household(&world, &mut li, (EAST, true), &[("land", 12)], "1");
    let (odd, items) = li.begin(&world, EAST, &[("land", "about ten")]);
    li.deliver(&world, items);
    let without = moved(json!([]));
    assert_eq!(refusal(asked(&world, &without, true)).0, Refusal::Forbidden, "no conversion is named");
    let with = moved(json!([{"op": "convert", "at": "land_mu", "to": "decimal"}]));
    let (refused, run) = refusal(asked(&world, &with, true));
    assert_eq!((refused, run.unreadable_count), (Refusal::Unreadable, 1));
    assert_eq!(
        (run.unreadable[0].record, run.unreadable[0].paths.as_slice()),
        (Some(odd), ["land_mu".to_owned()].as_slice())
    );
    // Corrected by a person, it reads.
    li.edit(&world, odd, &[("land", 10_i64)]);
    assert!(matches!(asked(&world, &with, false), Outcome::Published(_, impact) if impact.class == 'D'));
    world.settle();
    assert!(world.view(land).violations.is_empty(), "a submission is judged by its own version, for ever");
}

#[test]
fn what_arrives_while_a_publication_runs_is_read_as_well() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = std::cell::RefCell::new(world.phone("li"));
    let odd = household(&world, &mut phone.borrow_mut(), (EAST, false), &[("land", 12)], "1");
    for _ in 0..599 {
        household(&world, &mut phone.borrow_mut(), (EAST, false), &[("land", 12)], "1");
    }
    let with = moved(json!([{"op": "convert", "at": "land_mu", "to": "decimal"}]));
    // Asked before every batch: when the second begins, a record of the first gets an answer that no lens reads.
    let batches = std::cell::Cell::new(0);
    let stop = || {
        batches.set(batches.get() + 1);
        if batches.get() == 2 {
            phone.borrow_mut().edit(&world, odd, &[("land", "about ten")]);
        }
        false
    };
    let asked = Asked { base: None, confirm: true };
    let outcome = publish(world.store(), &operator(), &with, asked, &stop, 1).unwrap();
    let (refused, run) = refusal(outcome);
    assert_eq!((refused, run.unreadable[0].record, batches.get()), (Refusal::Unreadable, Some(odd), 3));
    assert_eq!(versions(&world), 1);
}

/// Finds a publication that forgets the base its maker compared it with. (Planted: the newest version is taken instead.)
#[test]
fn a_run_can_be_stopped_and_a_base_is_kept_to() {
    let world = World::new();
    let stopped = publish(world.store(), &operator(), &stricter(), Asked::default(), &|| true, world.now());
    assert_eq!(stopped.unwrap_err().kind(), ProblemKind::Unavailable);
    let one = world.store().form_list(&operator()).unwrap()[0].hash.parse().unwrap();
    let other = form(changed(2, |questions| questions["land"]["title"] = json!("土地面积")));
    assert!(matches!(asked(&world, &other, false), Outcome::Published(..)));
    let third = form(changed(3, |questions| questions["land"]["title"] = json!("土地")));
    let on = |base| {
        let asked = Asked { base: Some(base), confirm: true };
        publish(world.store(), &operator(), &third, asked, NEVER, world.now())
    };
    assert_eq!(on(one).unwrap_err().kind(), ProblemKind::Conflict, "made against version 1");
    assert_eq!(versions(&world), 2);
    assert!(matches!(on(other.hash()), Ok(Outcome::Published(..))));
}

#[test]
fn records_elsewhere_are_counted_and_not_named() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST, WEST]);
    world.user("boss", Role::Admin, &[WEST]);
    let mut li = world.phone("li");
    household(&world, &mut li, (EAST, true), &[("land", 3)], "13800000000");
    let here = household(&world, &mut li, (WEST, true), &[("land", 3)], "13800000000");
    let found = impact(world.store(), &world.scope("boss"), &stricter(), true, NEVER).unwrap();
    let rule = found.dry_run.unwrap().rules.remove(0);
    assert_eq!((rule.count, rule.records.as_slice()), (2, [here].as_slice()));
    let refused = impact(world.store(), &world.scope("li"), &stricter(), true, NEVER).unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::NotAllowed);
    assert!(world.store().form_package(&operator(), FORM, 2).is_err());
}

#[test]
fn a_draft_that_was_taken_over_is_read_under_the_version_it_was_written_under() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let draft = household(&world, &mut li, (EAST, false), &[("land", 3)], "1");
    let wider = form(changed(2, |questions| questions["cattle"] = json!({"title": "牛", "type": "integer"})));
    assert!(matches!(asked(&world, &wider, false), Outcome::Published(..)));
    assert_eq!(world.view(draft).judged_by, 1);
    li.edit_under(&world, draft, 2, &[("cattle", 4_i64)]);
    world.settle();
    let view = world.view(draft);
    assert!(view.judged_by == 2 && view.line.flags.is_empty() && view.violations.is_empty(), "{view:?}");
    // Handed in under the first version all the same, by another phone: then that one judges.
    li.complete(&world, draft);
    world.settle();
    let view = world.view(draft);
    assert_eq!((view.judged_by, view.line.flags.contains_key(&FlagKind::UnknownPath)), (1, true));
}

/// Finds a test that comes into dataset, export or report, by the shortest way there is: its form lets valid submissions
/// pass without a person. (Planted: `case.test` is not looked at when a record is judged.)
#[test]
fn what_is_tried_never_passes_by_itself() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let package = changed(2, |questions| questions["cattle"] = json!({"title": "牛", "type": "integer"}));
    let mut files = package.files().clone();
    let mut manifest: Value = serde_json::from_slice(&files["form.json"]).unwrap();
    manifest["auto_approve"] = json!(true);
    files.insert("form.json".into(), manifest.to_string().into_bytes());
    let package = FormPackage::from_files(files).unwrap();
    world.store().form_test(&operator(), &package, &[li.id()], world.now()).unwrap();
    let begin = |li: &mut Phone, test: bool| {
        let (record, mut items) = li.begin(&world, EAST, &[("name", "a")]);
        if let Item::Create { form_version, test: said, .. } = &mut items[0] {
            (*form_version, *said) = (2, test);
        }
        li.deliver(&world, items);
        li.complete_under(&world, record, 2);
        world.settle();
        record
    };
    let counted = || -> Vec<RecordId> { world.rows(&operator()).into_iter().map(|row| row.record).collect() };
    begin(&mut li, true);
    assert_eq!((counted(), exported(&world)), (vec![], 0));
    // Its content published, the trial stays one, and what is begun now counts.
    assert!(matches!(asked(&world, &form(package), true), Outcome::Published(..)));
    begin(&mut li, true);
    let real = begin(&mut li, false);
    assert_eq!((counted(), exported(&world)), (vec![real], 1));
}

/// Lines of the form's export.
fn exported(world: &World) -> u64 {
    let open = |_: &str| Ok(std::io::sink());
    let options = crate::export::Options::default();
    let written = crate::export::export_form(world.store(), &operator(), FORM, options, open).unwrap();
    written.iter().map(|file| file.rows).sum()
}
