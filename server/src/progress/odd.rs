//! What looks odd about submissions that wait for review: filled too fast, far from the household, or with the answers
//! of another one.

use std::collections::{BTreeMap, HashMap};

use doorstep_records::RecordId;
use serde_json::Value;

use super::model::{Filled, Odd, ProgressFilter};
use crate::review::state::RecordState;

/// With fewer answers two households may well be alike.
const COPIED_ANSWERS_MIN: usize = 8;
/// Mean radius of the earth, metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;

/// What is odd, by record.
pub fn odd(filter: &ProgressFilter, records: &[Filled]) -> Vec<Odd> {
    let mut found = Vec::new();
    let read = |record: &'_ Filled| record.answers.as_ref().and_then(told);
    let waits = |record: &&Filled| record.state == RecordState::Submitted;
    // What was decided comes first, whichever was sent first: the supervisor has seen it already.
    let mut seen: HashMap<(&str, String), RecordId> = HashMap::new();
    for record in records.iter().filter(|record| !waits(record)) {
        if let Some(told) = read(record) {
            seen.entry((record.author.as_str(), told)).or_insert(record.record);
        }
    }
    for record in records.iter().filter(waits) {
        let Some(answers) = &record.answers else { continue };
        let mut note = |kind, detail| {
            found.push(Odd { record: record.record, author: record.author.clone(), kind, detail });
        };
        if let Some(said_ms) = record.said_ms {
            let seconds = (said_ms - record.begun_ms) / 1_000;
            if (0..filter.fast_s).contains(&seconds) {
                note("too_fast", seconds.to_string());
            }
        }
        if let Some(metres) =
            position(answers).zip(record.household).map(|(here, home)| distance_m(here, home))
            && metres > filter.far_m
        {
            note("gps_far", format!("{metres:.0}"));
        }
        if let Some(told) = told(answers) {
            match seen.get(&(record.author.as_str(), told.clone())) {
                Some(other) => note("copied_answers", other.to_string()),
                None => drop(seen.insert((record.author.as_str(), told), record.record)),
            }
        }
    }
    found.sort();
    found
}

/// Where a record was filled: its first GPS answer, as longitude and latitude.
pub fn position(answers: &BTreeMap<String, Value>) -> Option<(f64, f64)> {
    answers.values().filter_map(Value::as_str).find_map(|text| {
        let point: Value = text.starts_with('{').then(|| serde_json::from_str(text).ok())??;
        let at = point.get("coordinates")?.as_array().filter(|_| point["type"] == "Point")?;
        Some((at.first()?.as_f64()?, at.get(1)?.as_f64()?))
    })
}

/// The great-circle distance between two points given as longitude and latitude (haversine).
fn distance_m((lon_a, lat_a): (f64, f64), (lon_b, lat_b): (f64, f64)) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let h = half(lat_a, lat_b) + lat_a.to_radians().cos() * lat_b.to_radians().cos() * half(lon_a, lon_b);
    2.0 * EARTH_M * h.sqrt().min(1.0).asin()
}

/// What a record says, without who, when and where: rows by their place in order, not by their id. Nothing when it says
/// too little.
fn told(answers: &BTreeMap<String, Value>) -> Option<String> {
    let mut said: Vec<String> = answers
        .iter()
        .filter(|(path, value)| !path.split('/').any(|at| at.starts_with('_')) && is_told(value))
        .map(|(path, value)| format!("{}={value}", without_rows(path)))
        .collect();
    said.sort_unstable();
    (said.len() >= COPIED_ANSWERS_MIN).then(|| said.join("\n"))
}

/// Dates, positions and numbers of documents differ between copies too.
fn is_told(value: &Value) -> bool {
    let is_date = |text: &str| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    let is_number =
        |text: &str| text.len() >= 11 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'X');
    match value {
        Value::Null | Value::Object(_) => false,
        Value::String(text) => !text.starts_with('{') && !is_date(text) && !is_number(text),
        _ => true,
    }
}

/// The path with `*` for row ids.
fn without_rows(path: &str) -> String {
    let row = |segment: &str| segment.len() == 26 && segment.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let segments = path.split('/').map(|segment| if row(segment) { "*" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(number: u8, author: &str, seconds: i64, answers: &[(&str, Value)]) -> Filled {
        Filled {
            record: RecordId::from_bytes([number; 16]),
            author: author.to_owned(),
            state: RecordState::Submitted,
            begun_ms: 1_000_000,
            said_ms: Some(1_000_000 + seconds * 1_000),
            answers: Some(answers.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect()),
            household: Some((103.9, 28.6)),
        }
    }

    fn kinds(records: &[Filled]) -> Vec<(u8, &'static str, String)> {
        let odd = odd(&ProgressFilter::of("visit"), records);
        odd.into_iter().map(|odd| (odd.record.to_bytes()[0], odd.kind, odd.detail)).collect()
    }

    #[test]
    fn what_is_filled_in_a_moment_or_far_away_is_named() {
        let at = |lon: f64| json!(json!({"type": "Point", "coordinates": [lon, 28.6]}).to_string());
        let records = [
            filled(1, "li", 179, &[("gps", at(103.9))]),
            filled(2, "li", 180, &[("gps", at(103.904))]),
            filled(3, "li", 600, &[("gps", at(103.906))]),
            filled(4, "li", -5, &[("gps", json!("nowhere"))]),
        ];
        assert_eq!(
            kinds(&records),
            [(1, "too_fast", "179".to_owned()), (3, "gps_far", "586".to_owned())],
            "a clock that was set back says nothing"
        );
    }

    #[test]
    fn the_same_answers_again_from_the_same_hand_are_named() {
        let rows = ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAX"];
        let answers = |row: &str, day: &str, land: i64| -> Vec<(String, Value)> {
            let mut answers: Vec<(String, Value)> = (0..7).map(|n| (format!("q{n}"), json!(n))).collect();
            answers.extend([
                (format!("members/{row}/relation"), json!("head")),
                (format!("members/{row}/id_no"), json!("999999197001010017")),
                ("event_date".to_owned(), json!(day)),
                ("_date".to_owned(), json!(day)),
                ("land".to_owned(), json!(land)),
            ]);
            answers
        };
        let of = |number, author, answers: Vec<(String, Value)>| {
            let pairs: Vec<(&str, Value)> = answers.iter().map(|(p, v)| (p.as_str(), v.clone())).collect();
            filled(number, author, 900, &pairs)
        };
        let first = of(1, "li", answers(rows[0], "2015-07-01", 3));
        let again = of(2, "li", answers(rows[1], "2015-07-02", 3));
        let other = of(3, "li", answers(rows[1], "2015-07-02", 4));
        let wang = of(4, "wang", answers(rows[1], "2015-07-02", 3));
        let copied = kinds(&[first.clone(), again.clone(), other, wang]);
        let expected = [(2, "copied_answers", first.record.to_string())];
        assert_eq!(copied, expected);
        let approved = Filled { state: RecordState::Approved, ..first.clone() };
        assert_eq!(kinds(&[approved.clone(), again.clone()]), expected, "approving the first hides nothing");
        assert_eq!(kinds(&[again, approved]), expected, "nor does the order in which they came");
        let long_ago = Filled { state: RecordState::Approved, said_ms: Some(1_000_001), ..first };
        assert_eq!(kinds(&[long_ago]), [], "what was decided is not looked at again");
        assert_eq!(
            kinds(&[filled(1, "li", 900, &[("a", json!(1))]), filled(2, "li", 900, &[("a", json!(1))])]),
            []
        );
    }
}
