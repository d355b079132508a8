//! The dataset row of a record at its last approved heads, with the registrations merged into it.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::{Form, Membership};
use doorstep_plant::{Plant, is as planted};
use doorstep_records::{ChangeHash, Heads, Record, RecordId};
use serde_json::Value;

use super::case::Case;
use super::flag::{Flag, FlagKind};
use super::judge::JudgeError;
use super::rulebook::{Ask, Library};
use crate::dataset::canonical::row_json;
use crate::duplicates::unite::unite;

/// A row of the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The version that judged it.
    pub form_version: u32,
    /// The approved heads, of every document in it.
    pub heads: Heads,
    /// The latest approval, milliseconds since 1970 UTC.
    pub approved_ms: i64,
    /// How many disputes were let stand in it, and answers in which merged registrations differ.
    pub conflicts: u32,
    /// Canonical JSON.
    pub json: String,
}

/// What becomes of a dataset row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RowAfter {
    /// There is none.
    #[default]
    None,
    /// The one that stands is right.
    Kept,
    /// This one.
    New(Row),
}

impl RowAfter {
    /// The new row, if any.
    pub fn into_row(self) -> Option<Row> {
        match self {
            RowAfter::New(row) => Some(row),
            RowAfter::None | RowAfter::Kept => None,
        }
    }
}

struct Approved {
    record: RecordId,
    form_version: u32,
    heads: Heads,
    at_ms: i64,
    /// With those kept of questions that are gone: to the version they are unknown, and so they come into the row.
    answers: BTreeMap<String, Value>,
    has_kept: bool,
    disputes: u32,
}

/// The row of a record that stands for itself, and flags where merged registrations answer differently. There is none
/// when nothing is approved, or the form version is not published here. `at_hand`: the row at the approved heads, when
/// it was just made.
pub(super) fn approved_row(
    case: &Case,
    record: &mut Record,
    library: &dyn Library,
    at_hand: Option<&BTreeMap<String, Value>>,
) -> Result<(RowAfter, Vec<Flag>), JudgeError> {
    if case.merged.is_empty() && stands(case, record) {
        return Ok((RowAfter::Kept, Vec::new()));
    }
    // All parts are read under the version of the first one that is approved.
    let mut version = approved_version(case, record);
    for merged in &case.merged {
        if version.is_none() {
            version = approved_version(merged, &mut merged.open()?);
        }
    }
    let rules = version.and_then(|version| library.version(&case.form, version));
    let Some(rules) = rules else { return Ok((RowAfter::None, Vec::new())) };
    let mut parts = Vec::new();
    parts.extend(approved(case, record, rules.lens())?);
    for merged in &case.merged {
        parts.extend(approved(merged, &mut merged.open()?, rules.lens())?);
    }
    if let Some(membership) =
        rules.about().membership.as_ref().filter(|_| parts.len() > 1 && !planted(Plant::MoversAway))
    {
        come_home(membership, case, &mut parts);
    }
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Ok((RowAfter::None, Vec::new())) };

    let mut answers = first.answers;
    let mut heads: BTreeSet<ChangeHash> = first.heads.iter().copied().collect();
    let mut approved_ms = first.at_ms;
    let mut conflicts = first.disputes;
    let mut flags = Vec::new();
    for part in parts {
        let united = unite(&answers, &part.answers, &rules.about().identity);
        flags.extend(united.differing.into_iter().map(|differing| Flag {
            detail: differing.other.to_string(),
            ..Flag::at(FlagKind::DuplicateDiffers, "", differing.path)
        }));
        answers = united.answers;
        heads.extend(part.heads.iter().copied());
        approved_ms = approved_ms.max(part.at_ms);
        conflicts += part.disputes;
    }
    let mut row = match at_hand.filter(|_| case.merged.is_empty() && !first.has_kept) {
        Some(row) => row.clone(),
        None => rules.assess(&answers, None, Ask::Row).row.unwrap_or_default(),
    };
    if let Some(subject) = case.subject {
        // Of merged subjects the one that stays.
        row.insert("_subject".to_owned(), Value::String(subject.to_string()));
    }
    let json = row_json(&row);
    conflicts += count(flags.len());
    let heads = heads.into_iter().collect();
    Ok((RowAfter::New(Row { form_version: first.form_version, heads, approved_ms, conflicts, json }), flags))
}

/// Who left one of these registrations for another of them has not left the household that they all are: neither the end
/// of the one membership nor the beginning of the other is read.
fn come_home(membership: &Membership, case: &Case, parts: &mut [Approved]) {
    let among: BTreeSet<RecordId> = parts.iter().map(|part| part.record).collect();
    let moves = std::iter::once(case).chain(&case.merged).flat_map(|case| &case.member_moves);
    for moved in moves.filter(|moved| among.contains(&moved.from) && among.contains(&moved.to)) {
        let path = |key: &str| format!("{}/{key}", moved.row);
        for part in parts.iter_mut() {
            let left = part.record == moved.from
                && part.answers.get(&path(&membership.state)).and_then(Value::as_str) == Some(&moved.state);
            if left {
                part.answers.remove(&path(&membership.state));
                part.answers.remove(&path(&membership.to));
            }
            if part.record == moved.to {
                part.answers.remove(&path(&membership.from));
                let of_place = membership.joined.iter().chain(&membership.relation);
                of_place.for_each(|key| drop(part.answers.remove(&path(key))));
            }
        }
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// True when the stored row was made from exactly what is approved now.
fn stands(case: &Case, record: &mut Record) -> bool {
    let (Some(stored), Some(approval)) = (&case.stored_row, case.approved()) else { return false };
    !case.discarded
        && stored.heads == approval.heads
        && stored.approved_ms == approval.at_ms
        && stored.subject == case.subject
        && stored.form_version == case.judging_version(record, &approval.heads)
}

/// The version that judges what is approved.
fn approved_version(case: &Case, record: &mut Record) -> Option<u32> {
    let approval = case.approved().filter(|_| !case.discarded)?;
    Some(case.judging_version(record, &approval.heads))
}

fn approved(case: &Case, record: &mut Record, under: Option<&Form>) -> Result<Option<Approved>, JudgeError> {
    let Some(approval) = case.approved().filter(|_| !case.discarded) else { return Ok(None) };
    let reading = case.settled_at(record, &approval.heads, under)?;
    let form_version = case.judging_version(record, &approval.heads);
    Ok(Some(Approved {
        record: case.record,
        form_version,
        heads: approval.heads.clone(),
        at_ms: approval.at_ms,
        disputes: count(reading.disputes.len()),
        has_kept: !reading.kept.is_empty(),
        answers: reading.with_kept(),
    }))
}
