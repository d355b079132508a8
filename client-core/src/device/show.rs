//! A record as it is shown: answers with every candidate and who gave it.
//!
//! Invariant: [`Shown::to_json`] is a function of the changes, the bindings of their actors, and the form version that
//! opens the record when that has a lens, so that it is byte-identical on devices that hold the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_forms::{Form, SignatureState};
use doorstep_records::{Candidate, ChangeHash, Conflict, ConflictKind, Heads, Record, RecordId};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::Device;
use super::lensed::{self, LensedRecord};
use super::write::flat;
use crate::error::DeviceError;
use crate::store::people;
use crate::store::records::{RecordRow, state};

/// One of the values that stand at an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownCandidate {
    /// The value as JSON.
    pub value: Json,
    /// Who gave it: sign-in name, or the actor's digits while nobody has told who that is.
    pub by: String,
    /// On which device; none for the server's own.
    pub device: Option<String>,
    /// When, by that device's clock, milliseconds since 1970 UTC.
    pub at: i64,
    /// The change that put it.
    pub change: String,
    /// The form suggests this one (`x-authority`); nothing is chosen by that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suggested: bool,
    /// What its author is: post and role.
    #[serde(skip)]
    pub(crate) who: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownAnswer {
    /// The value; where candidates differ, an arbitrary one that is the same everywhere.
    pub value: Json,
    /// True when different values stand against each other.
    pub different: bool,
    /// Every value that stands, by time.
    pub candidates: Vec<ShownCandidate>,
}

/// Different answers that a person must settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownConflict {
    /// Where; for a closed row its `_deleted`.
    pub path: String,
    /// `different_answers` or `closed_and_edited`.
    pub kind: &'static str,
    /// The values that stand.
    pub candidates: Vec<ShownCandidate>,
    /// Answers of a closed row that were edited at the same time.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub edited: BTreeMap<String, ShownCandidate>,
}

/// A record as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The record (after a merge of duplicates: the one that stands for both).
    pub id: RecordId,
    /// Its line.
    pub row: RecordRow,
    /// Its exact state.
    pub heads: Heads,
    /// Answers by path. Hidden ones are left out until the record is submitted.
    pub answers: BTreeMap<String, ShownAnswer>,
    /// What must be settled.
    pub conflicts: Vec<ShownConflict>,
    /// Signatures, and what was changed since each; none while the form is not on the device.
    pub signatures: Vec<SignatureState>,
}

impl Shown {
    /// One line of JSON: `{"answers": {path: {"candidates", "different", "value"}}, "conflicts": [..], "heads": [..], "record"}`, and
    /// `"signatures": [..]` when there are any.
    pub fn to_json(&self) -> Json {
        let answers: Map<String, Json> =
            self.answers.iter().map(|(path, answer)| (path.clone(), json!(answer))).collect();
        let mut shown = json!({
            "record": self.id.to_string(),
            "heads": self.heads.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "answers": answers,
            "conflicts": self.conflicts,
        });
        if !self.signatures.is_empty() {
            shown["signatures"] = json!(self.signatures);
        }
        shown
    }
}

impl Device {
    /// Shows a record.
    ///
    /// # Errors
    /// [`DeviceError::UnknownRecord`].
    pub fn show(&mut self, id: RecordId) -> Result<Shown, DeviceError> {
        let id = self.canonical(id)?;
        let row = self.row(id)?;
        let mut record = self.open_record(id)?;
        // What a draft hides and what it signs is said by the version it goes on under, not by that it was begun under.
        let form = self.opened_form(&row, &mut record)?;
        let hidden = hidden_sources(&row, form.as_deref());
        let mut answers = BTreeMap::new();
        let all = record.answers();
        let lensed = form.as_ref().and_then(|form| lensed::read_now(form, &mut record).lensed);
        let under = match &lensed {
            Some(lensed) => lensed.answers(),
            None => all.iter().map(|(key, answer)| (key.to_string(), answer.clone())).collect(),
        };
        for (key, answer) in &under {
            let below =
                |hidden: &String| key.strip_prefix(hidden.as_str()).is_some_and(|r| r.starts_with('/'));
            if hidden.iter().any(|hidden| key == hidden || below(hidden)) {
                continue;
            }
            let shown = ShownAnswer {
                value: answer.value.to_json(),
                different: answer.is_conflict(),
                candidates: preselected(form.as_deref(), key, self.candidates(&answer.candidates)?),
            };
            answers.insert(key.to_string(), shown);
        }
        let signatures = match &form {
            Some(form) => {
                let stored = || flat(&record.values());
                let answers = lensed.as_ref().map_or_else(stored, |lensed| lensed.reading.answers.clone());
                crate::session::sign::states(form, &answers, &mut record)
            }
            None => Vec::new(),
        };
        let mut conflicts: Vec<ShownConflict> = match &lensed {
            Some(lensed) => self.clashes(lensed)?,
            None => {
                let conflicts = record.conflicts_in(&all);
                conflicts.iter().map(|conflict| self.conflict(conflict)).collect::<Result<_, _>>()?
            }
        };
        preselect(form.as_deref(), &mut conflicts);
        Ok(Shown { id, row, heads: record.heads(), answers, conflicts, signatures })
    }

