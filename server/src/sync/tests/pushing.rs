//! What each kind of envelope and item is answered.

use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest};
use doorstep_protocol::{Envelope, EnvelopeId, Item, ObjectId, ProblemKind, SignedEnvelope, frame, limits};
use doorstep_records::{ActorId, Heads, Record, RecordId};
use ed25519_dalek::SigningKey;
use serde_bytes::ByteBuf;

use super::world::{EAST, Phone, TOWN, WEST, World, create, quarantined, write};
use crate::accounts::role::Role;
use crate::log::{By, LogEntry};
use crate::store::sync::SyncStore;

fn world() -> (World, Phone) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    (world, phone)
}

#[test]
fn an_envelope_is_recorded_applied_and_counted() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "测试甲");
    assert_eq!(world.answers(record), phone.answers(record));
    assert_eq!(world.count("record WHERE state = 'submitted' AND shown = 1 AND dirty = 1"), 1);
    let discard = Item::Discard { record, undo: false, at_ms: 1 };
    let envelope = phone.seal(&world, vec![discard]);
    let response = world.send(&phone, &[envelope]);
    assert_eq!(response.watermark, 2);
    let EnvelopeResult::Recorded { items, .. } = &response.results[0] else { panic!() };
    assert_eq!(items, &[quarantined("already_submitted")]);
}

