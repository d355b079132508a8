//! Work given to people.

use doorstep_protocol::pull::{Assignment, PageItem};
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{Item, ObjectId, ProblemKind};
use doorstep_records::{Record, RecordId};

use crate::accounts::role::Role;
use crate::assignments::model::{About, AssignmentFilter, NewAssignments, Progress};
use crate::store::assignments::Assignments;
use crate::store::conformance::{EAST, FORM, PAGE, Phone, Subject, WEST, World, quarantined};
use crate::store::operations::Operations;
use crate::store::{Scope, StoreError};

fn new(about: About, to: &str) -> NewAssignments {
    let note = Some("先访问此户".to_owned());
    NewAssignments {
        form: FORM.to_owned(),
        about,
        to: to.to_owned(),
        due: Some("2023-12-01".to_owned()),
        note,
    }
}

fn give<S: Subject>(
    world: &World<S>,
    scope: &Scope,
    new: &NewAssignments,
) -> Result<Vec<ObjectId>, StoreError> {
    world.store().assignment_add(scope, new, &world.random, world.now())
}

fn told(items: &[PageItem]) -> Vec<&Assignment> {
    let mut told = Vec::new();
    for item in items {
        if let PageItem::Assignment { assignment } = item {
            told.push(assignment);
        }
    }
    told
}

/// The village of the east with three enumerators, and a draft of the first one.
fn east<S: Subject>() -> (World<S>, [Phone; 3], RecordId) {
    let world = World::new();
    let mut phones = ["li", "wang", "zhao"].map(|name| {
        world.user(name, Role::Enumerator, &[EAST]);
        world.phone(name)
    });
    let (record, items) = phones[0].begin(&world, EAST, &[("name", "测试甲")]);
    phones[0].deliver(&world, items);
    for phone in &mut phones {
        world.pull(phone, PAGE);
    }
    (world, phones, record)
}

pub(crate) fn work_reaches_its_person_and_goes_to_another_without_loss<S: Subject>() {
    let (world, [mut li, mut wang, mut zhao], draft) = east::<S>();
    let chief = world.supervisor();
    assert!(!wang.holds(draft), "a draft is its author's");
    let ids = give(&world, &chief, &new(About::Subjects(vec![draft]), "wang")).unwrap();
    let items = world.pull(&mut wang, PAGE);
    let [work] = told(&items)[..] else { panic!("{items:?}") };
    assert_eq!((work.id, work.assignee, work.open), (ids[0], wang.user, true));
    assert_eq!((work.subject, work.due.as_deref(), work.quantity), (Some(draft), Some("2023-12-01"), 1));
    assert!(told(&world.pull(&mut zhao, PAGE)).is_empty() && told(&world.pull(&mut li, PAGE)).is_empty());
    assert_eq!(wang.answers(draft), li.answers(draft), "what is begun is not begun again");

    li.edit(&world, draft, &[("land", 3_i64)]);
    world.pull(&mut wang, PAGE);
    assert_eq!(wang.answers(draft), li.answers(draft));
    wang.edit(&world, draft, &[("phone", "139")]);

    // Wang fills on without network; meanwhile the work goes to Zhao.
    let late = wang.write(&world, draft, &[("name", "测试乙")]);
    world.store().assignment_move(&chief, &ids, "zhao", world.now()).unwrap();
    assert_eq!(told(&world.pull(&mut zhao, PAGE)).len(), 1);
    assert!(zhao.holds(draft));
    let envelope = wang.seal(&world, vec![late]);
    assert_eq!(world.push(&wang, &envelope), [ItemVerdict::Accepted], "the former holder's work is kept");
    let items = world.pull(&mut wang, PAGE);
    assert_eq!(told(&items)[0].assignee, zhao.user);
    assert!(!wang.holds(draft), "and is no longer theirs");
    world.pull(&mut zhao, PAGE);
    assert!(zhao.answers(draft).contains("测试乙") && zhao.answers(draft).contains("139"));

    // A phone that comes later is told what is open.
    let mut other = world.phone("zhao");
    assert_eq!(told(&world.pull(&mut other, PAGE)).iter().map(|work| work.id).collect::<Vec<_>>(), ids);
    world.store().assignment_close(&chief, &ids, "搬走了", world.now()).unwrap();
    assert!(!told(&world.pull(&mut zhao, PAGE))[0].open);
    let mut last = world.phone("zhao");
    assert!(told(&world.pull(&mut last, PAGE)).is_empty());
}

