//! Records as people see them: lists, one record, its history, edits from the office.

use doorstep_records::gate;
use doorstep_records::{Heads, Key, Record, RecordId, UnknownHeads};
use rusqlite::Connection;

use super::SqliteStore;
use super::review::cases::{Loaded, case_load};
use super::review::changes::record_changes;
use super::review::decisions::{comment_list, review_list, served, served_put, submission_list};
use super::review::lines::{flag_list, line_get, line_page};
use super::review::people::author_list;
use super::reviews::{damaged, who};
use crate::reconcile::judge::JudgeError;
use crate::reconcile::lensed::answers_under;
use crate::reconcile::reading::read_at;
use crate::reconcile::rulebook::Rulebook;
use crate::review::difference::changed_answers;
use crate::review::model::{
    HistoryLine, PAGE_RECORDS_MAX, Place, RecordChanges, RecordFilter, RecordLine, RecordPage, RecordView,
};
use crate::review::state::RecordState;
use crate::review::view::{
    Authors, answer_views, history_lines, missing_views, signature_states, signature_views, violation_views,
};
use crate::source::Entropy;
use crate::store::records::{At, OfficeEdit, Records};
use crate::store::{Scope, StoreError};

impl Records for SqliteStore {
    fn record_list(
        &self,
        scope: &Scope,
        filter: &RecordFilter,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<RecordPage, StoreError> {
        self.read(|conn| Ok(line_page(conn, scope, filter, after, limit.min(PAGE_RECORDS_MAX))?))
    }

    fn record_changes(
        &self,
        scope: &Scope,
        after: Option<Place>,
        limit: u32,
    ) -> Result<RecordChanges, StoreError> {
        self.read(|conn| Ok(record_changes(conn, scope, after, limit.min(PAGE_RECORDS_MAX))?))
    }

    fn record_get(&self, scope: &Scope, record: RecordId, at: &At) -> Result<RecordView, StoreError> {
        let user = who(scope);
        let (view, remembered) = self.read(|conn| {
            let (num, line) = line_get(conn, scope, record)?.ok_or(StoreError::NotFound)?;
            let mut view = self.view(conn, num, line, at)?;
            view.flags = flag_list(conn, scope, num, record)?;
            let remembered = served(conn, user, record.to_bytes(), &view.heads)?;
            Ok((view, remembered))
        })?;
        if !remembered {
            let heads = view.heads.clone();
            self.write(move |conn| Ok(served_put(conn, user, record.to_bytes(), &heads)?))?;
        }
        Ok(view)
    }

    fn record_history(
        &self,
        scope: &Scope,
        record: RecordId,
        key: Option<&Key>,
    ) -> Result<Vec<HistoryLine>, StoreError> {
        self.read(|conn| {
            let (num, _) = line_get(conn, scope, record)?.ok_or(StoreError::NotFound)?;
            let loaded = case_load(conn, num)?.ok_or(StoreError::NotFound)?;
            let authors = author_list(conn, num)?;
            Ok(history_lines(loaded.case.open()?.history(key), &authors))
        })
    }

    fn record_edit(
        &self,
        scope: &Scope,
        edit: &OfficeEdit,
        entropy: &dyn Entropy,
    ) -> Result<Heads, StoreError> {
        self.office_edit(scope, edit, entropy)
    }
}

impl SqliteStore {
    fn view(&self, conn: &Connection, num: i64, line: RecordLine, at: &At) -> Result<RecordView, StoreError> {
        let loaded = case_load(conn, num)?.ok_or(StoreError::NotFound)?;
        let authors = author_list(conn, num)?;
        let mut record = loaded.case.open()?;
        let heads = resolve(&loaded, &mut record, at, &authors)?;
        let view = self.view_at(conn, (num, line), &loaded, (&mut record, heads), &authors);
        view.map_err(|error| match error {
            ViewError::Judge(error) => damaged(error),
            ViewError::Store(error) => error,
        })
    }