#[test]
fn whole_envelopes_that_cannot_be_taken_are_refused_and_nothing_is_written() {
    let (world, mut phone) = world();
    let (_, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let good = phone.seal(&world, items.clone());
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let mut envelope: Envelope = good.peek().unwrap();
    assert_eq!(
        world.refused(&phone, &SignedEnvelope::seal(&envelope, &stranger).unwrap()),
        ProblemKind::SignatureInvalid
    );
    envelope.user = doorstep_protocol::UserId::mint(1, [9; 10]);
    assert_eq!(
        world.refused(&phone, &SignedEnvelope::seal(&envelope, &phone.key).unwrap()),
        ProblemKind::UserNotOnDevice
    );
    let noise = SignedEnvelope { body: ByteBuf::from(vec![1, 2, 3]), signature: good.signature.clone() };
    assert_eq!(world.refused(&phone, &noise), ProblemKind::SignatureInvalid);
    let mut many: Envelope = good.peek().unwrap();
    many.items = vec![items[0].clone(); limits::ITEMS_PER_ENVELOPE + 1];
    assert_eq!(
        world.refused(&phone, &SignedEnvelope::seal(&many, &phone.key).unwrap()),
        ProblemKind::TooLarge
    );
    let mut large: Envelope = good.peek().unwrap();
    let change =
        Item::Change { record: items[0].record(), change: ByteBuf::from(vec![0; limits::ENVELOPE_BYTES]) };
    large.items = vec![change];
    assert_eq!(
        world.refused(&phone, &SignedEnvelope::seal(&large, &phone.key).unwrap()),
        ProblemKind::TooLarge
    );
    assert_eq!((world.count("record"), world.count("envelope")), (0, 0));
    // A refused neighbour stands in nobody's way.
    let response = world.send(&phone, &[noise, good]);
    assert!(matches!(response.results[0], EnvelopeResult::Refused { .. }));
    assert!(matches!(response.results[1], EnvelopeResult::Recorded { .. }));
}

#[test]
fn a_replay_is_answered_again_and_another_body_under_its_id_is_refused() {
    let (world, mut phone) = world();
    let (record, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&world, items);
    let first = world.push(&phone, &envelope);
    let rows = world.count("log");
    assert_eq!(world.push(&phone, &envelope), first);
    assert_eq!(world.send(&phone, &[envelope.clone(), envelope.clone()]).results.len(), 2);
    assert_eq!((world.count("log"), world.count("record_change")), (rows, 1));
    let mut other: Envelope = envelope.peek().unwrap();
    other.items = vec![Item::Discard { record, undo: false, at_ms: 5 }];
    let other = SignedEnvelope::seal(&other, &phone.key).unwrap();
    assert_eq!(world.refused(&phone, &other), ProblemKind::EnvelopeIdReused);
    // The same content under a new id: known already, item by item.
    let again = Envelope { id: EnvelopeId::mint(2, [3; 10]), ..envelope.peek().unwrap() };
    let again = SignedEnvelope::seal(&again, &phone.key).unwrap();
    assert_eq!(world.push(&phone, &again), vec![ItemVerdict::Duplicate; 2]);
}

#[test]
fn the_watermark_never_passes_over_what_has_not_come() {
    let (world, mut phone) = world();
    let (record, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let first = phone.seal(&world, items);
    let later = phone.write(&world, record, &[("land", "2")]);
    let later = phone.seal(&world, vec![later]);
    assert_eq!(world.send(&phone, &[later]).watermark, 0);
    assert_eq!(world.send(&phone, &[first]).watermark, 2);
}

#[test]
fn a_replay_inside_one_push_is_recorded_once() {
    let (world, mut phone) = world();
    let (_, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&world, items);
    let response = world.send(&phone, &[envelope.clone(), envelope]);
    assert_eq!(response.results[0], response.results[1]);
    assert_eq!(world.count("envelope"), 1);
}

#[test]
fn a_poison_change_at_every_place_of_a_batch_lets_its_neighbours_through() {
    for place in 0..4 {
        let (world, mut phone) = world();
        let (record, mut items) = phone.begin(&world, EAST, &[("name", "a")]);
        for value in ["1", "2"] {
            items.push(phone.write(&world, record, &[("land", value)]));
        }
        let Item::Change { change, .. } = items[1].clone() else { panic!() };
        let mut poison = change.into_vec();
        let last = poison.len() - 1;
        poison[last] ^= 0x55;
        items.insert(1 + place.min(3), Item::Change { record, change: ByteBuf::from(poison) });
        let envelope = phone.seal(&world, items);
        let verdicts = world.push(&phone, &envelope);
        let bad: Vec<usize> =
            (0..verdicts.len()).filter(|at| verdicts[*at] != ItemVerdict::Accepted).collect();
        assert_eq!(bad, [1 + place.min(3)], "{verdicts:?}");
        assert_eq!(world.answers(record), phone.answers(record));
        assert_eq!(world.count("quarantine"), 1);
    }
}

#[test]
fn foreign_areas_and_unknown_forms_are_kept_and_not_applied() {
    let (world, mut phone) = world();
    type Case = (&'static str, fn(&mut Item));
    let cases: [Case; 4] = [
        ("outside_area", |item| set(item, |_, area, _| *area = WEST.to_owned())),
        ("outside_area", |item| set(item, |_, area, _| *area = TOWN.to_owned())),
        ("outside_area", |item| set(item, |_, area, _| *area = "nowhere".to_owned())),
        ("unknown_form", |item| set(item, |_, _, version| *version = 9)),
    ];
    for (reason, change) in cases {
        let (record, mut items) = phone.begin(&world, EAST, &[("name", "a")]);
        change(&mut items[0]);
        let envelope = phone.seal(&world, items);
        assert_eq!(world.push(&phone, &envelope), vec![quarantined(reason); 2]);
        let later = phone.write(&world, record, &[("name", "b")]);
        let envelope = phone.seal(&world, vec![later]);
        assert_eq!(world.push(&phone, &envelope), [quarantined(reason)]);
    }
    assert_eq!((world.count("record"), world.count("quarantine")), (0, 12));
}

fn set(item: &mut Item, edit: impl Fn(&mut String, &mut String, &mut u32)) {
    let Item::Create { form, area, form_version, .. } = item else { panic!("no beginning") };
    edit(form, area, form_version);
}

#[test]
fn an_edit_of_a_record_outside_the_scope_is_set_aside() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    world.user("wang", Role::Enumerator, &[WEST]);
    let mut stranger = world.phone("wang");
    stranger.records.insert(record, (world.document(record), String::new()));
    let edit = stranger.write(&world, record, &[("name", "mine")]);
    let envelope = stranger.seal(&world, vec![edit]);
    assert_eq!(world.push(&stranger, &envelope), [quarantined("outside_area")]);
    assert_eq!(world.answers(record), phone.answers(record));
}

#[test]
fn what_was_filled_until_a_record_was_moved_away_is_taken() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    world.user("wang", Role::Enumerator, &[EAST]);
    let mut other = world.phone("wang");
    world.pull(&mut other, 48_000);
    let edit = other.write(&world, record, &[("land", "2")]);
    let by = By { user: None, name: "admin".to_owned() };
    world.log(LogEntry::AreaApplied { record, area: WEST.to_owned(), by });
    let envelope = other.seal(&world, vec![edit]);
    assert_eq!(world.push(&other, &envelope), [ItemVerdict::Accepted]);
    assert_eq!(world.answers(record), other.answers(record));
}

#[test]
fn an_actor_belongs_to_the_first_who_signs_with_it() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    world.user("wang", Role::Enumerator, &[EAST]);
    let mut other = world.phone("wang");
    world.pull(&mut other, 48_000);
    let mut document = world.document(record);
    let stolen = write(&mut document, &phone.actor(record), 1, record, &[("name", "forged")]);
    let envelope = other.seal(&world, vec![stolen]);
    assert_eq!(world.push(&other, &envelope), [quarantined("actor_bound")]);
    // Nor may one actor write in two records.
    let second = RecordId::from_parts(5, [5; 10]);
    let change = write(&mut Record::new(), &phone.actor(record), 1, second, &[("name", "x")]);
    let envelope = phone.seal(&world, vec![create(second, EAST), change]);
    assert_eq!(world.push(&phone, &envelope), [ItemVerdict::Accepted, quarantined("actor_bound")]);
}

