//! Texts that wait for a code: the flags that reconciling made of them are the queue.

use std::collections::BTreeSet;
use std::sync::Arc;

use doorstep_forms::OtherAnswer;
use doorstep_protocol::{EnvelopeId, ObjectId, ProblemKind};
use doorstep_records::{Answer, ChangeNote, Heads, Key, Record, RecordId, Value};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::clerk::{Clerk, ServerChange};
use super::records::resolve;
use super::review::cases::{Loaded, case_load};
use super::review::lines::{flag_list, line_get, line_page};
use super::review::people::author_list;
use crate::accounts::role::Action;
use crate::language::Said;
use crate::mapping::{Mapped, MappingDone, NewMapping, NotMapped, QUEUE_MAX, Unmapped, WhyNot, likely};
use crate::reconcile::flag::FlagKind;
use crate::reconcile::published::Published;
use crate::reconcile::rulebook::Rulebook;
use crate::review::model::{PAGE_RECORDS_MAX, RecordFilter, RecordLine, TEXT_BYTES_MAX};
use crate::review::state::RecordState;
use crate::source::Entropy;
use crate::store::mappings::Mappings;
use crate::store::records::At;
use crate::store::{Scope, StoreError};
use crate::sync::push::server_author;

const VERSIONS: &str = "SELECT version FROM form_version WHERE form = ?1 AND version >= ?2 ORDER BY version";

impl Mappings for SqliteStore {
    fn mapping_queue(
        &self,
        scope: &Scope,
        form: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Unmapped>, StoreError> {
        may_map(scope)?;
        let clerk = self.clerk();
        let limit = limit.min(QUEUE_MAX) as usize;
        self.read(|conn| {
            let mut queue = Vec::new();
            each_waiting(conn, scope, form, |line| {
                queue.extend(clerk.waiting(conn, scope, line)?);
                Ok(queue.len() < limit)
            })?;
            queue.truncate(limit);
            Ok(queue)
        })
    }

    fn mapping_apply(
        &self,
        scope: &Scope,
        mapping: &NewMapping,
        entropy: &dyn Entropy,
    ) -> Result<MappingDone, StoreError> {
        may_map(scope)?;
        checked(mapping)?;
        let mut done = MappingDone::default();
        for record in self.meant(scope, mapping)? {
            let mut random = [[0; 10]; 2];
            for bytes in &mut random {
                entropy.fill(bytes).map_err(|_| StoreError::Damaged("the machine has no randomness"))?;
            }
            let (clerk, scope, mapping) = (self.clerk(), scope.clone(), mapping.clone());
            match self.write(move |tx| clerk.map(tx, &scope, record, &mapping, random))? {
                Ok(mapped) => done.mapped.push(mapped),
                Err(why) => {
                    let said = why.said();
                    done.refused.push(NotMapped { record, zh: said.zh, en: said.en });
                }
            }
        }
        Ok(done)
    }
}

impl SqliteStore {
    /// The records a mapping is about: those it names, all of which must be seen; else those where the text waits.
    fn meant(&self, scope: &Scope, mapping: &NewMapping) -> Result<BTreeSet<RecordId>, StoreError> {
        let text = mapping.text.trim();
        self.read(|conn| {
            if !mapping.records.is_empty() {
                for record in &mapping.records {
                    let (_, line) = line_get(conn, scope, *record)?.ok_or(StoreError::NotFound)?;
                    if line.form != mapping.form {
                        return Err(StoreError::NotFound);
                    }
                }
                return Ok(mapping.records.iter().copied().collect());
            }
            let mut found = BTreeSet::new();
            each_waiting(conn, scope, Some(&mapping.form), |line| {
                let Some((num, _)) = line_get(conn, scope, line.record)? else { return Ok(true) };
                let flags = flag_list(conn, scope, num, line.record)?;
                if flags.iter().any(|flag| flag.kind == FlagKind::OtherAnswer && flag.detail == text) {
                    found.insert(line.record);
                }
                Ok(found.len() < QUEUE_MAX as usize)
            })?;
            if found.is_empty() { Err(StoreError::NotFound) } else { Ok(found) }
        })
    }
}

impl Clerk {
    /// The texts of one record that wait.
    fn waiting(
        &self,
        conn: &Connection,
        scope: &Scope,
        line: RecordLine,
    ) -> Result<Vec<Unmapped>, StoreError> {
        let Some((num, _)) = line_get(conn, scope, line.record)? else { return Ok(Vec::new()) };
        let Some(loaded) = case_load(conn, num)? else { return Ok(Vec::new()) };
        let authors = author_list(conn, num)?;
        let mut record = loaded.case.open()?;
        let heads = record.heads();
        let version = loaded.case.judging_version(&mut record, &heads);
        let Some(form) = self.forms.get(conn, &line.form, version)? else { return Ok(Vec::new()) };
        let answers =
            record.answers_at(&heads).map_err(|_| StoreError::Damaged("a record lacks its heads"))?;
        let flags = flag_list(conn, scope, num, line.record)?;
        let mut waiting = Vec::new();
        for flag in flags.into_iter().filter(|flag| flag.kind == FlagKind::OtherAnswer) {
            let Some(code_path) = form.form().code_path(&flag.path) else { continue };
            let given = given(&answers, &flag.path);
            let name = |actor| authors.get(actor).map(|author| author.name.clone());
            waiting.push(Unmapped {
                record: line.record,
                form: line.form.clone(),
                version,
                label: line.label.clone(),
                area: line.area.clone(),
                state: line.state,
                likely: self.likely(conn, &line.form, version, &flag.path, &flag.detail)?,
                path: flag.path,
                code_path,
                text: flag.detail,
                change: given.map(|given| given.hash),
                by: given.and_then(|given| name(&given.actor)),
            });
        }
        Ok(waiting)
    }

