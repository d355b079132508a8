//! Five real forms from public repositories. They are no part of this repository; where they do not lie beside it, the
//! test says so and passes. `DOORSTEP_XLSFORMS` names another folder, `XLSFORM_SHOW=1` lists what was not carried.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::PathBuf;

use common::{made_with, options};
use doorstep_xlsform::{Effect, Options, Report};

fn folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/xlsforms");
    std::env::var_os("DOORSTEP_XLSFORMS").map_or_else(|| PathBuf::from(beside), PathBuf::from)
}

fn counts(report: &Report) -> String {
    let count = |effect| report.entries.iter().filter(|entry| entry.effect == effect).count();
    format!(
        "{} questions, {} groups, {} expressions; cells {} = {} + {}; lost {}, changed {}, note {}",
        report.questions,
        report.groups,
        report.expressions,
        report.cells.total,
        report.cells.carried,
        report.cells.lost,
        count(Effect::Lost),
        count(Effect::Changed),
        count(Effect::Note),
    )
}

#[test]
fn real_forms_become_packages() {
    let expected: &[(&str, &str)] = &[
        (
            "cascading_select.xlsx",
            "3 questions, 0 groups, 2 expressions; cells 76 = 76 + 0; lost 0, changed 0, note 1",
        ),
        (
            "constraint_example.xlsx",
            "6 questions, 0 groups, 6 expressions; cells 59 = 59 + 0; lost 0, changed 0, note 1",
        ),
        (
            "household_energy.xlsx",
            "32 questions, 5 groups, 18 expressions; cells 660 = 608 + 52; lost 37, changed 16, note 54",
        ),
        (
            "slum_assessment.xlsx",
            "232 questions, 29 groups, 108 expressions; cells 3771 = 3207 + 564; lost 204, changed 29, note 2",
        ),
        (
            "nairobi_household_2021.xls",
            "101 questions, 13 groups, 93 expressions; cells 1522 = 1494 + 28; lost 20, changed 134, note 4",
        ),
    ];
    if !folder().is_dir() {
        eprintln!("SKIPPED: the real forms do not lie in {}", folder().display());
        return;
    }
    let mut different = Vec::new();
    for (name, expected) in expected {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        let stem = name.split('.').next().unwrap();
        let made = made_with(&bytes, &Options { name: stem, ..options() });
        let found = counts(&made.report);
        if found != *expected {
            different.push(format!("(\"{name}\", \"{found}\"),"));
            if std::env::var_os("XLSFORM_SHOW").is_some() {
                for entry in made.report.entries.iter().filter(|entry| entry.effect != Effect::Note) {
                    eprintln!(
                        "{name} {:?} {} {} {} [{}]",
                        entry.effect, entry.row, entry.column, entry.reason.en, entry.value
                    );
                }
            }
        }
    }
    assert!(different.is_empty(), "\n{}", different.join("\n"));
}
