//! What the screen shows of a record being filled: pages, visible questions, values, different answers, errors, choices.

use std::collections::BTreeMap;

use doorstep_forms::drawing::{self, Beside, Drawing};
pub use doorstep_forms::drawing::{Remark, Said};
use doorstep_forms::{Context, Kind, Mode, Severity};
use serde::Serialize;

use super::FormSession;
use crate::device::{Notice, ShownCandidate, preselected};
use crate::error::DeviceError;
use crate::store::FileState;
use crate::store::people::{Comment, Review};
use crate::store::records::state;

/// A record being filled.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// Title of the form.
    pub title: String,
    /// What people call the record.
    pub label: String,
    /// Area code.
    pub area: String,
    /// `draft`, `submitted`, `sent_back`, `approved` or `not_accepted`.
    pub state: String,
    /// Practice, or filled under a test version: it counts nowhere.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Set aside as entered by mistake.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub discarded: bool,
    /// Where the form asks how the visit ended, when it asks for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit_outcome: Option<&'static str>,
    /// The form version it is filled under.
    pub version: u32,
    /// A newer version that it does not go on under, because that is built otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_version: Option<u32>,
    /// Rules changed since the record was begun: told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// Pages in order.
    pub pages: Vec<PageView>,
    /// Errors of a full check.
    pub errors: usize,
    /// Warnings of a full check.
    pub warnings: usize,
    /// Violations of the record as a whole.
    pub violations: Vec<Said>,
    /// Remarks on the record as a whole, oldest first.
    pub comments: Vec<Remark>,
}

/// A page.
pub type PageView = drawing::PageView<ShownCandidate>;
/// What stands on a page.
pub type ItemView = drawing::ItemView<ShownCandidate>;
/// A row of a roster.
pub type RowView = drawing::RowView<ShownCandidate>;
/// A question.
pub type QuestionView = drawing::QuestionView<ShownCandidate>;

/// The question that every form asks for how a visit ended, by its permanent key.
const VISIT_OUTCOME: &str = "visit_outcome";

impl FormSession<'_> {
    /// What the screen shows now, in `locale`.
    ///
    /// Errors that only a submission asks for (a required answer) make a page incomplete, not invalid.
    pub fn view(&mut self, locale: &str) -> Result<View, DeviceError> {
        let mut different = BTreeMap::new();
        for (path, answer) in self.open_answers() {
            if answer.is_conflict() {
                let candidates = self.device.candidates(&answer.candidates)?;
                let candidates = preselected(Some(&self.form), &path, candidates);
                different.insert(path, candidates);
            }
        }
        let (comments, reviews) = (self.device.comments(self.row.id)?, self.device.reviews(self.row.id)?);
        let context = Context { mode: Mode::Full, previous: self.previous.as_ref() };
        let mut outcome = self.form.evaluate(&self.answers, &context);
        let signatures = self.signatures();
        outcome.violations.extend(self.form.sign_again(&signatures));
        let mut notes: BTreeMap<String, &'static str> = signatures
            .iter()
            .filter_map(|signature| Some((signature.path.clone(), signature.remark(locale)?)))
            .collect();
        for (path, file) in self.form.attachments(&outcome) {
            let note = file_remark(self.device.file_state(&file)?, locale);
            // Of a signature it is told whether the answers changed after it, not where its picture is.
            let told = self.form.question(&path).is_some_and(|question| question.kind() == Kind::Attachment);
            notes.extend((told && !note.is_empty()).then_some((path, note)));
        }
        let remarks = comments.iter().filter_map(|comment| Some((comment.path.clone()?, remark(comment))));
        let beside = Beside {
            different,
            remarks: remarks.collect(),
            notes,
            show_hidden: self.row.state != state::DRAFT,
        };
        let drawing = Drawing::new(&self.form, locale, &self.answers, &outcome, beside);
        let notice = match &self.notice {
            Some(notice) if !self.device.was_noticed(self.row.id, notice.to)? => Some(notice.clone()),
            _ => None,
        };
        let view = View {
            version: self.form.manifest().version,
            newer_version: self.pinned,
            notice,
            title: self.form.title(locale).to_owned(),
            label: self.form.label(&self.answers),
            area: self.row.area.clone(),
            state: self.row.state.clone(),
            test: self.row.test,
            discarded: self.row.discarded,
            visit_outcome: drawing.is_asked(VISIT_OUTCOME).then_some(VISIT_OUTCOME),
            pages: drawing.pages(),
            errors: drawing.count(Severity::Error),
            warnings: drawing.count(Severity::Warning),
            violations: drawing.said_at(""),
            comments: whole_record(&comments, &reviews),
        };
        if let Some(notice) = &view.notice {
            self.device.set_noticed(self.row.id, notice.to)?;
        }
        Ok(view)
    }
}

/// Where a file is, as far as a person need know; empty when it is here and at the server.
fn file_remark(state: Option<FileState>, locale: &str) -> &'static str {
    match (state, locale.starts_with("zh")) {
        (Some(FileState::Queued), true) => "附件待上传",
        (Some(FileState::Queued), false) => "the file waits to be sent",
        (Some(FileState::Refused), true) => "服务器不接受该附件，附件仍在本机",
        (Some(FileState::Refused), false) => "the server does not take this file; it stays here",
        (Some(FileState::Held | FileState::Fetched), _) => "",
        (Some(FileState::Wanted | FileState::Absent) | None, true) => "附件不在本机",
        (Some(FileState::Wanted | FileState::Absent) | None, false) => "the file is not on this device",
    }
}

/// Remarks on the record, and the notes of decisions, by time.
fn whole_record(comments: &[Comment], reviews: &[Review]) -> Vec<Remark> {
    let notes = reviews.iter().filter_map(|review| {
        Some(Remark { by: review.by.clone(), at: review.at_ms, text: review.note.clone()? })
    });
    let comments = comments.iter().filter(|comment| comment.path.is_none()).map(remark);
    let mut remarks: Vec<Remark> = notes.chain(comments).collect();
    remarks.sort_by_key(|remark| remark.at);
    remarks
}

fn remark(comment: &Comment) -> Remark {
    Remark { by: comment.by.clone(), at: comment.at_ms, text: comment.text.clone() }
}
