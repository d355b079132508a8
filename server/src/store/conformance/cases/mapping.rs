//! Texts answered where a list had no code: the list grows, and nothing is recoded by itself.

use doorstep_forms::FormPackage;
use doorstep_protocol::{Item, ProblemKind};
use doorstep_records::{Key, RecordId};
use serde_json::json;

use crate::accounts::role::Role;
use crate::mapping::{MappingDone, NewMapping, Unmapped};
use crate::review::rule::Decision;
use crate::review::state::RecordState;
use crate::store::conformance::world::{changed, operator};
use crate::store::conformance::{EAST, FORM, PAGE, Phone, Subject, WEST, World};
use crate::store::dataset::Datasets;
use crate::store::forms::Forms;
use crate::store::mappings::Mappings;
use crate::store::operations::Operations;
use crate::store::records::Records;
use crate::store::{Scope, StoreError};

/// The form with a list of diseases; later versions know one more.
fn listed(version: u32) -> FormPackage {
    changed(version, |questions| {
        let mut codes =
            vec![json!({"const": "d1", "title": "尘肺"}), json!({"const": "other", "title": "其他"})];
        if version > 2 {
            codes.push(json!({"const": "d2", "title": "脑卒中"}));
        }
        questions["disease"] = json!({"title": "病种", "type": "string", "oneOf": codes});
        questions["disease_other"] = json!({"title": "其他病种", "type": "string", "maxLength": 40,
            "x-other-of": "disease", "x-relevant": "doc.disease == 'other'"});
    })
}

/// A household submitted under the second version.
pub(super) fn submitted<S: Subject>(
    world: &World<S>,
    phone: &mut Phone,
    (area, version): (&str, u32),
    answers: &[(&str, &str)],
) -> RecordId {
    let (record, mut items) = phone.begin(world, area, answers);
    items.push(phone.submit(world, record));
    for item in &mut items {
        if let Item::Create { form_version, .. } | Item::Submission { form_version, .. } = item {
            *form_version = version;
        }
    }
    phone.deliver(world, items);
    record
}

fn queue<S: Subject>(world: &World<S>, scope: &Scope) -> Vec<Unmapped> {
    world.store().mapping_queue(scope, None, 100).unwrap()
}

fn waiting<S: Subject>(world: &World<S>, scope: &Scope) -> Vec<RecordId> {
    queue(world, scope).into_iter().map(|waiting| waiting.record).collect()
}

fn map<S: Subject>(world: &World<S>, scope: &Scope, records: &[RecordId]) -> Result<MappingDone, StoreError> {
    let mapping = NewMapping {
        form: FORM.to_owned(),
        text: "脑卒中".to_owned(),
        code: "d2".to_owned(),
        reason: "the list of 25".to_owned(),
        records: records.to_vec(),
        at_ms: world.now(),
    };
    world.store().mapping_apply(scope, &mapping, &world.random)
}

/// A world with the second version, and three households: another disease in the east and in the west, a known one.
fn world<S: Subject>() -> (World<S>, [Phone; 2], [RecordId; 3]) {
    let world = World::<S>::new();
    world.store().form_publish(&operator(), &listed(2), world.now()).unwrap();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[WEST]);
    world.user("peer", Role::Supervisor, &[EAST]);
    let (mut li, mut wang) = (world.phone("li"), world.phone("wang"));
    let other = [("name", "甲"), ("disease", "other"), ("disease_other", "脑卒中")];
    let east = submitted(&world, &mut li, (EAST, 2), &other);
    let west = submitted(&world, &mut wang, (WEST, 2), &other);
    let known = submitted(&world, &mut li, (EAST, 2), &[("name", "乙"), ("disease", "d1")]);
    let (_, draft) = li.begin(&world, EAST, &other);
    li.deliver(&world, draft);
    world.settle();
    (world, [li, wang], [east, west, known])
}

