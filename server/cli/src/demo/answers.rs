//! What an enumerator writes down for a household found beside the ledger, and for a sample check.

use doorstep_records::RowId;
use serde_json::Value;

use super::people::{Person, SURVEY_YEAR};
use super::seed::Seed;
use super::town::{Check, House};

/// Path and value, as the form asks.
pub type Answer = (String, Value);

/// Answers of a household register filled at the household's home.
pub fn register(house: &House, day: &str, seed: &mut Seed) -> Vec<Answer> {
    let mut answers = vec![
        answer("form_mode", "new_register"),
        answer("event_date", day),
        answer("visit_mode", "face_to_face"),
        answer("visit_outcome", "completed"),
        answer("informant", "head"),
        answer("unit_kind", "village"),
        answer("address", format!("第{}户", house.number)),
        answer("poor", true),
        answer("identification_standard", "national"),
        answer("household_attribute", "general_poor"),
        answer("willing", true),
        answer("cause_main", house.cause_main.as_str()),
        answer("house_grade", *seed.pick(&["A", "B", "C", "D"]).unwrap_or(&"B")),
        answer("water_difficulty", seed.below(3) == 0),
        answer("tap_water", seed.below(2) == 0),
        answer("grain_shortage", seed.below(3) == 0),
        answer("road_access", *seed.pick(&["paved", "gravel", "dirt"]).unwrap_or(&"dirt")),
    ];
    let mut worker = None;
    for (place, person) in house.persons.iter().enumerate() {
        let row = row(place as u64, seed);
        if worker.is_none() && (18..60).contains(&person.age) {
            worker = Some(row);
        }
        answers.extend(member(&format!("members/{row}"), place, person));
    }
    answers.extend(year(worker, seed));
    answers
}

fn member(at: &str, place: usize, person: &Person) -> Vec<Answer> {
    let mut answers = vec![
        answer(&format!("{at}/_order"), format!("{place:02}")),
        answer(&format!("{at}/name"), person.name.as_str()),
        answer(&format!("{at}/relation"), person.relation),
        answer(&format!("{at}/sex"), if person.male { "male" } else { "female" }),
        answer(&format!("{at}/id_kind"), "id_card"),
        answer(&format!("{at}/id_no"), person.id_no.as_str()),
        answer(&format!("{at}/ethnicity"), person.ethnicity),
        answer(&format!("{at}/counts_in_income"), true),
        answer(&format!("{at}/medical_insurance"), "resident"),
        answer(&format!("{at}/health/{}", if person.disabled { "disabled" } else { "healthy" }), true),
    ];
    match person.age {
        0..7 => answers.push(answer(&format!("{at}/student_state"), "preschool_age")),
        7..13 => answers.push(answer(&format!("{at}/student_state"), "primary")),
        13..16 => answers.push(answer(&format!("{at}/student_state"), "junior_8")),
        _ => answers
            .push(answer(&format!("{at}/education"), if person.age > 60 { "illiterate" } else { "primary" })),
    }
    if (16..=65).contains(&person.age) {
        answers.push(answer(&format!("{at}/labour"), if person.disabled { "weak" } else { "ordinary" }));
    }
    answers
}

fn year(worker: Option<RowId>, seed: &mut Seed) -> Vec<Answer> {
    let at = format!("years/{SURVEY_YEAR}");
    let mut answers = vec![
        answer(&format!("{at}/accounting_start"), format!("{}-07-01", SURVEY_YEAR - 1)),
        answer(&format!("{at}/accounting_end"), format!("{SURVEY_YEAR}-06-30")),
        answer(&format!("{at}/is_estimate"), false),
    ];
    if let Some(worker) = worker {
        let wage = row(500, seed);
        answers.extend([
            answer(&format!("{at}/wage/{wage}/member"), worker.to_string()),
            answer(&format!("{at}/wage/{wage}/employer"), "砖厂"),
            answer(&format!("{at}/wage/{wage}/months"), 3 + seed.below(8)),
            answer(&format!("{at}/wage/{wage}/amount"), format!("{}.00", 3000 + 100 * seed.below(90))),
        ]);
    }
    let business = row(600, seed);
    answers.extend([
        answer(&format!("{at}/business/{business}/kind"), "crops"),
        answer(&format!("{at}/business/{business}/amount"), format!("{}.00", 1500 + 10 * seed.below(400))),
        answer(&format!("{at}/business/{business}/expense"), format!("{}.00", 300 + 10 * seed.below(80))),
    ]);
    answers
}

