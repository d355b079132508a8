//! Paths a person may answer, and those that look like one that does not exist.

use doorstep_forms::{Form, Kind};
use doorstep_records::RowId;

/// True for the path of a single answer, a tick, or a row's `_deleted` and `_order`.
pub(super) fn is_answerable(form: &Form, path: &str) -> bool {
    if path == "_date" {
        return true;
    }
    if let Some((row, "_deleted" | "_order")) = path.rsplit_once('/') {
        let Some((roster, id)) = row.rsplit_once('/') else { return false };
        let is_row = RowId::is_row_id(id) || is_year(id);
        return is_row && form.question(roster).is_some_and(|question| question.kind().is_roster());
    }
    if !rows_are_named(form, path) {
        return false;
    }
    match form.question(path) {
        None => false,
        Some(question) => match question.kind() {
            // A tick gives its multi-select; the multi-select itself is no answer.
            Kind::SelectMany => question.template() != template_of(path),
            kind => !kind.is_container(),
        },
    }
}

/// True when each segment below a roster is a row id, and each below a yearly roster a year.
fn rows_are_named(form: &Form, path: &str) -> bool {
    path.match_indices('/').all(|(end, _)| {
        let (roster, rest) = (&path[..end], &path[end + 1..]);
        let segment = rest.split('/').next().unwrap_or_default();
        match form.question(roster) {
            Some(question) if question.template() == template_of(roster) => match question.kind() {
                Kind::Roster => RowId::is_row_id(segment),
                Kind::Yearly => is_year(segment),
                _ => true,
            },
            _ => true,
        }
    })
}

fn is_year(segment: &str) -> bool {
    segment.len() == 4 && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// Row ids and years as `*`.
pub(super) fn template_of(path: &str) -> String {
    let segment = |segment: &str| {
        if RowId::is_row_id(segment) || is_year(segment) || segment.starts_with('+') {
            "*".to_owned()
        } else {
            segment.to_owned()
        }
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// At most three path templates that look like `path`.
pub(super) fn suggest(form: &Form, path: &str) -> Vec<String> {
    let wanted = template_of(path);
    let last = wanted.rsplit('/').next().unwrap_or_default().to_owned();
    let mut near: Vec<(usize, String)> = form
        .paths()
        .map(|template| {
            let tail = template.rsplit('/').next().unwrap_or_default();
            let whole = distance(&wanted, &template);
            // The right word in the wrong place is near, too.
            let distance = if tail == last { whole.min(1) } else { whole };
            (distance, template)
        })
        .filter(|(distance, _)| *distance <= 1 + wanted.len() / 4)
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, template)| template).collect()
}

/// Levenshtein's edit distance over bytes (keys are ASCII).
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut line: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = line[0];
        line[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != to);
            diagonal = line[j + 1];
            line[j + 1] = substituted.min(line[j] + 1).min(diagonal + 1);
        }
    }
    line[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance() {
        for (a, b, expected) in
            [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("cause_mian", "cause_main", 2)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn rows_and_years_are_stars() {
        assert_eq!(template_of("members/01J9ZC4Q7Y8M2N3P4R5S6T7V8W/name"), "members/*/name");
        assert_eq!(template_of("years/2015/wage/+a/amount"), "years/*/wage/*/amount");
    }
}
