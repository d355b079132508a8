//! Households given to people, and replaced by the next of the reserve.

use std::collections::BTreeMap;

use doorstep_protocol::{ObjectId, ProblemKind};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, params};

use super::reading;
use crate::assignments::model::{ASSIGNMENTS_MAX, About, NewAssignments};
use crate::language::Said;
use crate::log::{By, LogEntry, SampleReplacedEntry, commit};
use crate::samples::model::{HandedOut, Handout, Replaced, SampleView, UnitState, UnitView};
use crate::source::Entropy;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::assignments::{checked, give, invalid, may_assign, text_bounded};
use crate::store::sqlite::reconciles::mint;
use crate::store::sqlite::review::suspects::village;
use crate::store::sqlite::rows::{id16, record_id};
use crate::store::{Scope, StoreError};

const OPEN_WORK: &str = "SELECT id, assignee_name, due, note FROM assignment \
     WHERE form = ?1 AND subject = ?2 AND state = 'open' ORDER BY num";
const NEXT: &str = "SELECT record FROM sample_unit WHERE sample = ?1 AND stratum = ?2 AND state = 'reserve' \
     ORDER BY place LIMIT 1";

/// Open work about a household.
struct OpenWork {
    id: ObjectId,
    to: String,
    due: Option<String>,
    note: Option<String>,
}

