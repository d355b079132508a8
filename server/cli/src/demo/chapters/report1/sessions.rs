//! Sessions: training of health staff, free clinics in the poor villages, publicity with booklets, screening.

use serde_json::json;

use super::super::Filling;
use super::super::tools::{at, day, yuan};
use super::county::{County, Place};
use super::plan::Plan;
use super::share;
use super::sheet::Sheet;

const FORM: &str = "activity_session";
/// Row ids of sessions are told apart from those of persons.
const SESSIONS: u64 = 20_000_000;
/// Of the hospitals of free clinics so many are tertiary ones.
const TERTIARY: u64 = 5;
const HEALTH_OFFICE: &str = "卫生健康局";

/// Every session.
pub(super) fn fillings<'a>(plan: &'a Plan, county: &'a County) -> impl Iterator<Item = Filling> + 'a {
    let training = (0..plan.staff_training.sessions)
        .flat_map(move |number| county.itself.first().map(|place| staff_training(plan, place, number)));
    let poor = move || {
        let villages = county.villages.iter().enumerate();
        villages.filter_map(|(index, place)| Some((county.poor_village(plan, index as u64)?, place)))
    };
    let clinics = (0..plan.free_clinic.rounds)
        .flat_map(move |round| poor().map(move |(number, place)| free_clinic(plan, place, round, number)));
    let villages = county.villages.len() as u64;
    let publicity = county
        .villages
        .iter()
        .enumerate()
        .map(move |(number, place)| publicity(plan, place, number as u64, villages));
    let screening = county.towns.iter().enumerate().map(|(number, place)| screening(place, number as u64));
    training.chain(clinics).chain(publicity).chain(screening)
}

fn session(kind: &str, topic: &str, place: &Place, date: &str, number: u64) -> Sheet {
    let mut sheet = Sheet::new(SESSIONS + number);
    sheet.put("kind", kind).put("topic", topic).put("event_date", date).put("place", place.name.as_str());
    sheet
}

fn staff_training(plan: &Plan, place: &Place, number: u64) -> Filling {
    let (sessions, visits) = (plan.staff_training.sessions, plan.staff_training.visits);
    let date = day(2018, 1 + (number % 11) as i8, 15);
    let mut sheet = session("staff_training", "医务人员集中培训", place, &date, number);
    sheet.put("organiser", HEALTH_OFFICE).put("organiser_level", "government");
    // The last one was attended by more than were counted.
    let over = number + 1 == sessions;
    sheet.quantity("headcount", (share::varied(visits, sessions, number), "person_time"), over);
    sheet.filling(FORM, &place.code)
}

fn free_clinic(plan: &Plan, place: &Place, round: u64, number: u64) -> Filling {
    let poor = plan.places.poor_villages;
    let (all, clinic) = (plan.free_clinic.rounds * poor, round * poor + number);
    let hospital = clinic.checked_rem(plan.free_clinic.hospitals).unwrap_or(0);
    let date = day(2017 + round as i16, 9 + (number % 3) as i8, 1 + (number % 27) as i8);
    let mut sheet = session("free_clinic", "健康扶贫大型义诊", place, &date, 1_000 + clinic);
    sheet.put("organiser", format!("市第{}医院", hospital + 1));
    sheet.put("organiser_level", if hospital < TERTIARY { "tertiary" } else { "secondary" });
    let over = clinic + 1 == all;
    sheet.quantity("headcount", (share::varied(plan.free_clinic.visits, all, clinic), "person_time"), over);
    let fen = share::varied(plan.free_clinic.drugs_yuan * 100, all, clinic);
    let drugs = sheet.row("items_given", &[("kind", json!("drug"))]);
    sheet.quantity(&at("items_given", drugs, "value"), (yuan(fen as i64), "yuan"), over);
    sheet.filling(FORM, &place.code)
}

fn publicity(plan: &Plan, place: &Place, number: u64, villages: u64) -> Filling {
    let date = day(2018, 3 + (number % 8) as i8, 1 + (number % 28) as i8);
    let mut sheet = session("publicity", "健康教育入村", place, &date, 5_000 + number);
    sheet.put("organiser", HEALTH_OFFICE).put("organiser_level", "government").put("promotion", "knowledge");
    sheet.put("channels/home", true).put("channels/material", true);
    sheet.quantity("headcount", (80 + share::scatter(number, 120), "person_time"), false);
    let booklets = sheet.row("items_given", &[("kind", json!("booklet"))]);
    let given = share::varied(plan.booklets, villages, number);
    sheet.quantity(&at("items_given", booklets, "qty"), (given, "piece"), false);
    sheet.filling(FORM, &place.code)
}

fn screening(place: &Place, number: u64) -> Filling {
    let date = day(2018, 4 + (number % 6) as i8, 8);
    let kind = ["two_cancers", "cataract", "newborn", "pre_pregnancy"][(number % 4) as usize];
    let mut sheet = session("screening", "免费筛查", place, &date, 9_000 + number);
    sheet
        .put("organiser", "妇幼保健计划生育服务中心")
        .put("organiser_level", "primary")
        .put("screening_kind", kind);
    sheet.quantity("headcount", (60 + share::scatter(number, 90), "person_time"), false);
    sheet.filling(FORM, &place.code)
}
