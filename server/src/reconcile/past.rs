//! What the dataset row of a record was before: the same judgement over what had been said by then.
//!
//! A *point* is an instant at which something was decided that can change the row: a review of the record or of one merged
//! into it, a merge, a move to another area, a discard. Between two points the row stands still. Only points from the one
//! that was reached last time are looked at, so a record that is amended every year does not pay for its whole life each
//! time; the last of them may have been joined by another fact of the same millisecond, so it is looked at again.

use std::collections::BTreeSet;

use doorstep_records::{Heads, Record, RecordId};

use super::case::{Case, standing_approvals};
use super::judge::JudgeError;
use super::rulebook::Library;
use super::united::{Row, approved_row};
use crate::review::rule::Decision;

/// One decision on a record.
pub type Decided = (Decision, Heads, i64);

/// One change of a record's standing beside reviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// When, server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What it was before.
    pub was: MovedTo,
    /// What it is from then on.
    pub now: MovedTo,
}

/// What a move is about, with the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MovedTo {
    /// The record that stands for it; none when it stands for itself.
    Alias(Option<RecordId>),
    /// Area code.
    Area(String),
    /// Entered by mistake.
    Discarded(bool),
}

/// What a case was, beside what it is.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Every decision, oldest first.
    pub decisions: Vec<Decided>,
    /// Every move, oldest first.
    pub moves: Vec<Moved>,
    /// The record it was opened about, under the id of then.
    pub subject: Option<RecordId>,
    /// Moves of that record.
    pub subject_moves: Vec<Moved>,
    /// Registrations that were once merged into this one and are no longer.
    pub once_merged: Vec<Case>,
}

/// A row as it stood from one instant until another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRow {
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond in which it no longer stood.
    pub until_ms: i64,
    /// Area code of then.
    pub area: String,
    /// The record it was about, the one that stood for it then.
    pub subject: Option<RecordId>,
    /// The row.
    pub row: Row,
}

/// The rows that were, from the point reached last time, and since when the present one stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The last point; 0 when nothing was ever decided.
    pub since_ms: i64,
    /// Oldest first.
    pub past: Vec<PastRow>,
}

/// What stood before the present row.
pub(super) fn timeline(
    case: &Case,
    record: &mut Record,
    library: &dyn Library,
) -> Result<Timeline, JudgeError> {
    let points = case.points();
    let Some(since_ms) = points.last().copied() else {
        return Ok(Timeline { since_ms: case.timed_ms, past: Vec::new() });
    };
    let mut past = Vec::new();
    for span in points.windows(2) {
        let [from_ms, until_ms] = [span[0], span[1]];
        let then = case.as_of(from_ms);
        if then.alias_of.is_some() {
            continue;
        }
        if let Some(row) = approved_row(&then, record, library, None)?.0.into_row() {
            past.push(PastRow { from_ms, until_ms, area: then.area, subject: then.subject, row });
        }
    }
    Ok(Timeline { since_ms, past })
}

impl Case {
    /// The points from the one reached last time, ascending. None while nothing was decided about any part of it.
    fn points(&self) -> Vec<i64> {
        let merged = || self.merged.iter().chain(&self.history.once_merged);
        let decided =
            !self.history.decisions.is_empty() || merged().any(|part| part.is_decided_for(self.record));
        if !decided {
            return Vec::new();
        }
        let decisions = self.history.decisions.iter().map(|(_, _, at_ms)| *at_ms);
        let mut points: Vec<i64> = decisions.collect();
        points.extend(self.history.moves.iter().map(|moved| moved.at_ms));
        points.extend(merged().flat_map(|part| part.points_for(self.record)));
        let subject =
            self.history.subject_moves.iter().filter(|moved| matches!(moved.now, MovedTo::Alias(_)));
        points.extend(subject.map(|moved| moved.at_ms));
        points.retain(|at_ms| *at_ms >= self.timed_ms);
        points.sort_unstable();
        points.dedup();
        points
    }

    /// The points at which this registration changes the row of the one that stands for it: when it becomes part of it or
    /// leaves, and what is decided about it while it is part.
    fn points_for(&self, canonical: RecordId) -> Vec<i64> {
        let part_at = |at_ms| self.alias_at(at_ms) == Some(canonical);
        let decisions = self.history.decisions.iter().map(|(_, _, at_ms)| *at_ms);
        let other = self.history.moves.iter().filter(|moved| !matches!(moved.now, MovedTo::Alias(_)));
        let inside = decisions.chain(other.map(|moved| moved.at_ms)).filter(|at_ms| part_at(*at_ms));
        let stands = MovedTo::Alias(Some(canonical));
        let joins = self.history.moves.iter().filter(|moved| moved.was == stands || moved.now == stands);
        inside.chain(joins.map(|moved| moved.at_ms)).collect()
    }

