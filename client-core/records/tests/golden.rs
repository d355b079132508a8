//! What is stored for ever: names of changes, actors, the canonical text, and a record saved by an earlier build.

#![allow(clippy::unwrap_used)]

mod support;

use data_encoding::HEXLOWER;
use doorstep_records::gate::inspect;
use doorstep_records::{Record, Value, canonical_json};
use support::{actor, copy, dk, key, merge, note, text};

/// Two phones that disagree about the land.
fn record() -> Record {
    let mut one = Record::new();
    let first = [(key("_form"), text("household")), (key("land"), text("3.5"))];
    one.write(&actor(1), &note(1_767_600_000_000), &first).unwrap();
    let mut two = copy(&mut one);
    one.write(&actor(1), &note(1_767_600_060_000), &[(key("land"), dk())]).unwrap();
    let last = note(1_767_700_000_000).with_reason("户主在场");
    two.write(&actor(2), &last, &[(key("land"), Value::Int(4)), (key("roof"), Value::Bool(true))]).unwrap();
    merge(&mut one, &mut two);
    one
}

#[test]
fn actors_keep_their_derivation() {
    insta::assert_snapshot!(actor(1), @"c7a3f9e810002c8036667b8364fd546a");
}

#[test]
fn changes_keep_their_names() {
    let names: Vec<_> = record().changes().iter().map(|change| change.hash.to_string()).collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    b9c038938b2359e6bc915fd8a44dfdb9c25255f48f577529d4dc899ce6e1d512
    813fc652376a68b69633ed77531b7208fa1d9f5f1d7d91e270d89b1851f05108
    d23f069e5aea954f98c0a256404df718db103767da56b3101a849557d0dadaad
    ");
}

#[test]
fn the_canonical_text_stays() {
    let lines = canonical_json(&record().answers()).replace("},", "},\n");
    insta::assert_snapshot!(lines, @r###"
    {"_form":{"value":"household","candidates":[{"value":"household","change":"b9c038938b2359e6bc915fd8a44dfdb9c25255f48f577529d4dc899ce6e1d512","actor":"c7a3f9e810002c8036667b8364fd546a","at":1767600000000}]},
    "land":{"value":{"missing":"dk"},
    "candidates":[{"value":{"missing":"dk"},
    "change":"813fc652376a68b69633ed77531b7208fa1d9f5f1d7d91e270d89b1851f05108","actor":"c7a3f9e810002c8036667b8364fd546a","at":1767600060000},
    {"value":4,"change":"d23f069e5aea954f98c0a256404df718db103767da56b3101a849557d0dadaad","actor":"b88b2b4c3c48b867affba60c74735502","at":1767700000000}]},
    "roof":{"value":true,"candidates":[{"value":true,"change":"d23f069e5aea954f98c0a256404df718db103767da56b3101a849557d0dadaad","actor":"b88b2b4c3c48b867affba60c74735502","at":1767700000000}]}}
    "###);
}

#[test]
fn a_record_of_an_earlier_build_still_opens() {
    let saved = HEXLOWER.decode(SAVED.as_bytes()).unwrap();
    let mut old = Record::load(&saved).unwrap();
    assert_eq!(old.heads(), record().heads());
    assert_eq!(canonical_json(&old.answers()), canonical_json(&record().answers()));
    for change in old.changes() {
        assert_eq!(inspect(&change.bytes).unwrap().hash, change.hash);
    }
}

const SAVED: &str = concat!(
    "856f4a83040dffae00d1020210b88b2b4c3c48b867affba60c7473550210c7a3f9e810002c8036667b8364fd546a0281",
    "3fc652376a68b69633ed77531b7208fa1d9f5f1d7d91e270d89b1851f05108d23f069e5aea954f98c0a256404df718db",
    "103767da56b3101a849557d0dadaad08010403041304230a35624004430256020a151321062305340142025607570f80",
    "010581010383010302017f0002017f7f7f0202017d80dfedca063ce48c067d197b2276223a312c2274223a3137363736",
    "30303030303030307d197b2276223a312c2274223a313736373630303036303030307d2c7b2276223a312c2274223a31",
    "3736373730303030303030302c2272223a22e688b7e4b8bbe59ca8e59cba227d7f000201020003077f055f666f726d03",
    "046c616e647f04726f6f6602017d00010003017e00010505017b960136142702686f757365686f6c64332e3504646b7e",
    "000203007e00017e03000102",
);
