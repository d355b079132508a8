//! Form versions as admins live with them: bases, tests, closing, what a dry run reads.

use std::sync::Barrier;

use doorstep_forms::{FormHash, FormPackage};
use doorstep_protocol::pull::PageItem;
use doorstep_protocol::{Item, ProblemKind};
use doorstep_records::{Record, RecordId};
use serde_json::json;

use crate::accounts::role::Role;
use crate::assignments::model::{About, AssignmentFilter, NewAssignments};
use crate::duplicates::model::PairState;
use crate::progress::model::ProgressFilter;
use crate::reconcile::flag::FlagKind;
use crate::review::model::RecordFilter;
use crate::review::rule::Decision;
use crate::store::StoreError;
use crate::store::assignments::Assignments;
use crate::store::conformance::world::{changed, operator, package};
use crate::store::conformance::{EAST, FORM, PAGE, Phone, Subject, WEST, World, create, member, quarantined};
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::forms::Forms;
use crate::store::imports::Imports;
use crate::store::operations::Operations;
use crate::store::progress::Progresses;
use crate::store::publishing::{Attempt, Basis, Publishing, StoredAfter};
use crate::store::records::{At, Records};
use crate::store::reviews::Reviews;

fn basis(base: Option<FormHash>) -> Basis {
    Basis { base, read_to: None }
}

/// The second version, with one more question.
fn second() -> FormPackage {
    changed(2, |questions| questions["cattle"] = json!({"title": "牛", "type": "integer"}))
}

/// The form versions a phone hears of: number, closed, test.
fn heard(items: &[PageItem]) -> Vec<(u32, bool, bool)> {
    let form = |item: &PageItem| match item {
        PageItem::Form { version, closed, test, .. } => Some((*version, *closed, *test)),
        _ => None,
    };
    items.iter().filter_map(form).collect()
}

/// A beginning under a version, as a test or not.
fn begin<S: Subject>(
    world: &World<S>,
    phone: &mut Phone,
    (version, test): (u32, bool),
    answers: &[(&str, &str)],
) -> (RecordId, Vec<Item>) {
    let (record, mut items) = phone.begin(world, EAST, answers);
    if let Item::Create { form_version, test: said, .. } = &mut items[0] {
        (*form_version, *said) = (version, test);
    }
    (record, items)
}

/// A record begun at a time of the phone's own clock, with one answer.
fn begun_at<S: Subject>(
    world: &World<S>,
    phone: &mut Phone,
    unix_ms: u64,
    subject: Option<RecordId>,
) -> (RecordId, Vec<Item>) {
    let id = RecordId::from_parts(unix_ms, world.random.bytes());
    phone.records.insert(id, (Record::new(), "draft".to_owned()));
    let change = phone.write(world, id, &[("name", "later")]);
    let Item::Create { record, form, form_version, area, test, .. } = create(id, EAST) else { panic!() };
    (id, vec![Item::Create { record, form, form_version, area, subject, test }, change])
}

/// A beginning under a version, complete.
fn submitted<S: Subject>(
    world: &World<S>,
    phone: &mut Phone,
    (version, test): (u32, bool),
    answers: &[(&str, &str)],
) -> RecordId {
    let (record, mut items) = begin(world, phone, (version, test), answers);
    let mut submission = phone.submit(world, record);
    if let Item::Submission { form_version, .. } = &mut submission {
        *form_version = version;
    }
    items.push(submission);
    phone.deliver(world, items);
    record
}

fn listed<S: Subject>(world: &World<S>, test: bool) -> Vec<RecordId> {
    let filter = RecordFilter { test, ..RecordFilter::default() };
    let page = world.store().record_list(&world.supervisor(), &filter, None, 100).unwrap();
    page.records.into_iter().map(|line| line.record).collect()
}

