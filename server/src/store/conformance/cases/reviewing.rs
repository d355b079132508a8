//! Decisions on exact heads, and what the phones hear of them.

use doorstep_forms::FormPackage;
use doorstep_protocol::pull::PageItem;
use doorstep_records::{Heads, Key, RecordId, Value};

use crate::accounts::role::Role;
use crate::review::rule::{Decision, Refusal, WAIVE_DIFFERENT, Waiver};
use crate::review::state::RecordState;
use crate::store::Scope;
use crate::store::accounts::Accounts;
use crate::store::conformance::world::{changed, operator, package};
use crate::store::conformance::{EAST, PAGE, Phone, Subject, TOWN, WEST, World};
use crate::store::forms::Forms;
use crate::store::operations::Operations;
use crate::store::records::{At, OfficeEdit, Records};
use crate::store::reviews::Decided;

/// Two phones of one person that hold the same submitted household.
fn world<S: Subject>() -> (World<S>, Phone, Phone, RecordId) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let (mut one, mut other) = (world.phone("li"), world.phone("li"));
    let record = one.household(&world, EAST, "测试甲");
    world.pull(&mut other, PAGE);
    world.settle();
    (world, one, other, record)
}

fn approve<S: Subject>(world: &World<S>, record: RecordId, heads: &Heads, waivers: &[Waiver]) -> Decided {
    let decided = world.decide(&world.supervisor(), record, Decision::Approve, heads, waivers);
    world.settle();
    decided
}

fn refusal(decided: Decided) -> Refusal {
    match decided {
        Decided::Refused(refused) => refused.refusal,
        Decided::Taken(taken) => panic!("{taken:?}"),
    }
}

fn taken(decided: &Decided) -> bool {
    matches!(decided, Decided::Taken(_))
}

/// Both phones write another answer to the same question; the submission names all of it.
fn differ<S: Subject>(world: &World<S>, one: &mut Phone, other: &mut Phone, record: RecordId) -> Heads {
    let (mine, theirs) =
        (one.write(world, record, &[("land", 3_i64)]), other.write(world, record, &[("land", 5_i64)]));
    one.deliver(world, vec![mine]);
    other.deliver(world, vec![theirs]);
    world.pull(one, PAGE);
    let heads = one.complete(world, record);
    world.settle();
    heads
}

pub(crate) fn only_what_was_served_is_approved<S: Subject>() {
    let (world, mut phone, _, record) = world::<S>();
    let first = phone.heads(record);
    assert_eq!(refusal(approve(&world, record, &first, &[])), Refusal::NotSeen);
    world.user("peer", Role::Supervisor, &[EAST]);
    world.store().record_get(&world.scope("peer"), record, &At::Now).unwrap();
    assert_eq!(refusal(approve(&world, record, &first, &[])), Refusal::NotSeen, "shown to another person");
    assert_eq!(world.view(record).heads, first);
    phone.edit(&world, record, &[("land", 4_i64)]);
    let newer = phone.complete(&world, record);
    assert_eq!(refusal(approve(&world, record, &newer, &[])), Refusal::NotSeen, "shown before it came");
    assert_eq!(refusal(approve(&world, record, &Heads::empty(), &[])), Refusal::NotSeen);
    assert!(world.rows(&world.supervisor()).is_empty());
    assert_eq!(world.view(record).heads, newer);
    assert!(taken(&approve(&world, record, &newer, &[])));
    let rows = world.rows(&world.supervisor());
    assert_eq!((rows.len(), &rows[0].heads), (1, &newer));
}

pub(crate) fn different_answers_block_until_they_are_waived<S: Subject>() {
    let (world, mut one, mut other, record) = world::<S>();
    let heads = differ(&world, &mut one, &mut other, record);
    let view = world.view(record);
    assert!(view.answers["land"].different && view.answers["land"].value.is_null());
    assert_eq!(view.answers["land"].candidates.len(), 2);
    let blocked = Refusal::DifferentAnswers { paths: vec!["land".to_owned()] };
    assert_eq!(refusal(approve(&world, record, &heads, &[])), blocked);
    let mut waiver = Waiver { key: WAIVE_DIFFERENT.into(), path: "land".into(), reason: " ".into() };
    let nameless = refusal(approve(&world, record, &heads, std::slice::from_ref(&waiver)));
    assert_eq!(nameless, Refusal::ReasonMissing { path: "land".to_owned() });
    waiver.reason = "seen on site".into();
    assert!(taken(&approve(&world, record, &heads, &[waiver])));
    let rows = world.rows(&world.supervisor());
    let answers = rows[0].answers().unwrap();
    assert_eq!((answers.get("land"), rows[0].conflicts), (None, 1), "nobody's answer is the truth");
    assert_eq!(answers["name"], "测试甲");
}

