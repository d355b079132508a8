//! Promise 6, and what is owed of 2 and 5: bad input over real HTTP gets a clear answer for each item, its neighbours are
//! taken, the server stays up, nothing is lost.

use doorstep_client_core::sync::route;
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest};
use doorstep_protocol::{Item, ObjectId, ProblemKind, SignedEnvelope, frame, limits};
use doorstep_records::gate::inspect;
use doorstep_records::{ActorId, Heads};
use doorstep_tests::binaries::Server;
use doorstep_tests::sim::forge::blind_overwrite;
use serde_bytes::ByteBuf;

use crate::raw::{Household, Raw};
use crate::town::Town;

struct Scene {
    town: Town,
    server: Server,
    phone: Raw,
}

fn scene() -> Scene {
    let town = Town::new();
    let code = town.core().invite("li").unwrap();
    let server = Server::start(&town.data()).unwrap();
    let phone = Raw::enrol(&server.url, &code, 1);
    Scene { town, server, phone }
}

/// An honest household is still taken: the server is up and its store in order.
fn is_up(phone: &mut Raw) {
    let mut household = Household::new(200);
    let envelope = vec![household.create("A"), household.answer("name", "好人家")];
    let envelope = phone.envelope(envelope);
    assert_eq!(phone.recorded(vec![envelope]), [ItemVerdict::Accepted, ItemVerdict::Accepted]);
}

