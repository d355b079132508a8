//! Cases of registered persons: major diseases, key chronic diseases with their follow-ups.

use serde_json::json;

use super::super::tools::Person;
use super::plan::Plan;
use super::share;
use super::sheet::Sheet;

/// End-stage renal disease.
const RENAL: &str = "md05";
const OF_CHILDREN: [&str; 2] = ["md06", "md07"];
const OF_WOMEN: [&str; 4] = ["md10", "md11", "md01", "md02"];
const OF_ALL: [&str; 9] = ["md01", "md02", "md03", "md04", "md08", "md09", "md12", "md13", "md14"];

/// Number of a registered person among the patients, and among those with a major disease.
pub(super) fn patient(plan: &Plan, number: u64) -> Option<(u64, Option<u64>)> {
    let patient = share::chosen(plan.patients, plan.registered_persons, number)?;
    Some((patient, share::chosen(plan.major_patients, plan.patients, patient)))
}

/// Number of a patient with a major disease among those with dialysis.
pub(super) fn dialysis(plan: &Plan, major: u64) -> Option<u64> {
    share::chosen(plan.dialysis.patients, plan.major_patients, major)
}

/// Writes health and cases down; answers whether there is a key chronic disease.
pub(super) fn registered(plan: &Plan, sheet: &mut Sheet, number: u64, person: &Person) -> bool {
    let patient = patient(plan, number);
    let major = patient.and_then(|(_, major)| major);
    // Chronic diseases go to patients without a major disease, who are counted among themselves.
    let chronic = patient.filter(|_| major.is_none()).and_then(|(patient, _)| {
        let among_others = patient - share::before(plan.major_patients, plan.patients, patient);
        share::chosen(plan.key_chronic.patients, plan.patients - plan.major_patients, among_others)
    });
    if let Some(major) = major {
        sheet.put("health/major_illness", true);
        major_case(plan, sheet, major, person);
    }
    if let Some(chronic) = chronic {
        sheet.put("health/chronic", true);
        chronic_case(plan, sheet, chronic);
    }
    if major.is_none() && chronic.is_none() {
        sheet.put("health/healthy", true);
    }
    chronic.is_some()
}

fn major_case(plan: &Plan, sheet: &mut Sheet, major: u64, person: &Person) {
    let choice = share::scatter(major, 1_000) as usize;
    let code = match (dialysis(plan, major), person.age, person.male) {
        (Some(_), _, _) => RENAL,
        (None, 0..=14, _) => OF_CHILDREN[choice % OF_CHILDREN.len()],
        (None, _, false) if choice.is_multiple_of(3) => OF_WOMEN[choice / 3 % OF_WOMEN.len()],
        _ => OF_ALL[choice % OF_ALL.len()],
    };
    let mut answers = vec![
        ("case_kind", json!("major")),
        ("disease_code", json!(code)),
        ("diagnosed_on", json!(format!("2015-{:02}-{:02}", 1 + major % 12, 1 + major % 28))),
        ("hospital", json!("县医院")),
        ("evidence", json!(["inpatient", "pathology", "certificate"][(major % 3) as usize])),
    ];
    let (state, place) = match major % 10 {
        _ if code == RENAL => ("treating", ("treated_at", json!("县医院"))),
        0 => ("referred", ("referred_to", json!("省立医院"))),
        1..=3 => ("treating", ("treated_at", json!("县医院"))),
        _ => ("treated", ("treated_at", json!("县医院"))),
    };
    answers.extend([("treatment_state", json!(state)), place]);
    sheet.row("cases", &answers);
}

fn chronic_case(plan: &Plan, sheet: &mut Sheet, chronic: u64) {
    let diabetes = chronic % 4 == 3;
    let case = sheet.row(
        "cases",
        &[
            ("case_kind", json!("key_chronic")),
            ("chronic_code", json!(if diabetes { "diabetes" } else { "hypertension" })),
            ("diagnosed_on", json!(format!("201{}-06-15", 4 + chronic % 4))),
            ("hospital", json!("乡镇卫生院")),
            ("evidence", json!("outpatient")),
            ("treatment_state", json!("treating")),
            ("education_sheet", json!(true)),
        ],
    );
    let overdue = share::chosen(plan.key_chronic.overdue, plan.key_chronic.patients, chronic).is_some();
    for quarter in 0..4 {
        let upper = 128 + share::scatter(chronic * 4 + quarter, 30);
        let month = 2 + 3 * quarter;
        // Those who are overdue were telephoned in the second half of the year.
        let mode = if overdue && quarter > 1 { "phone" } else { "face_to_face" };
        sheet.row(
            "follow_ups",
            &[
                ("date", json!(format!("2018-{month:02}-{:02}", 1 + chronic % 28))),
                ("mode", json!(mode)),
                ("case", json!(case.to_string())),
                ("systolic", json!(upper)),
                ("diastolic", json!(upper - 48)),
                ("checkup", json!(quarter == 1)),
                ("opinion", json!(opinion(quarter + 1, upper))),
            ],
        );
    }
}

fn opinion(quarter: u64, upper: u64) -> String {
    let advice = match upper {
        0..140 => "血压达标，维持原剂量",
        140..150 => "血压偏高，减盐并按时服药",
        _ => "血压未达标，转卫生院调整用药",
    };
    format!("第{quarter}季度收缩压{upper}，{advice}")
}