/// Finds a store that publishes on any base. (The newest hash is not compared with the basis.)
pub(crate) fn a_publication_rests_on_its_base<S: Subject>() {
    let world = World::<S>::new();
    let store = world.store();
    let (one, two) = (package(1, "农户"), second());
    let publish =
        |package: &FormPackage, base| store.form_publish_on(&operator(), package, basis(base), world.now());
    let rows = world.log_rows();
    assert_eq!(publish(&two, None).unwrap_err().kind(), ProblemKind::Conflict, "made against nothing");
    assert_eq!(publish(&two, Some(two.hash())).unwrap_err().kind(), ProblemKind::Conflict);
    assert_eq!(world.log_rows(), rows);
    assert!(matches!(publish(&two, Some(one.hash())), Ok(Attempt::Published(told)) if !told.already));
    // Somebody who looked at version 1 numbered theirs 3.
    let late = publish(&package(3, "住户"), Some(one.hash())).unwrap_err();
    let said = late.said().unwrap();
    assert_eq!(late.kind(), ProblemKind::Conflict);
    assert!(said.en.contains("Version 2") && said.en.contains(&two.hash().to_string()), "{}", said.en);
    assert!(said.zh.contains("第 2 版"), "{}", said.zh);
    // The same again, on whatever base: nothing to do.
    let rows = world.log_rows();
    assert!(matches!(publish(&two, Some(one.hash())), Ok(Attempt::Published(told)) if told.already));
    assert_eq!(world.log_rows(), rows);
}

pub(crate) fn of_two_who_publish_at_once_one_wins<S: Subject>() {
    let world = World::<S>::new();
    let (store, base) = (world.store(), package(1, "农户").hash());
    for version in [2, 3, 4] {
        let base = if version == 2 { base } else { latest(&world) };
        let (now, start) = (world.now(), Barrier::new(2));
        let made = |title: &'static str| {
            let mine = package(version, title);
            start.wait();
            store.form_publish_on(&operator(), &mine, basis(Some(base)), now)
        };
        let (one, other) = std::thread::scope(|scope| {
            let (one, other) = (scope.spawn(|| made("甲")), scope.spawn(|| made("乙")));
            (one.join().unwrap(), other.join().unwrap())
        });
        let (won, lost): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1));
        let Err(error) = &lost[0] else { panic!() };
        assert_eq!(error.kind(), ProblemKind::Conflict);
        assert!(error.said().unwrap().en.contains("meanwhile"), "{error:?}");
        assert_eq!(store.form_list(&operator()).unwrap().len(), version as usize);
    }
}

fn latest<S: Subject>(world: &World<S>) -> FormHash {
    let forms = world.store().form_list(&operator()).unwrap();
    forms.last().unwrap().hash.parse().unwrap()
}

pub(crate) fn a_publication_waits_for_records_that_must_be_read<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut phone = world.phone("li");
    phone.household(&world, EAST, "a");
    let store = world.store();
    let from = StoredAfter { after: 0, touched_after: None };
    let read_to = Some(store.stored_records(&operator(), FORM, from).unwrap().read_to);
    let on = Basis { base: Some(latest(&world)), read_to };
    let publish = |on| store.form_publish_on(&operator(), &second(), on, world.now()).unwrap();
    let record = phone.household(&world, EAST, "b");
    assert_eq!(publish(on), Attempt::Behind);
    let since = StoredAfter { after: 0, touched_after: read_to };
    let batch = store.stored_records(&operator(), FORM, since).unwrap();
    assert_eq!(batch.records.iter().map(|stored| stored.record).collect::<Vec<_>>(), [record]);
    let on = Basis { read_to: Some(batch.read_to), ..on };
    assert!(matches!(publish(on), Attempt::Published(_)));
}