pub(crate) fn a_text_outside_the_list_waits_until_a_reviewer_maps_it<S: Subject>() {
    let (world, [mut li, _], [east, west, _]) = world::<S>();
    let (chief, peer) = (world.supervisor(), world.scope("peer"));
    world.approve(east);
    let mut both = vec![east, west];
    both.sort();
    assert_eq!(waiting(&world, &chief), both, "neither the known one nor a draft");
    assert_eq!(waiting(&world, &peer), [east], "only inside the scope");
    // No list has the code yet: everything stays as it is.
    let rows = world.log_rows();
    let done = map(&world, &chief, &[]).unwrap();
    assert_eq!((done.mapped.len(), done.refused.len(), world.log_rows()), (0, 2, rows));
    let before = world.store().dataset_digest().unwrap();
    world.store().form_publish(&operator(), &listed(3), world.now()).unwrap();
    world.settle();
    assert_eq!(world.store().dataset_digest().unwrap(), before, "a list that grows recodes nothing");
    let one = queue(&world, &peer).remove(0);
    let likely = one.likely.unwrap();
    assert_eq!((likely.code.as_str(), likely.version, one.version), ("d2", 3, 2));
    assert_eq!((one.text.as_str(), one.by.as_deref()), ("脑卒中", Some("li")));

    let done = map(&world, &peer, &[]).unwrap();
    assert_eq!(done.refused, []);
    let [mapped] = done.mapped.as_slice() else { panic!("{done:?}") };
    assert_eq!(
        (mapped.record, mapped.version, mapped.paths.as_slice()),
        (east, 3, ["disease".to_owned()].as_slice())
    );
    world.settle();
    assert_eq!((waiting(&world, &peer), waiting(&world, &chief)), (vec![], vec![west]));
    // Mapped and not approved: the figures stand as they stood.
    assert_eq!(world.store().dataset_digest().unwrap(), before);
    let view = world.view(east);
    assert_eq!((view.line.state, view.judged_by, &view.heads), (RecordState::Submitted, 3, &mapped.heads));
    assert_eq!(view.amendment.len(), 1);
    let key = Key::parse("disease").unwrap();
    let history = world.store().record_history(&chief, east, Some(&key)).unwrap();
    let last = history.last().unwrap();
    let by = last.by.as_ref().unwrap();
    assert_eq!((by.name.as_str(), by.device, last.form_version), ("peer", None, 3));
    assert_eq!((last.reason.as_deref(), last.cites), (Some("the list of 25"), one.change));
    assert!(last.cites.is_some() && view.answers["disease_other"].value == "脑卒中", "what was said stays");
    // The phone of the old version gets the code and loses nothing.
    world.pull(&mut li, PAGE);
    let held = li.answers(east);
    assert!(held.contains("d2") && held.contains("脑卒中"), "{held}");
    world.approve(east);
    let row = world.rows(&chief).into_iter().find(|row| row.record == east).unwrap();
    let answers = row.answers().unwrap();
    assert_eq!(
        (row.form_version, &answers["disease"], answers.get("disease_other")),
        (3, &json!("d2"), None)
    );

    let rows = world.log_rows();
    assert_eq!(map(&world, &peer, &[]).unwrap_err().kind(), ProblemKind::NotFound, "nothing waits any more");
    assert_eq!(map(&world, &peer, &[east]).unwrap().refused.len(), 1);
    assert_eq!(world.log_rows(), rows, "mapping again changes nothing");
    let digest = world.store().dataset_digest().unwrap();
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!((world.store().dataset_digest().unwrap(), world.log_rows()), (digest, rows));
    assert_eq!(waiting(&world, &chief), [west]);
}

pub(crate) fn only_reviewers_map_and_only_what_is_in_their_hands<S: Subject>() {
    let (world, [mut li, _], [east, west, _]) = world::<S>();
    world.store().form_publish(&operator(), &listed(3), world.now()).unwrap();
    let (chief, peer) = (world.supervisor(), world.scope("peer"));
    let enumerator = map(&world, &world.scope("li"), &[east]).unwrap_err();
    assert_eq!(enumerator.kind(), ProblemKind::NotAllowed);
    assert!(world.store().mapping_queue(&world.scope("li"), None, 9).is_err());
    assert_eq!(map(&world, &peer, &[west]).unwrap_err().kind(), ProblemKind::NotFound);
    // Sent back: it is the enumerator's to correct.
    let heads = world.view(west).heads;
    world.decide(&chief, west, Decision::SendBack, &heads, &[]);
    let done = map(&world, &chief, &[west]).unwrap();
    assert!(done.mapped.is_empty() && done.refused[0].en.contains("sent_back"), "{done:?}");
    // A draft after the submission stays a draft: what is mapped builds on what was said to be complete.
    li.edit(&world, east, &[("land", 9_i64)]);
    world.settle();
    let done = map(&world, &peer, &[east]).unwrap();
    assert_eq!(done.mapped.len(), 1, "{done:?}");
    world.settle();
    let shown = world.store().record_get(&peer, east, &Default::default()).unwrap();
    assert!(!shown.answers.contains_key("land"), "nobody said that this is complete");
    assert_eq!(shown.answers["disease"].value, "d2");
}
