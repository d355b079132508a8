//! Outside the scope nothing exists: no answer, no count, no name, no byte.

use doorstep_protocol::pull::{Page, PageItem};
use doorstep_protocol::{ProblemKind, frame};
use doorstep_records::{Heads, Key, RecordId, Value};
use serde_bytes::ByteBuf;

use crate::accounts::model::NewUser;
use crate::accounts::role::Role;
use crate::duplicates::model::PairState;
use crate::import::households::ImportOptions;
use crate::import::ledger::Household;
use crate::review::model::{NewComment, NewReview, RecordFilter};
use crate::review::rule::Decision;
use crate::store::accounts::Accounts;
use crate::store::areas::Areas;
use crate::store::conformance::world::{operator, package};
use crate::store::conformance::{EAST, FORM, PAGE, Phone, Subject, TOWN, WEST, World, member};
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::forms::Forms;
use crate::store::imports::Imports;
use crate::store::records::{At, OfficeEdit, Records};
use crate::store::reports::Reports;
use crate::store::reviews::Reviews;
use crate::store::{FormScope, Scope, StoreError};
use doorstep_protocol::UserId;

/// What a method answers whom it does not concern.
enum Answer {
    /// It says that it found nothing...
    Missing(Result<(), StoreError>),
    /// ...or holds nothing.
    Empty(usize),
}
use Answer::{Empty, Missing};

/// The east as an outsider asks for it: two households that may be one, a phone of their village.
struct Asked<'a, S> {
    world: &'a World<S>,
    scope: &'a Scope,
    one: RecordId,
    two: RecordId,
    heads: Heads,
    phone: &'a Phone,
}

impl<S: Subject> Asked<'_, S> {
    fn lists(&self) -> Vec<(&'static str, Answer)> {
        let (store, scope) = (self.world.store(), self.scope);
        let records = |filter: &RecordFilter| {
            let page = store.record_list(scope, filter, None, 10).unwrap();
            page.records.len() + usize::try_from(page.total).unwrap()
        };
        let named = |area: &str| RecordFilter { area: Some(area.to_owned()), ..RecordFilter::default() };
        let texts = RecordFilter { text: Some("测试甲".to_owned()), ..RecordFilter::default() };
        let page = store.dataset_list(scope, FORM, None, 10).unwrap();
        let pairs = |state| store.duplicate_list(scope, state, 10).unwrap().len();
        let areas = store.area_list(scope).unwrap();
        let users = store.user_list(scope).unwrap();
        let names = store.import_areas(scope).unwrap();
        let places = store.report_places(scope).unwrap();
        vec![
            ("record_list", Empty(records(&RecordFilter::default()))),
            ("record_list area", Empty(records(&named(EAST)))),
            ("record_list area above", Empty(records(&named(TOWN)))),
            ("record_list text", Empty(records(&texts))),
            ("dataset_list", Empty(page.rows.len() + usize::try_from(page.total).unwrap())),
            ("dataset_each", Empty(self.world.rows(scope).len())),
            ("duplicate_list", Empty(PairState::ALL.into_iter().map(pairs).sum())),
            ("area_list", Empty(areas.iter().filter(|area| area.code == EAST).count())),
            ("user_list", Empty(users.iter().filter(|user| user.name == "li").count())),
            ("device_list", Empty(store.device_list(scope).unwrap().len())),
            ("import_areas", Empty(usize::from(names.has(EAST)))),
            ("report_places", Empty(usize::from(places.name(EAST).is_some()))),
        ]
    }

    fn of_records(&self) -> Vec<(&'static str, Answer)> {
        let (store, scope, one) = (self.world.store(), self.scope, self.one);
        let get = |at| Missing(store.record_get(scope, one, &at).map(drop));
        let edit = OfficeEdit {
            record: one,
            heads: self.heads.clone(),
            puts: vec![(Key::parse("land").unwrap(), Value::Int(1))],
            reason: None,
            at_ms: 1,
        };
        let remark = NewComment { path: None, text: "?".to_owned() };
        let comment = store.comment_add(scope, one, self.world.object(), &self.heads, &remark, 1);
        let mut answers = vec![
            ("record_get now", get(At::Now)),
            ("record_get to review", get(At::ToReview)),
            ("record_get heads", get(At::Heads(self.heads.clone()))),
            ("record_history", Missing(store.record_history(scope, one, None).map(drop))),
            ("record_edit", Missing(store.record_edit(scope, &edit, &self.world.random).map(drop))),
            ("comment_add", Missing(comment)),
            ("area_apply", Missing(store.area_apply(scope, one, WEST, 1))),
            ("dataset_get", Missing(store.dataset_get(scope, one).map(drop))),
            ("duplicate_merge", Missing(store.duplicate_merge(scope, one, self.two, 1).map(drop))),
            ("duplicate_dismiss", Missing(store.duplicate_dismiss(scope, one, self.two, 1))),
        ];
        for decision in Decision::ALL {
            let review = NewReview {
                id: self.world.object(),
                decision,
                heads: self.heads.clone(),
                note: None,
                comments: Vec::new(),
                waivers: Vec::new(),
                at_ms: 1,
            };
            answers.push((decision.name(), Missing(store.review_decide(scope, one, &review).map(drop))));
        }
        answers
    }

    fn of_people(&self) -> Vec<(&'static str, Answer)> {
        let (store, scope) = (self.world.store(), self.scope);
        let west = [WEST.to_owned()];
        let grant = store.user_grant(scope, "li", Role::Enumerator, &west, 1);
        vec![
            ("user_grant", Missing(grant.map(drop))),
            ("user_close", Missing(store.user_close(scope, "li", 1))),
            ("device_invite", Missing(store.device_invite(scope, "li", &[7; 32], 1).map(drop))),
            ("device_revoke", Missing(store.device_revoke(scope, self.phone.id(), 1))),
        ]
    }
}