pub(crate) fn lists_tell_how_far_work_is<S: Subject>() {
    let (world, [mut li, ..], _) = east::<S>();
    let chief = world.supervisor();
    let household = li.household(&world, EAST, "测试乙");
    world.approve(household);
    let about = give(&world, &chief, &new(About::Subjects(vec![household]), "li")).unwrap();
    assert_eq!(give(&world, &chief, &new(About::Subjects(vec![household]), "li")).unwrap(), about, "once");
    give(&world, &chief, &new(About::Area { area: EAST.to_owned(), quantity: 2 }, "li")).unwrap();
    let filter = AssignmentFilter { to: Some("li".to_owned()), open: true, ..AssignmentFilter::default() };
    let list = |scope: &Scope| world.store().assignment_list(scope, &filter, None, 10).unwrap();
    let progress = || list(&chief).iter().map(|view| (view.progress(), view.done)).collect::<Vec<_>>();
    assert_eq!(progress(), [(Progress::NotBegun, 0), (Progress::NotBegun, 0)], "older work is not this work");
    li.edit(&world, household, &[("land", 1_i64)]);
    li.complete(&world, household);
    li.household(&world, EAST, "测试丙");
    assert_eq!(progress(), [(Progress::Done, 1), (Progress::InProgress, 1)]);
    world.approve(household);
    let last = li.household(&world, EAST, "测试丁");
    assert_eq!(progress(), [(Progress::Approved, 1), (Progress::Done, 2)]);
    let heads = world.view(last).heads;
    world.decide(&chief, last, crate::review::rule::Decision::SendBack, &heads, &[]);
    assert_eq!(progress()[1].0, Progress::SentBack);
    assert_eq!(list(&world.scope("li")).len(), 2, "an enumerator sees their own");
    assert!(list(&world.scope("wang")).is_empty());

    let before = list(&chief);
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(list(&chief), before, "a rebuild gives the same");
}

pub(crate) fn work_is_given_inside_the_scope_only<S: Subject>() {
    let (world, [mut li, ..], _) = east::<S>();
    let chief = world.supervisor();
    world.user("far", Role::Supervisor, &[WEST]);
    world.user("west", Role::Enumerator, &[WEST]);
    let household = li.household(&world, EAST, "测试乙");
    let about = || About::Subjects(vec![household]);
    let kind = |result: Result<Vec<ObjectId>, StoreError>| result.unwrap_err().kind();
    assert_eq!(kind(give(&world, &world.scope("far"), &new(about(), "west"))), ProblemKind::NotFound);
    assert_eq!(kind(give(&world, &world.scope("li"), &new(about(), "li"))), ProblemKind::NotAllowed);
    assert_eq!(kind(give(&world, &chief, &new(about(), "west"))), ProblemKind::Invalid, "no area");
    assert_eq!(kind(give(&world, &chief, &new(about(), "nobody"))), ProblemKind::Invalid);
    for (due, quantity) in [("2023-02-30", 1), ("tomorrow", 1), ("2023-12-01", 0)] {
        let area = About::Area { area: EAST.to_owned(), quantity };
        let new = NewAssignments { due: Some(due.to_owned()), ..new(area, "li") };
        assert_eq!(kind(give(&world, &chief, &new)), ProblemKind::Invalid, "{due} {quantity}");
    }
    let rows = world.log_rows();
    let ids = give(&world, &chief, &new(about(), "li")).unwrap();
    assert_eq!(world.log_rows(), rows + 1, "what was refused left nothing");
    let far = world.scope("far");
    let moved = world.store().assignment_move(&far, &ids, "west", world.now());
    assert_eq!(moved.unwrap_err().kind(), ProblemKind::NotFound);
    let closed = world.store().assignment_close(&far, &ids, "x", world.now());
    assert_eq!(closed.unwrap_err().kind(), ProblemKind::NotFound);
    assert!(world.store().assignment_list(&far, &AssignmentFilter::default(), None, 10).unwrap().is_empty());
}