/// Finds tests in lists, work, duplicates and dataset. (Planted: lists do not look at `record.test`.)
pub(crate) fn a_test_goes_to_chosen_phones_and_counts_nowhere<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[EAST]);
    let (mut li, mut wang, mut chief) = {
        world.supervisor();
        (world.phone("li"), world.phone("wang"), world.phone("chief"))
    };
    let id_no = "999999197001010017";
    let real = li.registered(&world, EAST, &[("name", "real"), (&member(1), id_no)]);
    for phone in [&mut li, &mut wang, &mut chief] {
        world.pull(phone, PAGE);
    }
    let store = world.store();
    let work = NewAssignments {
        form: FORM.to_owned(),
        about: About::Area { area: EAST.to_owned(), quantity: 2 },
        to: "li".to_owned(),
        due: None,
        note: None,
    };
    store.assignment_add(&world.supervisor(), &work, &world.random, world.now()).unwrap();
    world.pull(&mut li, PAGE);
    let test = store.form_test(&operator(), &second(), &[li.id()], world.now()).unwrap();
    assert_eq!((test.version, test.open, test.devices.as_slice()), (2, true, [li.id()].as_slice()));
    let rows = world.log_rows();
    assert_eq!(store.form_test(&operator(), &second(), &[li.id()], world.now()).unwrap(), test);
    assert_eq!(world.log_rows(), rows, "the same again changes nothing");
    assert_eq!(heard(&world.pull(&mut li, PAGE)), [(2, false, true)]);
    assert_eq!(heard(&world.pull(&mut wang, PAGE)), []);
    assert_eq!(heard(&world.pull(&mut world.phone("li"), PAGE)), [(1, false, false)], "another phone of li");

    let tried = submitted(&world, &mut li, (2, true), &[("name", "tried"), (&member(1), id_no)]);
    let (_, foreign) = begin(&world, &mut wang, (2, true), &[("name", "not chosen")]);
    let envelope = wang.seal(&world, foreign);
    assert_eq!(world.push(&wang, &envelope)[0], quarantined("unknown_form"));
    // About a test: a test as well, also without saying so.
    let (about, items) = begun_at(&world, &mut li, 5, Some(tried));
    li.deliver(&world, items);
    world.settle();
    assert_eq!(listed(&world, false), [real]);
    let mut tests = vec![tried, about];
    tests.sort();
    assert_eq!(listed(&world, true), tests);
    assert!(store.duplicate_list(&operator(), PairState::Open, 10).unwrap().is_empty());
    let works = store.assignment_list(&operator(), &AssignmentFilter::default(), None, 10).unwrap();
    assert_eq!((works[0].done, works[0].in_progress), (0, 0), "trying is not the work");
    let progress = store.progress_read(&world.supervisor(), &ProgressFilter::of(FORM)).unwrap();
    assert_eq!(progress.tallies.iter().map(|tally| tally.records).sum::<u64>(), 1);
    assert_eq!(progress.records.iter().map(|filled| filled.record).collect::<Vec<_>>(), [real]);
    let merged = store.duplicate_merge(&world.supervisor(), real, tried, world.now()).unwrap_err();
    assert_eq!(merged.kind(), ProblemKind::WrongState);
    for phone in [&mut wang, &mut chief] {
        world.pull(phone, PAGE);
        assert!(phone.holds(real) && !phone.holds(tried), "a test concerns nobody else");
    }

    // It is seen, under its own version, and never decided on.
    let view = store.record_get(&world.supervisor(), tried, &At::Now).unwrap();
    assert!(view.line.test && view.judged_by == 2 && view.violations.is_empty(), "{view:?}");
    let review = crate::review::model::NewReview {
        id: world.object(),
        decision: Decision::Approve,
        heads: view.heads.clone(),
        note: None,
        comments: Vec::new(),
        waivers: Vec::new(),
        at_ms: world.now(),
    };
    let refused = store.review_decide(&world.supervisor(), tried, &review).unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::WrongState);
    world.approve(real);
    let counted = |world: &World<S>| -> Vec<RecordId> {
        world.rows(&operator()).into_iter().map(|row| row.record).collect()
    };
    assert_eq!(counted(&world), [real]);

    // The same content is published: for everybody, and what was tried stays a test.
    let base = Some(latest(&world));
    let published = store.form_publish_on(&operator(), &second(), basis(base), world.now()).unwrap();
    assert!(matches!(published, Attempt::Published(told) if !told.already));
    assert_eq!(heard(&world.pull(&mut li, PAGE)), [(2, false, false)]);
    assert_eq!(heard(&world.pull(&mut wang, PAGE)), [(2, false, false)]);
    assert!(!store.test_list(&operator()).unwrap()[0].open);
    // A phone that has not heard yet still calls it a test; one that has does not.
    let late = submitted(&world, &mut li, (2, true), &[("name", "late")]);
    let counts = submitted(&world, &mut wang, (2, false), &[("name", "counts")]);
    world.settle();
    tests.push(late);
    tests.sort();
    let everything = |world: &World<S>| (listed(world, false), listed(world, true), counted(world));
    let mut real_ones = vec![real, counts];
    real_ones.sort();
    assert_eq!(everything(&world), (real_ones, tests, vec![real]));
    let (before, digest) = (everything(&world), store.dataset_digest().unwrap());
    store.rebuild().unwrap();
    world.settle();
    assert_eq!((everything(&world), store.dataset_digest().unwrap()), (before, digest));
    let over = store.form_test(&operator(), &second(), &[li.id()], world.now()).unwrap_err();
    assert_eq!(over.kind(), ProblemKind::Conflict, "published already");
}