    /// The version that opens a record; none when it is not on this device, or of a newer engine.
    fn opened_form(&self, row: &RecordRow, record: &mut Record) -> Result<Option<Arc<Form>>, DeviceError> {
        match self.opened(row, record) {
            Ok(opened) => Ok(Some(opened.form)),
            Err(DeviceError::UnknownForm { .. } | DeviceError::FormUnusable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn clashes(&self, lensed: &LensedRecord) -> Result<Vec<ShownConflict>, DeviceError> {
        let shown = |clash: &doorstep_forms::Clash<ChangeHash>| -> Result<ShownConflict, DeviceError> {
            let edited = clash
                .edited
                .iter()
                .filter_map(|(path, at)| Some((path.clone(), self.candidate(&lensed.candidate(at)?))));
            Ok(ShownConflict {
                path: clash.path.clone(),
                kind: clash.kind.code(),
                candidates: self.candidates(&lensed.candidates(&clash.candidates))?,
                edited: edited.map(|(path, shown)| Ok((path, shown?))).collect::<Result<_, DeviceError>>()?,
            })
        };
        lensed.reading.clashes.iter().map(shown).collect()
    }

    /// The conflicts of one record.
    pub fn conflicts_of(&mut self, id: RecordId) -> Result<Vec<ShownConflict>, DeviceError> {
        let id = self.canonical(id)?;
        let row = self.row(id)?;
        let mut record = self.open_record(id)?;
        let form = self.opened_form(&row, &mut record)?;
        let lensed = form.as_ref().and_then(|form| lensed::read_now(form, &mut record).lensed);
        let mut conflicts: Vec<ShownConflict> = match &lensed {
            Some(lensed) => self.clashes(lensed)?,
            None => {
                let conflicts = record.conflicts();
                conflicts.iter().map(|conflict| self.conflict(conflict)).collect::<Result<_, _>>()?
            }
        };
        preselect(form.as_deref(), &mut conflicts);
        Ok(conflicts)
    }

    /// Every record with conflicts. Opens every document: not for a long list on a small phone.
    pub fn conflicts(&mut self) -> Result<Vec<(RecordRow, Vec<ShownConflict>)>, DeviceError> {
        let mut found = Vec::new();
        for row in self.list()?.into_iter().filter(|row| row.canonical.is_none() && !row.discarded) {
            let conflicts = self.conflicts_of(row.id)?;
            if !conflicts.is_empty() {
                found.push((row, conflicts));
            }
        }
        Ok(found)
    }

    fn conflict(&self, conflict: &Conflict) -> Result<ShownConflict, DeviceError> {
        let edited =
            conflict.edited.iter().map(|(key, candidate)| Ok((key.to_string(), self.candidate(candidate)?)));
        Ok(ShownConflict {
            path: conflict.key.to_string(),
            kind: match conflict.kind {
                ConflictKind::DifferentAnswers => "different_answers",
                ConflictKind::ClosedAndEdited => "closed_and_edited",
            },
            candidates: self.candidates(&conflict.candidates)?,
            edited: edited.collect::<Result<_, DeviceError>>()?,
        })
    }

    pub(crate) fn candidates(&self, candidates: &[Candidate]) -> Result<Vec<ShownCandidate>, DeviceError> {
        candidates.iter().map(|candidate| self.candidate(candidate)).collect()
    }

    fn candidate(&self, candidate: &Candidate) -> Result<ShownCandidate, DeviceError> {
        let author = people::author(self.store.read(), &candidate.actor)?;
        let device = author.as_ref().and_then(|author| author.device).map(|device| device.to_string());
        let who =
            author.iter().flat_map(|author| author.post.iter().chain([&author.role])).cloned().collect();
        Ok(ShownCandidate {
            value: candidate.value.to_json(),
            by: author.map_or_else(|| candidate.actor.to_string(), |author| author.name),
            device,
            at: candidate.at_ms,
            change: candidate.hash.to_string(),
            suggested: false,
            who,
        })
    }
}

/// What a form hides until the record is submitted; of a form that is not here all that is copied.
fn hidden_sources(row: &RecordRow, form: Option<&Form>) -> Vec<String> {
    if row.state != state::DRAFT {
        return Vec::new();
    }
    let Some(form) = form else { return vec!["_pre".into()] };
    let preloads = form.preloads().into_iter().filter(|preload| preload.hidden_until_submitted);
    preloads.map(|preload| preload.target).collect()
}

/// Marks the candidates that the form suggests.
pub(crate) fn preselected(
    form: Option<&Form>,
    path: &str,
    mut candidates: Vec<ShownCandidate>,
) -> Vec<ShownCandidate> {
    let Some(form) = form.filter(|form| !form.authority(path).is_empty()) else { return candidates };
    let given: Vec<(Json, Vec<&str>)> = candidates
        .iter()
        .map(|one| (one.value.clone(), one.who.iter().map(String::as_str).collect()))
        .collect();
    let marks = form.suggested(path, &given);
    for (candidate, suggested) in candidates.iter_mut().zip(marks) {
        candidate.suggested = suggested;
    }
    candidates
}

fn preselect(form: Option<&Form>, conflicts: &mut [ShownConflict]) {
    for conflict in conflicts {
        let candidates = std::mem::take(&mut conflict.candidates);
        conflict.candidates = preselected(form, &conflict.path, candidates);
    }
}
