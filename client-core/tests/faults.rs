//! Cuts, crashes, clones and restores: nothing acked or written is lost, and every replica shows the same. A failing seed
//! is run again with `SEED=n`.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_client_core::sync::{Effect, Event, Transport, route};
use doorstep_records::RecordId;
use serde_json::json;
use support::server::Faults;
use support::world::{World, answer, begin, shown};
use support::{Phone, Rng};

/// Runs a sync effect by effect and kills the phone before, between or after them.
fn sync_and_die(world: &World, phone: &mut Phone, rng: &mut Rng, chance: u64) {
    let device = phone.open();
    let mut engine = device.engine().unwrap();
    let mut event = device.begin_sync().unwrap();
    loop {
        if rng.percent(chance) {
            return phone.crash();
        }
        let device = phone.open();
        let effect = device.advance(&mut engine, event).unwrap();
        if rng.percent(chance) {
            return phone.crash();
        }
        event = match effect {
            Effect::Done(_) => return,
            Effect::Post(post) => {
                Event::Reply(world.server.post(post.route, post.token.as_deref(), post.body))
            }
            Effect::WaitUntil(_) => Event::Woke,
            local => phone.open().perform(&local).unwrap(),
        };
    }
}

/// One random act of a person.
fn act(
    phone: &mut Phone,
    records: &mut Vec<RecordId>,
    written: &mut Vec<(RecordId, &'static str, i64)>,
    rng: &mut Rng,
) {
    let device = phone.open();
    let mine: Vec<RecordId> = device.list().unwrap().iter().map(|row| row.id).collect();
    if mine.is_empty() || rng.percent(15) {
        records.push(begin(device));
        return;
    }
    let id = *rng.pick(&mine);
    if rng.percent(10) {
        device.session(id).unwrap().submit(None, true).unwrap();
        return;
    }
    let path = *rng.pick(&["dry", "wet"]);
    let value = rng.below(1_000_000) as i64;
    answer(device, id, path, json!(value));
    written.push((id, path, value));
}

/// Every phone syncs until nothing moves any more; then all show the same, and everything ever written is there.
fn settle(
    world: &World,
    phones: &mut [Phone],
    records: &[RecordId],
    written: &[(RecordId, &'static str, i64)],
) {
    world.server.set_faults(Faults::default());
    for _ in 0..3 {
        for phone in phones.iter_mut() {
            world.sync(phone);
        }
    }
    for id in records {
        let expected = shown(&mut phones[0], *id);
        for phone in phones.iter_mut().skip(1) {
            assert_eq!(shown(phone, *id), expected);
        }
    }
    for (id, path, value) in written {
        assert!(world.server.values_ever(*id, path).contains(&json!(value)), "{id} {path} {value} was lost");
    }
    for phone in phones {
        assert_eq!(phone.open().standing().unwrap().unsent, 0);
        world.server.take_routes();
        world.sync(phone);
        assert_eq!(world.server.take_routes(), [route::PULL]);
    }
}

const BAD_NETWORK: Faults =
    Faults { lost_before: 15, lost_after: 15, torn: 5, doubled: 10, signed_out: 5, busy: 5 };

fn run_with_faults(seed: u64) {
    let world = World::new(seed);
    let mut phones = [world.phone("li", 1), world.phone("ma", 2), world.phone("sun", 3)];
    let mut rng = Rng(seed);
    let (mut records, mut written) = (Vec::new(), Vec::new());
    world.server.set_faults(BAD_NETWORK);
    for _ in 0..40 {
        let phone = &mut phones[rng.below(3) as usize];
        match rng.below(10) {
            0..=5 => act(phone, &mut records, &mut written, &mut rng),
            6 => phone.crash(),
            7 | 8 => sync_and_die(&world, phone, &mut rng, 8),
            // Many failures in a row end a sync; the next one goes on.
            _ => _ = phone.open().sync(&world.server),
        }
    }
    settle(&world, &mut phones, &records, &written);
    assert!(world.server.quarantined().is_empty(), "seed {seed}: {:?}", world.server.quarantined());
}

#[test]
fn cuts_doubles_and_crashes_lose_nothing() {
    match std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => run_with_faults(seed),
        None => (0..30).for_each(run_with_faults),
    }
}

#[test]
fn a_cloned_phone_loses_no_edit_and_no_submission() {
    let world = World::new(4);
    let mut li = world.phone("li", 1);
    let mut witness = world.phone("ma", 2);
    let id = begin(li.open());
    answer(li.open(), id, "name", json!("王"));
    world.sync(&mut li);
    let mut clone = li.cloned("clone.sqlite");
    // Both go on with the same key, the same actor and the same numbers.
    answer(li.open(), id, "dry", json!(1));
    answer(clone.open(), id, "dry", json!(2));
    answer(clone.open(), id, "wet", json!(22));
    clone.open().session(id).unwrap().submit(None, true).unwrap();
    world.sync(&mut li);
    let report = clone.open().sync(&world.server).unwrap();
    assert_eq!(report.repaired, 1);
    assert!(world.server.quarantined().iter().any(|reason| reason == "fork"));
    world.sync(&mut li);
    world.sync(&mut witness);
    world.sync(&mut clone);
    world.sync(&mut li);
    let expected = shown(&mut witness, id);
    assert_eq!(shown(&mut li, id), expected);
    assert_eq!(shown(&mut clone, id), expected);
    let conflicts = witness.open().conflicts_of(id).unwrap();
    let values: Vec<_> = conflicts[0].candidates.iter().map(|c| c.value.clone()).collect();
    assert_eq!(values, [json!(1), json!(2)], "neither edit had seen the other");
    assert_eq!(world.server.values_ever(id, "wet"), [json!(22)]);
    assert_eq!(world.server.submissions().len(), 1, "the submission names what was written anew");
    let row = clone.open().row(id).unwrap();
    assert_eq!((row.unsent, row.needs_checking), (0, 0), "what was written anew needs no one's attention");
    // Both go on, and do not collide any more.
    answer(li.open(), id, "wet", json!(5));
    answer(clone.open(), id, "poor", json!(true));
    let before = world.server.quarantined().len();
    world.sync(&mut clone);
    world.sync(&mut li);
    world.sync(&mut clone);
    world.sync(&mut witness);
    assert_eq!(world.server.quarantined().len(), before);
    assert_eq!(shown(&mut li, id), shown(&mut witness, id));
    assert_eq!(shown(&mut clone, id), shown(&mut witness, id));
}

#[test]
fn a_copy_of_the_store_alone_writes_as_another_installation() {
    let world = World::new(5);
    let mut li = world.phone("li", 1);
    let id = begin(li.open());
    world.sync(&mut li);
    let mut copy = li.cloned("copy.sqlite");
    std::fs::remove_file(format!("{}.install", copy.path.display())).unwrap();
    answer(li.open(), id, "dry", json!(1));
    answer(copy.open(), id, "dry", json!(2));
    world.sync(&mut li);
    world.sync(&mut copy);
    world.sync(&mut li);
    assert!(world.server.quarantined().is_empty());
    assert_eq!(shown(&mut li, id), shown(&mut copy, id));
}

fn run_with_clones(seed: u64) {
    let world = World::new(seed);
    let mut rng = Rng(seed);
    let (mut records, mut written) = (Vec::new(), Vec::new());
    let mut phones = vec![world.phone("li", 1), world.phone("ma", 2)];
    for _ in 0..6 {
        act(&mut phones[0], &mut records, &mut written, &mut rng);
    }
    if rng.percent(50) {
        world.sync(&mut phones[0]);
    }
    let clone = phones[0].cloned("clone.sqlite");
    phones.push(clone);
    world.server.set_faults(BAD_NETWORK);
    for _ in 0..30 {
        let phone = &mut phones[rng.below(3) as usize];
        match rng.below(10) {
            0..=6 => act(phone, &mut records, &mut written, &mut rng),
            7 => sync_and_die(&world, phone, &mut rng, 8),
            _ => _ = phone.open().sync(&world.server),
        }
    }
    settle(&world, &mut phones, &records, &written);
}

#[test]
fn clones_under_faults_lose_nothing() {
    match std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => run_with_clones(seed),
        None => (0..30).for_each(run_with_clones),
    }
}

#[test]
fn a_restored_server_is_told_again_what_it_lost() {
    let world = World::new(6);
    let (mut li, mut ma) = (world.phone("li", 1), world.phone("ma", 2));
    let id = begin(li.open());
    answer(li.open(), id, "dry", json!(1));
    world.sync(&mut li);
    let backup = world.server.back_up();
    world.sync(&mut ma);
    answer(ma.open(), id, "dry", json!(2));
    let lost = begin(li.open());
    answer(li.open(), lost, "name", json!("孙"));
    world.sync(&mut ma);
    world.sync(&mut li);
    world.sync(&mut ma);
    let (before, before_lost) = (shown(&mut ma, id), shown(&mut ma, lost));
    world.server.restore(&backup);
    assert!(world.server.values_ever(lost, "name").is_empty());
    world.sync(&mut li);
    world.sync(&mut ma);
    world.sync(&mut li);
    assert_eq!(world.server.values_ever(lost, "name"), [json!("孙")]);
    assert_eq!(world.server.values_ever(id, "dry"), [json!(1), json!(2)]);
    for phone in [&mut li, &mut ma] {
        assert_eq!(shown(phone, id), before);
        assert_eq!(shown(phone, lost), before_lost);
    }
}
