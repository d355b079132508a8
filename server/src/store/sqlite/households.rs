//! Members who leave one record of the register for another: both sides, their approval and the entry that says why, in
//! one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doorstep_forms::Membership;
use doorstep_protocol::{EnvelopeId, Item, ObjectId, ProblemKind};
use doorstep_records::{ActorId, ChangeHash, ChangeNote, Heads, Key, Record, RecordId, RowId, Value};
use rusqlite::{Connection, params};
use serde_bytes::ByteBuf;

use super::SqliteStore;
use super::clerk::Clerk;
use super::review::cases::{Loaded, case_load};
use super::review::library::area_path;
use super::review::lines::line_get;
use super::review::people::author_list;
use super::reviews::damaged;
use super::rows::heads_bytes;
use crate::accounts::role::Action;
use crate::checks::sweep::civil_day;
use crate::households::history::HistoryEvent;
use crate::households::{
    Destination, MembersMoved, NewMove, ROWS_MAX, WhyNot, closing, is_of_place, opening, puts,
};
use crate::log::{By, LogEntry, MembersMovedEntry, ReviewedEntry, commit};
use crate::reconcile::judge::JudgeError;
use crate::reconcile::published::Published;
use crate::reconcile::rulebook::Rulebook;
use crate::review::examine::examine;
use crate::review::model::TEXT_BYTES_MAX;
use crate::review::rule::{self, Decision, Waiver};
use crate::review::state::RecordState;
use crate::review::view::Authors;
use crate::source::Entropy;
use crate::store::households::Households;
use crate::store::{Scope, StoreError};
use crate::sync::push::server_author;

const WAIVERS: &str = "SELECT key, path, reason FROM waiver WHERE record = ?1 AND heads = ?2 ORDER BY num";
const MOVES: &str = "SELECT CASE WHEN source = ?1 THEN closed ELSE opened END FROM member_move \
     WHERE (source = ?1 OR target = ?1) AND row = ?2";
/// Changes that copy answers. Beyond so many the oldest are copied in one.
const COPIES_MAX: usize = 400;

/// Random parts of what is minted.
struct Dice {
    record: [u8; 10],
    envelope: [u8; 10],
    submissions: [[u8; 10]; 2],
    reviews: [[u8; 10]; 2],
}

/// A record that members leave or come into.
struct Side {
    loaded: Loaded,
    document: Record,
    /// What is built on: what is approved, else what is complete.
    base: Heads,
    version: u32,
    form: Arc<Published>,
}

/// A move that may be made.
struct Plan<'a> {
    scope: &'a Scope,
    new: &'a NewMove,
    membership: &'a Membership,
    /// `members/<row>`.
    rows: Vec<String>,
    state: &'a str,
    reason: String,
    envelope: EnvelopeId,
}

/// The changes of one side, and the submission that holds them.
struct Written {
    items: Vec<Item>,
    last: ChangeHash,
}

impl Households for SqliteStore {
    fn members_move(
        &self,
        scope: &Scope,
        new: &NewMove,
        entropy: &dyn Entropy,
    ) -> Result<MembersMoved, StoreError> {
        if !scope.role().may(Action::Review) {
            return Err(StoreError::refused(ProblemKind::NotAllowed));
        }
        checked(new).map_err(|why| refused(&why))?;
        let mut random = [[0; 10]; 6];
        for bytes in &mut random {
            entropy.fill(bytes).map_err(|_| StoreError::Damaged("the machine has no randomness"))?;
        }
        let [record, envelope, one, other, first, second] = random;
        let dice = Dice { record, envelope, submissions: [one, other], reviews: [first, second] };
        let (clerk, scope, new) = (self.clerk(), scope.clone(), new.clone());
        self.write(move |tx| clerk.move_members(tx, &scope, &new, &dice))
    }

