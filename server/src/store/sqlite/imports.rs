//! Ledger households into records: server-signed envelopes, and the approval of what nobody else has touched.

use std::sync::Arc;

use doorstep_forms::{Answers, Context, Form, FormPackage, Mode, Severity};
use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{Envelope, EnvelopeId, Item, ObjectId, ProblemKind, SignedEnvelope, UserId};
use doorstep_records::{ActorId, ChangeNote, Heads, Record, RecordId, WriteError};
use rusqlite::{Connection, OptionalExtension};
use serde_bytes::ByteBuf;

use super::rows;
use super::{Identity, SqliteStore};
use crate::accounts::role::Action;
use crate::import::changes::{REASON, changes, last_imported, record_id};
use crate::import::households::{BATCH, ImportOptions, Imported};
use crate::import::ledger::Household;
use crate::import::{AreaNames, RowFault, Said};
use crate::log::{self, Author, By, EnvelopeEntry, LogEntry, ReviewedEntry};
use crate::review::rule::{Decision, Waiver};
use crate::source::Entropy;
use crate::store::imports::Imports;
use crate::store::{Scope, StoreError};

const AREAS: &str =
    "SELECT code, parent, name_zh, name_en FROM area WHERE path >= ?1 AND path < ?2 ORDER BY path";
const AREA_PATH: &str = "SELECT path FROM area WHERE code = ?1";
const LATEST_FORM: &str =
    "SELECT package, open FROM form_version WHERE form = ?1 ORDER BY open DESC, version DESC LIMIT 1";
const STANDING: &str = "SELECT record.form, record.heads, record.approved_heads, record.state, record.discarded, \
     record.alias_of IS NOT NULL, document.bytes, area.path \
     FROM record JOIN area ON area.num = record.area LEFT JOIN document ON document.record = record.num \
     WHERE record.id = ?1";
/// Changes in one envelope, bytes: well below what an envelope may have.
const ENVELOPE_BYTES: usize = 1024 * 1024;
const NEXT_NUMBER: &str = "SELECT coalesce(max(number), 0) + 1 FROM envelope WHERE device = ?1";

/// Every version of the form is closed to new records.
fn closed() -> StoreError {
    let said = crate::language::Said::new(
        "This form is closed to new records. Reopen a version (`doorstep form reopen`) to import.",
        "该表单已停止新增记录。如需导入，请先用 doorstep form reopen 重新开放某个版本。",
    );
    StoreError::Refused(ProblemKind::Conflict, Some(said))
}

impl Imports for SqliteStore {
    fn import_areas(&self, scope: &Scope) -> Result<AreaNames, StoreError> {
        let scope = scope.clone();
        self.read(|conn| {
            let mut names = AreaNames::default();
            let mut statement = conn.prepare_cached(AREAS)?;
            for (from, to) in scope.path_ranges() {
                let mut areas = statement.query([from, to])?;
                while let Some(area) = areas.next()? {
                    let (code, parent): (String, Option<String>) = (area.get(0)?, area.get(1)?);
                    let (zh, en): (String, String) = (area.get(2)?, area.get(3)?);
                    names.add(&code, parent.as_deref(), &[&zh, &en]);
                }
            }
            Ok(names)
        })
    }

    fn import_form(&self, scope: &Scope, form: &str) -> Result<Arc<Form>, StoreError> {
        if !scope.covers_form(form) {
            return Err(StoreError::NotFound);
        }
        let package: Vec<u8> = self.read(|conn| {
            let found = conn
                .prepare_cached(LATEST_FORM)?
                .query_row([form], |row| Ok((row.get(0)?, row.get::<_, bool>(1)?)))
                .optional()?;
            match found {
                Some((package, true)) => Ok(package),
                Some((_, false)) => Err(closed()),
                None => Err(StoreError::NotFound),
            }
        })?;
        let damaged = StoreError::Damaged("a published form cannot be read");
        let Ok(package) = FormPackage::from_bytes(&package) else { return Err(damaged) };
        Form::compile(package).map(Arc::new).map_err(|_| damaged)
    }

    fn households_import(
        &self,
        scope: &Scope,
        form: &Arc<Form>,
        households: Vec<Household>,
        options: &ImportOptions,
        now_ms: i64,
        entropy: &dyn Entropy,
    ) -> Result<Imported, StoreError> {
        if !scope.role().may(Action::Manage) {
            return Err(StoreError::refused(ProblemKind::NotAllowed));
        }
        // The operator at the machine has no account: the nil id stands for them, as in every server-signed envelope.
        let user = scope.user().unwrap_or(UserId::from_bytes([0; 16]));
        // A submission, an approval and at most an envelope for each.
        let mut random = vec![0; 30 * households.len()];
        entropy.fill(&mut random).map_err(|_| StoreError::refused(ProblemKind::Unavailable))?;
        let store = self.clone();
        let (scope, form, options) = (scope.clone(), Arc::clone(form), options.clone());
        self.write(move |tx| {
            let identity = store.identity();
            let random = random.into_iter();
            let mut import =
                Import { tx, identity, scope: &scope, user, form: &form, options: &options, now_ms, random };
            let mut imported = Imported::default();
            for part in households.chunks(BATCH) {
                import.envelopes(part, &mut imported)?;
            }
            Ok(imported)
        })
    }
}