    fn view_at(
        &self,
        conn: &Connection,
        (num, line): (i64, RecordLine),
        loaded: &Loaded,
        (record, heads): (&mut Record, Heads),
        authors: &Authors,
    ) -> Result<RecordView, ViewError> {
        let case = &loaded.case;
        let judged_by = case.judging_version(record, &heads);
        let form = self.inner.forms.of_record(conn, &case.form, judged_by, case.test)?;
        let under = form.as_ref().and_then(|form| form.lens());
        let reading = read_at(record, &heads, under).map_err(JudgeError::from)?;
        let settled = case.settled_at(record, &heads, under).map_err(JudgeError::from)?;
        let approved = match case.approved() {
            Some(approval) => {
                Some(case.settled_at(record, &approval.heads, under).map_err(JudgeError::from)?)
            }
            None => None,
        };
        let answers = record.answers_at(&heads).map_err(JudgeError::from)?;
        let answers = match under {
            Some(form) => answers_under(form, record, &answers),
            None => answers.into_iter().map(|(key, answer)| (key.into(), answer)).collect(),
        };
        let full = case.state != RecordState::Draft;
        let outcome = form.as_ref().map(|form| {
            let previous =
                approved.as_ref().filter(|_| case.approved().is_some_and(|last| last.heads != heads));
            (form, form.outcome(&settled.answers, previous.map(|reading| &reading.answers), full))
        });
        let (violations, calculated, signatures) = match outcome {
            Some((form, mut outcome)) => {
                let states = signature_states(form.form(), &reading.clone().undisputed(), record, &heads);
                outcome.violations.extend(form.form().sign_again(&states));
                let mut violations = violation_views(&outcome, form, &reading);
                if full {
                    violations.extend(missing_views(case.files_missing(&form.files(&outcome))));
                }
                (violations, outcome.calculated, signature_views(states))
            }
            None => Default::default(),
        };
        let mut amendment = match approved {
            Some(approved) => changed_answers(&approved.answers, &reading.clone().undisputed()),
            None => Vec::new(),
        };
        amendment.retain(|answer| !answer.path.starts_with('_'));
        Ok(RecordView {
            judged_by,
            answers: answer_views(&answers, &reading, authors, form.as_ref().map(|form| form.form())),
            calculated,
            violations,
            signatures,
            amendment,
            flags: Vec::new(),
            submissions: submission_list(conn, num).map_err(StoreError::from)?,
            reviews: review_list(conn, num).map_err(StoreError::from)?,
            comments: comment_list(conn, num).map_err(StoreError::from)?,
            merged: case.merged.iter().map(|merged| merged.record).collect(),
            heads,
            line,
        })
    }
}

/// Either half of what can go wrong while a view is put together.
enum ViewError {
    Judge(JudgeError),
    Store(StoreError),
}

impl From<JudgeError> for ViewError {
    fn from(error: JudgeError) -> ViewError {
        ViewError::Judge(error)
    }
}

impl From<StoreError> for ViewError {
    fn from(error: StoreError) -> ViewError {
        ViewError::Store(error)
    }
}

/// The heads that are asked for.
pub(super) fn resolve(
    loaded: &Loaded,
    record: &mut Record,
    at: &At,
    authors: &Authors,
) -> Result<Heads, StoreError> {
    let now = record.heads();
    match at {
        At::Now => Ok(now),
        At::Heads(heads) if !heads.is_empty() && record.contains_heads(heads) => Ok(heads.clone()),
        // Heads of another record look like heads that do not exist.
        At::Heads(_) => Err(StoreError::NotFound),
        At::ToReview => match to_decide(loaded, record).map_err(|_| lacking())? {
            Some(complete) if !only_office_since(record, &complete, authors)? => Ok(complete),
            _ => Ok(now),
        },
    }
}

/// What people said is complete, with what was approved since (a move of the register's status follows from another
/// record and waits for nobody): an approval of less would not hold what was approved before.
fn to_decide(loaded: &Loaded, record: &mut Record) -> Result<Option<Heads>, UnknownHeads> {
    match (loaded.case.complete(record)?, loaded.case.approved()) {
        (Some(complete), Some(approved)) => record.joined(&[&complete, &approved.heads]).map(Some),
        (complete, _) => Ok(complete),
    }
}

fn lacking() -> StoreError {
    StoreError::Damaged("a submission names heads that the document lacks")
}

/// True when nothing but the office has written since `heads`.
fn only_office_since(record: &mut Record, heads: &Heads, authors: &Authors) -> Result<bool, StoreError> {
    let since = record.changes_since(heads).map_err(|_| lacking())?;
    Ok(since.iter().all(|change| {
        gate::inspect(&change.bytes)
            .is_ok_and(|facts| authors.get(&facts.actor).is_some_and(|author| author.device.is_none()))
    }))
}