    fn record_events(&self, scope: &Scope, record: RecordId) -> Result<Vec<HistoryEvent>, StoreError> {
        self.read(|conn| super::events::events(conn, scope, record))
    }
}

impl Clerk {
    fn move_members(
        &self,
        tx: &Connection,
        scope: &Scope,
        new: &NewMove,
        dice: &Dice,
    ) -> Result<MembersMoved, StoreError> {
        let at = u64::try_from(new.at_ms).unwrap_or_default();
        let mut source = self.side(tx, scope, new.from)?;
        let form = Arc::clone(&source.form);
        let membership = form.form().membership().ok_or_else(|| refused(&WhyNot::NoMembership))?;
        let mut target = match &new.to {
            Destination::Begins(_) => None,
            Destination::Household(to) => Some(self.side(tx, scope, *to)?),
        };
        let plan = Plan {
            scope,
            new,
            membership,
            rows: new.rows.iter().map(|row| membership.row_path(&row.to_string())).collect(),
            state: new.state.as_deref().unwrap_or(&membership.split),
            reason: reason(new),
            envelope: EnvelopeId::mint(at, dice.envelope),
        };
        plan.checked(tx, &mut source, target.as_mut())?;
        let authors = author_list(tx, source.loaded.num)?;
        let left = self.leave(&plan, &mut source, ObjectId::mint(at, dice.submissions[0]))?;
        let answers = copied(&plan, &mut source, &authors)?;
        let submission = ObjectId::mint(at, dice.submissions[1]);
        let (to, came) = match &mut target {
            Some(target) => {
                let id = target.loaded.case.record;
                (id, self.come(&plan, (id, target), answers, (left.last, submission))?)
            }
            None => {
                let id = RecordId::from_parts(at, dice.record);
                let mut begun = begun(tx, &plan, &source)?;
                let mut came = self.come(&plan, (id, &mut begun), answers, (left.last, submission))?;
                came.items.insert(0, create(id, &begun));
                (id, came)
            }
        };
        let (closed, opened) = (left.last, came.last);
        self.deliver(tx, &plan, came.items.into_iter().chain(left.items).collect())?;
        let entry = MembersMovedEntry {
            from: new.from,
            to,
            begins: target.is_none(),
            rows: plan.rows.clone(),
            on: new.on.clone(),
            state: plan.state.to_owned(),
            base: source.base.clone(),
            closed,
            opened,
            reason: new.reason.clone(),
            by: By::from(scope),
        };
        commit(tx, new.at_ms, &LogEntry::MembersMoved(entry))?;
        let ends = [(&source, closed), (target.as_ref().unwrap_or(&source), opened)];
        let approved = self.approve_both(tx, &plan, ends, (to, target.is_some()), dice)?;
        Ok(MembersMoved { from: new.from, to, rows: new.rows.clone(), approved })
    }

    /// A record inside the scope that members may leave or come into.
    fn side(&self, tx: &Connection, scope: &Scope, id: RecordId) -> Result<Side, StoreError> {
        let (num, _) = line_get(tx, scope, id)?.ok_or(StoreError::NotFound)?;
        let loaded = case_load(tx, num)?.ok_or(StoreError::NotFound)?;
        let case = &loaded.case;
        let in_hand = case.state.is_approved() || case.state == RecordState::Submitted;
        if !in_hand || case.discarded || case.test {
            return Err(refused(&WhyNot::State(id)));
        }
        let mut document = case.open()?;
        let base = match case.approved() {
            Some(approved) => Some(approved.heads.clone()),
            None => case
                .complete(&mut document)
                .map_err(|_| StoreError::Damaged("a submission names heads that the document lacks"))?,
        };
        let base = base.ok_or_else(|| refused(&WhyNot::State(id)))?;
        let version = case.judging_version(&mut document, &base);
        let form = self.forms.get(tx, &case.form, version)?;
        let form = form.ok_or_else(|| refused(&WhyNot::NoMembership))?;
        Ok(Side { loaded, document, base, version, form })
    }