fn nothing(who: &str, answers: Vec<(&'static str, Answer)>) {
    for (method, answer) in answers {
        match answer {
            Missing(answer) => {
                let kind = answer.map_err(|error| error.kind());
                assert_eq!(kind, Err(ProblemKind::NotFound), "{method} for {who}");
            }
            Empty(found) => assert_eq!(found, 0, "{method} for {who}"),
        }
    }
}

/// A household registered twice in the east, both approved.
fn east<S: Subject>(world: &World<S>, phone: &mut Phone) -> [RecordId; 2] {
    let id = member(1);
    let answers = [("name", "测试甲"), (id.as_str(), "999999198001010017")];
    let records = [(); 2].map(|()| phone.registered(world, EAST, &answers));
    records.iter().for_each(|record| world.approve(*record));
    records
}

/// What would be put into the east is refused in the words for what does not exist.
fn refused_as_unknown<S: Subject>(world: &World<S>, scope: &Scope) {
    let store = world.store();
    let new = NewUser {
        id: UserId::mint(1, world.random.bytes()),
        name: "new".to_owned(),
        role: Role::Enumerator,
        areas: vec![EAST.to_owned()],
        password_phc: String::new(),
        at_ms: 1,
    };
    let unknown = NewUser { areas: vec!["nowhere".to_owned()], ..new.clone() };
    let said = |new: &NewUser| {
        let error = store.user_add(scope, new).unwrap_err();
        let text = error.said().map(|said| said.en);
        (error.kind(), text.map(|text| text.replace(&new.areas[0], "...")))
    };
    assert_eq!(said(&new), said(&unknown));
    let below = format!("code,parent,level,name_zh\n99110101,{EAST},group,组\n");
    assert!(store.areas_import(scope, below.as_bytes(), 1).unwrap().is_err());
    let form = store.import_form(scope, FORM).unwrap();
    let household = Household {
        number: "1".to_owned(),
        area: EAST.to_owned(),
        row: 2,
        answers: Default::default(),
        members: Vec::new(),
    };
    let options = ImportOptions::on("2015-07-01");
    let imported =
        store.households_import(scope, &form, vec![household], &options, 1, &world.random).unwrap();
    assert_eq!((imported.created, imported.refused.len()), (0, 1));
}

pub(crate) fn outside_the_scope_nothing_exists<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut phone = world.phone("li");
    let [one, two] = east(&world, &mut phone);
    let store = world.store();
    let heads = phone.heads(one);
    for (name, role) in [("far chief", Role::Supervisor), ("far admin", Role::Admin)] {
        world.user(name, role, &[WEST]);
        let scope = world.scope(name);
        let rows = world.log_rows();
        let (heads, phone) = (heads.clone(), &phone);
        let asked = Asked { world: &world, scope: &scope, one, two, heads, phone };
        nothing(name, asked.lists());
        nothing(name, asked.of_records());
        nothing(name, asked.of_people());
        refused_as_unknown(&world, &scope);
        assert_eq!(world.log_rows(), rows, "nothing was written");
    }
    // No area at all; a form outside the scope.
    let user = Some(UserId::from_bytes([9; 16]));
    let forms = FormScope::Only(vec!["other".to_owned()]);
    let scope = Scope::new(user, "wang".into(), Role::Supervisor, vec![String::new()], forms, 1);
    let nowhere = Scope::new(user, "wang".into(), Role::Supervisor, Vec::new(), FormScope::All, 1);
    let asked = |scope| Asked { world: &world, scope, one, two, heads: heads.clone(), phone: &phone };
    nothing("no area", asked(&nowhere).lists());
    nothing("no area", asked(&nowhere).of_records());
    nothing("another form", asked(&scope).of_records());
    let missing = vec![
        ("form_package", Missing(store.form_package(&scope, FORM, 1).map(drop))),
        ("import_form", Missing(store.import_form(&scope, FORM).map(drop))),
        ("form_list", Empty(store.form_list(&scope).unwrap().len())),
        (
            "report_catalog",
            Empty(usize::from(store.report_catalog(&scope).unwrap().doc_type(FORM).is_some())),
        ),
        ("dataset_each", Empty(world.rows(&scope).len())),
        (
            "record_list",
            Empty(store.record_list(&scope, &RecordFilter::default(), None, 9).unwrap().records.len()),
        ),
    ];
    nothing("another form", missing);
    let published = store.form_publish(&scope, &package(2, "农户"), 1).unwrap_err();
    assert_eq!(published.kind(), ProblemKind::NotAllowed);
    // The table can fail: inside the scope the same questions find something.
    for (method, answer) in asked(&world.supervisor()).lists() {
        assert!(matches!(answer, Empty(found) if found > 0), "{method}");
    }
    assert_eq!(store.record_list(&operator(), &RecordFilter::default(), None, 9).unwrap().total, 2);
}

