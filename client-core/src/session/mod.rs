//! Filling a form: what the screen shows, and every answer saved at once.
//!
//! Each [`FormSession::answer`] is one change in the document together with its outbox row, on disk when it returns.

mod attach;
mod paths;
mod screen;
pub(crate) mod sign;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_forms::{Answers, ClashKind, Context, Form, Mode, Outcome, Severity, Violation};
use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::envelope::Item;
use doorstep_protocol::{ObjectId, limits};
use doorstep_records::{ChangeNote, Heads, Key, Record, RecordId, RowId, Value, WriteError};
use rusqlite::Connection;
use serde_json::Value as Json;

pub use screen::Screen;
pub use sign::Signer;
pub use view::{ItemView, PageView, QuestionView, Remark, RowView, Said, View};

use crate::device::lensed::{self, LensedRecord, Under};
use crate::device::{Device, Notice, Opened};
use crate::env::{random10, unix_ms};
use crate::error::DeviceError;
use crate::store::people::Submission;
use crate::store::records::{RecordRow, state};
use crate::store::{StoreError, outbox, people, records};

/// A record being filled.
pub struct FormSession<'d> {
    device: &'d mut Device,
    row: RecordRow,
    form: Arc<Form>,
    notice: Option<Notice>,
    pinned: Option<u32>,
    record: Record,
    answers: Answers,
    /// How the answers came about, when the version reads earlier ones through a lens.
    lensed: Option<LensedRecord>,
    previous: Option<Answers>,
    /// Rows begun in this session: ids of one millisecond must still sort as they were begun.
    rows_begun: u64,
}

impl std::fmt::Debug for FormSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormSession").field("record", &self.row.id).finish_non_exhaustive()
    }
}

/// What was read for a form that was left.
pub(crate) struct LeftForm {
    id: RecordId,
    /// [`crate::store::Store::changes`] then.
    changes: u64,
    record: Record,
    /// The form version under which the approved answers were read.
    version: u32,
    previous: Option<Answers>,
}

/// What a submission says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The exact state submitted.
    pub heads: Heads,
    /// Warnings that stand, `sign_again` among them (and errors, when they were allowed).
    pub violations: Vec<Violation>,
}

impl Device {
    /// Opens a record for filling. After a merge of duplicates this is the record that stands for both.
    ///
    /// # Errors
    /// [`DeviceError::UnknownRecord`], [`DeviceError::UnknownForm`], [`DeviceError::FormUnusable`].
    pub fn session(&mut self, id: RecordId) -> Result<FormSession<'_>, DeviceError> {
        let id = self.canonical(id)?;
        let row = self.row(id)?;
        let changes = self.store.changes();
        let is_now = |left: &LeftForm| left.changes == changes || planted(Plant::LeftFormStale);
        let (mut record, read) = match self.left_form.take().filter(|left| left.id == id && is_now(left)) {
            Some(left) => (left.record, Some((left.version, left.previous))),
            None => (self.open_record(id)?, None),
        };
        let Opened { form, notice, pinned } = self.opened(&row, &mut record)?;
        let Under { answers, lensed } = lensed::read_now(&form, &mut record);
        let previous = match read {
            Some((version, previous)) if version == form.manifest().version => previous,
            _ => self.approved_answers(id, &form)?.map(|(_, answers)| answers),
        };
        Ok(FormSession {
            device: self,
            row,
            form,
            notice,
            pinned,
            record,
            answers,
            lensed,
            previous,
            rows_begun: 0,
        })
    }
}

