//! 100,000 altered changes with checksums that fit: the gate never panics, never lets an altered change erase
//! what its author has not seen, and stays within bounds. `SEED=...` repeats a failure.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use doorstep_records::gate::{ChangeFacts, GateError, Verdict, admit, inspect};
use doorstep_records::{Heads, Key, Record, Value, limits};
use support::forge::{self, Parts};
use support::{actor, dk, household_puts, key, note, text};

const MUTATIONS: u64 = 100_000;

/// splitmix64: small, seeded, the same everywhere.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// A number as attackers like them: small, a power of two, next to a limit, or anything.
    fn number(&mut self) -> i64 {
        match self.below(5) {
            0 => self.below(8) as i64,
            1 => -(self.below(8) as i64),
            2 => 1i64 << self.below(63),
            3 => [i64::MAX, i64::MIN, 0x7fff_ffff, 0xffff_ffff, 10_000, 10_001][self.below(6)],
            _ => self.next() as i64,
        }
    }
}

/// A change and the record it was made for, which has concurrent changes of others.
struct Case {
    base: Record,
    change: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let mut record = Record::new();
    let mut cases = Vec::new();
    let mut add = |record: &mut Record, who: u8, at: &Heads, puts: &[(Key, Value)]| {
        let base = support::copy(record);
        let change = record.write_at(&actor(who), &note(i64::from(who) * 1000), at, puts).unwrap();
        cases.push(Case { base, change: change.bytes });
    };
    let none = Heads::empty();
    add(&mut record, 1, &none, &[(key("land"), text("3")), (key("roof"), Value::Bool(true))]);
    let first = record.heads();
    add(&mut record, 2, &first, &[(key("land"), Value::Int(-5)), (key("income"), text("1200.50"))]);
    let second = record.heads();
    add(&mut record, 3, &first, &[(key("land"), dk())]);
    let parted = record.heads();
    add(&mut record, 4, &parted, &[(key("land"), Value::Null), (key("roof"), Value::Bool(false))]);
    add(&mut record, 5, &second, &[(key("members/r1/name"), text("测试甲")), (key("income"), text("7"))]);
    add(
        &mut record,
        1,
        &parted,
        &[(key("land"), text("9")), (key("a"), Value::Int(1)), (key("b"), Value::Int(1))],
    );
    add(&mut record, 6, &none, &household_puts()[..20]);
    add(&mut record, 2, &second, &[(key("land"), text("8"))]);
    let all = record.heads();
    add(&mut record, 7, &all, &household_puts()[10..40]);
    let all = record.heads();
    add(&mut record, 7, &all, &[(key("land"), Value::Int(i64::MAX))]);
    cases
}

fn mutate_bytes(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..=rng.below(3) {
        if bytes.is_empty() {
            bytes.push(rng.next() as u8);
        }
        let at = rng.below(bytes.len());
        match rng.below(6) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = rng.next() as u8,
            2 => bytes.insert(at, rng.next() as u8),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            _ => {
                let piece = forge::leb(rng.number());
                let end = (at + piece.len()).min(bytes.len());
                bytes.splice(at..end, piece);
            }
        }
    }
}

/// Alters one part of a change but keeps it well formed, so that the deeper rules are reached.
fn mutate_parts(rng: &mut Rng, parts: &mut Parts, other: &Parts) {
    match rng.below(12) {
        0 => parts.seq = rng.number() as u64,
        1 => parts.start_op = rng.number() as u64,
        2 => parts.time_s = rng.number(),
        3 => mutate_bytes(rng, &mut parts.message),
        4 => parts.deps = other.deps.clone(),
        5 if !parts.deps.is_empty() => drop(parts.deps.remove(rng.below(parts.deps.len()))),
        6 => parts.actor = other.actor.clone(),
        7 => parts.others = other.others.clone(),
        8 => parts.columns = other.columns.clone(),
        9 => *parts = parts.clone().with_pred(rng.below(3) as u64, 1 + rng.below(40) as i64),
        10 if !parts.columns.is_empty() => {
            let at = rng.below(parts.columns.len());
            mutate_bytes(rng, &mut parts.columns[at].1);
        }
        _ if !parts.columns.is_empty() => {
            let at = rng.below(parts.columns.len());
            match rng.below(4) {
                0 => parts.columns[at].0 = rng.number() as u64,
                1 => drop(parts.columns.remove(at)),
                2 => parts.columns.push(other.columns[rng.below(other.columns.len())].clone()),
                _ => parts.columns.reverse(),
            }
        }
        _ => mutate_bytes(rng, &mut parts.extra),
    }
}

fn mutant(rng: &mut Rng, cases: &[Case], case: usize) -> Vec<u8> {
    let change = &cases[case].change;
    let other = &cases[rng.below(cases.len())].change;
    match rng.below(8) {
        0..=2 => {
            let mut body = forge::body(change);
            mutate_bytes(rng, &mut body);
            forge::chunk(1, &body)
        }
        3..=5 => {
            let mut parts = Parts::of(change);
            for _ in 0..=rng.below(2) {
                mutate_parts(rng, &mut parts, &Parts::of(other));
            }
            if rng.below(4) == 0 { forge::deflated(&parts.seal()) } else { parts.seal() }
        }
        6 => {
            let (mut left, right) = (forge::body(change), forge::body(other));
            left.truncate(rng.below(left.len()));
            left.extend(&right[rng.below(right.len())..]);
            forge::chunk(1, &left)
        }
        _ => {
            let mut bytes = if rng.below(2) == 0 { forge::deflated(change) } else { change.clone() };
            mutate_bytes(rng, &mut bytes);
            bytes
        }
    }
}

