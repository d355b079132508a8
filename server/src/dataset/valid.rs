//! `valid_at`: what of a record holds for a date. Events dated later do not count, rows of rosters whose period does not
//! cover the date are left out, answers of later years are not used. The form's types tell which these are; a report may
//! say otherwise.

use std::collections::BTreeMap;

use doorstep_forms::expr::{Type, parse_date};
use doorstep_forms::{Form, FormKind};
use jiff::civil::Date;
use serde_json::{Map, Value as Json};

/// Where a roster's row says for which period it holds; paths inside the row.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// `to` is the day of leaving: the row holds on it no more, so that who moved counts once on that day.
    pub leaves: bool,
    /// The answer that says whether the row holds today; for another date it is made true in rows that hold.
    pub active: Option<String>,
}

/// What is looked at in the records of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Valid {
    /// Path of the record's date.
    pub date: Option<String>,
    /// Roster of yearly answers.
    pub years: Option<String>,
    /// Rosters whose rows hold for a period.
    pub rosters: BTreeMap<String, Period>,
}

impl Valid {
    /// What a form tells.
    pub fn of_form(form: &Form) -> Valid {
        Valid::usual(form.doc_type(), form.manifest().kind == FormKind::Event)
    }

    /// What the types of a form tell.
    pub fn usual(doc: &Type, is_event: bool) -> Valid {
        let Type::Record(record) = doc else { return Valid::default() };
        let rows = record.fields.iter().filter_map(|(name, ty)| match ty {
            Type::List(row) => Some((name.clone(), usual_period(row)?)),
            _ => None,
        });
        let is_list = |name: &str| matches!(record.fields.get(name), Some(Type::List(_)));
        Valid {
            date: is_event.then(|| "event_date".to_owned()),
            years: is_list("years").then(|| "years".to_owned()),
            rosters: rows.collect(),
        }
    }

    /// Names of the answers it looks at, the first segment of their paths.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let date = self.date.as_deref().and_then(|path| path.split('/').next());
        date.into_iter().chain(self.years.as_deref()).chain(self.rosters.keys().map(String::as_str))
    }

    /// True when a record counts on a date. A record without a date counts.
    pub fn counts(&self, answers: &Map<String, Json>, at: Date) -> bool {
        let path = self.date.as_deref();
        let day = path.and_then(|path| date_at(answers, path).or_else(|| date_at(answers, "_date")));
        day.is_none_or(|day| day <= at)
    }

    /// The answers that hold on a date.
    pub fn answers(&self, answers: &Map<String, Json>, at: Date) -> Map<String, Json> {
        let mut holding: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        let mut kept = Map::new();
        for (path, value) in answers {
            let mut segments = path.splitn(3, '/');
            let (Some(roster), Some(row), Some(rest)) = (segments.next(), segments.next(), segments.next())
            else {
                kept.insert(path.clone(), value.clone());
                continue;
            };
            if self.years.as_deref() == Some(roster) && row.parse::<i16>().is_ok_and(|year| year > at.year())
            {
                continue;
            }
            let Some(period) = self.rosters.get(roster) else {
                kept.insert(path.clone(), value.clone());
                continue;
            };
            let holds =
                holding.entry((roster, row)).or_insert_with(|| holds(answers, (roster, row), period, at));
            if *holds {
                let active = period.active.as_deref() == Some(rest);
                kept.insert(path.clone(), if active { Json::Bool(true) } else { value.clone() });
            }
        }
        kept
    }
}

/// `membership/from` and `membership/to`, or `from` and `to`, if the row has them.
fn usual_period(row: &Type) -> Option<Period> {
    let Type::Record(fields) = row else { return None };
    let is_date = |ty: Option<&Type>| ty == Some(&Type::Date);
    if let Some(Type::Record(membership)) = fields.fields.get("membership")
        && (is_date(membership.fields.get("from")) || is_date(membership.fields.get("to")))
    {
        let active = fields.fields.contains_key("active").then(|| "active".to_owned());
        return Some(Period {
            from: Some("membership/from".into()),
            to: Some("membership/to".into()),
            leaves: true,
            active,
        });
    }
    let path = |key: &str| is_date(fields.fields.get(key)).then(|| key.to_owned());
    let period = Period { from: path("from"), to: path("to"), ..Period::default() };
    (period != Period::default()).then_some(period)
}

/// A row without a first day holds from the beginning, one without a last day holds on; both days belong to it, the day of
/// leaving does not.
fn holds(answers: &Map<String, Json>, (roster, row): (&str, &str), period: &Period, at: Date) -> bool {
    let day = |path: &Option<String>| date_at(answers, &format!("{roster}/{row}/{}", path.as_deref()?));
    day(&period.from).is_none_or(|from| from <= at)
        && day(&period.to).is_none_or(|to| at < to || (at == to && !period.leaves))
}

fn date_at(answers: &Map<String, Json>, path: &str) -> Option<Date> {
    answers.get(path).and_then(Json::as_str).and_then(parse_date)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reports::fixtures;

    const A: &str = "0AAAAAAAAAAAAAAAAAAAAAAAAA";
    const B: &str = "0BBBBBBBBBBBBBBBBBBBBBBBBB";

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn household() -> Valid {
        let form = fixtures::form("household_register");
        Valid::usual(form.doc_type(), false)
    }

    #[test]
    fn the_usual_is_read_off_the_form() {
        let valid = household();
        let members = Period {
            from: Some("membership/from".into()),
            to: Some("membership/to".into()),
            leaves: true,
            active: Some("active".into()),
        };
        assert_eq!(valid.rosters.get("members"), Some(&members));
        assert_eq!((valid.date.as_deref(), valid.years.as_deref()), (None, Some("years")));
        assert!(valid.fields().any(|field| field == "members"));
    }

    #[test]
    fn events_without_their_date_count_from_the_day_they_were_opened() {
        let valid = Valid { date: Some("event_date".into()), ..Valid::default() };
        let Json::Object(answers) = json!({"_date": "2015-03-02"}) else { panic!() };
        assert!(valid.counts(&answers, day("2015-03-02")) && !valid.counts(&answers, day("2015-03-01")));
        assert!(valid.counts(&Map::new(), day("1900-01-01")));
    }

    #[test]
    fn rows_hold_for_their_period_and_years_until_theirs() {
        let Json::Object(answers) = json!({
            "address": "x",
            format!("members/{A}/membership/to"): "2015-07-01",
            format!("members/{A}/active"): false,
            format!("members/{B}/membership/from"): "2015-07-01",
            format!("members/{B}/active"): true,
            "years/2014/wage": "1",
            "years/2015/wage": "2",
        }) else {
            panic!()
        };
        let at = |text| -> Vec<String> {
            let kept = household().answers(&answers, day(text));
            kept.iter()
                .map(|(path, value)| format!("{path}={value}"))
                .filter(|line| !line.contains("ship"))
                .collect()
        };
        let (a, b) = (format!("members/{A}/active=true"), format!("members/{B}/active=true"));
        let mut june = vec!["address=\"x\"", &a, "years/2014/wage=\"1\"", "years/2015/wage=\"2\""];
        assert_eq!(at("2015-06-30"), june, "who left later was there");
        june[1] = &b;
        assert_eq!(at("2015-07-01"), june, "the day of the move belongs to where they went");
        assert_eq!(at("2014-12-31"), [june[0], &a, june[2]]);
    }
}