    /// True when something was decided about this registration before it left `canonical`, if it did: what is decided about
    /// it later changes no row of that record, which nobody then judges again.
    fn is_decided_for(&self, canonical: RecordId) -> bool {
        let stands = MovedTo::Alias(Some(canonical));
        let left =
            || self.history.moves.iter().rev().find(|moved| moved.was == stands).map(|moved| moved.at_ms);
        let is_part = self.alias_of == Some(canonical);
        let mut decided = self.history.decisions.iter().map(|(_, _, at_ms)| *at_ms);
        decided.any(|at_ms| is_part || left().is_some_and(|left_ms| at_ms < left_ms))
    }

    /// The case as it was at an instant: what was decided by then. Its state, flags and stored row mean nothing.
    fn as_of(&self, at_ms: i64) -> Case {
        let decisions = self.history.decisions.iter().filter(|(_, _, decided_ms)| *decided_ms <= at_ms);
        let decisions: Vec<Decided> = decisions.cloned().collect();
        let submissions = self.submissions.iter().filter(|submission| submission.received_ms <= at_ms);
        let merged = self.merged.iter().chain(&self.history.once_merged);
        let mut merged: Vec<Case> = merged
            .filter(|other| other.alias_at(at_ms) == Some(self.record))
            .map(|other| other.as_of(at_ms))
            .collect();
        merged.sort_by_key(|other| other.record);
        Case {
            record: self.record,
            form: self.form.clone(),
            form_version: self.form_version,
            versions: self.versions.clone(),
            area: self.area_at(at_ms),
            subject: self.subject_at(at_ms),
            state: self.state,
            discarded: self.discarded_at(at_ms),
            alias_of: self.alias_at(at_ms),
            document: self.document.clone(),
            submissions: submissions.cloned().collect(),
            approvals: standing_approvals(&decisions),
            waived: self.waived.clone(),
            counts: self.counts,
            test: self.test,
            begun_closed: self.begun_closed,
            marks: Vec::new(),
            field: BTreeSet::new(),
            files: Default::default(),
            stored_row: None,
            member_moves: self.member_moves.clone(),
            merged,
            timed_ms: 0,
            history: History::default(),
        }
    }

    fn alias_at(&self, at_ms: i64) -> Option<RecordId> {
        let alias = |to: &MovedTo| if let MovedTo::Alias(alias) = to { Some(*alias) } else { None };
        at(&self.history.moves, at_ms, alias).unwrap_or(self.alias_of)
    }

    fn area_at(&self, at_ms: i64) -> String {
        let area = |to: &MovedTo| if let MovedTo::Area(area) = to { Some(area.clone()) } else { None };
        at(&self.history.moves, at_ms, area).unwrap_or_else(|| self.area.clone())
    }

    fn discarded_at(&self, at_ms: i64) -> bool {
        let discarded = |to: &MovedTo| if let MovedTo::Discarded(is) = to { Some(*is) } else { None };
        at(&self.history.moves, at_ms, discarded).unwrap_or(self.discarded)
    }

    fn subject_at(&self, at_ms: i64) -> Option<RecordId> {
        let alias = |to: &MovedTo| if let MovedTo::Alias(alias) = to { Some(*alias) } else { None };
        match at(&self.history.subject_moves, at_ms, alias) {
            Some(alias) => alias.or(self.history.subject),
            None => self.subject,
        }
    }
}