pub(crate) fn what_is_said_of_a_draft_is_told_to_whose_work_it_is<S: Subject>() {
    let (world, [mut li, mut wang, mut zhao], draft) = east::<S>();
    give(&world, &world.supervisor(), &new(About::Subjects(vec![draft]), "wang")).unwrap();
    world.pull(&mut wang, PAGE);
    let (id, at_ms) = (world.object(), world.now());
    let path = Some("name".to_owned());
    let remark =
        Item::Comment { id, record: draft, heads: li.heads(draft), path, text: "问过邻居".into(), at_ms };
    li.deliver(&world, vec![remark]);
    let heard = world.pull(&mut wang, PAGE);
    let is_remark = |item: &PageItem| matches!(item, PageItem::Comment { id: heard, .. } if *heard == id);
    assert_eq!(heard.iter().filter(|item| is_remark(item)).count(), 1, "{heard:?}");
    for (undo, state) in [(false, "discarded"), (true, "draft")] {
        li.deliver(&world, vec![Item::Discard { record: draft, undo, at_ms: world.now() }]);
        world.pull(&mut wang, PAGE);
        assert_eq!(wang.state(draft), state);
    }
    assert!(world.pull(&mut zhao, PAGE).is_empty(), "nobody else is told of a draft");
}

/// The phone has it from a life of the server in which it was submitted.
fn heard_before(li: &mut Phone, other: &mut Phone, draft: RecordId) {
    let bytes = li.records.get_mut(&draft).unwrap().0.save();
    other.records.insert(draft, (Record::load(&bytes).unwrap(), "submitted".to_owned()));
}

pub(crate) fn edits_of_a_draft_wait_until_it_is_submitted_or_given<S: Subject>() {
    let (world, [mut li, mut wang, mut zhao], draft) = east::<S>();
    let needed = ItemVerdict::Waiting { missing: li.heads(draft).iter().copied().collect() };
    let mut sent = Vec::new();
    for (phone, answer) in [(&mut wang, ("phone", "139")), (&mut zhao, ("address", "村东"))] {
        heard_before(&mut li, phone, draft);
        let edit = phone.write(&world, draft, &[answer]);
        let envelope = phone.seal(&world, vec![edit]);
        assert_eq!(
            world.push(phone, &envelope),
            std::slice::from_ref(&needed),
            "as of a record that is not here"
        );
        sent.push(envelope);
    }
    li.edit(&world, draft, &[("land", 3_i64)]);
    assert_eq!(world.push(&wang, &sent[0]), std::slice::from_ref(&needed));
    let of_west = world.user("far", Role::Enumerator, &[WEST]);
    let mut far = world.phone("far");
    assert_eq!(far.user, of_west);
    heard_before(&mut li, &mut far, draft);
    let stray = far.write(&world, draft, &[("name", "测试丙")]);
    let envelope = far.seal(&world, vec![stray]);
    assert_eq!(world.push(&far, &envelope), [quarantined("outside_area")], "of another village");

    give(&world, &world.supervisor(), &new(About::Subjects(vec![draft]), "wang")).unwrap();
    assert_eq!(world.push(&wang, &sent[0]), [ItemVerdict::Accepted], "it is their work now");
    assert_eq!(world.push(&zhao, &sent[1]), [needed]);
    li.complete(&world, draft);
    assert_eq!(world.push(&zhao, &sent[1]), [ItemVerdict::Accepted], "everybody's now");
    let before = world.view(draft);
    for (path, answer) in [("phone", "139"), ("address", "村东")] {
        assert_eq!(before.answers[path].value, answer);
    }
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(world.view(draft).heads, before.heads);
}