impl FormSession<'_> {
    /// Leaves the form. Whoever opens it again before anything else was written goes on without reading the record anew: a
    /// record with a hundred answers that were not sent yet takes longer to read than to answer.
    pub fn leave(self) {
        let FormSession { device, row, form, record, previous, .. } = self;
        let (changes, version) = (device.store.changes(), form.manifest().version);
        device.left_form = Some(LeftForm { id: row.id, changes, record, version, previous });
    }

    /// The record.
    pub fn id(&self) -> RecordId {
        self.row.id
    }

    /// The form it is filled under.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// The answers as they stand; where answers differ, an arbitrary one of them.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The exact state of the record.
    pub fn heads(&mut self) -> Heads {
        self.record.heads()
    }

    /// Checks the answers, leniently while filling or fully as for a submission.
    pub fn check(&self, mode: Mode) -> Outcome {
        self.form.evaluate(&self.answers, &Context { mode, previous: self.previous.as_ref() })
    }

    /// Answers a question. The value is kept when this returns.
    ///
    /// # Errors
    /// [`DeviceError::Answer`] for a path that the form does not have or a value no answer can be.
    pub fn answer(&mut self, path: &str, value: &Json) -> Result<(), DeviceError> {
        self.answer_all(&[(path.to_owned(), value.clone())])
    }

    /// Answers several questions in one change. What stands already is left as it is. With a tick go those that cannot
    /// stand beside it (`x-exclusive`).
    ///
    /// # Errors
    /// As [`FormSession::answer`]; then nothing was kept.
    pub fn answer_all(&mut self, answers: &[(String, Json)]) -> Result<(), DeviceError> {
        let mut puts = Vec::with_capacity(answers.len());
        for (path, json) in answers {
            puts.push(self.put(path, json)?);
        }
        for path in self.ruled_out(answers) {
            puts.push(self.put(&path, &Json::Bool(false))?);
        }
        self.write(&puts, None)
    }

    /// The ticks that answers take away. "Healthy" is taken away beside an illness even where nobody had ticked it: whoever
    /// ticks it elsewhere at the same time is contradicted then, and not added up.
    fn ruled_out(&self, answers: &[(String, Json)]) -> Vec<String> {
        let given = |path: &String| answers.iter().any(|(given, _)| given == path);
        let ticked = answers.iter().filter(|(_, json)| *json == Json::Bool(true));
        let out = ticked.flat_map(|(path, _)| self.form.ruled_out(path));
        let stands = |path: &String| self.answers.get(path) == Some(&Json::Bool(true));
        let out = out.filter(|path| !given(path) && (stands(path) || self.form.stands_alone(path)));
        let out: std::collections::BTreeSet<String> = out.collect();
        out.into_iter().collect()
    }

    /// Reads typed text as the answer to a question: `?dk`, `?refused`, `?na`, empty clears.
    ///
    /// # Errors
    /// [`DeviceError::Answer`] with paths that look alike when there is no such question.
    pub fn parse(&self, path: &str, text: &str) -> Result<Json, DeviceError> {
        self.form.parse_answer(path, text).map_err(|error| self.no_answer(path, error))
    }

    /// Answers a question by typed text.
    ///
    /// # Errors
    /// As [`FormSession::parse`].
    pub fn answer_text(&mut self, path: &str, text: &str) -> Result<(), DeviceError> {
        let value = self.parse(path, text)?;
        self.answer(path, &value)
    }

    /// Clears an answer. What stood there stays in the history.
    pub fn clear(&mut self, path: &str) -> Result<(), DeviceError> {
        self.answer(path, &Json::Null)
    }

    /// Settles different answers: an ordinary answer that has seen them all, with a reason.
    ///
    /// # Errors
    /// [`DeviceError::NoConflict`] when nothing stands against each other there; those of [`FormSession::answer`].
    pub fn resolve(&mut self, path: &str, value: &Json, reason: Option<&str>) -> Result<(), DeviceError> {
        let stands = match &self.lensed {
            Some(lensed) => lensed.reading.clashes.iter().any(|clash| clash.path == path),
            None => self.record.conflicts().iter().any(|conflict| conflict.key.as_str() == path),
        };
        if !stands {
            return Err(DeviceError::NoConflict { path: path.to_owned() });
        }
        let mut puts = vec![self.put(path, value)?];
        for path in self.ruled_out(&[(path.to_owned(), value.clone())]) {
            puts.push(self.put(&path, &Json::Bool(false))?);
        }
        let reason = reason.map(|reason| crate::device::cut(reason, limits::COMMENT_BYTES).to_owned());
        self.write(&puts, reason)
    }

    /// Begins a row of a roster (`members`, `years/2015/wage`) and gives its id.
    ///
    /// # Errors
    /// [`DeviceError::Answer`] when the path is no roster.
    pub fn add_row(&mut self, roster: &str) -> Result<RowId, DeviceError> {
        let row = self.mint_row();
        self.answer(&format!("{roster}/{row}/_order"), &Json::String(row.to_string()))?;
        Ok(row)
    }

    /// A fresh row id, above those begun before in this session.
    pub fn mint_row(&mut self) -> RowId {
        let at = unix_ms(self.device.now_ms()) + self.rows_begun;
        self.rows_begun += 1;
        RowId::from_parts(at, random10(self.device.around.entropy.as_mut()))
    }

    /// Closes a row (`members/<row>`). Its answers stay in the record.
    ///
    /// # Errors
    /// [`DeviceError::Answer`] when the path is no row.
    pub fn close_row(&mut self, row: &str) -> Result<(), DeviceError> {
        self.answer(&format!("{row}/_deleted"), &Json::Bool(true))
    }

    /// Says that the record is complete as it stands.
    ///
    /// # Errors
    /// [`DeviceError::Incomplete`] with the errors, unless `with_errors`: then the supervisor sees them.
    /// [`DeviceError::Discarded`].
    pub fn submit(&mut self, note: Option<&str>, with_errors: bool) -> Result<Submitted, DeviceError> {
        if self.row.discarded {
            return Err(DeviceError::Discarded(self.row.id));
        }
        let mut violations = self.check(Mode::Full).violations;
        let signatures = self.signatures();
        violations.extend(self.form.sign_again(&signatures));
        if !with_errors && violations.iter().any(|violation| violation.severity == Severity::Error) {
            return Err(DeviceError::Incomplete(violations));
        }
        let at_ms = self.device.now_ms();
        let id = self.row.id;
        let version = self.form.manifest().version;
        let submission = Submission {
            id: ObjectId::from_bytes(outbox::mint(at_ms, self.device.around.entropy.as_mut())),
            heads: self.record.heads(),
            form_version: version,
            at_ms,
            note: note.map(|note| crate::device::cut(note, limits::COMMENT_BYTES).to_owned()),
        };
        let item = Item::Submission {
            id: submission.id,
            record: id,
            heads: submission.heads.clone(),
            form_version: version,
            at_ms,
            note: submission.note.clone(),
        };
        self.device.writer()?;
        self.device.store.write::<_, StoreError>(|tx| {
            people::put_submission(tx, id, &submission)?;
            outbox::enqueue(tx, &item, at_ms)?;
            records::set_state(tx, id, state::SUBMITTED, version, at_ms)
        })?;
        self.row = self.device.row(id)?;
        Ok(Submitted { heads: submission.heads, violations })
    }

    /// Checks path and value; a value that may stand in a register but is no answer is left to validation.
    fn put(&self, path: &str, json: &Json) -> Result<(Key, Value), DeviceError> {
        let unknown = || self.no_answer(path, doorstep_forms::AnswerError::UnknownPath(path.to_owned()));
        let key = Key::parse(path).map_err(|_| unknown())?;
        if !paths::is_answerable(&self.form, path) {
            return Err(unknown());
        }
        let value = Value::from_json(json)
            .ok_or_else(|| self.no_answer(path, doorstep_forms::AnswerError::TooLong))?;
        Ok((key, value))
    }

    fn no_answer(&self, path: &str, error: doorstep_forms::AnswerError) -> DeviceError {
        let suggestions = match &error {
            doorstep_forms::AnswerError::UnknownPath(_) => paths::suggest(&self.form, path),
            _ => Vec::new(),
        };
        DeviceError::Answer { path: path.to_owned(), error: Box::new(error), suggestions }
    }

    fn write(&mut self, puts: &[(Key, Value)], reason: Option<String>) -> Result<(), DeviceError> {
        self.write_with(puts, reason, |_| Ok(()))
    }

    /// Writes answers together with what `before` adds to the store.
    fn write_with(
        &mut self,
        puts: &[(Key, Value)],
        reason: Option<String>,
        before: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), DeviceError> {
        let note = ChangeNote {
            form_version: self.form.manifest().version,
            at_ms: self.device.now_ms(),
            reason,
            original_at_ms: None,
            cites: None,
        };
        // Through a lens, what stands in its own place may still stand against a former one.
        let news: Vec<(Key, Value)> = match &self.lensed {
            None => puts.to_vec(),
            Some(lensed) => {
                let is_new =
                    |(key, value): &&(Key, Value)| !lensed.reading.stands(key.as_str(), &value.to_json());
                puts.iter().filter(is_new).cloned().collect()
            }
        };
        let facts = (&note, news.as_slice(), self.lensed.is_some());
        let written = self.device.commit_as(self.row.id, &mut self.record, &self.form, facts, before);
        Under { answers: self.answers, lensed: self.lensed } = lensed::read_now(&self.form, &mut self.record);
        match written {
            Err(DeviceError::Write(WriteError::Nothing)) => Ok(()),
            other => other,
        }
    }

    /// Answers that stand against each other, by path.
    fn open_answers(&mut self) -> BTreeMap<String, doorstep_records::Answer> {
        if let Some(lensed) = &self.lensed {
            let clashes = lensed.reading.clashes.iter();
            let different = clashes.filter(|clash| clash.kind == ClashKind::DifferentAnswers);
            let answer = |clash: &doorstep_forms::Clash<doorstep_records::ChangeHash>| {
                let candidates = lensed.candidates(&clash.candidates);
                let value = candidates.first()?.value.clone();
                Some((clash.path.clone(), doorstep_records::Answer { value, candidates }))
            };
            return different.filter_map(answer).collect();
        }
        let open = self.record.open_keys();
        let answers = open.into_iter().filter_map(|key| Some((key.to_string(), self.record.answer(&key)?)));
        answers.collect()
    }
}