struct Import<'a> {
    tx: &'a Connection,
    identity: &'a Identity,
    scope: &'a Scope,
    user: UserId,
    form: &'a Form,
    options: &'a ImportOptions,
    now_ms: i64,
    random: std::vec::IntoIter<u8>,
}

/// A record as it stands before the import.
struct Standing {
    form: String,
    heads: Heads,
    approved: Option<Heads>,
    /// Not accepted, entered by mistake, or another name of another record: an import must not bring it back.
    set_aside: bool,
    document: Option<Vec<u8>>,
    area_path: String,
}

/// What an import writes into one record.
struct Written {
    items: Vec<Item>,
    /// The approval that goes with it.
    review: Option<ReviewedEntry>,
    created: bool,
    /// Bytes of the change.
    bytes: usize,
}

impl Import<'_> {
    /// Envelopes for up to [`BATCH`] households, each followed by its approvals.
    fn envelopes(&mut self, households: &[Household], imported: &mut Imported) -> Result<(), StoreError> {
        let (mut items, mut reviews, mut bytes) = (Vec::new(), Vec::new(), 0);
        for household in households {
            match self.household(household)? {
                Ok(None) => imported.unchanged += 1,
                Ok(Some(written)) => {
                    imported.created += usize::from(written.created);
                    imported.changed += usize::from(!written.created);
                    imported.for_review += usize::from(written.review.is_none());
                    if bytes + written.bytes > ENVELOPE_BYTES {
                        self.commit(std::mem::take(&mut items), std::mem::take(&mut reviews))?;
                        bytes = 0;
                    }
                    bytes += written.bytes;
                    items.extend(written.items);
                    reviews.extend(written.review);
                }
                Err(reason) => imported.refused.push(RowFault {
                    row: household.row,
                    column: String::new(),
                    household: household.number.clone(),
                    reason,
                }),
            }
        }
        self.commit(items, reviews)
    }

    fn commit(&mut self, items: Vec<Item>, reviews: Vec<ReviewedEntry>) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        let entry = LogEntry::Envelope(self.seal(items)?);
        log::commit(self.tx, self.now_ms, &entry)?;
        reviews
            .into_iter()
            .try_for_each(|review| log::commit(self.tx, self.now_ms, &LogEntry::Reviewed(review)).map(drop))
    }

    fn seal(&mut self, items: Vec<Item>) -> Result<EnvelopeEntry, StoreError> {
        let device = self.identity.device();
        let number: i64 =
            self.tx.prepare_cached(NEXT_NUMBER)?.query_row([device.to_bytes()], |row| row.get(0))?;
        let verdicts = vec![ItemVerdict::Accepted; items.len()];
        let envelope = Envelope {
            number: number.unsigned_abs(),
            id: EnvelopeId::mint(self.unix_ms(), self.random()),
            device,
            user: self.user,
            made_at_ms: self.now_ms,
            items,
        };
        let signed = SignedEnvelope::seal(&envelope, &self.identity.signing_key)
            .map_err(|_| StoreError::Damaged("an envelope that cannot be encoded"))?;
        let (name, role) = (self.scope.user_name().to_owned(), self.scope.role().name().to_owned());
        Ok(EnvelopeEntry {
            signed,
            author: Author { user: self.user, name, role, device, server: true },
            verdicts,
        })
    }

    /// Nothing when the ledger says nothing new; a reason when the household cannot be written.
    fn household(&mut self, household: &Household) -> Result<Result<Option<Written>, Said>, StoreError> {
        let id = record_id(&household.area, &household.number);
        let standing = self.standing(id)?;
        if let Some(reason) = self.objection(household, standing.as_ref())? {
            return Ok(Err(reason));
        }
        let mut record = match standing.as_ref().and_then(|standing| standing.document.as_deref()) {
            Some(bytes) => Record::load(bytes)?,
            None => Record::new(),
        };
        let heads = standing.as_ref().map_or_else(Heads::empty, |standing| standing.heads.clone());
        // On top of what was approved: what phones have added since stands beside it, and is not overruled unseen.
        let approved = standing.as_ref().and_then(|standing| standing.approved.clone());
        let base = approved.clone().unwrap_or(heads);
        let current = if base.is_empty() {
            Default::default()
        } else {
            record.values_at(&base).map_err(|_| StoreError::Damaged("the heads of a record are not in it"))?
        };
        let imported = last_imported(&mut record);
        let puts = changes(self.form, id, household, &self.options.defaults, &current, &imported);
        let actor = ActorId::derive(&self.identity.install, &self.user.to_string(), id, 0);
        let note = ChangeNote::new(self.form.manifest().version, self.now_ms).with_reason(REASON);
        let written = if base.is_empty() {
            record.write(&actor, &note, &puts)
        } else {
            record.write_at(&actor, &note, &base, &puts)
        };
        let change = match written {
            Ok(change) => change,
            Err(WriteError::Nothing) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(cannot_write(&error))),
        };
        let heads: Heads = [change.hash].into_iter().collect();
        let created = standing.is_none();
        let bytes = change.bytes.len();
        let review = if created || approved.is_some() {
            Some(self.review(id, &heads, &mut record, &current)?)
        } else {
            None
        };
        Ok(Ok(Some(Written {
            bytes,
            items: self.items(id, household, created, change.bytes, heads),
            review,
            created,
        })))
    }

    fn standing(&self, id: RecordId) -> Result<Option<Standing>, StoreError> {
        let read = |row: &rusqlite::Row<'_>| {
            let (state, discarded, alias): (String, bool, bool) = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok(Standing {
                form: row.get(0)?,
                heads: rows::heads(row, 1)?,
                approved: rows::heads_opt(row, 2)?.filter(|heads| !heads.is_empty()),
                set_aside: discarded || alias || state == "not_accepted",
                document: row.get(6)?,
                area_path: row.get(7)?,
            })
        };
        Ok(self.tx.prepare_cached(STANDING)?.query_row([id.to_bytes()], read).optional()?)
    }

    /// Why the household must not be written here.
    fn objection(
        &self,
        household: &Household,
        standing: Option<&Standing>,
    ) -> Result<Option<Said>, StoreError> {
        let path: Option<String> =
            self.tx.prepare_cached(AREA_PATH)?.query_row([&household.area], |row| row.get(0)).optional()?;
        let reached = path.is_some_and(|path| self.scope.covers(&path));
        // A record that was moved out of the scope looks as if its area were not there.
        if !reached || standing.is_some_and(|standing| !self.scope.covers(&standing.area_path)) {
            let area = &household.area;
            return Ok(Some(Said::new(
                format!("没有行政区划“{area}”"),
                format!("there is no area {area:?}"),
            )));
        }
        Ok(standing.filter(|standing| standing.set_aside || standing.form != self.form.manifest().id).map(
            |_| {
                Said::new(
                    "该户的记录已作废、不予采用或已合并，请先在审核中处理",
                    "the household's record was set aside or merged; settle that in the review first",
                )
            },
        ))
    }

    fn items(
        &mut self,
        id: RecordId,
        household: &Household,
        created: bool,
        change: Vec<u8>,
        heads: Heads,
    ) -> Vec<Item> {
        let form_version = self.form.manifest().version;
        let create = created.then(|| Item::Create {
            record: id,
            form: self.form.manifest().id.clone(),
            form_version,
            area: household.area.clone(),
            subject: None,
            test: false,
        });
        let submission = Item::Submission {
            id: self.object_id(),
            record: id,
            heads,
            form_version,
            at_ms: self.now_ms,
            note: Some(REASON.to_owned()),
        };
        let change = Item::Change { record: id, change: ByteBuf::from(change) };
        create.into_iter().chain([change, submission]).collect()
    }

    /// The approval of exactly what the import leads to. What the form finds wrong in it is let stand, and said so.
    fn review(
        &mut self,
        id: RecordId,
        heads: &Heads,
        record: &mut Record,
        before: &std::collections::BTreeMap<doorstep_records::Key, doorstep_records::Value>,
    ) -> Result<ReviewedEntry, StoreError> {
        let after =
            record.values_at(heads).map_err(|_| StoreError::Damaged("a change that is not in its record"))?;
        let (previous, answers) = (answers(before), answers(&after));
        let context = Context { mode: Mode::Full, previous: (!previous.is_empty()).then_some(&previous) };
        let outcome = self.form.evaluate(&answers, &context);
        let errors = outcome.violations.into_iter().filter(|violation| violation.severity == Severity::Error);
        let waive = |violation: doorstep_forms::Violation| Waiver {
            key: violation.key,
            path: violation.path,
            reason: REASON.to_owned(),
        };
        Ok(ReviewedEntry {
            id: self.object_id(),
            record: id,
            heads: heads.clone(),
            decision: Decision::Approve,
            note: Some(REASON.to_owned()),
            comments: Vec::new(),
            waivers: errors.map(waive).collect(),
            by: By::from(self.scope),
            auto: true,
        })
    }

    fn object_id(&mut self) -> ObjectId {
        ObjectId::mint(self.unix_ms(), self.random())
    }

    fn random(&mut self) -> [u8; 10] {
        std::array::from_fn(|_| self.random.next().unwrap_or_default())
    }

    fn unix_ms(&self) -> u64 {
        self.now_ms.unsigned_abs()
    }
}

fn answers(values: &std::collections::BTreeMap<doorstep_records::Key, doorstep_records::Value>) -> Answers {
    values.iter().map(|(key, value)| (key.as_str().to_owned(), value.to_json())).collect()
}

fn cannot_write(error: &WriteError) -> Said {
    Said::new(format!("无法写入：{error}"), format!("cannot be written: {error}"))
}

#[cfg(test)]
#[path = "imports_tests.rs"]
mod tests;