    /// Closes the membership of the rows in the record they leave.
    fn leave(&self, plan: &Plan<'_>, source: &mut Side, submission: ObjectId) -> Result<Written, StoreError> {
        let mut answers: Vec<(Key, Value)> = Vec::new();
        for row in &plan.rows {
            answers.extend(closing(plan.membership, row, plan.state, &plan.new.on));
        }
        answers.extend(plan.dated(source)?);
        let record = plan.new.from;
        let actor = self.actor(plan, record);
        let note = ChangeNote::new(source.version, plan.new.at_ms).with_reason(&plan.reason);
        let written = source.document.write_anyway_at(&actor, &note, &source.base, &answers);
        let written = written.map_err(|_| refused(&WhyNot::NotTaken))?;
        let change = Item::Change { record, change: ByteBuf::from(written.bytes) };
        let items = vec![change, plan.submission(submission, record, source.version, written.hash)];
        Ok(Written { items, last: written.hash })
    }

    /// Writes the copied rows into the record they come into, and opens their membership there.
    fn come(
        &self,
        plan: &Plan<'_>,
        (record, side): (RecordId, &mut Side),
        copies: Vec<Copied>,
        (closed, submission): (ChangeHash, ObjectId),
    ) -> Result<Written, StoreError> {
        let actor = self.actor(plan, record);
        let mut items = Vec::new();
        for Copied { note, answers } in copies {
            let written = side.document.write_anyway_at(&actor, &note, &side.base, &answers);
            let written = written.map_err(|_| refused(&WhyNot::NotTaken))?;
            items.push(Item::Change { record, change: ByteBuf::from(written.bytes) });
        }
        let mut answers = Vec::new();
        let alone =
            (plan.begins() && plan.rows.len() == 1).then_some(plan.membership.head.as_deref()).flatten();
        for (id, row) in plan.new.rows.iter().zip(&plan.rows) {
            let relation = plan.new.relations.get(id).map(String::as_str).or(alone);
            answers.extend(opening(plan.membership, row, (plan.state, &plan.new.on), relation));
        }
        answers.extend(if plan.begins() { plan.first_answers(side) } else { plan.dated(side)? });
        let mut note = ChangeNote::new(side.version, plan.new.at_ms).with_reason(&plan.reason);
        note.cites = Some(closed);
        let written = side.document.write_anyway_at(&actor, &note, &side.base, &answers);
        let written = written.map_err(|_| refused(&WhyNot::NotTaken))?;
        items.push(Item::Change { record, change: ByteBuf::from(written.bytes) });
        items.push(plan.submission(submission, record, side.version, written.hash));
        Ok(Written { items, last: written.hash })
    }

    /// One actor for a record and a move: its changes build on each other and on nothing else.
    fn actor(&self, plan: &Plan<'_>, record: RecordId) -> ActorId {
        let user = server_author(&self.identity, plan.scope.user(), "", "").user;
        ActorId::derive(&self.identity.install, &format!("{user} {}", plan.envelope), record, 0)
    }

    fn deliver(&self, tx: &Connection, plan: &Plan<'_>, items: Vec<Item>) -> Result<(), StoreError> {
        let scope = plan.scope;
        let author = server_author(&self.identity, scope.user(), scope.user_name(), scope.role().name());
        match self.push(tx, author, plan.envelope, items, plan.new.at_ms)? {
            true => Ok(()),
            false => Err(refused(&WhyNot::NotTaken)),
        }
    }