pub(crate) fn a_test_is_replaced_by_the_next_of_its_number<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[WEST]);
    let (mut li, mut wang) = (world.phone("li"), world.phone("wang"));
    let store = world.store();
    let strict = changed(2, |questions| questions["land"]["minimum"] = json!(10));
    store.form_test(&operator(), &strict, &[li.id()], world.now()).unwrap();
    world.pull(&mut li, PAGE);
    let (record, mut items) = li.begin(&world, EAST, &[("land", 3_i64)]);
    if let Item::Create { form_version, test, .. } = &mut items[0] {
        (*form_version, *test) = (2, true);
    }
    let mut submission = li.submit(&world, record);
    if let Item::Submission { form_version, .. } = &mut submission {
        *form_version = 2;
    }
    items.push(li.write(&world, record, &[("name", "a")]));
    li.deliver(&world, items);
    if let Item::Submission { heads, .. } = &mut submission {
        *heads = li.heads(record);
    }
    li.deliver(&world, vec![submission]);
    world.settle();
    let broken = || {
        let view = store.record_get(&world.supervisor(), record, &At::Now).unwrap();
        view.violations.iter().map(|violation| violation.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(broken(), ["minimum"]);
    // The next try, on another phone.
    let test = store.form_test(&operator(), &second(), &[wang.id()], world.now()).unwrap();
    assert_eq!((test.hash, test.records), (second().hash().to_string(), 1));
    assert_eq!(heard(&world.pull(&mut li, PAGE)), [(2, true, true)], "not chosen any more");
    assert_eq!(heard(&world.pull(&mut wang, PAGE)), [(1, false, false), (2, false, true)], "first sync");
    world.settle();
    assert_eq!(broken(), [""; 0], "read under what is tried now");
    // What the first phone filled meanwhile is taken.
    submitted(&world, &mut li, (2, true), &[("name", "b")]);
    assert_eq!(listed(&world, true).len(), 2);
    // The form goes on without it.
    let base = Some(latest(&world));
    store.form_publish_on(&operator(), &package(3, "农户"), basis(base), world.now()).unwrap();
    assert_eq!(heard(&world.pull(&mut wang, PAGE)), [(2, true, true), (3, false, false)]);
    let older = store.form_test(&operator(), &second(), &[li.id()], world.now()).unwrap_err();
    assert_eq!(older.kind(), ProblemKind::Conflict);
    let again = store.form_open(&operator(), FORM, 2, true, world.now()).unwrap_err();
    assert_eq!(again.kind(), ProblemKind::Conflict);
    let nobody = store.form_test(&operator(), &package(4, "农户"), &[], world.now()).unwrap_err();
    assert_eq!(nobody.kind(), ProblemKind::Invalid);
}

pub(crate) fn what_is_submitted_under_a_test_version_brings_no_real_record_into_the_dataset<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let record = li.household(&world, EAST, "a");
    world.approve(record);
    let store = world.store();
    store.form_test(&operator(), &second(), &[li.id()], world.now()).unwrap();
    li.edit(&world, record, &[("cattle", 4_i64)]);
    let mut submission = li.submit(&world, record);
    if let Item::Submission { form_version, .. } = &mut submission {
        *form_version = 2;
    }
    li.deliver(&world, vec![submission]);
    world.settle();
    let view = world.view(record);
    assert!(!view.line.test && view.line.flags.contains_key(&FlagKind::FormMissing), "{view:?}");
    assert_eq!(world.rows(&operator())[0].form_version, 1);
    // Once the version is real, it judges what named it.
    let base = Some(latest(&world));
    store.form_publish_on(&operator(), &second(), basis(base), world.now()).unwrap();
    world.approve(record);
    let row = world.rows(&operator()).remove(0);
    assert_eq!((row.form_version, &row.answers().unwrap()["cattle"]), (2, &json!(4)));
}

