//! Path templates, such as `members/*/id_no`: where `*` stands for any one segment.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value;

/// One answer that a template found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Path of the answer.
    pub path: &'a str,
    /// The innermost row it stands in, such as `members/01J9`; empty outside rosters.
    pub row: &'a str,
    /// The answer.
    pub value: &'a Value,
}

/// The answers a template names, in path order, without those of closed rows.
pub fn find<'a>(answers: &'a BTreeMap<String, Value>, template: &str) -> Vec<Found<'a>> {
    let Some(star) = template.find('*') else {
        return answers
            .get_key_value(template)
            .map(|(path, value)| Found { path, row: "", value })
            .into_iter()
            .collect();
    };
    let prefix = &template[..star];
    let last = template.rfind('/').map_or("", |slash| &template[slash..]);
    let last = if last == "/*" { "" } else { last };
    answers
        .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(|(path, _)| path.starts_with(prefix))
        // Most paths of a row end otherwise: that is seen without taking them apart.
        .filter(|(path, _)| path.ends_with(last))
        .filter_map(|(path, value)| {
            let row = matched_row(path, template)?;
            (!is_closed(answers, row)).then_some(Found { path, row, value })
        })
        .collect()
}

/// The innermost row of a path, when the template fits it.
fn matched_row<'a>(path: &'a str, template: &str) -> Option<&'a str> {
    let mut wanted = template.split('/');
    let mut end = 0;
    let mut row_end = 0;
    for segment in path.split('/') {
        end += segment.len();
        match wanted.next()? {
            "*" => row_end = end,
            exact if exact == segment => {}
            _ => return None,
        }
        end += 1;
    }
    wanted.next().is_none().then(|| &path[..row_end])
}

/// True when the row, or a row around it, is closed.
pub fn is_closed(answers: &BTreeMap<String, Value>, row: &str) -> bool {
    let ends = row.match_indices('/').map(|(at, _)| at).chain([row.len()]);
    ends.filter(|end| *end > 0)
        .any(|end| answers.get(&format!("{}/_deleted", &row[..end])) == Some(&Value::Bool(true)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answers() -> BTreeMap<String, Value> {
        [
            ("head_name", json!("张三")),
            ("members/A/id_no", json!("1")),
            ("members/A/name", json!("a")),
            ("members/B/_deleted", json!(true)),
            ("members/B/id_no", json!("2")),
            ("members/C/card/no", json!("3")),
            ("membership", json!("x")),
            ("years/2014/_deleted", json!(true)),
            ("years/2014/wage/R/amount", json!("5")),
            ("years/2015/wage/R/amount", json!("6")),
        ]
        .into_iter()
        .map(|(path, value)| (path.to_owned(), value))
        .collect()
    }

    #[test]
    fn a_star_is_one_segment_and_closed_rows_are_left_out() {
        let answers = answers();
        let paths = |template| find(&answers, template).iter().map(|f| f.path).collect::<Vec<_>>();
        assert_eq!(paths("head_name"), ["head_name"]);
        assert_eq!(paths("members/*/id_no"), ["members/A/id_no"]);
        assert_eq!(paths("members/*/card/no"), ["members/C/card/no"]);
        assert_eq!(paths("years/*/wage/*/amount"), ["years/2015/wage/R/amount"]);
        assert!(paths("nothing").is_empty() && paths("members/*").is_empty());
    }

    #[test]
    fn the_row_is_the_innermost() {
        let answers = answers();
        assert_eq!(find(&answers, "members/*/id_no")[0].row, "members/A");
        assert_eq!(find(&answers, "years/*/wage/*/amount")[0].row, "years/2015/wage/R");
        assert_eq!(find(&answers, "head_name")[0].row, "");
    }
}
