//! Work given to people.

use doorstep_forms::expr::parse_date;
use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::{ObjectId, ProblemKind, UserId, limits};
use doorstep_records::RecordId;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};

use super::SqliteStore;
use super::reconciles::mint;
use super::review::library::area_path;
use super::review::lines::line_get;
use super::review::within::Conditions;
use super::rows::{id16, record_id_opt};
use super::scopes::scope_now;
use crate::accounts::role::Action;
use crate::assignments::model::*;
use crate::language::Said;
use crate::log::{Assigned, By, LogEntry, commit};
use crate::source::Entropy;
use crate::store::assignments::Assignments;
use crate::store::{Scope, StoreError};
use crate::sync::push::release_work;

const USER: &str = "SELECT id FROM user WHERE name = ?1 AND closed = 0";
const KNOWN_FORM: &str = "SELECT EXISTS (SELECT 1 FROM form_version WHERE form = ?1)";
const SAME: &str = "SELECT id FROM assignment WHERE form = ?1 AND subject IS ?2 AND assignee = ?3 AND state = 'open' \
     AND area = (SELECT num FROM area WHERE code = ?4) LIMIT 1";
const STANDING: &str =
    "SELECT form, area.path, state FROM assignment JOIN area ON area.num = assignment.area WHERE id = ?1";
/// Records that are this work: about its household, or the household itself, or by its holder in its area; once it was
/// given.
const OF_WORK: &str = "SELECT count(*) FROM record AS r JOIN area AS place ON place.num = r.area \
     WHERE r.form = assignment.form AND r.discarded = 0 AND r.test = 0 AND r.alias_of IS NULL AND r.changed_ms >= assignment.at_ms \
       AND CASE WHEN assignment.subject IS NULL \
         THEN r.author = assignment.assignee AND r.created_ms >= assignment.at_ms \
           AND substr(place.path, 1, length(area.path)) = area.path \
         ELSE r.subject = assignment.subject OR r.id = assignment.subject END";
/// When a record was last said to be complete.
const SUBMITTED: &str =
    "(SELECT max(received_ms) FROM submission WHERE submission.record = r.num) >= assignment.at_ms";