pub(crate) fn a_closed_version_is_told_and_what_comes_late_is_flagged<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let before = li.household(&world, EAST, "before");
    world.pull(&mut li, PAGE);
    let (draft, items) = li.begin(&world, EAST, &[("name", "begun before")]);
    let store = world.store();
    assert!(store.form_open(&operator(), FORM, 1, false, world.now()).unwrap());
    let rows = world.log_rows();
    assert!(!store.form_open(&operator(), FORM, 1, false, world.now()).unwrap());
    assert_eq!(world.log_rows(), rows);
    li.deliver(&world, items);
    let (late, items) = begun_at(&world, &mut li, 1_900_000_000_000, None);
    li.deliver(&world, items);
    world.settle();
    let flagged = |record| world.view(record).line.flags.contains_key(&FlagKind::ClosedVersion);
    assert_eq!([before, draft, late].map(flagged), [false, false, true]);
    assert_eq!(heard(&world.pull(&mut li, PAGE)), [(1, true, false)]);
    assert_eq!(heard(&world.pull(&mut world.phone("li"), PAGE)), [(1, true, false)]);
    assert_eq!(store.import_form(&operator(), FORM).unwrap_err().kind(), ProblemKind::Conflict);
    // Old records go on.
    li.edit(&world, before, &[("land", 4_i64)]);
    li.complete(&world, before);
    world.approve(before);
    assert_eq!(world.rows(&operator())[0].answers().unwrap()["land"], 4);
    let lists = |world: &World<S>| {
        (store.form_list(&operator()).unwrap(), [before, draft, late].map(|at| world.view(at).line.flags))
    };
    let (then, _) = (lists(&world), store.rebuild().unwrap());
    world.settle();
    assert_eq!(lists(&world), then);
    assert!(store.form_open(&operator(), FORM, 1, true, world.now()).unwrap());
    assert_eq!(heard(&world.pull(&mut li, PAGE)), [(1, false, false)]);
    assert!(store.import_form(&operator(), FORM).is_ok());
    let unknown = store.form_open(&operator(), FORM, 9, false, world.now()).unwrap_err();
    assert_eq!(unknown.kind(), ProblemKind::NotFound);
}

pub(crate) fn stored_records_come_in_batches_and_without_tests<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[WEST]);
    world.user("boss", Role::Admin, &[WEST]);
    let (mut li, mut wang) = (world.phone("li"), world.phone("wang"));
    let store = world.store();
    store.form_test(&operator(), &second(), &[li.id()], world.now()).unwrap();
    submitted(&world, &mut li, (2, true), &[("name", "tried")]);
    let mut drafts = Vec::new();
    for number in 0..300 {
        let (record, items) = li.begin(&world, EAST, &[("name", &number.to_string())]);
        li.deliver(&world, items);
        drafts.push(record);
    }
    let mut seen = Vec::new();
    let here = wang.household(&world, WEST, "here");
    for _ in 0..250 {
        let (record, items) = wang.begin(&world, WEST, &[("name", "x")]);
        wang.deliver(&world, items);
        drafts.push(record);
    }
    let boss = world.scope("boss");
    let mut from = StoredAfter { after: 0, touched_after: None };
    loop {
        let batch = store.stored_records(&boss, FORM, from).unwrap();
        assert!(batch.records.len() <= 512);
        seen.extend(batch.records);
        match batch.next {
            Some(next) => from.after = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), drafts.len() + 1, "of every area, and no test");
    let named = seen.iter().filter(|stored| stored.named).count();
    assert_eq!(named, 251, "what lies elsewhere is counted and never named");
    let found = seen.iter().find(|stored| stored.record == here).unwrap();
    assert!(!found.draft && !found.discarded && found.form_version == 1 && !found.document.is_empty());
}

pub(crate) fn only_admins_publish<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("far", Role::Admin, &[WEST]);
    let li = world.phone("li");
    let store = world.store();
    let from = StoredAfter { after: 0, touched_after: None };
    for name in ["li", "chief"] {
        world.supervisor();
        let scope = world.scope(name);
        let refused = [
            store.form_publish_on(&scope, &second(), basis(Some(latest(&world))), 1).map(drop),
            store.form_test(&scope, &second(), &[li.id()], 1).map(drop),
            store.form_open(&scope, FORM, 1, false, 1).map(drop),
            store.stored_records(&scope, FORM, from).map(drop),
        ];
        for refused in refused {
            assert_eq!(refused.unwrap_err().kind(), ProblemKind::NotAllowed, "{name}");
        }
    }
    // The phone of somebody in another area does not exist.
    let far = store.form_test(&world.scope("far"), &second(), &[li.id()], 1);
    assert!(matches!(far, Err(StoreError::Refused(ProblemKind::NotFound, _))), "{far:?}");
    assert_eq!(store.form_list(&operator()).unwrap().len(), 1);
}
