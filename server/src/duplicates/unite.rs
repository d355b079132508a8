//! Two registrations of one household read as one.
//!
//! Rosters unite by row. Rows of different ids that carry the same identity number are one person, entered on two
//! phones, and fold together. Where both sides answer differently the canonical record's answer stands and the other is
//! listed, never dropped in silence: both documents stay whole.

use std::collections::BTreeMap;

use doorstep_plant::{Plant, is as planted};
use serde_json::Value;

use super::{identity, template};

/// An answer in which the other registration differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// Path in the canonical record.
    pub path: String,
    /// The other registration's answer.
    pub other: Value,
}

/// The union of two registrations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct United {
    /// The answers of both.
    pub answers: BTreeMap<String, Value>,
    /// Where they differ, in path order.
    pub differing: Vec<Differing>,
}

/// Unites the answers of `other` into those of `canonical`. `identity` names the templates that tell one person.
pub fn unite(
    canonical: &BTreeMap<String, Value>,
    other: &BTreeMap<String, Value>,
    identity: &[String],
) -> United {
    let folded = fold_rows(canonical, other, identity);
    let row_ids: BTreeMap<&str, &str> =
        folded.iter().map(|(from, to)| (last_segment(from), last_segment(to))).collect();
    let mut united = United { answers: canonical.clone(), differing: Vec::new() };
    for (path, value) in other {
        // `_form`, `_subject`, `_date` and preloaded copies belong to each filling alone.
        if path.starts_with('_') || value.is_null() {
            continue;
        }
        let path = folded_path(path, &folded);
        let value = match value.as_str().and_then(|text| row_ids.get(text)) {
            Some(row) => Value::String((*row).to_owned()),
            None => value.clone(),
        };
        match united.answers.get(&path) {
            None | Some(Value::Null) => {
                united.answers.insert(path, value);
            }
            Some(standing) if *standing == value || path.ends_with("/_order") => {}
            Some(_) => united.differing.push(Differing { path, other: value }),
        }
    }
    united.differing.sort_by(|a, b| a.path.cmp(&b.path));
    united
}

/// Rows of the other registration that are a row of the canonical one: the same number, under the same template.
fn fold_rows(
    canonical: &BTreeMap<String, Value>,
    other: &BTreeMap<String, Value>,
    identity: &[String],
) -> BTreeMap<String, String> {
    let mut folded = BTreeMap::new();
    for template in identity.iter().filter(|_| !planted(Plant::PersonsDoubled)) {
        let standing: BTreeMap<String, &str> = numbered_rows(canonical, template);
        for (number, row) in numbered_rows(other, template) {
            if let Some(target) = standing.get(&number)
                && *target != row
                && !canonical.keys().any(|path| is_under(path, row))
            {
                folded.entry(row.to_owned()).or_insert_with(|| (*target).to_owned());
            }
        }
    }
    folded
}

/// Normalised number -> row, for the open rows a template finds. The first row of a number stands for it.
fn numbered_rows<'a>(answers: &'a BTreeMap<String, Value>, template: &str) -> BTreeMap<String, &'a str> {
    let mut rows = BTreeMap::new();
    for found in template::find(answers, template) {
        if let Some(number) = found.value.as_str().and_then(identity::normalise)
            && !found.row.is_empty()
        {
            rows.entry(number).or_insert(found.row);
        }
    }
    rows
}

fn is_under(path: &str, row: &str) -> bool {
    path.strip_prefix(row).is_some_and(|rest| rest.starts_with('/'))
}

fn folded_path(path: &str, folded: &BTreeMap<String, String>) -> String {
    let longest = folded.iter().filter(|(from, _)| is_under(path, from)).max_by_key(|(from, _)| from.len());
    match longest {
        Some((from, to)) => format!("{to}{}", &path[from.len()..]),
        None => path.to_owned(),
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect()
    }

    fn templates() -> Vec<String> {
        vec!["members/*/id_no".to_owned()]
    }

    #[test]
    fn the_canonical_answer_stands_and_the_other_is_listed() {
        let canonical = map(&[("land_mu", json!("3.5")), ("phone", json!("1")), ("note", Value::Null)]);
        let other = map(&[("land_mu", json!("4")), ("phone", json!("1")), ("note", json!("near the well"))]);
        let united = unite(&canonical, &other, &templates());
        assert_eq!(
            united.answers,
            map(&[("land_mu", json!("3.5")), ("phone", json!("1")), ("note", json!("near the well"))])
        );
        assert_eq!(united.differing, [Differing { path: "land_mu".into(), other: json!("4") }]);
    }

    #[test]
    fn one_person_with_two_row_ids_is_counted_once() {
        let canonical = map(&[
            ("_form", json!("household_register")),
            ("members/A/id_no", json!("999999198001010017")),
            ("members/A/name", json!("a")),
        ]);
        let other = map(&[
            ("_form", json!("household_register")),
            ("members/X/id_no", json!("999999 198001010017")),
            ("members/X/name", json!("a2")),
            ("members/X/phone", json!("1")),
            ("members/Y/name", json!("child")),
            ("members/Y/_order", json!("2")),
            ("respondent", json!("X")),
        ]);
        let united = unite(&canonical, &other, &templates());
        let paths: Vec<&str> = united.answers.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "_form",
                "members/A/id_no",
                "members/A/name",
                "members/A/phone",
                "members/Y/_order",
                "members/Y/name",
                "respondent"
            ]
        );
        assert_eq!(united.answers["respondent"], json!("A"), "a reference follows its row");
        let differing: Vec<&str> = united.differing.iter().map(|d| d.path.as_str()).collect();
        assert_eq!(differing, ["members/A/id_no", "members/A/name"]);
    }

    #[test]
    fn a_row_known_to_both_under_one_id_is_not_folded_away() {
        let canonical =
            map(&[("members/A/id_no", json!("999999198001010017")), ("members/B/name", json!("b"))]);
        let other = map(&[("members/B/id_no", json!("999999198001010017"))]);
        let united = unite(&canonical, &other, &templates());
        assert_eq!(united.answers["members/B/id_no"], json!("999999198001010017"));
    }

    #[test]
    fn uniting_twice_changes_nothing_more() {
        let canonical = map(&[("a", json!(1)), ("members/A/id_no", json!("999999198001010017"))]);
        let other =
            map(&[("a", json!(2)), ("b", json!(true)), ("members/X/id_no", json!("999999198001010017"))]);
        let once = unite(&canonical, &other, &templates());
        let twice = unite(&once.answers, &other, &templates());
        assert_eq!(once, twice);
    }
}
