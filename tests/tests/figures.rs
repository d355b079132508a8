//! Every quoted figure is counted from records: on the real way from phone to report (publish, fill, sync, review,
//! dataset, report), one record changed moves the figure and its drill-down.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod village;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use doorstep_records::RecordId;
use doorstep_server::reports::result::RowResult;
use doorstep_server::reports::{Definition, Quoted, ReportSet};
use serde_json::{Value, json};

use village::Village;

struct Survey {
    village: Village,
    reports: ReportSet,
}

impl Deref for Survey {
    type Target = Village;
    fn deref(&self) -> &Village {
        &self.village
    }
}

impl DerefMut for Survey {
    fn deref_mut(&mut self) -> &mut Village {
        &mut self.village
    }
}

impl Survey {
    fn new() -> Survey {
        let definitions = doorstep_schemas::report_definitions();
        // Only the town's survey: the other reports count other forms.
        let definitions = definitions
            .iter()
            .filter(|(id, _)| matches!(id.as_str(), "T8a" | "T8b" | "T8c" | "T8d" | "T8e" | "T8f"))
            .map(|(id, text)| Definition::read(&format!("{id}.json"), text).unwrap());
        let reports = ReportSet::new(definitions.collect(), Quoted::default());
        Survey { village: Village::new(&["household_register", "sample_check"]), reports }
    }

    fn figures(&self) -> BTreeMap<String, RowResult> {
        let (store, scope) = self.supervisor();
        let results = self.reports.count(&store, &scope, &[], self.server.time().now_ms(), true).unwrap();
        let rows = results.into_iter().flat_map(|result| result.rows);
        rows.filter_map(|row| Some((row.figure.clone()?, row))).collect()
    }
}

fn exact(row: &RowResult) -> Vec<String> {
    row.values.iter().map(|value| format!("{:?}", value.exact)).collect()
}

fn drill(row: &RowResult) -> Value {
    json!(row.values.iter().map(|value| &value.drill).collect::<Vec<_>>())
}

/// What is changed in which record so that which figures move.
type Change = (Vec<String>, RecordId, String, Value);

fn changes(household: RecordId, other: RecordId, member: &str, checks: [RecordId; 2]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut add = |figures: &[&str], record, path: String, value| {
        changes.push((figures.iter().map(|id| format!("P8-{id}")).collect(), record, path, value));
    };
    add(&["19"], other, "poor".to_owned(), json!(true));
    add(&["26", "27"], other, "register_status".to_owned(), json!("registered"));
    add(&["20"], household, format!("{member}/tekun"), json!(true));
    add(&["21"], household, format!("{member}/dibao"), json!(true));
    add(&["22"], household, format!("{member}/ethnicity"), json!("02"));
    add(&["23"], household, format!("{member}/health/disabled"), json!(true));
    add(&["01"], checks[0], "event_date".to_owned(), json!("2015-07-02"));
    add(&["29"], checks[0], "members_found".to_owned(), json!(5));
    add(&["30"], checks[0], "household_attribute".to_owned(), json!("wubao"));
    let causes = [
        ("31", "illness"),
        ("32", "transport"),
        ("33", "disability"),
        ("34", "disaster"),
        ("35", "schooling"),
        ("36", "no_land"),
        ("37", "no_water"),
        ("38", "no_skill"),
        ("39", "no_labour"),
        ("40", "no_capital"),
        ("41", "no_industry"),
        ("42", "low_motivation"),
    ];
    for (number, (figure, cause)) in causes.into_iter().enumerate() {
        // By turns as the main and as another cause.
        let (path, value) = match number % 2 {
            0 => ("cause_main".to_owned(), json!(cause)),
            _ => (format!("causes_other/{cause}"), json!(true)),
        };
        add(&[figure], checks[0], path, value);
    }
    for (figure, living) in
        [("43", "water_difficulty"), ("44", "grain_shortage"), ("45", "road_blocked"), ("46", "unsafe_house")]
    {
        add(&[figure], checks[0], format!("living/{living}"), json!(true));
    }
    add(&["53"], checks[1], "cause_main".to_owned(), json!("no_land"));
    changes
}

#[test]
fn one_record_changed_on_a_phone_moves_each_figure_and_its_drill_down() {
    let mut survey = Survey::new();
    let registered = [("register_status", json!("registered")), ("poor", json!(true))];
    let households: Vec<RecordId> =
        (0..3).map(|_| survey.fill("household_register", None, &registered)).collect();
    let other = survey.fill("household_register", None, &[("poor", json!(false))]);
    let device = survey.phone.device().unwrap();
    let row = device.session(households[0]).unwrap().add_row("members").unwrap();
    let member = format!("members/{row}");
    let (name, ethnicity) = (format!("{member}/name"), format!("{member}/ethnicity"));
    survey.change(households[0], &[(&name, json!("赵一")), (&ethnicity, json!("01"))]);
    let found = [
        ("visit_outcome", json!("completed")),
        ("event_date", json!("2015-07-01")),
        ("household_attribute", json!("general_poor")),
        ("cause_main", json!("other")),
        ("members_found", json!(3)),
    ];
    let checks = [0, 1].map(|at| survey.fill("sample_check", Some(households[at]), &found));

    let mut before = survey.figures();
    // Who fills is no answer: no answer changed moves the number of the team.
    let team = before.remove("P8-28").unwrap();
    assert_eq!(exact(&team), ["Some(1)"]);
    let changes = changes(households[0], other, &member, checks);
    let covered: BTreeSet<&String> = changes.iter().flat_map(|(figures, ..)| figures).collect();
    assert_eq!(covered, before.keys().collect(), "each figure has its change");
    for (figures, record, path, value) in &changes {
        survey.change(*record, &[(path, value.clone())]);
        let after = survey.figures();
        for figure in figures {
            assert_ne!(exact(&before[figure]), exact(&after[figure]), "{figure} when {path} changes");
            assert_ne!(
                drill(&before[figure]),
                drill(&after[figure]),
                "drill-down of {figure} when {path} changes"
            );
            let behind: Vec<RecordId> = after[figure]
                .values
                .iter()
                .flat_map(|value| value.drill.iter().flatten())
                .map(|one| one.record)
                .collect();
            assert!(behind.contains(record), "{figure} names the record that moved it");
        }
        before = after;
    }
}