impl SqliteStore {
    pub(super) fn handed_out(
        &self,
        scope: &Scope,
        sample: ObjectId,
        handout: &Handout,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<HandedOut, StoreError> {
        may_assign(scope)?;
        if handout.to.is_empty() {
            return Err(invalid("Name at least one person.", "请至少指定一名人员。"));
        }
        let (view, lots, standing) = self.read(|conn| {
            let (num, view) = reading::sample(conn, scope, sample)?;
            let units = reading::units(conn, scope, num, &view)?;
            let drawn = units.iter().filter(|unit| unit.state == UnitState::Drawn);
            // Of what lies outside the scope by now nothing is known: somebody else gives it.
            let open: Vec<&UnitView> = drawn.filter(|unit| !unit.area.is_empty()).collect();
            let free = |unit: &&&UnitView| {
                unit.assignee.is_none() && !unit.checks.iter().any(|check| check.submitted)
            };
            let free: Vec<&UnitView> = open.iter().filter(free).copied().collect();
            Ok((view, lots(conn, &free, handout)?, open.len() - free.len()))
        })?;
        let works = lots.into_iter().flat_map(|(to, records)| works(&view, handout, &to, &records));
        let works: Vec<NewAssignments> = works.collect();
        works.iter().try_for_each(checked)?;
        let mut ready = Vec::with_capacity(works.len());
        for new in works {
            let About::Subjects(subjects) = &new.about else { continue };
            let minted = subjects.iter().map(|_| mint(at_ms, entropy)).collect::<Result<Vec<_>, _>>()?;
            ready.push((new, minted));
        }
        let scope = scope.clone();
        self.write(move |conn| {
            let mut given: BTreeMap<String, usize> = BTreeMap::new();
            for (new, minted) in ready {
                let count = give(conn, &scope, &new, minted, at_ms)?.len();
                *given.entry(new.to).or_default() += count;
            }
            Ok(HandedOut { given: given.into_iter().collect(), standing })
        })
    }

    pub(super) fn replaced(
        &self,
        scope: &Scope,
        (sample, record): (ObjectId, RecordId),
        reason: &str,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<Replaced, StoreError> {
        may_assign(scope)?;
        text_bounded(reason)?;
        if reason.trim().is_empty() {
            return Err(invalid("Say why it is replaced.", "请说明替换原因。"));
        }
        let works = self.read(|conn| {
            let (_, view) = reading::sample(conn, scope, sample)?;
            open_work(conn, &view.check, record)
        })?;
        let minted = works.iter().map(|_| mint(at_ms, entropy)).collect::<Result<Vec<_>, _>>()?;
        let (scope, reason) = (scope.clone(), reason.to_owned());
        self.write(move |conn| {
            let (num, view) = reading::sample(conn, &scope, sample)?;
            let unit = replaceable(reading::units(conn, &scope, num, &view)?, record)?;
            let next = conn
                .prepare_cached(NEXT)?
                .query_row(params![num, unit.stratum], |row| record_id(row, 0))
                .optional()?;
            let Some(by_record) = next else {
                return Err(refused(
                    "The reserve of this stratum is used up: leave the household unchecked.",
                    "该层备用农户已用完，请将此户按未能抽查处理。",
                ));
            };
            let by = By::from(&scope);
            let entry =
                SampleReplacedEntry { sample, record, by_record, reason: reason.clone(), by: by.clone() };
            commit(conn, at_ms, &LogEntry::SampleReplaced(entry))?;
            let assigned =
                handed_over(conn, &scope, &view, works.into_iter().zip(minted), by_record, (&reason, at_ms))?;
            Ok(Replaced { record, by_record, assigned })
        })
    }
}

/// Who gets which households: the person who has fewest gets the next lot, a village or a single household.
fn lots(
    conn: &Connection,
    free: &[&UnitView],
    handout: &Handout,
) -> Result<Vec<(String, Vec<RecordId>)>, StoreError> {
    let mut heaps: BTreeMap<(String, usize), Vec<RecordId>> = BTreeMap::new();
    for (at, unit) in free.iter().enumerate() {
        let key = match handout.by_village {
            true => (village(conn, &unit.area)?, 0),
            false => (String::new(), at),
        };
        heaps.entry(key).or_default().push(unit.record);
    }
    let mut people: Vec<(String, Vec<RecordId>)> = Vec::new();
    for name in &handout.to {
        if !people.iter().any(|(known, _)| known == name) {
            people.push((name.clone(), Vec::new()));
        }
    }
    for heap in heaps.into_values() {
        if let Some((_, lot)) = people.iter_mut().min_by_key(|(_, lot)| lot.len()) {
            lot.extend(heap);
        }
    }
    Ok(people)
}

fn works<'a>(
    view: &'a SampleView,
    handout: &'a Handout,
    to: &str,
    records: &[RecordId],
) -> Vec<NewAssignments> {
    let note = handout.note.clone().or_else(|| Some(view.name.clone()).filter(|name| !name.is_empty()));
    let new = |records: &[RecordId]| NewAssignments {
        form: view.check.clone(),
        about: About::Subjects(records.to_vec()),
        to: to.to_owned(),
        due: handout.due.clone(),
        note: note.clone(),
    };
    records.chunks(ASSIGNMENTS_MAX).map(new).collect()
}

/// The unit of a household that is to be checked and was not.
fn replaceable(units: Vec<UnitView>, record: RecordId) -> Result<UnitView, StoreError> {
    let unit = units.into_iter().find(|unit| unit.record == record).ok_or(StoreError::NotFound)?;
    let done = unit.checks.iter().any(|check| check.outcome.as_deref() == Some("completed"));
    match unit.state {
        UnitState::Drawn if done => Err(refused("It has been checked.", "该户已完成抽查。")),
        UnitState::Drawn => Ok(unit),
        UnitState::Replaced => Err(refused("It was replaced already.", "该户已被替换。")),
        UnitState::Reserve => Err(refused("It was not drawn.", "该户不在抽中名单内。")),
    }
}

fn open_work(conn: &Connection, form: &str, subject: RecordId) -> Result<Vec<OpenWork>, StoreError> {
    let mut statement = conn.prepare_cached(OPEN_WORK)?;
    let rows = statement.query_map(params![form, subject.to_bytes()], |row| {
        let id = ObjectId::from_bytes(id16(row, 0)?);
        Ok(OpenWork { id, to: row.get(1)?, due: row.get(2)?, note: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Closes the work about the household replaced and gives its people the next one. Whoever may not work there, or is
/// gone, gets nothing: it is given by hand.
fn handed_over(
    conn: &Connection,
    scope: &Scope,
    view: &SampleView,
    works: impl Iterator<Item = (OpenWork, ObjectId)>,
    by_record: RecordId,
    (reason, at_ms): (&str, i64),
) -> Result<usize, StoreError> {
    let (mut closed, mut assigned) = (Vec::new(), 0);
    for (work, id) in works {
        closed.push(work.id);
        let about = About::Subjects(vec![by_record]);
        let new =
            NewAssignments { form: view.check.clone(), about, to: work.to, due: work.due, note: work.note };
        assigned += match give(conn, scope, &new, vec![id], at_ms) {
            Ok(ids) => ids.len(),
            Err(StoreError::Refused(..) | StoreError::NotFound) => 0,
            Err(error) => return Err(error),
        };
    }
    if !closed.is_empty() {
        let by = By::from(scope);
        let entry = LogEntry::AssignmentsClosed { assignments: closed, reason: reason.to_owned(), by };
        commit(conn, at_ms, &entry)?;
    }
    Ok(assigned)
}

fn refused(en: &str, zh: &str) -> StoreError {
    StoreError::Refused(ProblemKind::WrongState, Some(Said::new(en, zh)))
}
