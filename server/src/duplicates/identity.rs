//! Identity numbers as evidence: written alike, so that the same number is found however it was typed.
//!
//! Numbers of the Chinese identity card follow GB 11643: 18 characters, the last a check character; the old form has 15
//! digits, and a disability card appends a type and a level to the 18.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::RecordId;
use serde_json::Value;

use super::{card, template};

/// The shortest text that says anything about who somebody is.
const SHORTEST: usize = 6;

/// A number as it is compared, or `None` when it proves nothing (empty, too short, one character repeated).
pub fn normalise(text: &str) -> Option<String> {
    let plain: String = text.chars().map(narrow).filter(char::is_ascii_alphanumeric).collect();
    let mut number = plain.to_ascii_uppercase();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(number.len(), 20 | 22) && digits(&number[..17]) {
        number.truncate(18);
    } else if number.len() == 15 && digits(&number) {
        number = modern(&number);
    }
    let first = number.chars().next()?;
    let says_something = number.len() >= SHORTEST && number.chars().any(|c| c != first);
    says_something.then_some(number)
}

/// Full-width forms as an input method leaves them, to their plain characters.
pub(super) fn narrow(c: char) -> char {
    match u32::from(c) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// The 18-character form of a 15-digit number: the century, then the check character.
fn modern(old: &str) -> String {
    let mut number = format!("{}19{}", &old[..6], &old[6..]);
    number.push(char::from(card::check(number.as_bytes())));
    number
}

/// One identity number of a record, and the row that carries it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The normalised number.
    pub number: String,
    /// The row, such as `members/01J9`; empty outside rosters.
    pub row: String,
}

/// The identity numbers of a record's open rows, by the templates its form names.
pub fn identities(answers: &BTreeMap<String, Value>, templates: &[String]) -> BTreeSet<Identity> {
    templates
        .iter()
        .flat_map(|template| template::find(answers, template))
        .filter_map(|found| {
            let number = normalise(found.value.as_str()?)?;
            Some(Identity { number, row: found.row.to_owned() })
        })
        .collect()
}

/// What makes two event records one: the same form and subject, and equal answers at every template. `None` when the
/// form declares no templates, the record is about nobody, or an answer is missing.
pub fn event_key(
    form: &str,
    subject: Option<RecordId>,
    answers: &BTreeMap<String, Value>,
    templates: &[String],
) -> Option<Identity> {
    let subject = subject.filter(|_| !templates.is_empty())?;
    let mut number = format!("{form}|{subject}");
    for template in templates {
        let found = template::find(answers, template);
        let [found] = found.as_slice() else { return None };
        if found.value.is_null() {
            return None;
        }
        number.push('|');
        number.push_str(&found.value.to_string());
    }
    Some(Identity { number, row: String::new() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_number_however_typed() {
        let plain = Some("11010519491231002X".to_owned());
        assert_eq!(normalise("11010519491231002X"), plain);
        assert_eq!(normalise(" 110105 19491231 002x"), plain);
        assert_eq!(normalise("１１０１０５１９４９１２３１００２Ｘ"), plain);
        assert_eq!(normalise("110105491231002"), plain, "the 15-digit form of the same card");
        assert_eq!(normalise("11010519491231002X44"), plain, "a disability card");
    }

    #[test]
    fn what_proves_nothing_is_no_evidence() {
        for text in ["", "  ", "无", "12345", "000000000000000000", "无身份证"] {
            assert_eq!(normalise(text), None, "{text}");
        }
    }

    #[test]
    fn closed_members_prove_nothing_any_more() {
        let answers: BTreeMap<String, Value> = [
            ("members/A/id_no", json!("999999 19800101 0017")),
            ("members/B/id_no", json!("999999198001010025")),
            ("members/B/_deleted", json!(true)),
            ("members/C/id_no", json!({"missing": "dk"})),
        ]
        .into_iter()
        .map(|(path, value)| (path.to_owned(), value))
        .collect();
        let found = identities(&answers, &["members/*/id_no".to_owned()]);
        let expected = Identity { number: "999999198001010017".into(), row: "members/A".into() };
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn an_event_is_told_by_its_subject_and_what_its_form_names() {
        let answers = |round: &str| -> BTreeMap<String, Value> {
            [("survey_round_id".to_owned(), json!(round))].into_iter().collect()
        };
        let subject = Some(RecordId::from_parts(1, [1; 10]));
        let templates = ["survey_round_id".to_owned()];
        let key = |answers: &BTreeMap<String, Value>| event_key("check", subject, answers, &templates);
        assert_eq!(key(&answers("1")), key(&answers("1")));
        assert_ne!(key(&answers("1")), key(&answers("2")));
        assert_eq!(key(&BTreeMap::new()), None);
        assert_eq!(event_key("check", None, &answers("1"), &templates), None);
        assert_eq!(
            event_key("check", subject, &answers("1"), &[]),
            None,
            "a form that declares none has none"
        );
    }
}
