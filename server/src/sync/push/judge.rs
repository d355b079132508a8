//! Judging the items of one record: what each is worth, and the document they lead to.
//!
//! A judgement reads tables and writes nothing, so that it can be made before the transaction on any core. It holds as
//! long as its [`Basis`] stands. The order is that of applying: beginnings, then all changes of an envelope together,
//! then what is said about the record; after each envelope, what waited and can be set free.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{Item, ObjectId, UserId, limits};
use doorstep_records::gate::{Admission, ChangeFacts, GateError, inspect};
use doorstep_records::{ActorId, RecordId};
use rusqlite::Connection;

use super::admit::{Offered, Outcome, admit};
use super::open::Opened;
use super::view::{self, Basis, RecordRow, WaitingItem};
use crate::log::{Author, PreparedDocument, ReleasedItem};
use crate::store::StoreError;
use crate::store::sqlite::review::stood::former_area_paths;

/// Who pushes, and what the judgements of one push share.
pub(super) struct Context {
    pub(super) author: Author,
    /// A revoked device may deliver into quarantine only.
    pub(super) revoked: bool,
    /// The server's own envelopes reach everywhere.
    pub(super) everywhere: bool,
    /// Room left among the waiting items of the device.
    pub(super) room: Cell<usize>,
    /// Actors and objects first used in this push, and where.
    pub(super) actors: RefCell<HashMap<ActorId, RecordId>>,
    pub(super) objects: RefCell<HashMap<ObjectId, RecordId>>,
    /// Whether a person reaches an area with a form.
    pub(super) covered: RefCell<HashMap<(UserId, String, String), bool>>,
}

/// The items of one record in one envelope of the push.
pub(super) struct Step<'a> {
    /// The envelope's place in the push.
    pub(super) place: usize,
    pub(super) opened: &'a Opened,
    /// Places of the items.
    pub(super) items: Vec<usize>,
}

/// What the items of one envelope came to.
pub(super) struct Part {
    pub(super) place: usize,
    pub(super) verdicts: Vec<(usize, ItemVerdict)>,
    pub(super) document: Option<PreparedDocument>,
    pub(super) released: Vec<ReleasedItem>,
    pub(super) released_document: Option<PreparedDocument>,
}

/// The judgement of one record.
pub(super) struct Judgement {
    pub(super) record: RecordId,
    pub(super) basis: Basis,
    pub(super) parts: Vec<Part>,
}

enum Standing {
    Missing,
    Refused(String),
    Present(RecordRow),
}

struct Judge<'a> {
    conn: &'a Connection,
    context: &'a Context,
    record: RecordId,
    standing: Standing,
    admission: Option<Admission>,
    /// Submissions and comments accepted here.
    said: HashMap<ObjectId, Item>,
    waiting: Vec<WaitingItem>,
}

/// Judges all items of one record in a push.
pub(super) fn judge(
    conn: &Connection,
    context: &Context,
    record: RecordId,
    steps: &[Step<'_>],
) -> Result<Judgement, StoreError> {
    let basis = view::basis(conn, record, context.author.device)?;
    let mut judge = Judge::new(conn, context, record, &basis)?;
    let parts = steps.iter().map(|step| judge.step(step)).collect::<Result<_, _>>()?;
    Ok(Judgement { record, basis, parts })
}

/// Judges what waits for a record without anything new having come.
pub(super) fn judge_waiting(
    conn: &Connection,
    context: &Context,
    record: RecordId,
) -> Result<(Vec<ReleasedItem>, Option<PreparedDocument>), StoreError> {
    let basis = view::basis(conn, record, context.author.device)?;
    Judge::new(conn, context, record, &basis)?.release()
}

impl<'a> Judge<'a> {
    fn new(
        conn: &'a Connection,
        context: &'a Context,
        record: RecordId,
        basis: &Basis,
    ) -> Result<Judge<'a>, StoreError> {
        let standing = match (basis.exists(), basis.refused()) {
            (true, _) => view::record(conn, record)?.map_or(Standing::Missing, Standing::Present),
            (false, Some(reason)) => Standing::Refused(reason),
            (false, None) => Standing::Missing,
        };
        let waiting = if basis.has_waiting() { view::waiting(conn, record)? } else { Vec::new() };
        Ok(Judge { conn, context, record, standing, admission: None, said: HashMap::new(), waiting })
    }
}

