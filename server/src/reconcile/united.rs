//! The dataset row of a record at its last approved heads, with the registrations merged into it.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::{ChangeHash, Heads, Record};
use serde_json::Value;

use super::case::Case;
use super::flag::{Flag, FlagKind};
use super::judge::JudgeError;
use super::rulebook::Library;
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
    /// Canonical JSON.
    pub json: String,
}

struct Approved {
    form_version: u32,
    heads: Heads,
    at_ms: i64,
    answers: BTreeMap<String, Value>,
}

/// The row of a record that stands for itself, and flags where merged registrations answer differently. `None` when
/// nothing is approved, or the form version is not published here.
pub(super) fn approved_row(
    case: &Case,
    record: &mut Record,
    library: &dyn Library,
) -> Result<Option<(Row, Vec<Flag>)>, JudgeError> {
    let mut parts = Vec::new();
    parts.extend(approved(case, record)?);
    for merged in &case.merged {
        parts.extend(approved(merged, &mut merged.open()?)?);
    }
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Ok(None) };
    let Some(rules) = library.version(&case.form, first.form_version) else { return Ok(None) };

    let mut answers = first.answers;
    let mut heads: BTreeSet<ChangeHash> = first.heads.iter().copied().collect();
    let mut approved_ms = first.at_ms;
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
    }
    let row = rules.assess(&answers, None, true).row;
    let heads = heads.into_iter().collect();
    Ok(Some((Row { form_version: first.form_version, heads, approved_ms, json: row_json(&row) }, flags)))
}

fn approved(case: &Case, record: &mut Record) -> Result<Option<Approved>, JudgeError> {
    let Some(approval) = case.approved().filter(|_| !case.discarded) else { return Ok(None) };
    let answers = case.settled_at(record, &approval.heads)?.answers;
    let form_version = case.judging_version(record, &approval.heads);
    Ok(Some(Approved { form_version, heads: approval.heads.clone(), at_ms: approval.at_ms, answers }))
}
