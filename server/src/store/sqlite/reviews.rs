//! Decisions on exact heads.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::{ObjectId, ProblemKind};
use doorstep_records::{Heads, RecordId};

use super::SqliteStore;
use super::moves::DecidedBy;
use super::review::cases::{Loaded, case_load};
use super::review::decisions::served;
use super::review::library::{Shelf, area_path};
use super::review::lines::line_get;
use crate::accounts::role::{Action, Role};
use crate::language::Said;
use crate::log::{By, LogEntry, ReviewComment, ReviewedEntry, commit};
use crate::reconcile::judge::JudgeError;
use crate::reconcile::reading::{read_at, read_now};
use crate::reconcile::rulebook::Library;
use crate::review::difference::{ChangedAnswer, changed_answers};
use crate::review::examine::examine;
use crate::review::model::{
    COMMENTS_MAX, NewComment, NewReview, Refused, Reviewed, TEXT_BYTES_MAX, WAIVERS_MAX,
};
use crate::review::rule::{Decision, decide};
use crate::store::reviews::{Decided, Reviews};
use crate::store::{Scope, StoreError};

/// How often a decision is examined anew when somebody else decides at the same time.
const TRIES: usize = 4;

impl Reviews for SqliteStore {
    fn review_decide(
        &self,
        scope: &Scope,
        record: RecordId,
        review: &NewReview,
    ) -> Result<Decided, StoreError> {
        may_review(scope)?;
        checked(review)?;
        for _ in 0..TRIES {
            let (seen, loaded, shelf) = self.read(|conn| {
                let (num, _) = line_get(conn, scope, record)?.ok_or(StoreError::NotFound)?;
                let loaded = case_load(conn, num)?.ok_or(StoreError::NotFound)?;
                no_test(&loaded)?;
                let shelf = self.inner.forms.shelf(conn, std::iter::once(&loaded.case))?;
                let seen = served(conn, who(scope), record.to_bytes(), &review.heads)?;
                Ok((seen, loaded, shelf))
            })?;
            if let Some(refused) = examined(scope, &loaded, &shelf, review, seen).map_err(damaged)? {
                return Ok(Decided::Refused(Box::new(refused)));
            }
            let basis = Basis::of(&loaded);
            let (entry, at_ms) = (entry(scope, record, review), review.at_ms);
            let (num, clerk, role) = (loaded.num, self.clerk(), scope.role().name());
            let done = self.write(move |conn| {
                let now = case_load(conn, num)?.ok_or(StoreError::NotFound)?;
                if Basis::of(&now) != basis {
                    return Ok(None);
                }
                let (id, by) = (entry.id, entry.by.clone());
                commit(conn, at_ms, &LogEntry::Reviewed(entry))?;
                clerk.follow(conn, num, &DecidedBy { review: id, by, role, at_ms })?;
                let after = case_load(conn, num)?.ok_or(StoreError::NotFound)?;
                Ok(Some(after.case.state))
            })?;
            if let Some(state) = done {
                let newer = loaded.case.open()?.heads() != review.heads;
                return Ok(Decided::Taken(Reviewed { state, newer }));
            }
        }
        Err(StoreError::refused(ProblemKind::Conflict))
    }

    fn comment_add(
        &self,
        scope: &Scope,
        record: RecordId,
        id: ObjectId,
        heads: &Heads,
        comment: &NewComment,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        may_review(scope)?;
        text_checked(&comment.text)?;
        let (scope, heads, comment) = (scope.clone(), heads.clone(), comment.clone());
        self.write(move |conn| {
            let (num, _) = line_get(conn, &scope, record)?.ok_or(StoreError::NotFound)?;
            let loaded = case_load(conn, num)?.ok_or(StoreError::NotFound)?;
            if heads.is_empty() || !loaded.case.open()?.contains_heads(&heads) {
                return Err(StoreError::refused(ProblemKind::NotSeen));
            }
            let comment = ReviewComment { id, path: comment.path, text: comment.text };
            commit(conn, at_ms, &LogEntry::Commented { record, heads, comment, by: By::from(&scope) })?;
            Ok(())
        })
    }

    fn area_apply(&self, scope: &Scope, record: RecordId, area: &str, at_ms: i64) -> Result<(), StoreError> {
        may_review(scope)?;
        let (scope, area) = (scope.clone(), area.to_owned());
        self.write(move |conn| {
            line_get(conn, &scope, record)?.ok_or(StoreError::NotFound)?;
            // An area outside the scope looks like one that does not exist.
            let path = area_path(conn, &area)?.filter(|path| scope.covers(path));
            path.ok_or(StoreError::NotFound)?;
            commit(conn, at_ms, &LogEntry::AreaApplied { record, area, by: By::from(&scope) })?;
            Ok(())
        })
    }
}