pub(crate) fn the_office_settles_different_answers<S: Subject>() {
    let (world, mut one, mut other, record) = world::<S>();
    let heads = differ(&world, &mut one, &mut other, record);
    let edit = OfficeEdit {
        record,
        heads,
        puts: vec![(Key::parse("land").unwrap(), Value::Int(5))],
        reason: Some("seen the deed".to_owned()),
        at_ms: world.now(),
    };
    world.store().record_edit(&world.supervisor(), &edit, &world.random).unwrap();
    world.approve(record);
    assert_eq!(world.rows(&world.supervisor())[0].answers().unwrap()["land"], 5);
    let history = world.store().record_history(&world.supervisor(), record, Some(&edit.puts[0].0)).unwrap();
    assert_eq!(history.len(), 3, "nobody's answer is lost");
    world.pull(&mut one, PAGE);
    world.pull(&mut other, PAGE);
    assert_eq!(one.answers(record), other.answers(record));
    assert!(one.records.get_mut(&record).unwrap().0.conflicts().is_empty());
}

pub(crate) fn the_answer_of_who_should_know_is_suggested<S: Subject>() {
    let world = World::<S>::new();
    let form =
        changed(2, |questions| questions["land"]["x-authority"] = serde_json::json!(["doctor", "cadre"]));
    world.store().form_publish(&operator(), &form, world.now()).unwrap();
    let mut phones = ["doc", "cad"].map(|name| {
        world.user(name, Role::Enumerator, &[EAST]);
        world.phone(name)
    });
    let store = world.store();
    store.user_post(&operator(), "cad", Some("cadre")).unwrap();
    store.user_post(&operator(), "doc", Some("doctor")).unwrap();
    assert!(store.user_post(&operator(), "doc", Some("Dr. X")).is_err());
    world.user("peer", Role::Supervisor, &[WEST]);
    assert!(store.user_post(&world.scope("peer"), "doc", None).is_err(), "of another area");
    let [doctor, cadre] = &mut phones;
    let record = super::mapping::submitted(&world, doctor, (EAST, 2), &[("name", "甲")]);
    world.pull(cadre, PAGE);
    let land = |phone: &mut Phone, value: i64| phone.write(&world, record, &[("land", value)]);
    let (theirs, mine) = (land(cadre, 5), land(doctor, 3));
    cadre.deliver(&world, vec![theirs]);
    doctor.deliver(&world, vec![mine]);
    world.settle();
    let suggested = || -> Vec<(serde_json::Value, bool)> {
        let view = world.view(record);
        let answer = &view.answers["land"];
        assert!(answer.different && answer.value.is_null(), "nothing is chosen by that");
        let mut marks: Vec<_> =
            answer.candidates.iter().map(|one| (one.value.clone(), one.suggested)).collect();
        marks.sort_by_key(|(value, _)| value.to_string());
        marks
    };
    assert_eq!(suggested(), [(3.into(), true), (5.into(), false)]);
    store.user_post(&operator(), "doc", None).unwrap();
    assert_eq!(suggested(), [(3.into(), false), (5.into(), true)], "the next who should know");
    // Phones are told what people are.
    let items = world.pull(cadre, PAGE);
    let posts = items.iter().filter_map(|item| match item {
        PageItem::Actors { bindings } => Some(bindings.iter().filter_map(|one| one.post.clone())),
        _ => None,
    });
    assert!(posts.flatten().any(|post| post == "cadre"), "{items:?}");
}

pub(crate) fn what_is_sent_back_reaches_the_phone<S: Subject>() {
    let (world, mut phone, mut other, record) = world::<S>();
    world.pull(&mut phone, PAGE);
    let heads = world.view(record).heads;
    let decided = world.decide(&world.supervisor(), record, Decision::SendBack, &heads, &[]);
    assert!(taken(&decided), "{decided:?}");
    for phone in [&mut phone, &mut other] {
        let items = world.pull(phone, PAGE);
        let says = |item: &PageItem| matches!(item, PageItem::Comment { path: Some(path), text, by, .. } if path == "land" && text == "请核实" && by == "chief");
        let decides = |item: &PageItem| matches!(item, PageItem::Review { decision, heads: judged, .. } if decision == "sent_back" && *judged == heads);
        assert!(items.iter().any(says) && items.iter().any(decides), "{items:?}");
        assert_eq!(phone.state(record), "sent_back");
    }
    other.edit(&world, record, &[("land", 4_i64)]);
    assert_eq!(world.view(record).line.state, RecordState::SentBack, "corrected and not yet complete");
    other.complete(&world, record);
    assert_eq!(world.view(record).line.state, RecordState::Submitted);
    world.approve(record);
    world.pull(&mut phone, PAGE);
    assert_eq!((phone.answers(record), phone.state(record)), (other.answers(record), "approved"));
    let view = world.view(record);
    assert_eq!((view.reviews.len(), view.comments.len(), view.submissions.len()), (2, 1, 2));
}