#[test]
fn a_fork_is_refused_alone() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    let mut twin = Record::load(&phone.records.get_mut(&record).unwrap().0.save()).unwrap();
    let actor: ActorId = phone.actor(record);
    let edit = phone.write(&world, record, &[("name", "b")]);
    let cloned = write(&mut twin, &actor, 7, record, &[("name", "c")]);
    let envelope = phone.seal(&world, vec![edit]);
    assert_eq!(world.push(&phone, &envelope), [ItemVerdict::Accepted]);
    let (_, mut items) = phone.begin(&world, EAST, &[("name", "other")]);
    items.push(cloned);
    let envelope = phone.seal(&world, items);
    assert_eq!(
        world.push(&phone, &envelope),
        [ItemVerdict::Accepted, ItemVerdict::Accepted, quarantined("fork")]
    );
    assert_eq!(world.answers(record), phone.answers(record));
}

#[test]
fn submissions_and_comments_are_known_by_their_id() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "a");
    let heads = phone.heads(record);
    let id = ObjectId::mint(1, [1; 10]);
    let comment = |text: &str, record| Item::Comment {
        id,
        record,
        heads: Heads::clone(&heads),
        path: Some("name".to_owned()),
        text: text.to_owned(),
        at_ms: 1,
    };
    let envelope = phone.seal(&world, vec![comment("a", record), comment("a", record), comment("b", record)]);
    assert_eq!(
        world.push(&phone, &envelope),
        [ItemVerdict::Accepted, ItemVerdict::Duplicate, quarantined("id_reused")]
    );
    // A phone that wrote its changes anew says the same of them again, before and after it is in the tables.
    let again = ObjectId::mint(3, [3; 10]);
    let edit = phone.write(&world, record, &[("name", "b")]);
    let newer = phone.heads(record);
    let said = |heads: &Heads| Item::Comment {
        id: again,
        record,
        heads: heads.clone(),
        path: None,
        text: "c".to_owned(),
        at_ms: 1,
    };
    for verdict in [ItemVerdict::Accepted, ItemVerdict::Duplicate] {
        let envelope = phone.seal(&world, vec![edit.clone(), said(&newer), said(&heads)]);
        assert_eq!(world.push(&phone, &envelope)[1..], [verdict, ItemVerdict::Duplicate]);
    }
    let long = Item::Comment {
        id: ObjectId::mint(2, [2; 10]),
        record,
        heads: heads.clone(),
        path: None,
        text: "x".repeat(limits::COMMENT_BYTES + 1),
        at_ms: 1,
    };
    let envelope = phone.seal(&world, vec![long]);
    assert_eq!(world.push(&phone, &envelope), [quarantined("malformed")]);
}

#[test]
fn more_envelopes_than_allowed_are_refused_together() {
    let (world, mut phone) = world();
    let (_, items) = phone.begin(&world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&world, items);
    let request = PushRequest { envelopes: vec![envelope; limits::ENVELOPES_PER_PUSH + 1] };
    let error = world.store().envelopes_push(world.session(&phone), request, world.now()).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::TooLarge);
    assert!(frame::to_cbor(&1).is_ok());
}