/// Answers of a sample check. `house` is what the ledger says, the check what was found.
pub fn sample_check(check: &Check, house: &House, day: &str, seed: &mut Seed) -> Vec<Answer> {
    let mut answers = vec![
        answer("event_date", day),
        answer("visit_mode", "face_to_face"),
        answer("visit_outcome", "completed"),
        answer("informant", *seed.pick(&["head", "spouse", "other_member"]).unwrap_or(&"head")),
        answer("was_registered", house.registered),
        answer("household_attribute", check.attribute.as_str()),
        answer("cause_main", check.causes[0].as_str()),
        answer("members_found", check.members_found),
    ];
    answers.extend(check.causes[1..].iter().map(|cause| answer(&format!("causes_other/{cause}"), true)));
    answers.extend(check.living.iter().map(|condition| answer(&format!("living/{condition}"), true)));
    if house.registered {
        answers.extend(comparison(check, house, seed));
    }
    answers
}

/// The comparison with the ledger's copy that the household holds.
fn comparison(check: &Check, house: &House, seed: &mut Seed) -> Vec<Answer> {
    let members_match = check.members_found == house.persons.len();
    let cause_match = check.causes[0] == house.cause_main;
    let mut answers = vec![answer("members_match", members_match), answer("cause_match", cause_match)];
    let mut differ = |field: &str, registered: String, found: String| {
        let row = row(700, seed);
        answers.extend([
            answer(&format!("differences/{row}/field"), field),
            answer(&format!("differences/{row}/registered"), registered),
            answer(&format!("differences/{row}/found"), found),
        ]);
    };
    if !members_match {
        differ("members", house.persons.len().to_string(), check.members_found.to_string());
    }
    if !cause_match {
        differ("cause", house.cause_main.clone(), check.causes[0].clone());
    }
    answers
}

fn answer(path: &str, value: impl Into<Value>) -> Answer {
    (path.to_owned(), value.into())
}

/// A row id from the demo's own chance, in the order of `place`.
fn row(place: u64, seed: &mut Seed) -> RowId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&seed.bits().to_be_bytes());
    RowId::from_parts(1_404_086_400_000 + place, random)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use doorstep_forms::{Context, Form, FormPackage, Mode, Severity};

    use serde_json::json;

    use super::*;
    use crate::demo::town::Town;

    fn form(id: &str) -> Form {
        let package = FormPackage::from_files(doorstep_schemas::form_files(id, 1).unwrap()).unwrap();
        Form::compile(package).unwrap()
    }

    fn check_all<'a>(form: &Form, filled: impl Iterator<Item = Vec<Answer>> + 'a) -> usize {
        let mut count = 0;
        for answers in filled {
            let mut answers: BTreeMap<String, Value> = answers.into_iter().collect();
            answers.insert("_date".to_owned(), json!("2014-07-13"));
            let outcome = form.evaluate(&answers, &Context { mode: Mode::Full, previous: None });
            let errors: Vec<_> =
                outcome.violations.iter().filter(|v| v.severity == Severity::Error).collect();
            assert!(errors.is_empty(), "{errors:#?}");
            count += 1;
        }
        count
    }

    #[test]
    fn what_enumerators_write_down_passes_a_full_check() {
        let town = Town::deal(
            include_str!("../../../../schemas/demo/town.json"),
            include_str!("../../../../schemas/areas/demo.csv"),
            8,
        )
        .unwrap();
        let mut seed = Seed::new(1);
        let unregistered = town.houses.iter().filter(|house| !house.registered);
        let registers = unregistered.map(|house| register(house, "2014-07-01", &mut seed));
        assert!(check_all(&form("household_register"), registers) > 0);
        let mut seed = Seed::new(2);
        let checks = town
            .checks
            .iter()
            .map(|check| sample_check(check, &town.houses[check.house], "2014-07-01", &mut seed));
        assert_eq!(check_all(&form("sample_check"), checks), town.checks.len());
    }
}