pub(crate) fn newer_answers_become_an_amendment<S: Subject>() {
    let (world, mut phone, _, record) = world::<S>();
    let seen = world.view(record).heads;
    phone.edit(&world, record, &[("land", 4_i64)]);
    let Decided::Taken(decided) = approve(&world, record, &seen, &[]) else { panic!("refused") };
    assert!(decided.newer && decided.state == RecordState::Approved);
    let chief = world.supervisor();
    let row = world.rows(&chief).remove(0);
    assert_eq!((&row.heads, row.answers().unwrap().get("land")), (&seen, None));
    let view = world.view(record);
    assert_eq!(view.amendment.len(), 1);
    assert_eq!((view.amendment[0].path.as_str(), &view.amendment[0].after), ("land", &4.into()));
    let amended = phone.complete(&world, record);
    world.view(record);
    let decided = world.decide(&chief, record, Decision::NotAccept, &amended, &[]);
    assert!(taken(&decided), "{decided:?}");
    world.settle();
    assert_eq!(world.view(record).line.state, RecordState::Approved, "only the amendment is refused");
    assert_eq!(world.rows(&chief)[0].heads, seen);
    phone.edit(&world, record, &[("land", 6_i64)]);
    phone.complete(&world, record);
    world.approve(record);
    assert_eq!(world.rows(&chief)[0].answers().unwrap()["land"], 6);
    assert_eq!(refusal(approve(&world, record, &seen, &[])), Refusal::NotDescending);
}

/// A form that asks headquarters to confirm: a supervisor approves, an admin confirms, and a later amendment asks again.
pub(crate) fn headquarters_confirm_what_was_approved<S: Subject>() {
    let world = World::<S>::new();
    let mut files = package(2, "农户").files().clone();
    let mut manifest: serde_json::Value = serde_json::from_slice(&files["form.json"]).unwrap();
    manifest["confirm"] = true.into();
    files.insert("form.json".to_owned(), manifest.to_string().into_bytes());
    let asks = FormPackage::from_files(files).unwrap();
    world.store().form_publish(&operator(), &asks, world.now()).unwrap();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("boss", Role::Admin, &[TOWN]);
    let mut phone = world.phone("li");
    let plain = phone.household(&world, EAST, "测试乙");
    let record = super::mapping::submitted(&world, &mut phone, (EAST, 2), &[("name", "测试甲")]);
    world.settle();
    let (chief, boss) = (world.supervisor(), world.scope("boss"));
    let decide = |scope: &Scope, record: RecordId, decision| {
        let heads = world.store().record_get(scope, record, &At::Now).unwrap().heads;
        let decided = world.decide(scope, record, decision, &heads, &[]);
        world.settle();
        decided
    };
    let state = |phone: &mut Phone| {
        world.pull(phone, PAGE);
        (world.view(record).line.state, phone.state(record).to_owned())
    };
    let stands = |state: RecordState| (state, state.name().to_owned());
    assert_eq!(
        refusal(decide(&boss, record, Decision::Confirm)),
        Refusal::WrongState(RecordState::Submitted)
    );
    for record in [plain, record] {
        assert!(taken(&decide(&chief, record, Decision::Approve)));
    }
    assert_eq!(refusal(decide(&chief, record, Decision::Confirm)), Refusal::Headquarters);
    assert_eq!(refusal(decide(&boss, plain, Decision::Confirm)), Refusal::NotAsked);
    let counted = world.rows(&chief);
    assert!(taken(&decide(&boss, record, Decision::Confirm)));
    assert_eq!(state(&mut phone), stands(RecordState::Confirmed));
    assert_eq!(world.rows(&chief), counted, "it counted before");
    for undo in [Decision::SendBack, Decision::NotAccept, Decision::Reopen] {
        assert_eq!(refusal(decide(&chief, record, undo)), Refusal::Headquarters);
    }
    // An amendment that is not accepted leaves it confirmed; one that is approved asks headquarters again.
    for (decision, after, land) in
        [(Decision::NotAccept, RecordState::Confirmed, 4_i64), (Decision::Approve, RecordState::Approved, 5)]
    {
        phone.edit_under(&world, record, 2, &[("land", land)]);
        phone.complete_under(&world, record, 2);
        assert_eq!(state(&mut phone), stands(RecordState::Submitted));
        assert!(taken(&decide(&chief, record, decision)), "{decision:?}");
        assert_eq!(state(&mut phone), stands(after));
    }
    assert!(taken(&decide(&boss, record, Decision::Confirm)));
    assert!(taken(&decide(&boss, record, Decision::Reopen)));
    assert_eq!(state(&mut phone), stands(RecordState::Approved), "the approval stands");
    assert!(taken(&decide(&boss, record, Decision::Reopen)));
    assert_eq!(state(&mut phone), stands(RecordState::Submitted));
    let before = (world.rows(&chief), world.view(record));
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!((world.rows(&chief), world.view(record)), before);
}
