//! Households over time: members leave one record of the register for another, or for one that begins with them.
//!
//! A *split* (分户) begins a household; a *member's move* (marriage, adoption) leads into one that stands. Both are the same: the
//! office closes the membership in the record that is left (state and day, nothing is erased) and copies the rows, under
//! the same row ids, into the other. What belongs to the household as a whole (income, land) stays. An edit of such a row
//! by somebody who had not heard is *carried*: it stays in the history where it was made, and is written anew where the
//! member is now. `store/sqlite/households.rs` and `carry.rs` do it; here stands what is asked and which answers it makes.

pub mod history;
pub mod words;

use std::collections::BTreeMap;

use doorstep_forms::Membership;
use doorstep_records::{Key, RecordId, RowId, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::language::Said;

/// Rows moved at once.
pub const ROWS_MAX: usize = 64;

/// Members to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMove {
    /// The record they leave.
    pub from: RecordId,
    /// Where they go.
    pub to: Destination,
    /// Their rows.
    pub rows: Vec<RowId>,
    /// The civil day.
    pub on: String,
    /// The state of their membership in the record they leave; none: that of a split.
    pub state: Option<String>,
    /// Their relations to the head of the household they come into; a single one who begins a household is its head.
    pub relations: BTreeMap<RowId, String>,
    /// Why; part of the history.
    pub reason: Option<String>,
    /// Server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// Where members go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A household that begins with them, in this area; none: where they were.
    Begins(Option<String>),
    /// A record of the register.
    Household(RecordId),
}

/// Members were moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MembersMoved {
    /// The record they left.
    pub from: RecordId,
    /// The record they are in.
    pub to: RecordId,
    /// Their rows.
    pub rows: Vec<RowId>,
    /// True when both sides stand in the dataset already; else both wait for review.
    pub approved: bool,
}

/// The answers that close the membership of a row.
pub(crate) fn closing(membership: &Membership, row: &str, state: &str, on: &str) -> Vec<(Key, Value)> {
    puts([
        (format!("{row}/{}", membership.state), Some(state)),
        (format!("{row}/{}", membership.to), Some(on)),
    ])
}

/// The answers that open the membership of a copied row: whatever closed it before is empty again.
pub(crate) fn opening(
    membership: &Membership,
    row: &str,
    (state, on): (&str, &str),
    relation: Option<&str>,
) -> Vec<(Key, Value)> {
    let mut answers = vec![
        (format!("{row}/{}", membership.state), None),
        (format!("{row}/{}", membership.to), None),
        (format!("{row}/{}", membership.from), Some(on)),
    ];
    if let Some(joined) = &membership.joined {
        answers.push((format!("{row}/{joined}"), membership.joins.get(state).map(String::as_str)));
    }
    // Relations are to the head of the other household: they do not come along.
    if let Some(own) = &membership.relation {
        answers.push((format!("{row}/{own}"), relation));
    }
    puts(answers)
}

/// True for the answers of a row that are not copied: those that say where its member belongs, and to whom.
pub(crate) fn is_of_place(membership: &Membership, row: &str, path: &str) -> bool {
    let ends = [&membership.state, &membership.to];
    key_in(row, path).is_some_and(|key| ends.iter().any(|end| *end == key))
        || stays_behind(membership, row, path)
}

/// True for the answers of a row that mean something in one household only: since when and why a member is there, and
/// whose son. An edit of them does not follow the member; that a member died does.
pub(crate) fn stays_behind(membership: &Membership, row: &str, path: &str) -> bool {
    let own = std::iter::once(&membership.from).chain(&membership.joined).chain(&membership.relation);
    key_in(row, path).is_some_and(|key| own.into_iter().any(|one| one == key))
}

/// What a path says inside a row: `relation` of `members/<row>/relation`.
fn key_in<'p>(row: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(row)?.strip_prefix('/')
}

/// Paths of a form with values; what is no path is no answer of any record.
pub(crate) fn puts<'a>(answers: impl IntoIterator<Item = (String, Option<&'a str>)>) -> Vec<(Key, Value)> {
    let put = |(path, value): (String, Option<&str>)| {
        let value = value.map_or(Value::Null, |text| Value::Text(text.to_owned()));
        Some((Key::parse(&path).ok()?, value))
    };
    answers.into_iter().filter_map(put).collect()
}