/// The key under which is remembered what a person was shown; the operator at the machine is one more person.
pub(super) fn who(scope: &Scope) -> [u8; 16] {
    scope.user().map(|user| user.to_bytes()).unwrap_or_default()
}

/// What was filled under a test version is never decided on: it must not reach the dataset.
fn no_test(loaded: &Loaded) -> Result<(), StoreError> {
    if !loaded.case.test || planted(Plant::TestReviewed) {
        return Ok(());
    }
    let said = Said::new(
        "This record was filled under a test version: it is kept, and never reviewed or counted.",
        "该记录是用测试版填写的：只保留，不审核，也不计入统计。",
    );
    Err(StoreError::Refused(ProblemKind::WrongState, Some(said)))
}

fn may_review(scope: &Scope) -> Result<(), StoreError> {
    if scope.role().may(Action::Review) { Ok(()) } else { Err(StoreError::refused(ProblemKind::NotAllowed)) }
}

fn checked(review: &NewReview) -> Result<(), StoreError> {
    if review.comments.len() > COMMENTS_MAX || review.waivers.len() > WAIVERS_MAX {
        return Err(StoreError::refused(ProblemKind::TooLarge));
    }
    let comments = review.comments.iter().map(|(_, comment)| &comment.text);
    for text in comments.chain(&review.note) {
        text_checked(text)?;
    }
    for waiver in &review.waivers {
        if waiver.reason.len() > TEXT_BYTES_MAX {
            return Err(StoreError::refused(ProblemKind::TooLarge));
        }
    }
    Ok(())
}

fn text_checked(text: &str) -> Result<(), StoreError> {
    if text.trim().is_empty() {
        let said = Said::new("A remark needs words.", "请填写内容。");
        return Err(StoreError::Refused(ProblemKind::Invalid, Some(said)));
    }
    if text.len() > TEXT_BYTES_MAX { Err(StoreError::refused(ProblemKind::TooLarge)) } else { Ok(()) }
}

/// The refusal of a decision, if any.
fn examined(
    scope: &Scope,
    loaded: &Loaded,
    shelf: &Shelf,
    review: &NewReview,
    seen: bool,
) -> Result<Option<Refused>, JudgeError> {
    let mut facts = examine(&loaded.case, shelf, &review.heads, seen)?;
    facts.headquarters = scope.role() == Role::Admin;
    match decide(review.decision, &facts, &review.waivers) {
        Ok(()) => Ok(None),
        Err(refusal) => {
            let difference = difference(loaded, shelf, review, facts.known)?;
            Ok(Some(Refused { refusal, difference }))
        }
    }
}

/// What differs between the heads named and the present state; from nothing when the heads are unknown.
fn difference(
    loaded: &Loaded,
    shelf: &Shelf,
    review: &NewReview,
    known: bool,
) -> Result<Vec<ChangedAnswer>, JudgeError> {
    let mut record = loaded.case.open()?;
    let heads = record.heads();
    let version = loaded.case.judging_version(&mut record, &heads);
    let rules = shelf.version(&loaded.case.form, version);
    let under = rules.as_ref().and_then(|rules| rules.lens());
    let named = if known { read_at(&mut record, &review.heads, under)? } else { Default::default() };
    Ok(changed_answers(&named.undisputed(), &read_now(&mut record, under).undisputed()))
}

fn entry(scope: &Scope, record: RecordId, review: &NewReview) -> ReviewedEntry {
    let waivers = if review.decision == Decision::Approve { review.waivers.clone() } else { Vec::new() };
    let comments = review.comments.iter().map(|(id, comment)| ReviewComment {
        id: *id,
        path: comment.path.clone(),
        text: comment.text.clone(),
    });
    ReviewedEntry {
        id: review.id,
        record,
        heads: review.heads.clone(),
        decision: review.decision,
        note: review.note.clone(),
        comments: comments.collect(),
        waivers,
        by: By::from(scope),
        auto: false,
    }
}

/// What a decision rests on. New changes are no part of it: they become an amendment.
#[derive(PartialEq)]
struct Basis {
    state: crate::review::state::RecordState,
    discarded: bool,
    alias_of: Option<RecordId>,
    submissions: usize,
    approvals: Vec<Heads>,
}

impl Basis {
    fn of(loaded: &Loaded) -> Basis {
        let case = &loaded.case;
        Basis {
            state: case.state,
            discarded: case.discarded,
            alias_of: case.alias_of,
            submissions: case.submissions.len(),
            approvals: case.approvals.iter().map(|approval| approval.heads.clone()).collect(),
        }
    }
}

/// The store contradicts itself.
pub(super) fn damaged(error: JudgeError) -> StoreError {
    match error {
        JudgeError::Document(error) => StoreError::Document(error),
        JudgeError::Heads(_) => StoreError::Damaged("a review or submission names unknown heads"),
    }
}
