//! Moves that follow from decisions (`x-moves`): facts, the change, its approval and the verdict, all in the transaction
//! of the decision itself, so that register and submissions cannot diverge by a crash in between.

use std::sync::Arc;

use doorstep_forms::Move;
use doorstep_protocol::{EnvelopeId, ObjectId};
use doorstep_records::{ChangeNote, Heads, Key, Record, RecordId, Value};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::clerk::{Clerk, ServerChange};
use super::review::cases::{Loaded, case_load};
use super::reviews::damaged;
use super::rows::{heads_bytes, record_id_opt};
use crate::log::{By, LogEntry, MovedEntry, ReviewedEntry, commit};
use crate::moves::{LastMove, MoveVerdict, Todo, todo};
use crate::reconcile::judge::JudgeError;
use crate::reconcile::published::Published;
use crate::reconcile::rulebook::Rulebook;
use crate::review::examine::examine;
use crate::review::rule::{self, Waiver};
use crate::review::state::RecordState;
use crate::store::StoreError;
use crate::sync::push::server_author;

const FORM: &str = "SELECT form, form_version FROM record WHERE num = ?1 AND test = 0 AND alias_of IS NULL";
const LAST: &str = "SELECT record.id, answer, was, value, verdict FROM status_move \
     LEFT JOIN record ON record.num = status_move.target WHERE source = ?1 ORDER BY status_move.num DESC LIMIT 1";
const NUMBER: &str = "SELECT num FROM record WHERE id = ?1";
const WAIVERS: &str = "SELECT key, path, reason FROM waiver WHERE record = ?1 AND heads = ?2 ORDER BY num";

/// Who decided what moves may follow from, in which review, and when.
pub(super) struct DecidedBy<'a> {
    pub(super) review: ObjectId,
    pub(super) by: By,
    /// Role of who decided.
    pub(super) role: &'a str,
    pub(super) at_ms: i64,
}

/// A move to be tried, or the way back of one that no longer stands.
struct Attempt {
    target: Option<RecordId>,
    /// The form that the target must be of; none for a way back, which stays in the record that was moved.
    of_form: Option<String>,
    answer: String,
    to: String,
    /// The answer that takes the date, and the date; a way back has none and empties it.
    dated: Option<(String, Option<String>)>,
    /// What is approved of the source.
    heads: Heads,
}

impl Attempt {
    fn of(target: Option<RecordId>, asked: Move, heads: Heads) -> Attempt {
        let Move { form, answer, to, dated } = asked;
        Attempt { target, of_form: Some(form), answer, to, dated, heads }
    }

    fn is_back(&self) -> bool {
        self.of_form.is_none()
    }
}

/// Where the record to be moved stands.
struct Standing {
    loaded: Loaded,
    record: Record,
    /// What the move builds on: what is approved, else what is complete.
    base: Heads,
    /// The version that judges that.
    version: u32,
    form: Arc<Published>,
}

