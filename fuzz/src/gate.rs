//! Changes at the gate, on records that honest phones have written. The first byte says what the rest is: a change as it
//! is; the body of one, which gets a checksum that fits; the same deflated; or orders how to alter an honest change.

use arbitrary::{Arbitrary, Unstructured};
use doorstep_records::gate::{Admission, Admitted, inspect};
use doorstep_records::{ActorId, ChangeBytes, ChangeNote, Key, Record, RecordId, Value, canonical_json};

use crate::forge::{self, Parts};
use crate::{Seed, seed};

/// What is altered in an honest change.
#[derive(Debug, Arbitrary)]
enum Order {
    Sequence(u64),
    StartOp(u64),
    Time(i64),
    Message(Vec<u8>),
    /// After these changes of the record, by their place.
    After(Vec<u8>),
    AfterStranger([u8; 32]),
    Actor(u8),
    /// Overwrites an operation of the n-th actor.
    Pred(u8, i64),
    /// Another actor in the table of actors.
    Other(u8),
    Column(u8, Vec<u8>),
    Extra(Vec<u8>),
}

/// An honest change, and what is done to it.
#[derive(Debug, Arbitrary)]
struct Forgery {
    of: u8,
    orders: Vec<Order>,
    deflated: bool,
}

fn record_id() -> RecordId {
    RecordId::from_parts(1_450_000_000_000, [1; 10])
}

fn actor(n: u8) -> ActorId {
    ActorId::derive(&[n; 16], "li", record_id(), 0)
}

/// A record that two phones have written, concurrently in part, and a change that a third has ready for it.
fn honest() -> (Record, Vec<ChangeBytes>) {
    let key = |path: &str| Key::parse(path).expect("a key");
    let text = |value: &str| Value::Text(value.to_owned());
    let note = |at_ms| ChangeNote::new(1, at_ms);
    let mut one = Record::new();
    let first = [(key("_form"), text("visit")), (key("name"), text("李家")), (key("land"), text("3.5"))];
    one.write(&actor(1), &note(1), &first).expect("written");
    let mut two = Record::load(&one.save()).expect("loaded");
    one.write(&actor(1), &note(2), &[(key("land"), Value::Int(4)), (key("ill"), Value::Bool(true))])
        .expect("written");
    two.write(&actor(2), &note(3), &[(key("land"), Value::Null)]).expect("written");
    let mut both = Admission::of(one);
    let theirs: Vec<_> = two.changes().iter().map(|change| inspect(&change.bytes).expect("honest")).collect();
    both.admit_all(&theirs);
    let mut record = both.into_parts().0;
    let mut next = Record::load(&record.save()).expect("loaded");
    next.write(&actor(3), &note(4), &[(key("land"), text("5")), (key("name"), text("王家"))])
        .expect("written");
    (record, next.changes())
}

fn altered(forgery: &Forgery, changes: &[ChangeBytes]) -> Vec<u8> {
    let of = &changes[usize::from(forgery.of) % changes.len()];
    let mut parts = Parts::of(&of.bytes);
    let bytes_of = |n: u8| actor(n % 5).to_bytes().to_vec();
    for order in &forgery.orders {
        match order {
            Order::Sequence(seq) => parts.seq = *seq,
            Order::StartOp(start) => parts.start_op = *start,
            Order::Time(time_s) => parts.time_s = *time_s,
            Order::Message(message) => parts.message.clone_from(message),
            Order::After(places) => {
                let deps = places.iter().take(8).map(|at| changes[usize::from(*at) % changes.len()].hash);
                parts = parts.after(&deps.collect::<Vec<_>>());
            }
            Order::AfterStranger(hash) => parts.deps.push(hash.to_vec()),
            Order::Actor(n) => parts.actor = bytes_of(*n),
            Order::Pred(index, counter) => parts = parts.with_pred(u64::from(*index), *counter),
            Order::Other(n) => parts.others.push(bytes_of(*n)),
            Order::Column(kind, data) => parts = parts.with(u64::from(*kind), data.clone()),
            Order::Extra(extra) => parts.extra.clone_from(extra),
        }
    }
    if forgery.deflated { forge::deflated(&parts.seal()) } else { parts.seal() }
}

/// Offers it to the record; whatever becomes of it, nothing that was there is lost.
pub fn run(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let (mut record, changes) = honest();
    let change = match choice % 4 {
        0 => bytes.to_vec(),
        1 => forge::chunk(1, bytes),
        2 => forge::deflated(&forge::chunk(1, bytes)),
        _ => match Forgery::arbitrary(&mut Unstructured::new(bytes)) {
            Ok(forgery) => altered(&forgery, &changes),
            Err(_) => return,
        },
    };
    let Ok(facts) = inspect(&change) else { return };
    assert_eq!(inspect(&change).map(|facts| facts.hash), Ok(facts.hash));
    let before = (record.change_count(), canonical_json(&record.answers()));
    let mut admission = Admission::of(record);
    let saved = admission.saved().to_vec();
    match admission.admit(&facts) {
        Ok(Admitted::Applied) => {
            let mut kept = Record::load(admission.saved()).expect("what was kept can be loaded");
            assert_eq!(kept.change_count(), before.0 + 1);
            assert!(kept.has_change(&facts.hash));
            assert_eq!(canonical_json(&kept.answers()), canonical_json(&admission.record().answers()));
            drop(kept.history(None));
            assert_eq!(admission.admit(&facts), Ok(Admitted::Duplicate));
        }
        Ok(Admitted::Duplicate | Admitted::Waiting { .. }) | Err(_) => {
            assert_eq!(admission.saved(), saved, "refused, and something changed");
            assert_eq!(canonical_json(&admission.record().answers()), before.1);
        }
    }
}

/// Honest changes in every way they can be given.
pub fn seeds() -> Vec<Seed> {
    let (_, changes) = honest();
    let mut seeds = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        seeds.push(seed(format!("change-{at}"), [&[0][..], &change.bytes].concat()));
        seeds.push(seed(format!("body-{at}"), [&[1][..], &forge::body(&change.bytes)].concat()));
    }
    let next = changes.last().map(|change| forge::body(&change.bytes)).unwrap_or_default();
    seeds.push(seed("deflated", [&[2][..], &next].concat()));
    let one = Parts::one_put(actor(4)).body();
    seeds.push(seed("one-put", [&[1][..], &one].concat()));
    for at in 0..8_u8 {
        // Orders are read from any bytes.
        let orders: Vec<u8> = (0..40_u8).map(|byte| byte.wrapping_mul(at.wrapping_add(3))).collect();
        seeds.push(seed(format!("orders-{at}"), [&[3, at][..], &orders].concat()));
    }
    seeds
}