    /// Approves both sides, if what each builds on was approved and neither brings a new error: counted once before,
    /// every member is counted once after.
    fn approve_both(
        &self,
        tx: &Connection,
        plan: &Plan<'_>,
        [(source, closed), (target, opened)]: [(&Side, ChangeHash); 2],
        (to, stood): (RecordId, bool),
        dice: &Dice,
    ) -> Result<bool, StoreError> {
        let before = waived(tx, source)?;
        let inside = |waiver: &Waiver| plan.rows.iter().any(|row| under(&waiver.path, row));
        let mut there: Vec<Waiver> = before.iter().filter(|waiver| inside(waiver)).cloned().collect();
        if stood {
            there.extend(waived(tx, target)?);
        }
        let was = |side: &Side| side.loaded.case.approved().is_some();
        if !was(source) || stood && !was(target) {
            return Ok(false);
        }
        let sides = [(plan.new.from, closed, before), (to, opened, there)];
        let mut entries = Vec::with_capacity(sides.len());
        for ((record, change, waivers), dice) in sides.into_iter().zip(dice.reviews) {
            let (num, _) = line_get(tx, plan.scope, record)?.ok_or(StoreError::NotFound)?;
            let loaded = case_load(tx, num)?.ok_or(StoreError::NotFound)?;
            let heads: Heads = [change].into_iter().collect();
            let shelf = self.forms.shelf(tx, std::iter::once(&loaded.case))?;
            // What stood before was seen; the move is what is decided.
            let facts = examine(&loaded.case, &shelf, &heads, true).map_err(damaged)?;
            if rule::decide(Decision::Approve, &facts, &waivers).is_err() {
                return Ok(false);
            }
            entries.push(ReviewedEntry {
                id: ObjectId::mint(u64::try_from(plan.new.at_ms).unwrap_or_default(), dice),
                record,
                heads,
                decision: Decision::Approve,
                note: Some(plan.reason.clone()),
                comments: Vec::new(),
                waivers,
                by: By::from(plan.scope),
                auto: true,
            });
        }
        for entry in entries {
            commit(tx, plan.new.at_ms, &LogEntry::Reviewed(entry))?;
        }
        Ok(true)
    }
}

