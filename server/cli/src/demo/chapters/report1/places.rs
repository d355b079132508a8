//! Profiles: the county with its hospital, each town with its hospital, each village with its clinic.

use serde_json::{Value, json};

use super::super::Filling;
use super::super::tools::{at, yuan};
use super::county::{County, Place};
use super::plan::Plan;
use super::share;
use super::sheet::Sheet;

/// The year that profiles speak of.
const YEAR: u64 = 2018;
/// What a clinic's equipment costs beside the therapy device, in fen: an oxygen concentrator, two beds, three meters.
const BASIC_EQUIPMENT: [(&str, &str, u64, u64); 3] = [
    ("oxygen", "clinical", 1, 300_000),
    ("bed", "clinical", 2, 80_000),
    ("sphygmomanometer", "public_health", 3, 20_000),
];
/// Row ids of profiles are told apart from those of persons.
const PROFILES: u64 = 10_000_000;

/// Every profile.
pub(super) fn fillings<'a>(plan: &'a Plan, county: &'a County) -> impl Iterator<Item = Filling> + 'a {
    let itself = county.itself.iter().map(|place| hospital_of_the_county(plan, place));
    let towns = county.towns.iter().enumerate().map(|(number, place)| town(plan, place, number as u64));
    let villages =
        county.villages.iter().enumerate().map(|(number, place)| village(plan, county, place, number as u64));
    itself.chain(towns).chain(villages)
}

fn profile(plan: &Plan, place: &Place, level: &str, number: u64) -> Sheet {
    let mut sheet = Sheet::new(PROFILES + number);
    sheet.put("event_date", plan.filled_on.as_str()).put("level", level);
    sheet.put("place_name", place.name.as_str()).put("year", YEAR);
    sheet
}

fn hospital_of_the_county(plan: &Plan, place: &Place) -> Filling {
    let mut sheet = profile(plan, place, "county", 0);
    let hospital = facility(&mut sheet, "hospital", &format!("{}医院", place.name), "public", "none");
    let machines = [
        ("hemodialysis", plan.equipment.hemodialysis, 16_000_000),
        ("hemodiafiltration", plan.equipment.hemodiafiltration, 22_000_000),
        ("water_treatment", plan.equipment.water_treatment, 58_000_000),
    ];
    for (kind, count, fen) in machines {
        sheet.row(
            &format!("facilities/{hospital}/equipment"),
            &[
                ("kind", json!(kind)),
                ("class", json!("clinical")),
                ("qty", json!(count)),
                ("unit_cost", json!(yuan(fen))),
                ("paid_by", json!("own")),
            ],
        );
    }
    let added = [("doctor", plan.staff.dialysis_doctors), ("nurse", plan.staff.dialysis_nurses)];
    for (kind, count) in added {
        for _ in 0..count {
            staff(
                &mut sheet,
                &hospital,
                kind,
                "added",
                &[("unit", json!("dialysis")), ("on_post", json!(true))],
            );
        }
    }
    sheet.filling("community_profile", &place.code)
}

fn town(plan: &Plan, place: &Place, number: u64) -> Filling {
    let mut sheet = profile(plan, place, "town", 1_000 + number);
    let hospitals = plan.places.hospitals_rebuilt;
    if number < hospitals {
        let name = format!("{}卫生院", place.name);
        let hospital = facility(&mut sheet, "township_hospital", &name, "public", "rebuilt");
        sheet.put(&format!("facilities/{hospital}/works_done_on"), "2018-09-30");
        newcomers(plan, &mut sheet, &hospital, number);
        services(plan, &mut sheet, &hospital, number);
    }
    sheet.filling("community_profile", &place.code)
}

/// Students trained to order and recruited staff of a township hospital.
fn newcomers(plan: &Plan, sheet: &mut Sheet, hospital: &str, number: u64) {
    let parts = plan.places.hospitals_rebuilt;
    let ended = ("training_to", json!("2018-07-31"));
    for _ in 0..share::part(plan.staff.order_in_training, parts, number) {
        staff(sheet, hospital, "doctor", "order_student", &[("training", json!("in_training"))]);
    }
    for _ in 0..share::part(plan.staff.order_waiting, parts, number) {
        let answers = [("training", json!("finished")), ended.clone(), ("on_post", json!(false))];
        staff(sheet, hospital, "doctor", "order_student", &answers);
    }
    for _ in 0..share::part(plan.staff.order_on_post, parts, number) {
        let post = ("post_from", json!("2018-09-01"));
        let answers = [("training", json!("finished")), ended.clone(), ("on_post", json!(true)), post];
        staff(sheet, hospital, "doctor", "order_student", &answers);
    }
    for person in share::pieces(plan.staff.recruited, parts, number) {
        let kind = ["doctor", "nurse", "assistant", "technician"][(person % 4) as usize];
        let from = format!("{}-08-01", 2016 + person % 3);
        staff(sheet, hospital, kind, "recruited", &[("on_post", json!(true)), ("post_from", json!(from))]);
    }
}

