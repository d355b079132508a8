//! Promise: who was entered twice, a little otherwise, is shown to a supervisor, at any size of the register.

#![allow(clippy::unwrap_used)]

use doorstep_server::duplicates::block::Basis;
use doorstep_tests::crowd::{Found, Register, register, search};

/// People, and how many of them are planted for each kind of mistake. `cargo xtask bench --large` asks a million.
const PEOPLE: usize = 20_000;
const EACH: usize = 200;

fn searched(register: &Register, bases: &[Basis]) -> Found {
    let folder = tempfile::tempdir().unwrap();
    search(folder.path(), register, bases).unwrap()
}

#[test]
fn who_is_entered_twice_is_found_and_every_key_is_needed() {
    let register = register(1, PEOPLE, EACH);
    let found = searched(&register, &Basis::ALL);
    println!("{} people: {found:?}", PEOPLE + 4 * EACH);
    assert!(found.is_enough(), "{found:?}");
    assert!(found.by_mistake.len() == 4 && found.planted().0 == 4 * EACH);
    assert!(found.false_pairs * 10 <= found.planted().0, "a false pair for ten true ones at most: {found:?}");
    for without in Basis::ALL {
        let bases: Vec<Basis> = Basis::ALL.into_iter().filter(|basis| *basis != without).collect();
        let found = searched(&register, &bases);
        assert!(!found.is_enough(), "without {without:?} all the same: {found:?}");
    }
}