    fn likely(
        &self,
        conn: &Connection,
        form: &str,
        from: u32,
        path: &str,
        text: &str,
    ) -> Result<Option<crate::mapping::Likely>, StoreError> {
        for version in self.versions_from(conn, form, from)? {
            let found = version.form().code_path(path).and_then(|code| likely(version.form(), &code, text));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The published versions of a form from one on, oldest first.
    fn versions_from(
        &self,
        conn: &Connection,
        form: &str,
        from: u32,
    ) -> Result<Vec<Arc<Published>>, StoreError> {
        let versions: Vec<u32> = conn
            .prepare_cached(VERSIONS)?
            .query_map(params![form, from], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut published = Vec::with_capacity(versions.len());
        for version in versions {
            published.extend(self.forms.get(conn, form, version)?);
        }
        Ok(published)
    }

    /// Maps the text in one record, wherever in it the text waits.
    fn map(
        &self,
        tx: &Connection,
        scope: &Scope,
        id: RecordId,
        mapping: &NewMapping,
        [envelope, submission]: [[u8; 10]; 2],
    ) -> Result<Result<Mapped, WhyNot>, StoreError> {
        let (num, line) = line_get(tx, scope, id)?.ok_or(StoreError::NotFound)?;
        let loaded = case_load(tx, num)?.ok_or(StoreError::NotFound)?;
        let in_hand = line.state.is_approved() || line.state == RecordState::Submitted;
        if !in_hand || line.discarded || line.test || line.alias_of.is_some() {
            return Ok(Err(WhyNot::State(line.state)));
        }
        let mut record = loaded.case.open()?;
        let base = resolve(&loaded, &mut record, &At::ToReview, &author_list(tx, num)?)?;
        let (version, others) = self.others(tx, &loaded, &mut record, &base, mapping.text.trim())?;
        let Some(first) = others.first() else { return Ok(Err(WhyNot::NotWaiting)) };
        let answers =
            record.answers_at(&base).map_err(|_| StoreError::Damaged("a record lacks its heads"))?;
        let cites = given(&answers, &first.path).map(|given| given.hash);
        let takes = |form: &Published, other: &OtherAnswer| {
            let code_path = form.form().code_path(&other.path);
            code_path.is_some_and(|code_path| form.form().offers(&code_path, &mapping.code))
        };
        let versions = self.versions_from(tx, &loaded.case.form, version)?;
        let Some(under) = versions.iter().find(|form| others.iter().all(|other| takes(form, other))) else {
            return Ok(Err(WhyNot::NoSuchCode(mapping.code.clone())));
        };
        let version = under.form().manifest().version;
        let mut note = ChangeNote::new(version, mapping.at_ms).with_reason(mapping.reason.trim());
        note.cites = cites;
        let mut puts = Vec::with_capacity(others.len());
        for other in &others {
            let key = Key::parse(&other.code_path);
            let key = key.map_err(|_| StoreError::Damaged("a form names a path that is none"))?;
            puts.push((key, Value::Text(mapping.code.clone())));
        }
        let at = u64::try_from(mapping.at_ms).unwrap_or_default();
        let change = ServerChange {
            envelope: EnvelopeId::mint(at, envelope),
            record: id,
            heads: &base,
            note,
            puts,
            submission: Some((ObjectId::mint(at, submission), mapping.reason.trim().to_owned())),
            author: server_author(&self.identity, scope.user(), scope.user_name(), scope.role().name()),
        };
        let Some(hash) = self.write(tx, &mut record, change)? else { return Ok(Err(WhyNot::NotTaken)) };
        let paths = others.into_iter().map(|other| other.code_path).collect();
        Ok(Ok(Mapped { record: id, paths, version, heads: [hash].into_iter().collect() }))
    }

    /// Where a text waits at exact heads, and the version that judges them.
    fn others(
        &self,
        tx: &Connection,
        loaded: &Loaded,
        record: &mut Record,
        heads: &Heads,
        text: &str,
    ) -> Result<(u32, Vec<OtherAnswer>), StoreError> {
        let version = loaded.case.judging_version(record, heads);
        let Some(form) = self.forms.get(tx, &loaded.case.form, version)? else {
            return Ok((version, Vec::new()));
        };
        let reading = loaded
            .case
            .settled_at(record, heads, form.lens())
            .map_err(|_| StoreError::Damaged("a record lacks its heads"))?;
        let mut others = form.form().other_answers(&form.outcome(&reading.answers, None, true));
        others.retain(|other| other.text == text);
        Ok((version, others))
    }
}

/// The newest value that was given for an answer.
fn given<'a>(
    answers: &'a std::collections::BTreeMap<Key, Answer>,
    path: &str,
) -> Option<&'a doorstep_records::Candidate> {
    let key = Key::parse(path).ok()?;
    answers.get(&key)?.candidates.last()
}

/// Walks the records with texts that wait, until `more` says no.
fn each_waiting(
    conn: &Connection,
    scope: &Scope,
    form: Option<&str>,
    mut more: impl FnMut(RecordLine) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let filter = RecordFilter {
        form: form.map(str::to_owned),
        flag: Some(FlagKind::OtherAnswer),
        ..RecordFilter::default()
    };
    let mut after = None;
    loop {
        let page = line_page(conn, scope, &filter, after, PAGE_RECORDS_MAX)?;
        for line in page.records {
            if !more(line)? {
                return Ok(());
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn may_map(scope: &Scope) -> Result<(), StoreError> {
    if scope.role().may(Action::Review) { Ok(()) } else { Err(StoreError::refused(ProblemKind::NotAllowed)) }
}

fn checked(mapping: &NewMapping) -> Result<(), StoreError> {
    if mapping.records.len() > QUEUE_MAX as usize || mapping.reason.len() > TEXT_BYTES_MAX {
        return Err(StoreError::refused(ProblemKind::TooLarge));
    }
    if mapping.reason.trim().is_empty() {
        let said = Said::new("A mapping needs a reason.", "请说明对应的理由。");
        return Err(StoreError::Refused(ProblemKind::Invalid, Some(said)));
    }
    Ok(())
}
