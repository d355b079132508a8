//! The chapter's records are valid, and the reports count from them what the plan says: at full scale the plan says
//! what the source prints. One record changed moves each figure and its drill-down.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use doorstep_forms::{Answers, Context, Form, FormPackage, Mode, Severity};
use doorstep_records::RecordId;
use doorstep_server::reports::definition::Words;
use doorstep_server::reports::result::{Frame, RowResult};
use doorstep_server::reports::{
    Catalog, Counts, DatasetRow, Definition, Fields, Places, Plan as ReportPlan, Quoted, ReportResult,
    ReportSet, Rows, run,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::plan::Plan;
use super::sheet::quantity;
use super::*;
use crate::demo::chapters::tests::play;

const REPORTS: [&str; 9] = ["T1a", "T1b", "T1c", "T1d", "T1e", "T1f", "T1g", "T1h", "T1i"];

/// The newest version of each form, as phones fill it.
struct Forms(BTreeMap<&'static str, Form>, Catalog);

impl Forms {
    fn new() -> Forms {
        let (mut newest, mut catalog) = (BTreeMap::new(), Catalog::default());
        for (id, version) in doorstep_schemas::forms() {
            let wanted =
                Report1::read().unwrap().forms().iter().map(|(form, _)| *form).find(|form| *form == id);
            let Some(known) = wanted else { continue };
            let files = doorstep_schemas::form_files(&id, version).unwrap();
            let form = Form::compile(FormPackage::from_files(files).unwrap()).unwrap();
            catalog.add_form(&form);
            newest.insert(known, form);
        }
        Forms(newest, catalog)
    }

    /// The dataset row of a filling; its errors fail the test.
    fn dataset_row(&self, number: usize, filling: &Filling) -> DatasetRow {
        let form = &self.0[filling.form];
        let mut answers: BTreeMap<String, Value> = filling.answers.iter().cloned().collect();
        assert_eq!(answers.len(), filling.answers.len(), "{filling:?} answers a question twice");
        answers.insert("_date".to_owned(), json!("2019-01-10"));
        let answers: Answers = serde_json::from_value(json!(answers)).unwrap();
        let outcome = form.evaluate(&answers, &Context { mode: Mode::Full, previous: None });
        let errors: Vec<_> = outcome.violations.iter().filter(|v| v.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{} in {}: {errors:#?}", filling.form, filling.area);
        let answers: Map<String, Value> = form.dataset_row(&outcome).into_iter().collect();
        DatasetRow {
            record: id(number),
            form_version: form.manifest().version,
            area: filling.area.clone(),
            subject: None,
            answers,
            conflicts: 0,
            author: None,
            device: None,
        }
    }
}

fn id(number: usize) -> RecordId {
    RecordId::from_parts(number as u64, [7; 10])
}

/// A county's fillings in memory.
struct Dataset(Vec<(&'static str, DatasetRow)>);

impl Dataset {
    fn of(forms: &Forms, fillings: &[Filling]) -> Dataset {
        let row = |(number, filling): (usize, &Filling)| (filling.form, forms.dataset_row(number, filling));
        Dataset(fillings.iter().enumerate().map(row).collect())
    }
}

impl Rows for Dataset {
    type Error = Infallible;

    fn visit(
        &self,
        form: &str,
        _: &Fields,
        visit: &mut dyn FnMut(DatasetRow) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        self.0.iter().filter(|(of, _)| *of == form).try_for_each(|(_, row)| visit(row.clone()))
    }
}

fn places() -> Places {
    let mut places = Places::default();
    places.add("999900000000", None, "city", Words { zh: "市".into(), en: "City".into() });
    for line in doorstep_schemas::report1::areas().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let words = Words { zh: cells[3].into(), en: cells[4].into() };
        places.add(cells[0], Some(cells[1]), cells[2], words);
    }
    places
}

fn figures(forms: &Forms, dataset: &Dataset) -> BTreeMap<String, RowResult> {
    let definitions = doorstep_schemas::report_definitions();
    let plan = |name: &&str| {
        let definition = Definition::read(&format!("{name}.json"), definitions[*name]).unwrap();
        ReportPlan::check(definition, &forms.1).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"))
    };
    let plans: Vec<ReportPlan> = REPORTS.iter().map(plan).collect();
    let places = places();
    let counted = run(&plans, dataset, &places, Counts { drill: true, valid_at: None }).unwrap();
    let quoted =
        doorstep_schemas::quoted_texts().into_iter().find(|text| text.contains("\nP1-01\t")).unwrap();
    let quoted = Quoted::read(quoted);
    let frame = Frame {
        catalog: &forms.1,
        places: &places,
        quoted: &quoted,
        as_of_ms: 0,
        area: None,
        valid_at: None,
        drill: true,
    };
    let results = plans.iter().zip(&counted).map(|(plan, counted)| ReportResult::of(plan, counted, &frame));
    let rows = results.flat_map(|result| result.rows);
    rows.filter_map(|row| Some((row.figure.clone()?, row))).collect()
}

fn embedded() -> Plan {
    serde_json::from_str(doorstep_schemas::report1::plan()).unwrap()
}

/// The plan with far fewer people and as many places and sessions.
fn small() -> Plan {
    let mut plan = embedded();
    plan.registered_persons = 900;
    plan.patients = 120;
    plan.one_stop_settlements = 310;
    plan.uplifts.visits = 450;
    plan.major_patients = 40;
    plan.dialysis = plan::Dialysis { patients: 3, sessions: 200, bills_each: 2 };
    plan.key_chronic = plan::Chronic { patients: 20, overdue: 3 };
    plan.smd = plan::Smd { patients: 90, managed: 77 };
    plan
}

/// What the reports count, as the plan says it.
fn expected(plan: &Plan) -> BTreeMap<&'static str, Vec<Decimal>> {
    let whole = |number: u64| Decimal::from(number);
    let wan = |yuan: u64| Decimal::from(yuan) / Decimal::from(10_000);
    let percent = |part: u64, of: u64| Decimal::from(100) * whole(part) / whole(of);
    let (layers, staff, clinic) = (&plan.uplifts, &plan.staff, &plan.free_clinic);
    let mut out = BTreeMap::new();
    let mut add = |figure, values: Vec<Decimal>| assert!(out.insert(figure, values).is_none(), "{figure}");
    add("P1-01", vec![whole(layers.visits)]);
    add("P1-02", vec![wan(layers.basic_yuan + layers.major_yuan + layers.aid_yuan)]);
    add("P1-03", vec![wan(layers.basic_yuan)]);
    add("P1-04", vec![wan(layers.major_yuan)]);
    add("P1-06", vec![whole(plan.one_stop_settlements)]);
    add("P1-09", vec![whole(plan.major_patients)]);
    add("P1-10", vec![whole(plan.major_patients)]);
    add("P1-11", vec![whole(100)]);
    add("P1-12", vec![whole(plan.registered_persons)]);
    add("P1-13", vec![whole(100)]);
    add("P1-14", vec![whole(plan.places.hospitals_rebuilt)]);
    add("P1-15", vec![whole(plan.places.poor_villages)]);
    add("P1-18", vec![wan(plan.places.clinic_equipment_yuan)]);
    let finished = staff.order_waiting + staff.order_on_post;
    add("P1-20", vec![whole(staff.order_in_training + finished)]);
    add("P1-21", vec![whole(staff.order_in_training)]);
    add("P1-22", vec![whole(finished)]);
    add("P1-23", vec![whole(staff.order_on_post)]);
    add("P1-24", vec![whole(staff.recruited)]);
    add("P1-25", vec![whole(plan.staff_training.visits)]);
    add("P1-26", vec![wan(plan.booklets)]);
    add("P1-27", vec![whole(plan.smd.patients)]);
    add("P1-28", vec![percent(plan.smd.managed, plan.smd.patients)]);
    add("P1-29", vec![whole(100)]);
    add("P1-31", vec![whole(plan.equipment.hemodialysis)]);
    add("P1-32", vec![whole(plan.equipment.hemodiafiltration)]);
    add("P1-33", vec![whole(plan.equipment.water_treatment)]);
    add("P1-34", vec![whole(staff.dialysis_doctors)]);
    add("P1-35", vec![whole(staff.dialysis_nurses)]);
    add("P1-38", vec![whole(plan.dialysis.sessions)]);
    add("P1-39", vec![wan(plan.dialysis.sessions * 100)]);
    add("P1-40", vec![whole(clinic.hospitals)]);
    add("P1-41", vec![whole(plan.places.poor_villages)]);
    add("P1-42", vec![whole(clinic.visits)]);
    add("P1-43", vec![wan(clinic.drugs_yuan)]);
    add("P1-44", vec![whole(plan.signing_day.households), whole(plan.signing_day.persons)]);
    add("P1-45", vec![whole(plan.services.daily_outpatients)]);
    add("P1-46", vec![whole(plan.services.tcm_visits)]);
    add("P1-47", vec![whole(0), wan(plan.services.tcm_income_yuan)]);
    add("P1-48", vec![whole(plan.places.villages_without_clinic)]);
    add("P1-50", vec![whole(880)]);
    out
}

/// Where the source contradicts itself, the records agree with the other side.
const CONTRADICTED: [&str; 2] = ["P1-03", "P1-39"];

#[test]
fn at_full_scale_the_plan_is_what_the_source_prints() {
    let quoted = doorstep_schemas::quoted();
    let expected = expected(&embedded());
    let owed: BTreeSet<&str> =
        quoted.iter().map(|one| one.id.as_str()).filter(|id| id.starts_with("P1-")).collect();
    assert_eq!(owed, expected.keys().copied().collect(), "each figure that is owed");
    for one in quoted.iter().filter(|one| one.id.starts_with("P1-")) {
        for (printed, value) in one.values.iter().zip(&expected[one.id.as_str()]) {
            let printed: Decimal = printed.parse().unwrap();
            let same = value.round_dp(printed.scale()) == printed;
            assert_eq!(same, !CONTRADICTED.contains(&one.id.as_str()), "{}: {value} and {printed}", one.id);
        }
    }
}

fn agree(figures: &BTreeMap<String, RowResult>, plan: &Plan) {
    for (figure, values) in expected(plan) {
        let row = &figures[figure];
        let counted: Vec<Decimal> =
            row.values.iter().map(|value| value.exact.unwrap().normalize().round_dp(6)).collect();
        let values: Vec<Decimal> = values.iter().map(|value| value.normalize().round_dp(6)).collect();
        assert_eq!(counted, values, "{figure}");
    }
}

#[test]
fn the_same_comes_out_on_the_way_from_phones_to_the_dataset() {
    let mut plan = small();
    (plan.registered_persons, plan.patients, plan.one_stop_settlements) = (150, 60, 90);
    (plan.uplifts.visits, plan.major_patients, plan.free_clinic.rounds) = (120, 20, 1);
    plan.key_chronic = plan::Chronic { patients: 10, overdue: 2 };
    plan.smd = plan::Smd { patients: 20, managed: 17 };
    let chapter = Report1::of(plan.clone());
    let scene = play(&chapter);
    assert_eq!(scene.carried.as_ref().unwrap().records, chapter.fillings().count());
    let definitions = doorstep_schemas::report_definitions();
    let definitions = REPORTS.iter().map(|name| Definition::read(name, definitions[*name]).unwrap());
    let reports = ReportSet::new(definitions.collect(), Quoted::default());
    let store = &scene.host.store;
    let results = reports.count(store, &store.operator_scope(), &[], 0, false).unwrap();
    let rows = results.into_iter().flat_map(|result| result.rows);
    let figures = rows.filter_map(|row| Some((row.figure.clone()?, row))).collect();
    agree(&figures, &plan);
}

#[test]
fn the_reports_count_what_the_plan_says() {
    let (forms, plan) = (Forms::new(), small());
    let fillings: Vec<Filling> = Report1::of(plan.clone()).fillings().collect();
    let figures = figures(&forms, &Dataset::of(&forms, &fillings));
    agree(&figures, &plan);
    for (figure, place) in
        [("P1-25", 0), ("P1-42", 0), ("P1-43", 0), ("P1-45", 0), ("P1-46", 0), ("P1-47", 1)]
    {
        let said = serde_json::to_value(figures[figure].values[place].qualifier).unwrap();
        assert_eq!(said, "over", "{figure}");
    }
}

#[test]
fn the_full_county_is_dealt_without_a_remainder() {
    let chapter = Report1::read().unwrap();
    let mut numbers = BTreeSet::new();
    let (mut records, mut rows) = (BTreeMap::new(), BTreeMap::new());
    for filling in chapter.fillings() {
        *records.entry(filling.form).or_insert(0_u64) += 1;
        for (path, value) in &filling.answers {
            if path == "contract/contract_no" {
                assert!(numbers.insert(value.to_string()), "{value} stands twice");
            }
            if path.ends_with("/date") {
                *rows.entry(path.split('/').next().unwrap().to_owned()).or_insert(0) += 1;
            }
        }
    }
    let plan = embedded();
    assert_eq!(records["health_service_record"], plan.registered_persons + plan.smd.patients);
    assert_eq!(numbers.len() as u64, plan.registered_persons);
    assert_eq!(rows["uplifts"], plan.uplifts.visits);
    assert_eq!(rows["dialysis"], plan.dialysis.sessions);
    let bills = plan.dialysis.patients * plan.dialysis.bills_each;
    assert_eq!(rows["settlements"], plan.one_stop_settlements + bills);
    let first = |chapter: &Report1| chapter.fillings().skip(600).take(50).collect::<Vec<_>>();
    assert_eq!(first(&chapter), first(&Report1::read().unwrap()), "the same each time");
}

/// Which record is changed, how, so that which figures move.
struct Change {
    figures: &'static [&'static str],
    /// The first filling that has an answer to a path like this (`*` is a row) with this value.
    which: (&'static str, &'static str, Value),
    /// Answers that are set, `*` being the row that was found.
    set: Vec<(&'static str, Value)>,
}

fn changes() -> Vec<Change> {
    let health = "health_service_record";
    let (session, place) = ("activity_session", "community_profile");
    let several =
        |figures, which, set: &[(&'static str, Value)]| Change { figures, which, set: set.to_vec() };
    let one = |figures, which, set| several(figures, which, &[set]);
    let kind = |kind: &'static str| (place, "facilities/*/equipment/*/kind", json!(kind));
    let qty = ("facilities/*/equipment/*/qty", json!(99));
    vec![
        one(
            &["P1-02", "P1-03"],
            (health, "uplifts/*/kinds/rate_higher", json!(true)),
            ("uplifts/*/basic", json!("9.00")),
        ),
        one(
            &["P1-01"],
            (health, "uplifts/*/kinds/rate_higher", json!(true)),
            ("uplifts/*/_deleted", json!(true)),
        ),
        one(
            &["P1-04"],
            (health, "uplifts/*/kinds/rate_higher", json!(true)),
            ("uplifts/*/major", json!("8.00")),
        ),
        one(
            &["P1-06"],
            (health, "settlements/*/one_stop", json!(true)),
            ("settlements/*/prepay_free", json!(false)),
        ),
        several(
            &["P1-09"],
            (health, "cases/*/case_kind", json!("key_chronic")),
            &[("cases/*/case_kind", json!("major")), ("cases/*/disease_code", json!("md08"))],
        ),
        one(
            &["P1-10", "P1-11"],
            (health, "cases/*/treatment_state", json!("treated")),
            ("cases/*/treatment_state", json!("waiting")),
        ),
        one(
            &["P1-12", "P1-13"],
            (health, "contract/signed_how", json!("home")),
            ("contract/signed", json!(false)),
        ),
        one(
            &["P1-44"],
            (health, "contract/signed_how", json!("signing_day")),
            ("contract/signed_how", json!("home")),
        ),
        one(&["P1-27"], (health, "cases/*/case_kind", json!("smd")), ("cases/*/_deleted", json!(true))),
        one(&["P1-28"], (health, "cases/*/managed", json!(true)), ("cases/*/managed", json!(false))),
        one(&["P1-29"], (health, "policy_aware", json!(true)), ("policy_aware", json!(false))),
        one(
            &["P1-38", "P1-39"],
            (health, "dialysis/*/mode", json!("hd")),
            ("dialysis/*/_deleted", json!(true)),
        ),
        one(
            &["P1-14"],
            (place, "facilities/*/works", json!("rebuilt")),
            ("facilities/*/works", json!("none")),
        ),
        one(
            &["P1-15"],
            (place, "facilities/*/works", json!("standardised")),
            ("facilities/*/works", json!("none")),
        ),
        one(&["P1-18"], kind("therapy"), ("facilities/*/equipment/*/unit_cost", json!("1.00"))),
        one(
            &["P1-20", "P1-21"],
            (place, "facilities/*/staff/*/training", json!("in_training")),
            ("facilities/*/staff/*/_deleted", json!(true)),
        ),
        one(
            &["P1-22"],
            (place, "facilities/*/staff/*/training", json!("finished")),
            ("facilities/*/staff/*/training", json!("in_training")),
        ),
        one(
            &["P1-23"],
            (place, "facilities/*/staff/*/post_from", json!("2018-09-01")),
            ("facilities/*/staff/*/on_post", json!(false)),
        ),
        one(
            &["P1-24"],
            (place, "facilities/*/staff/*/entry", json!("recruited")),
            ("facilities/*/staff/*/entry", json!("existing")),
        ),
        one(&["P1-31"], kind("hemodialysis"), qty.clone()),
        one(&["P1-32"], kind("hemodiafiltration"), qty.clone()),
        one(&["P1-33"], kind("water_treatment"), qty),
        one(
            &["P1-34"],
            (place, "facilities/*/staff/*/kind", json!("doctor")),
            ("facilities/*/staff/*/unit", json!("other")),
        ),
        one(
            &["P1-35"],
            (place, "facilities/*/staff/*/kind", json!("nurse")),
            ("facilities/*/staff/*/unit", json!("other")),
        ),
        one(
            &["P1-45"],
            (place, "facilities/*/services/*/unit", json!("outpatient")),
            ("facilities/*/services/*/daily_patients", json!(quantity(21, "person_time", false))),
        ),
        one(
            &["P1-46"],
            (place, "facilities/*/services/*/unit", json!("tcm")),
            ("facilities/*/services/*/visits", json!(quantity(21, "person_time", false))),
        ),
        one(
            &["P1-47"],
            (place, "facilities/*/services/*/unit", json!("tcm")),
            ("facilities/*/services/*/income", json!(quantity(21, "yuan", false))),
        ),
        several(
            &["P1-48"],
            (place, "facilities/*/ownership", json!("collective")),
            &[("poor_village", json!(false)), ("facilities/*/ownership", json!("rented"))],
        ),
        one(
            &["P1-25"],
            (session, "kind", json!("staff_training")),
            ("headcount", json!(quantity(1, "person_time", false))),
        ),
        one(
            &["P1-26"],
            (session, "items_given/*/kind", json!("booklet")),
            ("items_given/*/qty", json!(quantity(1, "piece", false))),
        ),
        one(&["P1-40"], (session, "kind", json!("free_clinic")), ("organiser", json!("外地医院"))),
        // The first village is not poor and has no free clinic.
        one(&["P1-41", "P1-42"], (session, "kind", json!("publicity")), ("kind", json!("free_clinic"))),
        one(
            &["P1-43"],
            (session, "items_given/*/kind", json!("drug")),
            ("items_given/*/value", json!(quantity(1, "yuan", false))),
        ),
        one(&["P1-50"], (health, "premium_paid_by", json!("self")), ("insurance", json!("none"))),
    ]
}

/// What stands for the `*` of a pattern in a path.
fn matched<'p>(pattern: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    let fits = |(wanted, found): (&&str, &&str)| *wanted == "*" || wanted == found;
    let same = pattern.len() == path.len() && pattern.iter().zip(&path).all(fits);
    let rows = pattern.iter().zip(&path).filter(|(wanted, _)| **wanted == "*").map(|(_, found)| *found);
    same.then(|| rows.collect())
}

impl Change {
    /// The number of the filling that is changed, and the filling as changed.
    fn apply(&self, fillings: &[Filling]) -> (usize, Filling) {
        let (form, pattern, value) = &self.which;
        let place = |filling: &Filling| {
            let answers = filling.answers.iter().filter(|(_, known)| known == value);
            answers.filter_map(|(path, _)| matched(pattern, path)).next().map(|rows| rows.join("/"))
        };
        let candidates = fillings.iter().enumerate().filter(|(_, filling)| filling.form == *form);
        let (number, rows) = candidates
            .filter_map(|(n, filling)| Some((n, place(filling)?)))
            .next()
            .unwrap_or_else(|| panic!("no record to change for {:?}", self.figures));
        let mut changed = fillings[number].clone();
        for (path, value) in &self.set {
            let mut rows = rows.split('/');
            let path: Vec<&str> =
                path.split('/').map(|part| if part == "*" { rows.next().unwrap() } else { part }).collect();
            let path = path.join("/");
            changed.answers.retain(|(known, _)| *known != path);
            changed.answers.push((path, value.clone()));
        }
        (number, changed)
    }
}

fn exact(row: &RowResult) -> Vec<Option<Decimal>> {
    row.values.iter().map(|value| value.exact).collect()
}

fn drill(row: &RowResult) -> Value {
    json!(row.values.iter().map(|value| &value.drill).collect::<Vec<_>>())
}

/// Its value follows from the rule of 220 yuan; only the persons behind it change.
const OF_A_RULE: [&str; 1] = ["P1-50"];

#[test]
fn one_record_changed_moves_each_figure_and_its_drill_down() {
    let forms = Forms::new();
    let fillings: Vec<Filling> = Report1::of(small()).fillings().collect();
    let mut dataset = Dataset::of(&forms, &fillings);
    let before = figures(&forms, &dataset);
    let changes = changes();
    let covered: BTreeSet<&str> = changes.iter().flat_map(|change| change.figures).copied().collect();
    assert_eq!(covered, before.keys().map(String::as_str).collect(), "each figure has its change");
    for change in &changes {
        let (number, filling) = change.apply(&fillings);
        let row = (filling.form, forms.dataset_row(number, &filling));
        let kept = std::mem::replace(&mut dataset.0[number], row);
        let after = figures(&forms, &dataset);
        dataset.0[number] = kept;
        for figure in change.figures {
            let (old, new) = (&before[*figure], &after[*figure]);
            assert_eq!(exact(old) == exact(new), OF_A_RULE.contains(figure), "{figure}: {:?}", exact(new));
            assert_ne!(drill(old), drill(new), "drill-down of {figure}");
            let behind = |row: &RowResult| {
                let ones = row.values.iter().flat_map(|value| value.drill.iter().flatten());
                ones.map(|one| one.record).collect::<BTreeSet<_>>()
            };
            assert!(
                behind(old).contains(&id(number)) || behind(new).contains(&id(number)),
                "{figure} names the record that moved it"
            );
        }
    }
}