/// What the static gate promises of everything it lets through.
fn check_facts(facts: &ChangeFacts) {
    assert!((1..=limits::CHANGE_OPS as u64).contains(&facts.op_count));
    assert!(facts.raw.len() <= limits::CHANGE_INFLATED_BYTES + 16);
    assert_eq!(facts.puts().len() as u64, facts.op_count);
    assert!(facts.puts().all(|(key, value)| Key::parse(key.as_str()).is_ok() && value.is_legal()));
    assert_eq!(inspect(&facts.raw).as_ref(), Ok(facts));
}

/// Every candidate that the accepted change has not seen is still one.
fn check_nothing_unseen_is_lost(base: &mut Record, facts: &ChangeFacts, accepted: &mut Record) {
    let deps: Heads = facts.deps.iter().copied().collect();
    let now = accepted.answers();
    for (key, answer) in base.answers() {
        for candidate in answer.candidates {
            let seen = base.descends(&deps, &Heads::from(candidate.hash));
            assert!(seen || now[&key].candidates.contains(&candidate), "{key}: {candidate:?} is lost");
        }
    }
    assert!(now.values().flat_map(|answer| &answer.candidates).any(|candidate| candidate.hash == facts.hash));
    assert!(accepted.has_change(&facts.hash));
}

#[test]
fn a_hundred_thousand_altered_changes() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_105);
    let mut cases = cases();
    let mut outcomes: BTreeMap<&'static str, u64> = BTreeMap::new();
    for number in 0..MUTATIONS {
        let mut rng = Rng(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let case = rng.below(cases.len());
        let bytes = mutant(&mut rng, &cases, case);
        let outcome = match inspect(&bytes) {
            Err(error) => error.kind(),
            Ok(facts) => {
                check_facts(&facts);
                let base = &mut cases[case].base;
                match admit(base, &facts) {
                    Err(error) => error.kind(),
                    Ok(Verdict::Duplicate) => "duplicate",
                    Ok(Verdict::Waiting { .. }) => "waiting",
                    Ok(Verdict::Accept(mut accepted)) => {
                        check_nothing_unseen_is_lost(base, &facts, &mut accepted);
                        "accepted"
                    }
                }
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{outcomes:#?}");
    let deep = ["accepted", "waiting", "fork", "seq_gap", "start_op", "pred", "own_past"];
    let shallow =
        ["checksum", "malformed", "not_canonical", "forbidden_op", "bad_key", "bad_value", "extra_bytes"];
    for reached in deep.iter().chain(&shallow) {
        assert!(outcomes.contains_key(reached), "no mutation reached {reached}: {outcomes:?}");
    }
    // The static rules and the record's leave nothing for automerge to choke on.
    assert_eq!(outcomes.get("apply_failed"), None);
    assert_eq!(outcomes.get("reload_failed"), None);
    check_memory();
}

/// The peak of this process, which a single unbounded allocation would show.
fn check_memory() {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 256 * 1024, "peak of {kib} KiB");
}

/// Applies a change with automerge alone, as if there were no gate; false when it panics.
fn survives_bare_automerge(base: &mut Record, change: &[u8]) -> bool {
    let saved = base.save();
    let tried = std::panic::catch_unwind(|| {
        let mut doc = automerge::Automerge::load(&saved).unwrap();
        let Ok(change) = automerge::Change::try_from(change) else { return };
        if doc.apply_changes([change]).is_ok() {
            drop(automerge::Automerge::load(&doc.save_nocompress()));
        }
    });
    tried.is_ok()
}

#[test]
fn some_of_them_make_bare_automerge_panic() {
    // The control: were this 0, the rules below would guard nothing.
    let mut cases = cases();
    let mut panics: BTreeMap<&'static str, u64> = BTreeMap::new();
    for number in 0..MUTATIONS / 5 {
        let mut rng = Rng(7 ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let case = rng.below(cases.len());
        let bytes = mutant(&mut rng, &cases, case);
        let kind = match inspect(&bytes) {
            Err(error @ GateError::BadTime) => error.kind(),
            Ok(facts) => match admit(&mut cases[case].base, &facts) {
                Err(error) => error.kind(),
                Ok(_) => continue,
            },
            Err(_) => continue,
        };
        if !survives_bare_automerge(&mut cases[case].base, &bytes) {
            *panics.entry(kind).or_default() += 1;
        }
    }
    println!("{panics:#?}");
    assert!(panics.values().sum::<u64>() > 0);
}

#[test]
fn the_unaltered_changes_pass() {
    for mut case in cases() {
        let facts = inspect(&case.change).unwrap();
        let Ok(Verdict::Accept(mut accepted)) = admit(&mut case.base, &facts) else { panic!("{facts:?}") };
        check_nothing_unseen_is_lost(&mut case.base, &facts, &mut accepted);
    }
}
