//! Who had seen what, and answers that confirm what stands already.

#![allow(clippy::unwrap_used)]

mod support;

use doorstep_records::{ChangeHash, ChangeNote, Heads, Record, WriteError};
use support::{actor, copy, key, merge, note, put, text};

fn heads(hash: ChangeHash) -> Heads {
    [hash].into_iter().collect()
}

#[test]
fn a_change_has_seen_its_past_and_nothing_else() {
    let mut one = Record::new();
    let first = put(&mut one, 1, 1, "a", text("1")).hash;
    let mut two = copy(&mut one);
    let left = put(&mut one, 1, 2, "a", text("2")).hash;
    assert!(one.has_seen(&left, &first) && !one.has_seen(&first, &left) && !one.has_seen(&first, &first));
    let right = put(&mut two, 2, 2, "b", text("3")).hash;
    merge(&mut one, &mut two);
    let join = put(&mut one, 3, 3, "c", text("4")).hash;
    let late = one.write_at(&actor(4), &note(4), &heads(right), &[(key("d"), text("5"))]).unwrap().hash;
    let all = [first, left, right, join, late];
    // Every pair, against what the heads say.
    for newer in all {
        for older in all {
            let expected = newer != older && one.descends(&heads(newer), &heads(older));
            assert_eq!(one.has_seen(&newer, &older), expected);
        }
    }
    let foreign = ChangeHash::from_bytes([7; 32]);
    assert!(!one.has_seen(&join, &foreign) && !one.has_seen(&foreign, &first));
}

#[test]
fn what_stands_already_is_written_only_when_it_is_meant() {
    let mut record = Record::new();
    put(&mut record, 1, 1, "a", text("1"));
    let puts = [(key("a"), text("1"))];
    assert_eq!(record.write(&actor(1), &note(2), &puts), Err(WriteError::Nothing));
    let written = record.write_anyway(&actor(1), &note(2), &puts).unwrap();
    assert!(record.heads().contains(&written.hash));
    assert_eq!(record.answer(&key("a")).unwrap().candidates.len(), 1);
    assert_eq!(record.write_anyway(&actor(1), &note(3), &[]), Err(WriteError::Nothing));
}

#[test]
fn the_newest_version_an_actor_has_written_under() {
    let mut record = Record::new();
    assert_eq!(record.newest_version_of(&actor(1)), None);
    for (at, version) in [(1, 2), (2, 1)] {
        let puts = [(key("a"), text(&at.to_string()))];
        record.write(&actor(1), &ChangeNote::new(version, at), &puts).unwrap();
    }
    assert_eq!(record.newest_version_of(&actor(1)), Some(2));
    assert_eq!(record.newest_version_of(&actor(2)), None);
}