pub(crate) fn enumerators_decide_nothing<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[EAST]);
    let mut phone = world.phone("li");
    let [one, two] = east(&world, &mut phone);
    let (draft, items) = phone.begin(&world, EAST, &[("name", "draft")]);
    phone.deliver(&world, items);
    let (own, peer) = (world.scope("li"), world.scope("wang"));
    let total =
        |scope: &Scope| world.store().record_list(scope, &RecordFilter::default(), None, 9).unwrap().total;
    assert_eq!((total(&own), total(&peer)), (3, 2), "drafts of others");
    let hidden = world.store().record_get(&peer, draft, &At::Now).unwrap_err();
    assert_eq!(hidden.kind(), ProblemKind::NotFound);
    let heads = phone.heads(one);
    let asked = Asked { world: &world, scope: &own, one, two, heads, phone: &phone };
    let changes = ["record_edit", "comment_add", "area_apply", "duplicate_merge", "duplicate_dismiss"];
    let decisions = Decision::ALL.map(Decision::name);
    let mut refused = 0;
    for (method, answer) in asked.of_records() {
        if changes.contains(&method) || decisions.contains(&method) {
            let Missing(answer) = answer else { panic!("{method}") };
            assert_eq!(answer.unwrap_err().kind(), ProblemKind::NotAllowed, "{method}");
            refused += 1;
        }
    }
    assert_eq!(refused, changes.len() + decisions.len());
}