impl Clerk {
    /// Carries out what follows from a decision on the record `num` that was just applied.
    pub(super) fn follow(
        &self,
        tx: &Connection,
        num: i64,
        decision: &DecidedBy<'_>,
    ) -> Result<(), StoreError> {
        let named: Option<(String, u32)> =
            tx.prepare_cached(FORM)?.query_row([num], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((form, version)) = named else { return Ok(()) };
        // Most forms move nothing: that is known before any document is opened.
        if !self.forms.get(tx, &form, version)?.is_some_and(|form| form.form().has_moves()) {
            return Ok(());
        }
        let loaded = case_load(tx, num)?.ok_or(StoreError::NotFound)?;
        let (heads, wanted) = self.wanted(tx, &loaded)?;
        let target = loaded.case.subject;
        let last = last(tx, num)?;
        let known = last.as_ref().map(|(place, answer, last)| LastMove {
            same_place: *place == target && wanted.as_ref().is_none_or(|asked| asked.answer == *answer),
            ..last.clone()
        });
        let source = loaded.case.record;
        match (todo(wanted.as_ref().map(|asked| asked.to.as_str()), known.as_ref()), wanted, last) {
            (Todo::Nothing, ..) | (_, None, None) => Ok(()),
            (Todo::Try, Some(asked), _) => {
                self.attempt(tx, source, Attempt::of(target, asked, heads), decision)
            }
            (Todo::TryBack, _, Some((target, answer, last))) => {
                let dated = self.dated(tx, &loaded)?;
                let to = last.from.clone().unwrap_or_default();
                let attempt = Attempt { target, of_form: None, answer, to, dated, heads };
                match last.from {
                    Some(_) => self.attempt(tx, source, attempt, decision),
                    // Before, there was no answer: no move leads there.
                    None => note_down(tx, source, attempt, Some(last.to), MoveVerdict::Withdrawn, decision),
                }
            }
            (_, _, Some((target, answer, last))) => {
                let attempt = Attempt { target, of_form: None, answer, to: last.to, dated: None, heads };
                note_down(tx, source, attempt, last.from, MoveVerdict::Dropped, decision)
            }
            (_, Some(_), None) => Ok(()),
        }
    }

    /// What is approved of a record, and what that asks for.
    fn wanted(&self, tx: &Connection, loaded: &Loaded) -> Result<(Heads, Option<Move>), StoreError> {
        let case = &loaded.case;
        let Some(approved) = case.approved().filter(|_| !case.discarded) else {
            return Ok((Heads::empty(), None));
        };
        let mut record = case.open()?;
        let version = case.judging_version(&mut record, &approved.heads);
        let Some(form) = self.forms.get(tx, &case.form, version)? else {
            return Ok((approved.heads.clone(), None));
        };
        let reading = settled(loaded, &mut record, &approved.heads, &form)?;
        Ok((approved.heads.clone(), form.form().moved(&reading.answers)))
    }

    /// The answer that takes the date, emptied: a way back has no date of its own.
    fn dated(
        &self,
        tx: &Connection,
        loaded: &Loaded,
    ) -> Result<Option<(String, Option<String>)>, StoreError> {
        let form = self.forms.get(tx, &loaded.case.form, loaded.case.form_version)?;
        Ok(form.and_then(|form| form.form().dated_by_moves().map(|answer| (answer.to_owned(), None))))
    }

    fn attempt(
        &self,
        tx: &Connection,
        source: RecordId,
        attempt: Attempt,
        decision: &DecidedBy<'_>,
    ) -> Result<(), StoreError> {
        let refused = |verdict| if attempt.is_back() { MoveVerdict::Withdrawn } else { verdict };
        let Some(mut standing) = self.standing(tx, &attempt)? else {
            let verdict = refused(MoveVerdict::NoRecord);
            return note_down(tx, source, attempt, None, verdict, decision);
        };
        let Standing { loaded, record, base, form, .. } = &mut standing;
        let reading = settled(loaded, record, base, form)?;
        let answer = attempt.answer.as_str();
        let from = reading.answers.get(answer).and_then(|value| value.as_str()).map(str::to_owned);
        let verdict = if reading.is_disputed(answer) {
            refused(MoveVerdict::DifferentAnswers)
        } else if from.as_deref() == Some(attempt.to.as_str()) {
            if attempt.is_back() { MoveVerdict::TakenBack } else { MoveVerdict::Same }
        } else if !form.form().allows_move(answer, from.as_deref(), &attempt.to) {
            refused(MoveVerdict::NotAllowed)
        } else {
            match self.write_move(tx, source, &attempt, standing, decision)? {
                true if attempt.is_back() => MoveVerdict::TakenBack,
                true => MoveVerdict::Moved,
                false => refused(MoveVerdict::NotAllowed),
            }
        };
        note_down(tx, source, attempt, from, verdict, decision)
    }

    /// Where the record to be moved stands; none when there is no such record, or it is not in the register.
    fn standing(&self, tx: &Connection, attempt: &Attempt) -> Result<Option<Standing>, StoreError> {
        let Some(id) = attempt.target else { return Ok(None) };
        let num: Option<i64> =
            tx.prepare_cached(NUMBER)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?;
        let Some(loaded) = num.map(|num| case_load(tx, num)).transpose()?.flatten() else { return Ok(None) };
        let case = &loaded.case;
        let other_form = attempt.of_form.as_ref().is_some_and(|form| case.form != *form);
        let outside = matches!(case.state, RecordState::Draft | RecordState::NotAccepted);
        if other_form || outside || case.discarded || case.test {
            return Ok(None);
        }
        let mut record = case.open()?;
        let base = match case.approved() {
            Some(approved) => Some(approved.heads.clone()),
            None => case
                .complete(&mut record)
                .map_err(|_| StoreError::Damaged("a submission names heads that the document lacks"))?,
        };
        let Some(base) = base else { return Ok(None) };
        let version = case.judging_version(&mut record, &base);
        let form = self.forms.get(tx, &case.form, version)?;
        Ok(form.map(|form| Standing { loaded, record, base, version, form }))
    }

    /// Writes the move, and approves it where it builds on nothing but what was approved already; answers whether it
    /// was taken. Anything else (never approved, sent back, a new error) waits for a person like every amendment.
    fn write_move(
        &self,
        tx: &Connection,
        source: RecordId,
        attempt: &Attempt,
        standing: Standing,
        decision: &DecidedBy<'_>,
    ) -> Result<bool, StoreError> {
        let key = |path: &str| Key::parse(path).map_err(|_| StoreError::Damaged("a move names no answer"));
        let Standing { loaded, mut record, base, version, .. } = standing;
        let mut puts = vec![(key(&attempt.answer)?, Value::Text(attempt.to.clone()))];
        if let Some((path, on)) = &attempt.dated {
            puts.push((key(path)?, on.clone().map_or(Value::Null, Value::Text)));
        }
        let mut note =
            ChangeNote::new(version, decision.at_ms).with_reason(reason(tx, source, attempt.is_back())?);
        note.cites = attempt.heads.iter().next().copied();
        let at = u64::try_from(decision.at_ms).unwrap_or_default();
        let change = ServerChange {
            envelope: EnvelopeId::mint(at, derived(decision.review, "change")),
            record: loaded.case.record,
            heads: &base,
            note,
            puts,
            submission: None,
            author: server_author(&self.identity, decision.by.user, &decision.by.name, decision.role),
        };
        let Some(hash) = self.write(tx, &mut record, change)? else { return Ok(false) };
        self.approve(tx, source, &loaded, [hash].into_iter().collect(), decision)?;
        Ok(true)
    }

    fn approve(
        &self,
        tx: &Connection,
        source: RecordId,
        before: &Loaded,
        heads: Heads,
        decision: &DecidedBy<'_>,
    ) -> Result<(), StoreError> {
        let Some(approved) = before.case.approved() else { return Ok(()) };
        if !(before.case.state.is_approved() || before.case.state == RecordState::Submitted) {
            return Ok(());
        }
        let loaded = case_load(tx, before.num)?.ok_or(StoreError::NotFound)?;
        let waivers: Vec<Waiver> = tx
            .prepare_cached(WAIVERS)?
            .query_map(params![before.num, heads_bytes(&approved.heads)], |row| {
                Ok(Waiver { key: row.get(0)?, path: row.get(1)?, reason: row.get(2)? })
            })?
            .collect::<Result<_, _>>()?;
        let shelf = self.forms.shelf(tx, std::iter::once(&loaded.case))?;
        // What the last approval covered was seen; the move itself was decided on in the source.
        let facts = examine(&loaded.case, &shelf, &heads, true).map_err(damaged)?;
        if rule::decide(rule::Decision::Approve, &facts, &waivers).is_err() {
            return Ok(());
        }
        let at = u64::try_from(decision.at_ms).unwrap_or_default();
        let entry = ReviewedEntry {
            id: ObjectId::mint(at, derived(decision.review, "approval")),
            record: loaded.case.record,
            heads,
            decision: rule::Decision::Approve,
            note: Some(source.to_string()),
            comments: Vec::new(),
            waivers,
            by: decision.by.clone(),
            auto: true,
        };
        commit(tx, decision.at_ms, &LogEntry::Reviewed(entry)).map(drop)
    }
}

fn settled(
    loaded: &Loaded,
    record: &mut Record,
    heads: &Heads,
    form: &Published,
) -> Result<crate::reconcile::reading::Reading, StoreError> {
    loaded.case.settled_at(record, heads, form.lens()).map_err(|error| damaged(JudgeError::from(error)))
}

type Last = (Option<RecordId>, String, LastMove);

fn last(tx: &Connection, num: i64) -> Result<Option<Last>, StoreError> {
    let found = tx
        .prepare_cached(LAST)?
        .query_row([num], |row| {
            let verdict: String = row.get(4)?;
            let last = LastMove {
                from: row.get(2)?,
                to: row.get(3)?,
                verdict: MoveVerdict::from_name(&verdict)
                    .ok_or_else(|| super::review::columns::damaged(4))?,
                same_place: true,
            };
            Ok((record_id_opt(row, 0)?, row.get(1)?, last))
        })
        .optional()?;
    Ok(found)
}

fn note_down(
    tx: &Connection,
    source: RecordId,
    attempt: Attempt,
    from: Option<String>,
    verdict: MoveVerdict,
    decision: &DecidedBy<'_>,
) -> Result<(), StoreError> {
    let entry = MovedEntry {
        source,
        heads: attempt.heads,
        target: attempt.target,
        answer: attempt.answer,
        from,
        to: attempt.to,
        verdict,
        by: decision.by.clone(),
    };
    commit(tx, decision.at_ms, &LogEntry::Moved(entry)).map(drop)
}

/// Why the answer moved, in the history of the record: the form and the record that say so.
fn reason(tx: &Connection, source: RecordId, back: bool) -> Result<String, StoreError> {
    const NAME: &str = "SELECT form FROM record WHERE id = ?1";
    let form: String = tx.prepare_cached(NAME)?.query_row([source.to_bytes()], |row| row.get(0))?;
    Ok(match back {
        false => format!("{form} {source}"),
        true => format!("{form} {source}: 撤回 / taken back"),
    })
}

/// Ten bytes that follow from a decision, so that the same decision never leads to two changes.
fn derived(review: ObjectId, what: &str) -> [u8; 10] {
    let mut hasher = Sha256::new();
    hasher.update(b"doorstep move 1\0");
    hasher.update(what.as_bytes());
    hasher.update(review.to_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    std::array::from_fn(|at| digest[at])
}