impl Plan<'_> {
    fn begins(&self) -> bool {
        matches!(self.new.to, Destination::Begins(_))
    }

    /// What stands against the move.
    fn checked(
        &self,
        tx: &Connection,
        source: &mut Side,
        target: Option<&mut Side>,
    ) -> Result<(), StoreError> {
        let (form, membership) = (source.form.form(), self.membership);
        let code = |row: &str, key: &str, code: &str| form.offers(&format!("{row}/{key}"), code);
        let row = self.rows.first().map(String::as_str).unwrap_or_default();
        if membership.open.iter().any(|open| open == self.state) || !code(row, &membership.state, self.state)
        {
            return Err(refused(&WhyNot::NoCode(self.state.to_owned())));
        }
        for relation in self.new.relations.values() {
            let known = membership.relation.as_ref().is_some_and(|key| code(row, key, relation));
            if !known {
                return Err(refused(&WhyNot::NoCode(relation.clone())));
            }
        }
        let reading = source
            .loaded
            .case
            .settled_at(&mut source.document, &source.base, source.form.lens())
            .map_err(|error| damaged(JudgeError::from(error)))?;
        for (id, row) in self.new.rows.iter().zip(&self.rows) {
            waits(tx, source, (*id, row))?;
            if !reading.answers.keys().any(|path| under(path, row))
                || !membership.is_open(&reading.answers, row)
            {
                return Err(refused(&WhyNot::NoMember(*id)));
            }
        }
        let moved = |path: &str| self.rows.iter().any(|row| under(path, row));
        if let Some(dispute) = reading.disputes.iter().find(|dispute| moved(&dispute.path)) {
            return Err(refused(&WhyNot::DifferentAnswers(dispute.path.clone())));
        }
        match target {
            Some(target) => {
                let (one, other) = (&source.loaded.case, &target.loaded.case);
                if one.record == other.record || one.form != other.form {
                    return Err(refused(&WhyNot::Destination));
                }
                for (id, row) in self.new.rows.iter().zip(&self.rows) {
                    waits(tx, target, (*id, row))?;
                }
            }
            None => {
                let stay = reading.answers.into_iter().filter(|(path, _)| !moved(path)).collect();
                if !membership.has_members(&stay) {
                    return Err(refused(&WhyNot::NobodyStays));
                }
            }
        }
        Ok(())
    }

    /// The answer that says of what day the others are, where it is earlier than the move.
    fn dated(&self, side: &mut Side) -> Result<Vec<(Key, Value)>, StoreError> {
        let Some(dated) = &self.membership.dated else { return Ok(Vec::new()) };
        let answers = side
            .document
            .answers_at(&side.base)
            .map_err(|_| StoreError::Damaged("a record lacks what was approved of it"))?;
        let stands =
            Key::parse(dated).ok().and_then(|key| answers.get(&key).map(|answer| answer.value.clone()));
        let later = matches!(stands, Some(Value::Text(day)) if day.as_str() >= self.new.on.as_str());
        Ok(if later { Vec::new() } else { puts([(dated.clone(), Some(self.new.on.as_str()))]) })
    }

    /// What a household that begins is answered with beside its members.
    fn first_answers(&self, side: &Side) -> Vec<(Key, Value)> {
        let (form, today) = (side.form.form().manifest(), civil_day(self.new.at_ms));
        let mut answers =
            vec![("_form".to_owned(), Some(form.id.as_str())), ("_date".to_owned(), Some(today.as_str()))];
        if let Some(path) = form.area_path.as_ref().filter(|path| !path.contains('*')) {
            answers.push((path.clone(), Some(side.loaded.case.area.as_str())));
        }
        if let Some(dated) = &self.membership.dated {
            answers.push((dated.clone(), Some(self.new.on.as_str())));
        }
        let begins = self.membership.begins.iter();
        answers.extend(begins.map(|(path, code)| (path.clone(), Some(code.as_str()))));
        puts(answers)
    }

    fn submission(&self, id: ObjectId, record: RecordId, version: u32, head: ChangeHash) -> Item {
        Item::Submission {
            id,
            record,
            heads: [head].into_iter().collect(),
            form_version: version,
            at_ms: self.new.at_ms,
            note: Some(self.reason.clone()),
        }
    }
}

/// Answers that one change gave, to be given again.
struct Copied {
    note: ChangeNote,
    answers: Vec<(Key, Value)>,
}

/// The answers of the rows as they stand, each with the change that gave it: author and time stay known.
fn copied(plan: &Plan<'_>, source: &mut Side, authors: &Authors) -> Result<Vec<Copied>, StoreError> {
    let answers = source
        .document
        .answers_at(&source.base)
        .map_err(|_| StoreError::Damaged("a record lacks what was approved of it"))?;
    let mut groups: BTreeMap<(i64, ChangeHash), Copied> = BTreeMap::new();
    for (key, answer) in answers {
        let Some(row) = plan.rows.iter().find(|row| under(key.as_str(), row)) else { continue };
        let Some(given) = answer.candidates.last() else { continue };
        if answer.value == Value::Null || is_of_place(plan.membership, row, key.as_str()) {
            continue;
        }
        let name = authors.get(&given.actor).map_or("", |author| author.name.as_str());
        let copied = groups.entry((given.at_ms, given.hash)).or_insert_with(|| {
            let version = if given.form_version == 0 { source.version } else { given.form_version };
            let mut note =
                ChangeNote::new(version, plan.new.at_ms).with_reason(format!("{name}: {}", plan.reason));
            note.original_at_ms = Some(given.at_ms);
            note.cites = Some(given.hash);
            Copied { note, answers: Vec::new() }
        });
        copied.answers.push((key, answer.value));
    }
    let mut copies: Vec<Copied> = groups.into_values().collect();
    if copies.len() > COPIES_MAX {
        let newest = copies.split_off(copies.len() - COPIES_MAX);
        let mut together = Copied { note: newest[0].note.clone(), answers: Vec::new() };
        together.answers.extend(copies.into_iter().flat_map(|copied| copied.answers));
        copies = std::iter::once(together).chain(newest).collect();
    }
    Ok(copies)
}