/// Why members are not moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// No rows, too many, or one of them twice.
    Rows,
    /// No civil day, or one that is still to come.
    Day,
    /// The record was never submitted, is sent back, not accepted, a test, entered by mistake.
    State(RecordId),
    /// The form says nothing about membership.
    NoMembership,
    /// There is no such member, or they have left already.
    NoMember(RowId),
    /// People answered differently about the member: choose first.
    DifferentAnswers(String),
    /// Nobody would stay.
    NobodyStays,
    /// From a record into itself, or into one of another form.
    Destination,
    /// An earlier move of the member waits for review.
    Waits(RowId),
    /// No such code.
    NoCode(String),
    /// What was written was not taken.
    NotTaken,
}

impl WhyNot {
    /// In both languages.
    pub fn said(&self) -> Said {
        match self {
            WhyNot::Rows => Said::new(
                format!("Name the rows of 1 to {ROWS_MAX} members, each once."),
                format!("请指明 1 至 {ROWS_MAX} 名成员的行号，各一次。"),
            ),
            WhyNot::Day => Said::new(
                "Name a day such as 2015-07-01, not in the future.",
                "请填写日期，如 2015-07-01，不能晚于今天。",
            ),
            WhyNot::State(record) => Said::new(
                format!("Members move between records that are submitted or approved; {record} is neither."),
                format!("只有已提交或审核通过的记录之间可以转移成员；{record} 不是。"),
            ),
            WhyNot::NoMembership => {
                Said::new("This form has no members who could move.", "该表单没有可转移的成员。")
            }
            WhyNot::NoMember(row) => Said::new(
                format!("{row} is no member of this household, or has left already."),
                format!("{row} 不是该户的在册成员。"),
            ),
            WhyNot::DifferentAnswers(path) => Said::new(
                format!("There are different answers at {path}: choose one first."),
                format!("{path} 填写不一致：请先选定答案。"),
            ),
            WhyNot::NobodyStays => {
                Said::new("Somebody must stay in the household.", "分户后原户须至少留有一名成员。")
            }
            WhyNot::Destination => Said::new(
                "Members move into another record of the same form.",
                "成员只能转入同一表单的另一份记录。",
            ),
            WhyNot::Waits(row) => Said::new(
                format!("An earlier move of {row} waits for review."),
                format!("{row} 此前的转移尚待审核。"),
            ),
            WhyNot::NoCode(code) => Said::new(
                format!("The form has no code `{code}` there."),
                format!("表单中没有选项“{code}”。"),
            ),
            WhyNot::NotTaken => Said::new("The change was not taken: try again.", "改动未被接受，请重试。"),
        }
    }
}

/// The rows of text: `01J9...`.
///
/// # Errors
/// The first text that is no row id.
pub fn rows_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<RowId>, String> {
    texts.into_iter().map(|text| text.trim().parse().map_err(|_| text.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn membership() -> Membership {
        Membership {
            roster: "members".into(),
            state: "membership/state".into(),
            open: vec!["active".into()],
            split: "split".into(),
            from: "membership/from".into(),
            to: "membership/to".into(),
            joined: Some("membership/in_reason".into()),
            joins: BTreeMap::from([("split".into(), "split".into())]),
            relation: Some("relation".into()),
            head: Some("head".into()),
            ..Membership::default()
        }
    }

    fn lines(puts: Vec<(Key, Value)>) -> Vec<String> {
        puts.into_iter().map(|(key, value)| format!("{key} {}", value.to_json())).collect()
    }

    #[test]
    fn a_membership_is_closed_with_its_day_and_opened_from_it() {
        let row = "members/0AAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(
            lines(closing(&membership(), row, "split", "2015-07-01")),
            [format!("{row}/membership/state \"split\""), format!("{row}/membership/to \"2015-07-01\"")]
        );
        let opened = |state, relation| lines(opening(&membership(), row, (state, "2015-07-01"), relation));
        assert_eq!(
            opened("split", Some("head")),
            [
                format!("{row}/membership/state null"),
                format!("{row}/membership/to null"),
                format!("{row}/membership/from \"2015-07-01\""),
                format!("{row}/membership/in_reason \"split\""),
                format!("{row}/relation \"head\"")
            ]
        );
        let moved = opened("married_out", None);
        assert_eq!(moved[3..], [format!("{row}/membership/in_reason null"), format!("{row}/relation null")]);
    }

    #[test]
    fn what_says_where_a_member_belongs_is_not_copied() {
        let row = "members/0AAAAAAAAAAAAAAAAAAAAAAAAA";
        let of_place = |path: &str| is_of_place(&membership(), row, &format!("{row}/{path}"));
        assert!(["membership/state", "membership/to", "relation"].into_iter().all(of_place));
        assert!(!["name", "health/chronic", "relation_note"].into_iter().any(of_place));
        let stays = |path: &str| stays_behind(&membership(), row, &format!("{row}/{path}"));
        assert!(stays("relation") && stays("membership/from") && !stays("membership/state"));
    }
}
