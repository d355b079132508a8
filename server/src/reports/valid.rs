//! What of a record holds for a date, where a definition says otherwise than the form (`valid` of a source).

use doorstep_forms::expr::Type;

use super::definition::ValidDefinition;
use crate::dataset::valid::Valid;

/// The definition's choice over the usual one of a form.
pub(super) fn valid_of(definition: &ValidDefinition, doc: &Type, is_event: bool) -> Valid {
    let usual = Valid::usual(doc, is_event);
    let mut rosters = usual.rosters;
    for (name, period) in &definition.rosters {
        match period {
            Some(period) => rosters.insert(name.clone(), period.clone()),
            None => rosters.remove(name),
        };
    }
    Valid {
        date: definition.date.clone().unwrap_or(usual.date),
        years: definition.years.clone().unwrap_or(usual.years),
        rosters,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::Date;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::reports::fixtures;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_definition_may_say_otherwise() {
        let other = ValidDefinition {
            date: Some(Some("visit/day".into())),
            years: Some(None),
            rosters: BTreeMap::from([("members".to_owned(), None)]),
            ..ValidDefinition::default()
        };
        let form = fixtures::form("household_register");
        let valid = valid_of(&other, form.doc_type(), true);
        assert_eq!((valid.date.as_deref(), valid.years.as_deref()), (Some("visit/day"), None));
        assert!(!valid.rosters.contains_key("members") && valid.fields().any(|field| field == "visit"));
        let Json::Object(answers) = json!({"visit/day": "2015-03-02", "_date": "2015-01-01"}) else {
            panic!()
        };
        assert!(valid.counts(&answers, day("2015-03-02")) && !valid.counts(&answers, day("2015-03-01")));
    }
}