/// A household that begins: nothing yet, in the area it is to lie in.
fn begun(tx: &Connection, plan: &Plan<'_>, source: &Side) -> Result<Side, StoreError> {
    let mut loaded = source.loaded.clone();
    if let Destination::Begins(Some(area)) = &plan.new.to {
        // An area outside the scope looks like one that does not exist.
        let path = area_path(tx, area)?.filter(|path| plan.scope.covers(path));
        path.ok_or(StoreError::NotFound)?;
        loaded.case.area.clone_from(area);
    }
    let form = Arc::clone(&source.form);
    Ok(Side { loaded, document: Record::new(), base: Heads::empty(), version: source.version, form })
}

fn create(record: RecordId, begun: &Side) -> Item {
    let case = &begun.loaded.case;
    let (form, area) = (case.form.clone(), case.area.clone());
    Item::Create { record, form, form_version: begun.version, area, subject: None, test: false }
}

/// A row that moved before, and whose move nobody has decided on, stays where it is.
fn waits(tx: &Connection, side: &mut Side, (id, row): (RowId, &str)) -> Result<(), StoreError> {
    let changes: Vec<[u8; 32]> = tx
        .prepare_cached(MOVES)?
        .query_map(params![side.loaded.num, row], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for change in changes {
        let head: Heads = [ChangeHash::from_bytes(change)].into_iter().collect();
        if !side.document.descends(&side.base, &head) {
            return Err(refused(&WhyNot::Waits(id)));
        }
    }
    Ok(())
}

fn waived(tx: &Connection, side: &Side) -> Result<Vec<Waiver>, StoreError> {
    let Some(approved) = side.loaded.case.approved() else { return Ok(Vec::new()) };
    let waivers = tx
        .prepare_cached(WAIVERS)?
        .query_map(params![side.loaded.num, heads_bytes(&approved.heads)], |row| {
            Ok(Waiver { key: row.get(0)?, path: row.get(1)?, reason: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok(waivers)
}

fn under(path: &str, row: &str) -> bool {
    path.strip_prefix(row).is_some_and(|rest| rest.starts_with('/'))
}

fn checked(new: &NewMove) -> Result<(), WhyNot> {
    let once: BTreeSet<RowId> = new.rows.iter().copied().collect();
    if new.rows.is_empty() || new.rows.len() > ROWS_MAX || once.len() < new.rows.len() {
        return Err(WhyNot::Rows);
    }
    let stranger = new.relations.keys().find(|row| !once.contains(row));
    if let Some(row) = stranger {
        return Err(WhyNot::NoMember(*row));
    }
    let day: Option<jiff::civil::Date> = new.on.parse().ok();
    let known = day.is_some_and(|day| day.to_string() == new.on);
    if known && new.on <= civil_day(new.at_ms) { Ok(()) } else { Err(WhyNot::Day) }
}

fn reason(new: &NewMove) -> String {
    let said = new.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let usual = match new.to {
        Destination::Begins(_) => "分户 / split",
        Destination::Household(_) => "成员转移 / member moved",
    };
    let mut reason = said.unwrap_or(usual).to_owned();
    while reason.len() > TEXT_BYTES_MAX {
        reason.pop();
    }
    reason
}

fn refused(why: &WhyNot) -> StoreError {
    let kind = match why {
        WhyNot::State(_) | WhyNot::Waits(_) => ProblemKind::WrongState,
        WhyNot::DifferentAnswers(_) => ProblemKind::DifferentAnswers,
        WhyNot::NotTaken => ProblemKind::Conflict,
        _ => ProblemKind::Invalid,
    };
    StoreError::Refused(kind, Some(why.said()))
}