impl Assignments for SqliteStore {
    fn assignment_add(
        &self,
        scope: &Scope,
        new: &NewAssignments,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<Vec<ObjectId>, StoreError> {
        may_assign(scope)?;
        checked(new)?;
        let count = match &new.about {
            About::Subjects(subjects) => subjects.len(),
            About::Area { .. } => 1,
        };
        let minted = (0..count).map(|_| mint(at_ms, entropy)).collect::<Result<Vec<_>, _>>()?;
        let (scope, new) = (scope.clone(), new.clone());
        self.write(move |conn| give(conn, &scope, &new, minted, at_ms))
    }

    fn assignment_move(
        &self,
        scope: &Scope,
        ids: &[ObjectId],
        to: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        may_assign(scope)?;
        bounded(ids.len())?;
        let (scope, ids, to) = (scope.clone(), ids.to_vec(), to.to_owned());
        self.write(move |conn| {
            let holder = Holder::find(conn, &scope, &to, at_ms)?;
            for id in &ids {
                let (form, path) = open_work(conn, &scope, *id)?;
                holder.reaches_path(&path, &form)?;
            }
            let by = By::from(&scope);
            let moved = ids.clone();
            let entry =
                LogEntry::AssignmentsMoved { assignments: ids, assignee: holder.id, name: holder.name, by };
            commit(conn, at_ms, &entry)?;
            let_in(conn, &moved, at_ms)
        })
    }

    fn assignment_close(
        &self,
        scope: &Scope,
        ids: &[ObjectId],
        reason: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        may_assign(scope)?;
        bounded(ids.len())?;
        text_bounded(reason)?;
        let (scope, ids, reason) = (scope.clone(), ids.to_vec(), reason.to_owned());
        self.write(move |conn| {
            for id in &ids {
                open_work(conn, &scope, *id)?;
            }
            let by = By::from(&scope);
            commit(conn, at_ms, &LogEntry::AssignmentsClosed { assignments: ids, reason, by }).map(drop)
        })
    }

    fn assignment_list(
        &self,
        scope: &Scope,
        filter: &AssignmentFilter,
        after: Option<ObjectId>,
        limit: u32,
    ) -> Result<Vec<AssignmentView>, StoreError> {
        self.read(|conn| {
            let Some(conditions) = conditions(conn, scope, filter, after)? else { return Ok(Vec::new()) };
            let of = |more: &str| format!("({OF_WORK} AND {more})");
            let sql = format!(
                "SELECT id, form, subject, area.code, quantity, {done}, {approved}, {sent_back}, {drafts}, \
                   assignee_name, due, note, by_name, at_ms, state = 'open', reason, \
                   coalesce((SELECT label FROM record WHERE record.id = assignment.subject), '') \
                 FROM assignment JOIN area ON area.num = assignment.area \
                 WHERE {} ORDER BY assignment.num LIMIT {limit}",
                conditions.sql(),
                done = of(SUBMITTED),
                approved = of(&format!("{SUBMITTED} AND r.state IN ('approved', 'confirmed')")),
                sent_back = of(&format!("{SUBMITTED} AND r.state = 'sent_back'")),
                drafts = of("r.state = 'draft'"),
            );
            let mut statement = conn.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(conditions.args()), view)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Gives work inside a transaction, under these ids.
pub(super) fn give(
    conn: &Connection,
    scope: &Scope,
    new: &NewAssignments,
    minted: Vec<ObjectId>,
    at_ms: i64,
) -> Result<Vec<ObjectId>, StoreError> {
    let holder = Holder::find(conn, scope, &new.to, at_ms)?;
    if !conn.query_row(KNOWN_FORM, [&new.form], |row| row.get(0))? || !scope.covers_form(&new.form) {
        return Err(invalid("There is no such form.", "没有该表单。"));
    }
    let (mut ids, mut given) = (Vec::new(), Vec::new());
    for (place, id) in places(conn, scope, &new.about)?.into_iter().zip(minted) {
        holder.reaches(conn, &place.area, &new.form)?;
        match same(conn, new, &place, holder.id)? {
            Some(standing) => ids.push(standing),
            None => {
                ids.push(id);
                given.push(assigned(id, new, place, &holder));
            }
        }
    }
    if !given.is_empty() {
        commit(conn, at_ms, &LogEntry::Assigned { assignments: given, by: By::from(scope) })?;
        let_in(conn, &ids, at_ms)?;
    }
    Ok(ids)
}

/// What a person had sent about a draft before it became their work.
fn let_in(conn: &Connection, assignments: &[ObjectId], at_ms: i64) -> Result<(), StoreError> {
    const SUBJECT: &str = "SELECT subject FROM assignment WHERE id = ?1";
    for id in assignments {
        let subject =
            conn.prepare_cached(SUBJECT)?.query_row([id.to_bytes()], |row| record_id_opt(row, 0))?;
        if let Some(subject) = subject {
            release_work(conn, subject, at_ms)?;
        }
    }
    Ok(())
}

/// Who is to do work, and where they may work.
struct Holder {
    id: UserId,
    name: String,
    scope: Scope,
}

impl Holder {
    /// Somebody who works inside the caller's areas; anybody else does not exist.
    fn find(conn: &Connection, scope: &Scope, name: &str, at_ms: i64) -> Result<Holder, StoreError> {
        let nobody = || invalid("There is no open account of this name.", "没有该名称的有效账号。");
        let id: Option<[u8; 16]> = conn.query_row(USER, [name], |row| row.get(0)).optional()?;
        let id = UserId::from_bytes(id.ok_or_else(nobody)?);
        let own = scope_now(conn, id, at_ms)?.ok_or_else(nobody)?;
        let meets = |path: &String| {
            scope.covers(path) || scope.paths().iter().any(|wider| wider.starts_with(path.as_str()))
        };
        if !own.paths().iter().any(meets) {
            return Err(nobody());
        }
        Ok(Holder { id, name: own.user_name().to_owned(), scope: own })
    }

    fn reaches(&self, conn: &Connection, area: &str, form: &str) -> Result<(), StoreError> {
        let path = area_path(conn, area)?.ok_or(StoreError::NotFound)?;
        self.reaches_path(&path, form)
    }

    fn reaches_path(&self, path: &str, form: &str) -> Result<(), StoreError> {
        if self.scope.covers(path) && self.scope.covers_form(form) {
            return Ok(());
        }
        Err(StoreError::Refused(
            ProblemKind::Invalid,
            Some(Said::new(
                format!("{} may not work there with this form. Give the account the area first.", self.name),
                format!("{} 在该区划没有此表单的权限，请先为账号增加区划。", self.name),
            )),
        ))
    }
}

/// Where one assignment is to be done.
struct Place {
    subject: Option<RecordId>,
    area: String,
    quantity: u32,
}

fn places(conn: &Connection, scope: &Scope, about: &About) -> Result<Vec<Place>, StoreError> {
    match about {
        About::Subjects(subjects) => subjects
            .iter()
            .map(|subject| {
                let (_, line) = line_get(conn, scope, *subject)?.ok_or(StoreError::NotFound)?;
                Ok(Place { subject: Some(*subject), area: line.area, quantity: 1 })
            })
            .collect(),
        About::Area { area, quantity } => {
            area_path(conn, area)?.filter(|path| scope.covers(path)).ok_or(StoreError::NotFound)?;
            Ok(vec![Place { subject: None, area: area.clone(), quantity: *quantity }])
        }
    }
}

fn same(
    conn: &Connection,
    new: &NewAssignments,
    place: &Place,
    assignee: UserId,
) -> Result<Option<ObjectId>, StoreError> {
    let subject = place.subject.map(|subject| subject.to_bytes());
    let found: Option<[u8; 16]> = conn
        .prepare_cached(SAME)?
        .query_row(params![new.form, subject, assignee.to_bytes(), place.area], |row| row.get(0))
        .optional()?;
    Ok(found.map(ObjectId::from_bytes))
}

fn assigned(id: ObjectId, new: &NewAssignments, place: Place, holder: &Holder) -> Assigned {
    Assigned {
        id,
        form: new.form.clone(),
        subject: place.subject,
        area: place.area,
        quantity: place.quantity,
        assignee: holder.id,
        name: holder.name.clone(),
        due: new.due.clone(),
        note: new.note.clone(),
    }
}

/// Form and area path of open work inside the scope; any other does not exist.
fn open_work(conn: &Connection, scope: &Scope, id: ObjectId) -> Result<(String, String), StoreError> {
    let found: Option<(String, String, String)> = conn
        .prepare_cached(STANDING)?
        .query_row([id.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (form, path, state) = found
        .filter(|(form, path, _)| scope.covers(path) && scope.covers_form(form))
        .ok_or(StoreError::NotFound)?;
    if state != "open" {
        let said = Said::new("This assignment is closed already.", "该任务已关闭。");
        return Err(StoreError::Refused(ProblemKind::WrongState, Some(said)));
    }
    Ok((form, path))
}

fn conditions(
    conn: &Connection,
    scope: &Scope,
    filter: &AssignmentFilter,
    after: Option<ObjectId>,
) -> Result<Option<Conditions>, StoreError> {
    let mut conditions = Conditions::default();
    if !planted(Plant::WorkUnscoped) {
        conditions.within(scope, "area.path", "assignment.form");
    }
    if !scope.role().may(Action::Review) {
        let own = scope.user().map(|user| user.to_bytes());
        conditions.and("assignee = ?", vec![Box::new(own)]);
    }
    if let Some(area) = &filter.area {
        let Some(path) = area_path(conn, area)?.filter(|path| scope.covers(path)) else { return Ok(None) };
        conditions.below(&path, "area.path");
    }
    let texts = [("assignee_name = ?", &filter.to), ("assignment.form = ?", &filter.form)];
    for (term, text) in texts {
        if let Some(text) = text {
            conditions.and(term, vec![Box::new(text.clone()) as Box<dyn ToSql>]);
        }
    }
    if filter.open {
        conditions.and("state = 'open'", Vec::new());
    }
    if let Some(after) = after {
        conditions.and(
            "assignment.num > (SELECT num FROM assignment WHERE id = ?)",
            vec![Box::new(after.to_bytes())],
        );
    }
    Ok(Some(conditions))
}

fn view(row: &Row<'_>) -> rusqlite::Result<AssignmentView> {
    Ok(AssignmentView {
        id: ObjectId::from_bytes(id16(row, 0)?),
        form: row.get(1)?,
        subject: record_id_opt(row, 2)?,
        area: row.get(3)?,
        quantity: row.get(4)?,
        done: row.get(5)?,
        approved: row.get(6)?,
        sent_back: row.get(7)?,
        in_progress: row.get(8)?,
        assignee: row.get(9)?,
        due: row.get(10)?,
        note: row.get(11)?,
        by: row.get(12)?,
        at_ms: row.get(13)?,
        open: row.get(14)?,
        reason: row.get(15)?,
        label: row.get(16)?,
    })
}

pub(super) fn may_assign(scope: &Scope) -> Result<(), StoreError> {
    match scope.role().may(Action::Review) {
        true => Ok(()),
        false => Err(StoreError::refused(ProblemKind::NotAllowed)),
    }
}

pub(super) fn checked(new: &NewAssignments) -> Result<(), StoreError> {
    let count = match &new.about {
        About::Subjects(subjects) => subjects.len(),
        About::Area { quantity, .. } if (1..=QUANTITY_MAX).contains(quantity) => 1,
        About::Area { .. } => {
            return Err(invalid(
                "A number of records from 1 to 100,000 is expected.",
                "记录数应为 1 至 100000。",
            ));
        }
    };
    bounded(count)?;
    if new.due.as_deref().is_some_and(|due| parse_date(due).is_none()) {
        return Err(invalid("A day is written 2015-07-13.", "日期应写作 2015-07-13。"));
    }
    new.note.as_deref().map_or(Ok(()), text_bounded)
}

fn bounded(count: usize) -> Result<(), StoreError> {
    match count {
        0 => Err(invalid("Name at least one.", "请至少指定一项。")),
        _ if count > ASSIGNMENTS_MAX => Err(StoreError::refused(ProblemKind::TooLarge)),
        _ => Ok(()),
    }
}

pub(super) fn text_bounded(text: &str) -> Result<(), StoreError> {
    if text.len() > limits::COMMENT_BYTES { Err(StoreError::refused(ProblemKind::TooLarge)) } else { Ok(()) }
}

pub(super) fn invalid(en: &str, zh: &str) -> StoreError {
    StoreError::Refused(ProblemKind::Invalid, Some(Said::new(en, zh)))
}