impl Judge<'_> {
    fn step(&mut self, step: &Step<'_>) -> Result<Part, StoreError> {
        let items = &step.opened.envelope.items;
        let mut verdicts: Vec<(usize, ItemVerdict)> = Vec::with_capacity(step.items.len());
        let mut begun = false;
        for place in &step.items {
            if let Item::Create { .. } = &items[*place] {
                let verdict = self.create(&self.context.author, &items[*place])?;
                begun |= verdict != ItemVerdict::Duplicate;
                verdicts.push((*place, verdict));
            }
        }
        let mut offered = Vec::new();
        let mut places = Vec::new();
        for place in &step.items {
            if let Some(inspected) = &step.opened.inspected[*place] {
                places.push(*place);
                offered.push(self.change(&self.context.author, inspected.as_ref())?);
            }
        }
        let (outcomes, document) = self.admit(offered)?;
        verdicts.extend(places.into_iter().zip(outcomes));
        let was_shown = self.is_shown();
        for place in &step.items {
            if !matches!(&items[*place], Item::Create { .. } | Item::Change { .. }) {
                let author = self.context.author.clone();
                verdicts.push((*place, self.said(&author, &items[*place])?));
            }
        }
        let freed = begun || document.is_some() || (self.is_shown() && !was_shown);
        let (released, released_document) = if freed { self.release()? } else { (Vec::new(), None) };
        for (place, verdict) in &mut verdicts {
            if matches!(verdict, ItemVerdict::Waiting { .. }) {
                self.wait(step, *place, verdict);
            }
        }
        verdicts.sort_by_key(|(place, _)| *place);
        Ok(Part { place: step.place, verdicts, document, released, released_document })
    }

    fn is_shown(&self) -> bool {
        matches!(&self.standing, Standing::Present(row) if row.shown)
    }

    /// Takes a place among the waiting items, when there is one.
    fn wait(&mut self, step: &Step<'_>, place: usize, verdict: &mut ItemVerdict) {
        let room = self.context.room.get();
        if room == 0 {
            *verdict = quarantined("waiting_full");
            return;
        }
        self.context.room.set(room - 1);
        self.waiting.push(WaitingItem {
            envelope: step.opened.envelope.id,
            place: u32::try_from(place).unwrap_or(u32::MAX),
            item: step.opened.envelope.items[place].clone(),
            author: self.context.author.clone(),
        });
    }

    fn create(&mut self, author: &Author, item: &Item) -> Result<ItemVerdict, StoreError> {
        let Item::Create { form, form_version, area, subject, .. } = item else {
            return Ok(quarantined("malformed"));
        };
        if let Standing::Present(row) = &self.standing {
            // The area may be another since: the office moved it, or the place has a successor.
            let same = row.form == *form && row.subject == *subject && row.author == author.user;
            return Ok(if same { ItemVerdict::Duplicate } else { quarantined("record_exists") });
        }
        let refusal = self.why_not_begin(author, form, *form_version, area)?;
        let path = view::area_path(self.conn, area)?;
        match (refusal, path) {
            (None, Some(area_path)) => {
                self.standing = Standing::Present(RecordRow {
                    form: form.clone(),
                    area_path,
                    subject: *subject,
                    author: author.user,
                    shown: false,
                    discarded: false,
                });
                Ok(ItemVerdict::Accepted)
            }
            (refusal, _) => {
                let reason = refusal.unwrap_or(OUTSIDE);
                self.standing = Standing::Refused(reason.to_owned());
                Ok(quarantined(reason))
            }
        }
    }

    fn why_not_begin(
        &self,
        author: &Author,
        form: &str,
        version: u32,
        area: &str,
    ) -> Result<Option<&'static str>, StoreError> {
        if self.context.revoked {
            return Ok(Some(REVOKED));
        }
        if form.len() > limits::FORM_ID_BYTES || area.len() > limits::AREA_CODE_BYTES {
            return Ok(Some("malformed"));
        }
        let reached = match view::area_path(self.conn, area)? {
            Some(path) => {
                self.context.everywhere
                    || planted(Plant::BeginUnscoped)
                    || self.covered(author.user, &path, form)?
            }
            None => false,
        };
        if !reached {
            return Ok(Some(OUTSIDE));
        }
        Ok((!view::form_is_known(self.conn, author.device, form, version)?).then_some("unknown_form"))
    }

    /// What stands against a change before the document is looked at.
    fn change<'f>(
        &self,
        author: &Author,
        inspected: Result<&'f ChangeFacts, &GateError>,
    ) -> Result<Offered<'f>, StoreError> {
        let facts = match inspected {
            Ok(facts) => facts,
            Err(error) => return Ok(Offered::Settled(quarantined(error.kind()))),
        };
        if let Some(verdict) = self.barred(author, &facts.deps)? {
            return Ok(Offered::Settled(verdict));
        }
        if !self.may_use(author, facts.actor)? {
            return Ok(Offered::Settled(quarantined("actor_bound")));
        }
        Ok(Offered::Change(facts))
    }

    /// What stands against an item of an author on this record, whatever it says.
    fn barred(
        &self,
        author: &Author,
        builds_on: &[doorstep_records::ChangeHash],
    ) -> Result<Option<ItemVerdict>, StoreError> {
        let revoked = self.context.revoked && !planted(Plant::RevokedWrites);
        if revoked && author.device == self.context.author.device {
            return Ok(Some(quarantined(REVOKED)));
        }
        let row = match &self.standing {
            Standing::Missing => return Ok(Some(ItemVerdict::Waiting { missing: builds_on.to_vec() })),
            // Somebody else's beginning of this record may still come.
            Standing::Refused(_) if author.device != self.context.author.device => {
                return Ok(Some(ItemVerdict::Waiting { missing: builds_on.to_vec() }));
            }
            Standing::Refused(reason) => return Ok(Some(quarantined(reason))),
            Standing::Present(row) => row,
        };
        if author.server && self.context.everywhere {
            return Ok(None);
        }
        let own = row.author == author.user;
        let sees = row.shown
            || own
            || author.role != crate::accounts::role::Role::Enumerator.name()
            || view::is_work_of(self.conn, self.record, author.user)?;
        if own || planted(Plant::PushUnscoped) {
            return Ok(None);
        }
        Ok(match (self.reached(author.user, row)?, sees) {
            (true, true) => None,
            // Somebody else's draft in their village: it will be submitted, or is work that is still to be given (again, after
            // a backup was restored). Until then it is, for them, a record that is not here.
            (true, false) => Some(ItemVerdict::Waiting { missing: builds_on.to_vec() }),
            (false, _) => Some(quarantined(OUTSIDE)),
        })
    }

    /// True when a person may, or once might, work where a record lies, or lay before it was moved: what was filled until
    /// somebody heard of that, or before a village was merged into another, is still taken.
    fn reached(&self, user: UserId, row: &RecordRow) -> Result<bool, StoreError> {
        if self.covered(user, &row.area_path, &row.form)? {
            return Ok(true);
        }
        for path in former_area_paths(self.conn, self.record)? {
            if self.covered(user, &path, &row.form)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True when a person may, or once might, work there; asked once for each place of a push.
    fn covered(&self, user: UserId, path: &str, form: &str) -> Result<bool, StoreError> {
        let key = (user, path.to_owned(), form.to_owned());
        if let Some(known) = self.context.covered.borrow().get(&key) {
            return Ok(*known);
        }
        let covered = view::covered(self.conn, user, path, form)?;
        self.context.covered.borrow_mut().insert(key, covered);
        Ok(covered)
    }

    /// The first use of an actor binds it to the record, the person and the key that signed.
    fn may_use(&self, author: &Author, actor: ActorId) -> Result<bool, StoreError> {
        if planted(Plant::ActorUnbound) {
            return Ok(true);
        }
        if let Some(bound) = view::bound(self.conn, actor)? {
            let device = (!author.server).then_some(author.device);
            return Ok(bound.record == self.record && bound.user == author.user && bound.device == device);
        }
        let mut used = self.context.actors.borrow_mut();
        Ok(*used.entry(actor).or_insert(self.record) == self.record)
    }

    fn admit(
        &mut self,
        offered: Vec<Offered<'_>>,
    ) -> Result<(Vec<ItemVerdict>, Option<PreparedDocument>), StoreError> {
        let settled = |offered: Vec<Offered<'_>>, damaged: &str| {
            offered.into_iter().map(|offered| offered.settled_or(damaged)).collect()
        };
        if !offered.iter().any(|offered| matches!(offered, Offered::Change(_))) {
            return Ok((settled(offered, DAMAGED), None));
        }
        if self.document()?.is_none() {
            return Ok((settled(offered, DAMAGED), None));
        }
        let Some(admission) = self.admission.take() else { return Ok((settled(offered, DAMAGED), None)) };
        let Outcome { verdicts, document, admission } = admit(admission, offered)?;
        self.admission = Some(admission);
        Ok((verdicts, document))
    }

    /// The document, loaded once; `None` when the stored bytes are damaged.
    fn document(&mut self) -> Result<Option<&mut Admission>, StoreError> {
        if self.admission.is_none() {
            let bytes = view::document(self.conn, self.record)?;
            self.admission = Admission::load(bytes.as_deref()).ok();
        }
        Ok(self.admission.as_mut())
    }

    /// Submissions, comments, discards.
    fn said(&mut self, author: &Author, item: &Item) -> Result<ItemVerdict, StoreError> {
        let none = doorstep_records::Heads::empty();
        let (object, heads) = match item {
            Item::Submission { id, heads, note, .. } => {
                let long = note.as_ref().is_some_and(|note| note.len() > limits::COMMENT_BYTES);
                if long || heads.is_empty() || heads.len() > limits::HEADS {
                    return Ok(quarantined("malformed"));
                }
                (Some(*id), heads)
            }
            Item::Comment { id, heads, text, path, .. } => {
                let long = text.len() > limits::COMMENT_BYTES
                    || path.as_ref().is_some_and(|path| path.len() > limits::record::KEY_BYTES);
                if long || heads.len() > limits::HEADS {
                    return Ok(quarantined("malformed"));
                }
                (Some(*id), heads)
            }
            _ => (None, &none),
        };
        if let Some(verdict) = self.barred(author, heads.as_slice())? {
            return Ok(verdict);
        }
        if let Item::Discard { undo, .. } = item {
            return self.discard(author, *undo);
        }
        if let Some(verdict) = object.map(|id| self.said_before(id, item)).transpose()?.flatten() {
            return Ok(verdict);
        }
        let Some(admission) = self.document()? else { return Ok(quarantined(DAMAGED)) };
        let record = admission.record();
        let missing: Vec<_> = heads.iter().copied().filter(|head| !record.has_change(head)).collect();
        if !missing.is_empty() {
            return Ok(ItemVerdict::Waiting { missing });
        }
        if let Some(id) = object {
            self.context.objects.borrow_mut().insert(id, self.record);
            self.said.insert(id, item.clone());
        }
        if let (Item::Submission { .. }, Standing::Present(row)) = (item, &mut self.standing) {
            (row.shown, row.discarded) = (true, false);
        }
        Ok(ItemVerdict::Accepted)
    }

    /// The same object again changes nothing; another one under its id is set aside.
    fn said_before(&self, id: ObjectId, item: &Item) -> Result<Option<ItemVerdict>, StoreError> {
        if let Some(before) = self.said.get(&id) {
            let same = without_heads(before) == without_heads(item);
            return Ok(Some(if same { ItemVerdict::Duplicate } else { quarantined("id_reused") }));
        }
        if self.context.objects.borrow().get(&id).is_some_and(|record| *record != self.record) {
            return Ok(Some(quarantined("id_reused")));
        }
        let owner = view::object_owner(self.conn, id)?;
        Ok(owner.map(
            |owner| if owner == self.record { ItemVerdict::Duplicate } else { quarantined("id_reused") },
        ))
    }

    fn discard(&mut self, author: &Author, undo: bool) -> Result<ItemVerdict, StoreError> {
        let Standing::Present(row) = &mut self.standing else { return Ok(quarantined("unknown_record")) };
        if row.shown && !planted(Plant::DiscardSubmitted) {
            return Ok(quarantined("already_submitted"));
        }
        if row.author != author.user {
            return Ok(quarantined(OUTSIDE));
        }
        if row.discarded != undo {
            return Ok(ItemVerdict::Duplicate);
        }
        // What somebody else registered would go with it.
        if !undo && view::stands_for_others(self.conn, self.record)? {
            return Ok(quarantined(STANDS_FOR_OTHERS));
        }
        row.discarded = !undo;
        Ok(ItemVerdict::Accepted)
    }

    /// What waited and need not any more, in the order in which it is applied.
    fn release(&mut self) -> Result<(Vec<ReleasedItem>, Option<PreparedDocument>), StoreError> {
        if self.waiting.is_empty() {
            return Ok((Vec::new(), None));
        }
        let waiting = std::mem::take(&mut self.waiting);
        let mut begun = Vec::new();
        for waiting in &waiting {
            // A beginning waits only while it is judged once more.
            if let Item::Create { .. } = &waiting.item {
                begun.push(self.create(&waiting.author, &waiting.item)?);
            }
        }
        let mut begun = begun.into_iter();
        let mut inspected = Vec::new();
        for waiting in &waiting {
            if let Item::Change { change, .. } = &waiting.item {
                inspected.push((&waiting.author, inspect(change)));
            }
        }
        let offered = inspected.iter().map(|(author, inspected)| self.change(author, inspected.as_ref()));
        let offered = offered.collect::<Result<_, _>>()?;
        let (outcomes, document) = self.admit(offered)?;
        let mut outcomes = outcomes.into_iter();
        let mut released = Vec::new();
        for waiting in waiting {
            let verdict = match &waiting.item {
                Item::Create { .. } => begun.next().unwrap_or_else(|| quarantined(DAMAGED)),
                Item::Change { .. } => outcomes.next().unwrap_or_else(|| quarantined(DAMAGED)),
                item => self.said(&waiting.author, item)?,
            };
            if matches!(verdict, ItemVerdict::Waiting { .. }) {
                self.waiting.push(waiting);
            } else {
                let (envelope, item) = (waiting.envelope, waiting.place);
                released.push(ReleasedItem { envelope, item, verdict });
            }
        }
        Ok((released, document))
    }
}

/// What was said, wherever its author stood: a phone whose changes were refused writes them anew, and says the same of them again.
fn without_heads(item: &Item) -> Item {
    let mut item = item.clone();
    if let Item::Submission { heads, .. } | Item::Comment { heads, .. } = &mut item {
        *heads = doorstep_records::Heads::empty();
    }
    item
}

const OUTSIDE: &str = "outside_area";
const REVOKED: &str = "device_revoked";
const STANDS_FOR_OTHERS: &str = "stands_for_others";
const DAMAGED: &str = "record_damaged";

pub(super) fn quarantined(reason: &str) -> ItemVerdict {
    ItemVerdict::Quarantined { reason: reason.to_owned() }
}
