//! Settlements, raised benefits and dialysis of registered persons.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::json;

use super::super::tools::yuan;
use super::plan::Plan;
use super::sheet::Sheet;
use super::{illness, share};

/// Of so many raised benefits one had a part of the major-disease insurance, and one a part of medical aid.
const MAJOR_LAYER: u64 = 12;
const AID_LAYER: u64 = 30;
/// Dialysis began on this day and goes on to the day of the entry.
const DIALYSIS_FROM: Date = date(2016, 1, 4);
const DIALYSIS_DAYS: u64 = 1_079;
/// In-patient bills, in fen.
const BILL_LEAST: u64 = 90_000;
const BILL_RANGE: u64 = 900_000;

/// Writes down what happened to a registered person.
pub(super) fn registered(plan: &Plan, sheet: &mut Sheet, number: u64) {
    let Some((patient, major)) = illness::patient(plan, number) else { return };
    for settlement in share::pieces(plan.one_stop_settlements, plan.patients, patient) {
        settle(sheet, settlement, major.is_some());
    }
    for uplift in share::pieces(plan.uplifts.visits, plan.patients, patient) {
        raise(plan, sheet, uplift);
    }
    if let Some(dialysis) = major.and_then(|major| illness::dialysis(plan, major)) {
        let sessions = share::part(plan.dialysis.sessions, plan.dialysis.patients, dialysis);
        for session in 0..sessions {
            let day = date_after(DIALYSIS_FROM, share::before(DIALYSIS_DAYS, sessions, session));
            let mode = if session % 6 == 5 { "hdf" } else { "hd" };
            sheet.row("dialysis", &[("date", json!(day)), ("mode", json!(mode))]);
        }
        for bill in 0..plan.dialysis.bills_each {
            dialysis_bill(sheet, dialysis, bill);
        }
    }
}

fn date_after(from: Date, days: u64) -> String {
    from.saturating_add((days as i64).days()).to_string()
}

/// An in-patient settlement without deposit, at one stop; the own share of the compliant cost is below a tenth.
fn settle(sheet: &mut Sheet, number: u64, major: bool) {
    let total = BILL_LEAST + share::scatter(number, BILL_RANGE);
    let compliant = total * (94 + share::scatter(number + 1, 7)) / 100;
    let reimbursed = compliant * (91 + share::scatter(number + 2, 5)) / 100;
    let basic = reimbursed * if major { 70 } else { 82 } / 100;
    let of_major = if major { reimbursed * 14 / 100 } else { 0 };
    let day = date_after(date(2017, 1, 5), share::scatter(number + 3, 700));
    let county = major || number.is_multiple_of(3);
    let mut answers = vec![
        ("date", json!(day)),
        ("hospital", json!(if county { "县医院" } else { "乡镇卫生院" })),
        ("level", json!(if county { "county" } else { "township" })),
        ("kind", json!("inpatient")),
        ("total", money(total)),
        ("compliant", money(compliant)),
        ("basic", money(basic)),
        ("major", money(of_major)),
        ("aid", money(reimbursed - basic - of_major)),
        ("prepay_free", json!(true)),
        ("one_stop", json!(true)),
    ];
    if compliant < total {
        // Some consent forms are missing: the report names it as a defect.
        answers.push(("consent", json!(number % 40 != 7)));
    }
    sheet.row("settlements", &answers);
}

/// What a quarter of dialysis cost; settled at one stop, but as an out-patient who pays first.
fn dialysis_bill(sheet: &mut Sheet, dialysis: u64, bill: u64) {
    let total = 1_450_000 + share::scatter(dialysis * 10 + bill, 300_000);
    let (basic, major, aid) = (total * 62 / 100, total * 18 / 100, total * 13 / 100);
    let answers = [
        ("date", json!(date_after(date(2018, 3, 28), bill * 85))),
        ("hospital", json!("县医院")),
        ("level", json!("county")),
        ("kind", json!("dialysis")),
        ("total", money(total)),
        ("compliant", money(total)),
        ("basic", money(basic)),
        ("major", money(major)),
        ("aid", money(aid)),
        ("prepay_free", json!(false)),
        ("one_stop", json!(true)),
    ];
    sheet.row("settlements", &answers);
}

/// A raised benefit. The parts of the three layers add up to the plan's sums over all of them.
fn raise(plan: &Plan, sheet: &mut Sheet, number: u64) {
    let all = plan.uplifts.visits;
    let layer = |total: u64, every: u64| {
        let amount = || share::varied(total * 100, all.div_ceil(every), number / every);
        if number.is_multiple_of(every) { amount() } else { 0 }
    };
    let mut answers = vec![
        ("date", json!(date_after(date(2017, 1, 9), share::scatter(number, 700)))),
        ("kinds/rate_higher", json!(true)),
        ("kinds/threshold_lower", json!(number.is_multiple_of(2))),
        ("basic", money(layer(plan.uplifts.basic_yuan, 1))),
    ];
    for (key, total, every) in
        [("major", plan.uplifts.major_yuan, MAJOR_LAYER), ("aid", plan.uplifts.aid_yuan, AID_LAYER)]
    {
        let amount = layer(total, every);
        if amount > 0 {
            answers.push((key, money(amount)));
        }
    }
    sheet.row("uplifts", &answers);
}

fn money(fen: u64) -> serde_json::Value {
    json!(yuan(fen as i64))
}
