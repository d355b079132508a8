//! Possible duplicates among very many people: how many of the planted are found, how many are shown for nothing.

use std::path::Path;

use anyhow::{Result, ensure};
use doorstep_server::duplicates::block::Basis;
use doorstep_tests::crowd::{Mistake, register, search};

use crate::table::{Row, whole};

/// People of the register.
const PEOPLE: usize = 1_000_000;
/// Planted for each kind of mistake; a thousand in all.
const EACH: usize = 250;

/// A million people, a thousand of them entered twice.
pub(crate) fn row(folder: &Path) -> Result<Row> {
    let register = register(0xD0B, PEOPLE, EACH);
    let found = search(folder, &register, &Basis::ALL)?;
    let (planted, all) = found.planted();
    ensure!(planted == EACH * Mistake::ALL.len(), "{planted} are planted");
    let kinds: Vec<String> = found
        .by_mistake
        .iter()
        .map(|(mistake, (planted, found))| format!("{mistake:?} {found}/{planted}"))
        .collect();
    let seconds = found.took.as_secs_f64();
    let people = (PEOPLE + planted) as f64;
    let row = Row::new(
        format!(
            "possible duplicates: {} people, {} of them entered twice, a little otherwise",
            whole(people),
            whole(planted as f64)
        ),
        ">= 99 % found",
        format!(
            "{:.1} % found ({}); {} false pairs; {seconds:.0} s, {:.0} us a person, written and searched",
            all as f64 * 100.0 / planted as f64,
            kinds.join(", "),
            whole(found.false_pairs as f64),
            seconds * 1e6 / people
        ),
    );
    Ok(row.met(found.is_enough()))
}