/// Everything that the east hears, in bytes. Cursors are sealed and of one length, whatever stands in them.
fn heard<S: Subject>(busy: bool) -> Vec<(&'static str, Vec<u8>)> {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[WEST]);
    world.user("east chief", Role::Supervisor, &[EAST]);
    let (mut phone, mut reader, mut stranger) = (world.phone("li"), world.phone("li"), world.phone("wang"));
    let mut answers = Vec::new();
    let meanwhile = |stranger: &mut Phone| {
        if busy {
            world.aside(|| {
                let id = member(1);
                // The same household again, from over the border.
                let answers = [("name", "测试甲"), (id.as_str(), "999999198001010017")];
                let record = stranger.registered(&world, WEST, &answers);
                stranger.edit(&world, record, &[("land", 1_i64)]);
                // It moves out of the village, and the village gets one more group.
                world.store().area_apply(&operator(), record, TOWN, world.now()).unwrap();
                let group = format!("code,parent,level,name_zh\n{WEST}{},{WEST},group,组\n", stranger.number);
                world.store().areas_import(&operator(), group.as_bytes(), world.now()).unwrap().unwrap();
                world.settle();
            });
        }
    };
    for _ in 0..3 {
        meanwhile(&mut stranger);
        let [one, two] = east(&world, &mut phone);
        meanwhile(&mut stranger);
        phone.edit(&world, one, &[("land", 2_i64)]);
        world.settle();
        meanwhile(&mut stranger);
        let page = world.pull_page(&mut reader, PAGE).unwrap();
        answers.push(("page", blind(page)));
        let scope = world.scope("east chief");
        let store = world.store();
        let page = store.record_list(&scope, &RecordFilter::default(), None, 100).unwrap();
        answers.push(("record_list", serde_json::to_vec(&page).unwrap()));
        for record in [one, two] {
            let view = store.record_get(&scope, record, &At::Now).unwrap();
            answers.push(("record_get", serde_json::to_vec(&view).unwrap()));
        }
        answers.push(("dataset", format!("{:?}", store.dataset_list(&scope, FORM, None, 100)).into_bytes()));
        let pairs = store.duplicate_list(&scope, PairState::Open, 100).unwrap();
        answers.push(("duplicate_list", serde_json::to_vec(&pairs).unwrap()));
        answers.push(("area_list", serde_json::to_vec(&store.area_list(&scope).unwrap()).unwrap()));
        answers.push(("user_list", serde_json::to_vec(&store.user_list(&scope).unwrap()).unwrap()));
        answers.push(("device_list", serde_json::to_vec(&store.device_list(&scope).unwrap()).unwrap()));
    }
    answers
}

fn blind(page: Page) -> Vec<u8> {
    assert!(page.items.iter().any(|item| matches!(item, PageItem::Snapshot { .. })));
    let cursor = ByteBuf::from(vec![0; page.cursor.len()]);
    frame::to_cbor(&Page { cursor, ..page }).unwrap()
}

pub(crate) fn the_other_area_leaves_no_trace<S: Subject>() {
    let (alone, beside) = (heard::<S>(false), heard::<S>(true));
    assert_eq!(alone.len(), beside.len());
    for ((name, alone), (_, beside)) in alone.iter().zip(&beside) {
        assert_eq!(String::from_utf8_lossy(alone), String::from_utf8_lossy(beside), "{name}");
    }
}