/// What the moves of one kind say of an instant; nothing when there are none.
fn at<T>(moves: &[Moved], at_ms: i64, of: impl Fn(&MovedTo) -> Option<T>) -> Option<T> {
    let last = moves.iter().rev().filter(|moved| moved.at_ms <= at_ms).find_map(|moved| of(&moved.now));
    last.or_else(|| moves.iter().find_map(|moved| of(&moved.was)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::judge::judge;
    use crate::reconcile::testing::{Bench, text};

    fn decided(bench: &Bench, decisions: &[(Decision, &Heads, i64)]) -> Case {
        let decisions: Vec<Decided> =
            decisions.iter().map(|(decision, heads, at_ms)| (*decision, (*heads).clone(), *at_ms)).collect();
        let approvals = standing_approvals(&decisions);
        Case { approvals, history: History { decisions, ..History::default() }, ..bench.case() }
    }

    fn lines(timeline: &Timeline) -> Vec<String> {
        let line =
            |past: &PastRow| format!("{}..{} {} {}", past.from_ms, past.until_ms, past.area, past.row.json);
        timeline.past.iter().map(line).collect()
    }

    /// A household approved twice, taken back, approved again.
    fn household() -> (Bench, Case) {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a"))]);
        let first = bench.submit();
        bench.edit(1, &[("name", text("b"))]);
        let second = bench.submit();
        let all = [
            (Decision::Approve, &first, 10),
            (Decision::Approve, &second, 20),
            (Decision::Reopen, &second, 30),
            (Decision::Approve, &first, 40),
        ];
        let case = decided(&bench, &all);
        (bench, case)
    }

    #[test]
    fn every_span_has_its_row_and_where_there_was_none_there_is_none() {
        let (bench, case) = household();
        let timeline = judge(&case, &bench).unwrap().timeline.unwrap();
        let expected = [r#"10..20 0102 {"name":"a"}"#, r#"20..30 0102 {"name":"b"}"#];
        assert_eq!(lines(&timeline), expected);
        assert_eq!(timeline.since_ms, 40);
    }

    #[test]
    fn only_what_came_since_last_time_is_judged_again() {
        let (bench, case) = household();
        let later = Case { timed_ms: 20, ..case.clone() };
        assert_eq!(lines(&judge(&later, &bench).unwrap().timeline.unwrap()), [r#"20..30 0102 {"name":"b"}"#]);
        let settled = Case { timed_ms: 40, ..case };
        assert_eq!(
            judge(&settled, &bench).unwrap().timeline.unwrap(),
            Timeline { since_ms: 40, past: Vec::new() }
        );
    }

    #[test]
    fn areas_discards_and_other_names_are_those_of_then() {
        let (bench, mut case) = household();
        case.history.decisions.truncate(1);
        case.approvals.truncate(1);
        let moved = |at_ms, was, now| Moved { at_ms, was, now };
        let elsewhere = bench.case().record;
        case.history.moves = vec![
            moved(15, MovedTo::Area("0101".into()), MovedTo::Area("0102".into())),
            moved(25, MovedTo::Discarded(false), MovedTo::Discarded(true)),
            moved(35, MovedTo::Discarded(true), MovedTo::Discarded(false)),
            moved(45, MovedTo::Alias(None), MovedTo::Alias(Some(elsewhere))),
            moved(55, MovedTo::Alias(Some(elsewhere)), MovedTo::Alias(None)),
        ];
        let timeline = judge(&case, &bench).unwrap().timeline.unwrap();
        let row = r#"{"name":"a"}"#;
        let expected =
            [format!("10..15 0101 {row}"), format!("15..25 0102 {row}"), format!("35..45 0102 {row}")];
        assert_eq!((lines(&timeline).as_slice(), timeline.since_ms), (expected.as_slice(), 55));
    }

    #[test]
    fn a_registration_is_part_of_the_one_that_stood_for_it_while_it_did() {
        let (mut one, mut two) = (Bench::new(), Bench::new());
        two.id = RecordId::from_parts(1_700_000_000_001, [8; 10]);
        one.edit(1, &[("name", text("a"))]);
        two.edit(2, &[("phone", text("138"))]);
        let (heads_one, heads_two) = (one.submit(), two.submit());
        let mut other = decided(&two, &[(Decision::Approve, &heads_two, 11)]);
        let alias = |alias| MovedTo::Alias(alias);
        other.history.moves = vec![
            Moved { at_ms: 20, was: alias(None), now: alias(Some(one.id)) },
            Moved { at_ms: 30, was: alias(Some(one.id)), now: alias(None) },
        ];
        let mut case = decided(&one, &[(Decision::Approve, &heads_one, 10)]);
        case.history.once_merged = vec![other];
        let timeline = judge(&case, &one).unwrap().timeline.unwrap();
        let (alone, both) = (r#"{"name":"a"}"#, r#"{"name":"a","phone":"138"}"#);
        let expected = [format!("10..20 0102 {alone}"), format!("20..30 0102 {both}")];
        assert_eq!((lines(&timeline).as_slice(), timeline.since_ms), (expected.as_slice(), 30));
    }

    #[test]
    fn what_is_decided_about_a_registration_that_has_left_is_nothing_of_the_one_it_left() {
        let (mut one, mut two) = (Bench::new(), Bench::new());
        two.id = RecordId::from_parts(1_700_000_000_001, [8; 10]);
        one.edit(1, &[("name", text("a"))]);
        two.edit(2, &[("phone", text("138"))]);
        one.submit();
        let heads = two.submit();
        let timeline = |decided_ms| {
            let mut left = decided(&two, &[(Decision::Approve, &heads, decided_ms)]);
            let alias = |alias| MovedTo::Alias(alias);
            left.history.moves = vec![
                Moved { at_ms: 20, was: alias(None), now: alias(Some(one.id)) },
                Moved { at_ms: 30, was: alias(Some(one.id)), now: alias(None) },
            ];
            let mut case = one.case();
            case.history.once_merged = vec![left];
            judge(&case, &one).unwrap().timeline.unwrap()
        };
        assert_eq!(timeline(25).since_ms, 30);
        assert_eq!(timeline(40), Timeline::default(), "never judged again for it, so it must change nothing");
    }

    #[test]
    fn what_a_record_is_about_is_the_one_that_stood_for_it_then() {
        let (bench, mut case) = household();
        let (then, now) = (RecordId::from_parts(1, [1; 10]), RecordId::from_parts(2, [2; 10]));
        case.subject = Some(now);
        case.history.subject = Some(then);
        case.history.subject_moves =
            vec![Moved { at_ms: 15, was: MovedTo::Alias(None), now: MovedTo::Alias(Some(now)) }];
        let timeline = judge(&case, &bench).unwrap().timeline.unwrap();
        let subjects: Vec<_> = timeline.past.iter().map(|past| (past.from_ms, past.subject)).collect();
        assert_eq!(subjects, [(10, Some(then)), (15, Some(now)), (20, Some(now))]);
    }
}
