//! People as they are compared: read from the answers that the form names.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::PersonAnswers;
use serde_json::Value;

use super::{card, identity, name, template};

/// One person of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// The row, such as `members/01J9`; empty outside rosters.
    pub row: String,
    /// The name as it is compared ([`name::plain`]).
    pub name: String,
    /// Date of birth: from a right number, else as answered.
    pub birth: Option<String>,
    /// The sex, by the form's own codes.
    pub sex: Option<String>,
    /// The normalised number.
    pub number: Option<String>,
}

/// The people in the open rows of a record. Who has no name is nobody that can be compared; their number still counts
/// as evidence of its own.
pub fn people(answers: &BTreeMap<String, Value>, asked: &PersonAnswers) -> BTreeSet<Person> {
    let column = |template: &Option<String>| -> BTreeMap<&str, &str> {
        let found = template.iter().flat_map(|template| template::find(answers, template));
        found.filter_map(|found| Some((found.row, found.value.as_str()?.trim()))).collect()
    };
    let (births, sexes, numbers) = (column(&asked.birth), column(&asked.sex), column(&asked.number));
    template::find(answers, &asked.name)
        .into_iter()
        .filter_map(|found| {
            let name = name::plain(found.value.as_str()?)?;
            let number = numbers.get(found.row).and_then(|text| identity::normalise(text));
            let birth = number.as_deref().and_then(card::born).or_else(|| date(births.get(found.row)?));
            let sex = sexes.get(found.row).filter(|code| !code.is_empty()).map(|code| (*code).to_owned());
            Some(Person { row: found.row.to_owned(), name, birth, sex, number })
        })
        .collect()
}

/// A civil date; any other text tells nothing.
fn date(text: &&str) -> Option<String> {
    text.parse::<jiff::civil::Date>().ok().map(|day| day.to_string()).filter(|day| day == *text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_are_read_row_by_row_and_a_right_number_tells_the_birth() {
        let answers: BTreeMap<String, Value> = [
            ("members/A/name", json!("阿里·木")),
            ("members/A/id_no", json!("110105 19491231 002x")),
            ("members/A/birth", json!("1950-01-01")),
            ("members/B/name", json!("王伟")),
            ("members/B/id_no", json!("110105194912310021")),
            ("members/B/birth", json!("1949-12-31")),
            ("members/B/sex", json!("male")),
            ("members/C/id_no", json!("11010519491231002X")),
            ("members/D/name", json!("去")),
            ("members/D/_deleted", json!(true)),
            ("members/E/name", json!({"missing": "refused"})),
        ]
        .into_iter()
        .map(|(path, value)| (path.to_owned(), value))
        .collect();
        let column = |name: &str| Some(format!("members/*/{name}"));
        let asked = PersonAnswers {
            name: "members/*/name".into(),
            birth: column("birth"),
            sex: column("sex"),
            number: column("id_no"),
        };
        let text = |text: &str| Some(text.to_owned());
        let person = |row: &str, name: &str, birth, sex, number| Person {
            row: row.into(),
            name: name.into(),
            birth,
            sex,
            number,
        };
        assert_eq!(
            people(&answers, &asked).into_iter().collect::<Vec<_>>(),
            [
                person("members/A", "阿里木", text("1949-12-31"), None, text("11010519491231002X")),
                person("members/B", "王伟", text("1949-12-31"), text("male"), text("110105194912310021")),
            ]
        );
    }
}
