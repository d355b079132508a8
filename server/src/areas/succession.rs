//! Areas that follow others: a village that was merged into another, got another code, or was divided.
//!
//! Codes are permanent: a place that comes under another parent or gets another number is a new area, and the old one ends.
//! What lay in the old one lies in its successor from then on; an older dataset (`as_of`) still shows it where it lay.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tree;
use crate::language::Said;

/// Successions in one command.
pub const SUCCESSIONS_MAX: usize = 10_000;

/// One area follows another. The same `from` several times: it was divided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Succession {
    /// Code of the area that ends.
    pub from: String,
    /// Code of the area that follows.
    pub to: String,
}

/// What is wrong with a succession: which one, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuccessionFault {
    /// Its place in the list, from 0; none for the day.
    pub place: Option<usize>,
    /// What is wrong and what to do.
    pub said: Said,
}

/// The last day before a civil day, ISO 8601.
pub fn day_before(day: &str) -> Option<String> {
    let date = day.parse::<Date>().ok().filter(|date| date.to_string() == day)?;
    date.yesterday().ok().map(|date| date.to_string())
}

/// Every fault of a list of successions, or none. `known`: the successions that stand, from -> to.
pub fn faults(
    successions: &[Succession],
    on: &str,
    tree: &dyn Tree,
    known: &[Succession],
) -> Vec<SuccessionFault> {
    let mut faults = Vec::new();
    if day_before(on).is_none() {
        faults.push(SuccessionFault {
            place: None,
            said: Said::new(
                format!("`{on}` is not a day such as 2015-07-01."),
                format!("“{on}”不是日期，应如 2015-07-01。"),
            ),
        });
    }
    for (place, succession) in successions.iter().enumerate() {
        let said = fault(succession, tree).or_else(|| ended(succession, known)).or_else(|| {
            circles(succession, successions.iter().chain(known)).then(|| {
                Said::new(
                    format!("`{}` would follow itself.", succession.from),
                    format!("区划“{}”最终会由其自身接续。", succession.from),
                )
            })
        });
        faults.extend(said.map(|said| SuccessionFault { place: Some(place), said }));
    }
    faults
}

fn fault(succession: &Succession, tree: &dyn Tree) -> Option<Said> {
    // What lies outside the caller's reach looks like what does not exist.
    let unknown = |code: &str| (tree.area(code).is_none() || !tree.reaches(code)).then(|| code.to_owned());
    unknown(&succession.from).or_else(|| unknown(&succession.to)).map(|code| {
        Said::new(
            format!("No area has the code `{code}`. Import the new areas first."),
            format!("区划“{code}”不存在。请先导入新的区划。"),
        )
    })
}

/// An area that ended ended once: what lay in it has been placed.
fn ended(succession: &Succession, known: &[Succession]) -> Option<Said> {
    let mut standing = known.iter().filter(|known| known.from == succession.from).peekable();
    standing.peek()?;
    standing.all(|known| known.to != succession.to).then(|| {
        Said::new(
            format!("`{}` has ended already. Move single records with `record area`.", succession.from),
            format!("区划“{}”此前已终止。请逐条调整记录的区划。", succession.from),
        )
    })
}

/// True when following the successions from the successor leads back to the area itself.
fn circles<'a>(succession: &'a Succession, all: impl Iterator<Item = &'a Succession>) -> bool {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in all {
        next.entry(&one.from).or_default().push(&one.to);
    }
    let (mut open, mut seen) = (vec![succession.to.as_str()], std::collections::BTreeSet::new());
    while let Some(code) = open.pop() {
        if code == succession.from {
            return true;
        }
        if seen.insert(code) {
            open.extend(next.get(code).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::areas::Area;

    struct Codes(&'static [&'static str]);

    impl Tree for Codes {
        fn area(&self, code: &str) -> Option<Area> {
            self.0.contains(&code).then(|| Area {
                code: code.to_owned(),
                parent: None,
                level: "village".into(),
                name_zh: code.to_owned(),
                name_en: code.to_owned(),
                valid_from: None,
                valid_to: None,
            })
        }
        fn reaches(&self, code: &str) -> bool {
            code != "far"
        }
        fn reaches_all(&self) -> bool {
            false
        }
    }

    fn succession(from: &str, to: &str) -> Succession {
        Succession { from: from.into(), to: to.into() }
    }

    #[test]
    fn unknown_and_far_areas_look_alike_and_circles_are_refused() {
        let tree = Codes(&["a", "b", "c", "far"]);
        let places = |list: &[Succession], known: &[Succession]| {
            faults(list, "2015-07-01", &tree, known).into_iter().map(|fault| fault.place).collect::<Vec<_>>()
        };
        assert_eq!(places(&[succession("a", "b"), succession("c", "b")], &[]), []);
        assert_eq!(places(&[succession("a", "b"), succession("a", "c")], &[]), [], "divided");
        assert_eq!(places(&[succession("a", "z"), succession("far", "b")], &[]), [Some(0), Some(1)]);
        let words = |from| faults(&[succession(from, "b")], "2015-07-01", &tree, &[])[0].said.clone();
        assert_eq!(words("far").en.replace("far", "x"), words("z").en.replace('z', "x"));
        assert_eq!(places(&[succession("a", "a")], &[]), [Some(0)]);
        assert_eq!(places(&[succession("a", "b")], &[succession("b", "c"), succession("c", "a")]), [Some(0)]);
        assert_eq!(places(&[succession("a", "b")], &[succession("a", "b")]), [], "once more");
        assert_eq!(places(&[succession("a", "c")], &[succession("a", "b")]), [Some(0)], "ended already");
        assert_eq!(faults(&[], "2015-02-30", &tree, &[])[0].place, None);
    }

    #[test]
    fn the_last_day_is_the_one_before() {
        assert_eq!(day_before("2015-03-01").as_deref(), Some("2015-02-28"));
        for wrong in ["", "2015-3-1", "2015-02-30", "1 March"] {
            assert_eq!(day_before(wrong), None, "{wrong}");
        }
    }
}