fn quarantined(verdict: &ItemVerdict) -> &str {
    match verdict {
        ItemVerdict::Quarantined { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn promise_6_a_malformed_oversized_or_exploding_body_is_a_problem_and_the_server_is_up() {
    let Scene { mut phone, server, .. } = scene();
    let token = phone.token.clone();
    let bomb = frame::compress(&vec![0; limits::INFLATED_BYTES + 1]).unwrap();
    let deep = frame::compress(&[0x81; 100_000]).unwrap();
    let mut torn = frame::encode(&PushRequest { envelopes: Vec::new() }).unwrap();
    torn.pop();
    for (route, body, expected) in [
        (route::PUSH, b"noise".to_vec(), ProblemKind::BadRequest),
        (route::PULL, Vec::new(), ProblemKind::BadRequest),
        (route::PUSH, torn, ProblemKind::BadRequest),
        (route::PUSH, deep, ProblemKind::BadRequest),
        (route::PUSH, bomb, ProblemKind::TooLarge),
        (route::PUSH, vec![0; limits::BODY_BYTES + 1], ProblemKind::TooLarge),
    ] {
        assert_eq!(phone.refused(route, Some(&token), body), expected);
    }
    assert_eq!(phone.refused(route::PUSH, None, b"x".to_vec()), ProblemKind::SignInRequired);
    assert_eq!(phone.refused(route::PUSH, Some("nonsense"), b"x".to_vec()), ProblemKind::SignInRequired);
    is_up(&mut phone);
    server.kill().unwrap();
}

#[test]
fn promise_6_a_wrongly_signed_or_foreign_envelope_is_refused_alone() {
    let Scene { mut phone, server: _server, .. } = scene();
    let (mut one, mut other) = (Household::new(1), Household::new(2));
    let before = phone.envelope(vec![one.create("A"), one.answer("name", "甲")]);
    let mut flipped = phone.envelope(vec![Household::new(3).create("A")]);
    flipped.signature[5] ^= 1;
    let mut body = phone.body(7, vec![Household::new(4).create("A")]);
    body.user = doorstep_protocol::UserId::mint(1, [9; 10]);
    let stranger = SignedEnvelope::seal(&body, &phone.key).unwrap();
    let noise =
        SignedEnvelope { body: ByteBuf::from(b"noise".to_vec()), signature: flipped.signature.clone() };
    let after = phone.envelope(vec![other.create("A"), other.answer("name", "乙")]);

    let results = phone.push(vec![before, flipped, stranger, noise, after]).results;
    let problems: Vec<Option<&str>> = results
        .iter()
        .map(|result| match result {
            EnvelopeResult::Recorded { items, .. } => {
                assert_eq!(*items, [ItemVerdict::Accepted, ItemVerdict::Accepted]);
                None
            }
            EnvelopeResult::Refused { problem, .. } => Some(problem.name()),
        })
        .collect();
    let signature = Some("signature_invalid");
    assert_eq!(problems, [None, signature, Some("user_not_on_device"), signature, None]);
    is_up(&mut phone);
}

#[test]
fn promise_2_a_replay_answers_the_same_and_an_id_used_again_is_refused() {
    let Scene { town, mut phone, server } = scene();
    let mut household = Household::new(1);
    let submission = Item::Submission {
        id: ObjectId::from_bytes([5; 16]),
        record: household.id,
        heads: Heads::default(),
        form_version: 1,
        at_ms: 0,
        note: None,
    };
    let items = vec![household.create("A"), household.answer("name", "甲")];
    let Item::Change { change, .. } = &items[1] else { panic!() };
    let heads = Heads::from(inspect(change).unwrap().hash);
    let items = [items, vec![with_heads(submission, heads)]].concat();
    let first = phone.envelope(items);
    assert_eq!(phone.recorded(vec![first.clone()]), vec![ItemVerdict::Accepted; 3]);
    for _ in 0..3 {
        assert_eq!(phone.recorded(vec![first.clone(), first.clone()]), vec![ItemVerdict::Accepted; 6]);
    }
    let other =
        SignedEnvelope::seal(&phone.body(1, vec![Household::new(2).create("A")]), &phone.key).unwrap();
    let results = phone.push(vec![other]).results;
    assert!(matches!(results[0], EnvelopeResult::Refused { problem: ProblemKind::EnvelopeIdReused, .. }));
    server.kill().unwrap();
    let core = town.core();
    let counted = |sql: &str| core.eye().unwrap().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(counted("SELECT count(*) FROM log WHERE kind = 'envelope'"), 1);
    assert_eq!(counted("SELECT count(*) FROM submission"), 1);
    assert_eq!(counted("SELECT count(*) FROM record_change"), 1);
}

fn with_heads(item: Item, named: Heads) -> Item {
    match item {
        Item::Submission { id, record, form_version, at_ms, note, .. } => {
            Item::Submission { id, record, heads: named, form_version, at_ms, note }
        }
        other => other,
    }
}

#[test]
fn promise_2_what_comes_out_of_order_waits_and_is_taken_when_its_predecessor_comes() {
    let Scene { mut phone, server: _server, .. } = scene();
    let mut household = Household::new(1);
    let begin = vec![household.create("A"), household.answer("name", "甲")];
    let begin = phone.envelope(begin);
    let middle = vec![household.answer("name", "乙")];
    let middle = phone.envelope(middle);
    let end = vec![household.answer("name", "丙")];
    let end = phone.envelope(end);
    assert!(matches!(phone.recorded(vec![end.clone()])[..], [ItemVerdict::Waiting { .. }]));
    assert!(matches!(phone.recorded(vec![middle.clone()])[..], [ItemVerdict::Waiting { .. }]));
    assert_eq!(phone.recorded(vec![begin]), vec![ItemVerdict::Accepted; 2]);
    assert_eq!(phone.recorded(vec![end, middle]), vec![ItemVerdict::Accepted; 2]);
    is_up(&mut phone);
}

#[test]
fn promise_5_a_record_of_a_foreign_area_is_set_aside_and_its_neighbours_are_taken() {
    let Scene { town, mut phone, server } = scene();
    let (mut foreign, mut own, mut nowhere) = (Household::new(1), Household::new(2), Household::new(3));
    let items = vec![
        foreign.create("C"),
        own.create("A"),
        foreign.answer("name", "外"),
        own.answer("name", "内"),
        nowhere.create("no such place"),
        nowhere.answer("name", "无"),
    ];
    let envelope = phone.envelope(items);
    let verdicts = phone.recorded(vec![envelope]);
    for at in [0, 2, 4, 5] {
        assert_eq!(quarantined(&verdicts[at]), "outside_area");
    }
    assert_eq!((&verdicts[1], &verdicts[3]), (&ItemVerdict::Accepted, &ItemVerdict::Accepted));
    is_up(&mut phone);
    server.kill().unwrap();
    let core = town.core();
    let conn = core.eye().unwrap();
    let kept: i64 = conn.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 4, "kept for a person to look at");
}

#[test]
fn promise_6_a_poisoned_change_at_any_place_of_a_batch_takes_nobody_with_it() {
    let Scene { mut phone, server: _server, .. } = scene();
    let mut victim = Household::new(1);
    let first = vec![victim.create("A"), victim.answer("name", "甲")];
    let Item::Change { change, .. } = &first[1] else { panic!() };
    let forged =
        blind_overwrite(ActorId::derive(&[9; 16], "raw", victim.id, 9), &inspect(change).unwrap()).unwrap();
    let first = phone.envelope(first);
    phone.recorded(vec![first]);
    let poisons = [
        (b"no change".to_vec(), None),
        (forged, Some("pred")),
        (vec![0; limits::record::CHANGE_BYTES + 1], None),
    ];
    for (round, (poison, reason)) in poisons.into_iter().enumerate() {
        for place in 0..4 {
            let mut household = Household::new(u8::try_from(10 + round * 10 + place).unwrap());
            let mut items = vec![household.create("A")];
            items.extend(["甲", "乙", "丙"].map(|name| household.answer("name", name)));
            items.insert(place, victim.change(poison.clone()));
            let envelope = phone.envelope(items);
            let mut verdicts = phone.recorded(vec![envelope]);
            let said = verdicts.remove(place);
            assert!(reason.is_none_or(|reason| quarantined(&said) == reason), "{said:?}");
            quarantined(&said);
            assert_eq!(verdicts, vec![ItemVerdict::Accepted; 4]);
        }
    }
    is_up(&mut phone);
}