/// The first hospital has a posted expert in its out-patient unit, the second a unit of Chinese medicine therapy.
fn services(plan: &Plan, sheet: &mut Sheet, hospital: &str, number: u64) {
    let roster = format!("facilities/{hospital}/services");
    if number == 0 {
        let supporting = [
            ("hospital", json!("第一医院")),
            ("signed_on", json!("2016-05-10")),
            ("specialty", json!("急诊")),
        ];
        sheet.row(&format!("facilities/{hospital}/support"), &supporting);
        let unit = sheet.row(&roster, &[("unit", json!("outpatient"))]);
        sheet.quantity(
            &at(&roster, unit, "daily_patients"),
            (plan.services.daily_outpatients, "person_time"),
            true,
        );
    } else if number == 1 {
        let unit = sheet.row(&roster, &[("unit", json!("tcm")), ("income_before", json!(yuan(0)))]);
        sheet.quantity(&at(&roster, unit, "visits"), (plan.services.tcm_visits, "person_time"), true);
        sheet.quantity(&at(&roster, unit, "income"), (plan.services.tcm_income_yuan, "yuan"), true);
    }
}

fn village(plan: &Plan, county: &County, place: &Place, number: u64) -> Filling {
    let mut sheet = profile(plan, place, "village", 2_000 + number);
    let poor = county.poor_village(plan, number);
    sheet.put("poor_village", poor.is_some());
    let name = format!("{}卫生室", place.name);
    if let Some(poor) = poor {
        let clinic = facility(&mut sheet, "village_clinic", &name, "collective", "standardised");
        let area = 60 + share::scatter(number, 25);
        let rooms = format!("facilities/{clinic}/");
        sheet.put(&format!("{rooms}area_m2"), area.to_string()).put(&format!("{rooms}four_rooms"), true);
        for utility in ["water", "heating", "power"] {
            sheet.put(&format!("{rooms}utilities/{utility}"), true);
        }
        equipment(plan, &mut sheet, &clinic, poor);
        staff(&mut sheet, &clinic, "village_doctor", "existing", &[("on_post", json!(true))]);
    } else {
        // The villages that are not poor come before this one: those after the poor ones.
        let not_poor =
            number - share::before(plan.places.poor_villages, county.villages.len() as u64, number);
        if not_poor >= plan.places.villages_without_clinic {
            let clinic = facility(&mut sheet, "village_clinic", &name, "collective", "none");
            sheet.put(&format!("facilities/{clinic}/area_m2"), (40 + share::scatter(number, 30)).to_string());
            staff(&mut sheet, &clinic, "village_doctor", "existing", &[("on_post", json!(true))]);
        }
    }
    sheet.filling("community_profile", &place.code)
}

/// What the county bought for a clinic: the basic equipment, and a therapy device for the rest of its share.
fn equipment(plan: &Plan, sheet: &mut Sheet, clinic: &str, poor: u64) {
    let share = share::part(plan.places.clinic_equipment_yuan * 100, plan.places.poor_villages, poor);
    let basic: u64 = BASIC_EQUIPMENT.iter().map(|(_, _, count, fen)| count * fen).sum();
    let therapy = ("therapy", "clinical", 1, share.saturating_sub(basic));
    for (kind, class, count, fen) in BASIC_EQUIPMENT.into_iter().chain([therapy]) {
        sheet.row(
            &format!("facilities/{clinic}/equipment"),
            &[
                ("kind", json!(kind)),
                ("class", json!(class)),
                ("qty", json!(count)),
                ("unit_cost", json!(yuan(fen as i64))),
                ("paid_by", json!("county")),
            ],
        );
    }
}

fn facility(sheet: &mut Sheet, kind: &str, name: &str, ownership: &str, works: &str) -> String {
    let answers = [
        ("kind", json!(kind)),
        ("name", json!(name)),
        ("ownership", json!(ownership)),
        ("works", json!(works)),
    ];
    sheet.row("facilities", &answers).to_string()
}

fn staff(sheet: &mut Sheet, facility: &str, kind: &str, entry: &str, more: &[(&str, Value)]) {
    let mut answers = vec![("kind", json!(kind)), ("entry", json!(entry))];
    answers.extend_from_slice(more);
    sheet.row(&format!("facilities/{facility}/staff"), &answers);
}
