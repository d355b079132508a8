//! Which envelopes a phone is told it need not keep.

use doorstep_protocol::{Envelope, EnvelopeId, Item, SignedEnvelope};

use super::world::{EAST, Phone, World};
use crate::accounts::role::Role;
use crate::store::operations::Operations;

fn world() -> (World, Phone) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    (world, phone)
}

/// An envelope that goes on with a record; answers the mark that came with its ack.
fn push_one(world: &World, phone: &mut Phone, record: doorstep_records::RecordId, value: &str) -> u64 {
    let item = phone.write(world, record, &[("land", value)]);
    let envelope = phone.seal(world, vec![item]);
    world.send(phone, &[envelope]).backed_up
}

fn told_at_hello(world: &World, phone: &Phone) -> u64 {
    let nonce = world.challenge(phone, world.now());
    world.hello(phone, (nonce, &phone.key), world.now()).unwrap().backed_up
}

#[test]
fn the_mark_rises_with_a_backup_and_is_told_at_hello_and_push() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "测试甲");
    assert_eq!(told_at_hello(&world, &phone), 0, "acked is not backed up");
    world.store().note_backed_up(world.log_rows()).unwrap();
    assert_eq!(told_at_hello(&world, &phone), 1);
    assert_eq!(push_one(&world, &mut phone, record, "2"), 1, "the new one is in no backup");
    world.store().note_backed_up(world.log_rows()).unwrap();
    assert_eq!(told_at_hello(&world, &phone), 2);
}

#[test]
fn what_arrives_while_a_backup_is_written_is_not_in_it() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "测试甲");
    let rows = world.log_rows();
    push_one(&world, &mut phone, record, "2");
    world.store().note_backed_up(rows).unwrap();
    assert_eq!(told_at_hello(&world, &phone), 1);
}

#[test]
fn a_number_that_comes_again_after_the_backup_takes_the_mark_back_below_it() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "测试甲");
    for value in ["2", "3", "4"] {
        push_one(&world, &mut phone, record, value);
    }
    world.store().note_backed_up(world.log_rows()).unwrap();
    assert_eq!(told_at_hello(&world, &phone), 4);
    // A copy of the phone uses number 3 for something else.
    let item = phone.write(&world, record, &[("land", "5")]);
    let sealed = phone.seal(&world, vec![item]);
    let repeated = Envelope { number: 3, id: EnvelopeId::mint(9, [9; 10]), ..sealed.peek().unwrap() };
    let repeated = SignedEnvelope::seal(&repeated, &phone.key).unwrap();
    assert_eq!(
        world.send(&phone, std::slice::from_ref(&repeated)).backed_up,
        2,
        "the backup does not hold this number 3"
    );
    assert_eq!(told_at_hello(&world, &phone), 2);
    // A replay of what the backup holds changes nothing, and rebuilding does not raise the mark.
    assert_eq!(world.send(&phone, &[repeated]).backed_up, 2);
    world.store().rebuild().unwrap();
    assert_eq!(told_at_hello(&world, &phone), 2);
    world.store().note_backed_up(world.log_rows()).unwrap();
    assert_eq!(told_at_hello(&world, &phone), 4);
}

#[test]
fn an_older_backup_that_ends_later_takes_nothing_back() {
    let (world, mut phone) = world();
    let record = phone.household(&world, EAST, "测试甲");
    let rows = world.log_rows();
    push_one(&world, &mut phone, record, "2");
    world.store().note_backed_up(world.log_rows()).unwrap();
    world.store().note_backed_up(rows).unwrap();
    assert_eq!(told_at_hello(&world, &phone), 2);
    let discard = Item::Discard { record, undo: true, at_ms: 1 };
    let envelope = phone.seal(&world, vec![discard]);
    assert_eq!(world.send(&phone, &[envelope]).backed_up, 2);
}
