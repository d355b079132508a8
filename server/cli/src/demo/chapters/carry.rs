//! Carries a chapter through the whole way of its records: areas imported, phones enrolled, records filled offline in
//! real local stores, synchronised over HTTP, approved by the supervisor of the place, settled into the dataset.
//!
//! It goes batch by batch; what is remembered of a filling is its record, its area and its phone, so memory hardly grows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};
use doorstep_client_core::device::FormCache;
use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_server::review::model::NewReview;
use doorstep_server::review::rule::Decision;
use doorstep_server::review::state::RecordState;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use doorstep_server::store::{Scope, SqliteStore};

use super::dealt::Dealt;
use super::{Chapter, Filling};
use crate::demo::crew::Enumerator;
use crate::demo::host::{Host, now_ms};
use crate::demo::office::Office;
use crate::demo::stage::Stage;
use crate::demo::survey::each;

/// Records of one batch: so many are filled before the phones synchronise.
const BATCH: usize = 2_000;
/// Supervisors at work side by side; their decisions share commits.
const REVIEWERS: usize = 8;

/// What every chapter goes through with.
pub struct Way<'a> {
    /// The server.
    pub host: &'a Host,
    /// Where phones think the server is: the bad network or the server itself.
    pub url: &'a str,
    /// Where local stores lie.
    pub phones: &'a Path,
    /// Password of every account, and its hash.
    pub password: (&'a str, &'a str),
    /// Progress.
    pub stage: &'a Stage,
}

/// What became of a chapter.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// Name of the chapter.
    pub chapter: &'static str,
    /// Records filled, synchronised and approved.
    pub records: usize,
    /// How long it took.
    pub seconds: f64,
}

impl Way<'_> {
    /// Carries one chapter.
    pub fn carry(&self, chapter: &dyn Chapter) -> Result<Carried> {
        let name = chapter.name();
        let (en, zh) = (format!("Chapter {name}"), format!("报告 {name}"));
        let began = Instant::now();
        let records = self.stage.step(en, zh, chapter.fillings().size_hint().0, |progress| {
            let mut crew = Crew::gather(self, chapter)?;
            let mut fillings = chapter.fillings().enumerate().peekable();
            while fillings.peek().is_some() {
                crew.fill(&mut fillings, progress)?;
                crew.deliver()?;
            }
            Ok(crew.filled.len())
        });
        let records = records.with_context(|| format!("chapter {name}"))?;
        Ok(Carried { chapter: name, records, seconds: began.elapsed().as_secs_f64() })
    }
}

/// A filling that stands in a phone.
struct Filled {
    record: RecordId,
    area: String,
}

/// The people of a chapter.
struct Crew<'a> {
    host: &'a Host,
    supervisor: Scope,
    dealt: Dealt,
    phones: Vec<Enumerator>,
    /// Forms that copy approved answers of the record they are about.
    copying: BTreeSet<&'static str>,
    filled: Vec<Filled>,
    /// Fillings below this number are approved.
    delivered: usize,
}

/// The record a filling is about.
#[derive(Clone, Copy)]
enum Subject {
    None,
    /// Of an earlier batch.
    Record(RecordId),
    /// An earlier filling of the same phone in this batch.
    Filling(usize),
}

/// Work of one phone in a batch: number of the filling, the filling, its subject.
type Work = Vec<(usize, Filling, Subject)>;

impl<'a> Crew<'a> {
    fn gather(way: &Way<'a>, chapter: &dyn Chapter) -> Result<Crew<'a>> {
        let store = &way.host.store;
        let operator = store.operator_scope();
        if !chapter.areas().is_empty() {
            store
                .areas_import(&operator, chapter.areas().as_bytes(), now_ms())?
                .map_err(|faults| anyhow!("its areas have faults: {faults:?}"))?;
        }
        let dealt = Dealt::over(chapter.root(), &store.area_list(&operator)?);
        let (plain, hashed) = way.password;
        let supervisor = format!("{}_office", chapter.name());
        way.host.add_user(&supervisor, Role::Supervisor, chapter.root(), hashed)?;
        let office = Office::sign_in(&way.host.url(), &supervisor, plain)?;
        let folder = way.phones.join(chapter.name());
        std::fs::create_dir_all(&folder)?;
        let forms = FormCache::default();
        let mut phones = Vec::new();
        for (number, areas) in dealt.areas.iter().enumerate() {
            let person = format!("{}_{number:02}", chapter.name());
            way.host.add_user_in(&person, Role::Enumerator, areas.clone(), hashed)?;
            let code = office.invite(&person)?;
            let mut phone = Enumerator::enrol(number, &folder, way.url, &code, &forms)?;
            phone.sync()?;
            phones.push(phone);
        }
        let copying = check_forms(&phones, chapter)?;
        let supervisor = store.scope_of(&supervisor, now_ms())?;
        Ok(Crew { host: way.host, supervisor, dealt, phones, copying, filled: Vec::new(), delivered: 0 })
    }

    /// Fills the next batch, each phone on a thread of its own.
    fn fill(
        &mut self,
        fillings: &mut std::iter::Peekable<impl Iterator<Item = (usize, Filling)>>,
        progress: &(dyn Fn() + Sync),
    ) -> Result<()> {
        let mut work: Vec<Work> = self.phones.iter().map(|_| Work::new()).collect();
        // Area and phone of each filling of the batch.
        let mut batch: Vec<(String, usize)> = Vec::new();
        while batch.len() < BATCH {
            let Some((number, filling)) = fillings.peek() else { break };
            let told = || format!("filling {number} ({} in {})", filling.form, filling.area);
            // None: what it is about has to travel first.
            let Some((phone, subject)) = self.place(filling, &batch).with_context(told)? else { break };
            let Some((number, filling)) = fillings.next() else { break };
            batch.push((filling.area.clone(), phone));
            work[phone].push((number, filling, subject));
        }
        let jobs: Vec<_> = self.phones.iter_mut().zip(work).collect();
        let done = each(jobs, &|(phone, work): &mut (&mut Enumerator, Work)| {
            fill_on(phone, std::mem::take(work), progress)
        })?;
        let records: BTreeMap<usize, RecordId> = done.into_iter().flatten().collect();
        ensure!(records.len() == batch.len(), "a filling is about one that does not come before it");
        self.filled.extend(
            batch.into_iter().zip(records.into_values()).map(|((area, _), record)| Filled { record, area }),
        );
        Ok(())
    }

    /// The phone for a filling and the record it is about; none while that record is not yet where it is needed.
    fn place(&self, filling: &Filling, batch: &[(String, usize)]) -> Result<Option<(usize, Subject)>> {
        let outside = || anyhow!("{} is no place of the chapter", filling.area);
        let Some(about) = filling.about else {
            return Ok(Some((self.dealt.phone(&filling.area, None).ok_or_else(outside)?, Subject::None)));
        };
        if let Some(subject) = self.filled.get(about) {
            let phone = self.dealt.phone(&filling.area, Some(&subject.area)).ok_or_else(outside)?;
            return Ok(Some((phone, Subject::Record(subject.record))));
        }
        let (area, on) = batch
            .get(about - self.filled.len())
            .context("it is about a filling that does not come before it")?;
        let phone = self.dealt.phone(&filling.area, Some(area)).ok_or_else(outside)?;
        let waits = phone != *on || self.copying.contains(filling.form);
        Ok((!waits).then_some((phone, Subject::Filling(about))))
    }

    /// Brings the batch to the server and into the dataset, and what was decided back to the phones.
    fn deliver(&mut self) -> Result<()> {
        self.sync()?;
        self.host.settle()?;
        let batch = &self.filled[self.delivered..];
        let reviewers = batch.chunks(batch.len().div_ceil(REVIEWERS).max(1));
        each(reviewers.collect(), &|records: &mut &[Filled]| {
            records.iter().try_for_each(|filled| approve(&self.host.store, &self.supervisor, filled))
        })?;
        self.host.settle()?;
        self.delivered = self.filled.len();
        self.sync()
    }

    fn sync(&mut self) -> Result<()> {
        each(self.phones.iter_mut().collect(), &|phone: &mut &mut Enumerator| phone.sync())?;
        Ok(())
    }
}

/// Fills a phone's part of a batch; answers the record of each filling.
fn fill_on(
    phone: &mut Enumerator,
    work: Work,
    progress: &(dyn Fn() + Sync),
) -> Result<BTreeMap<usize, RecordId>> {
    let mut records = BTreeMap::new();
    for (number, filling, subject) in work {
        let told = || format!("filling {number} ({} in {})", filling.form, filling.area);
        let subject = match subject {
            Subject::None => None,
            Subject::Record(record) => Some(record),
            Subject::Filling(about) => Some(*records.get(&about).with_context(told)?),
        };
        let record = phone.fill_new(filling.form, &filling.area, subject, &filling.answers);
        records.insert(number, record.with_context(told)?);
        progress();
    }
    Ok(records)
}

/// Looks at a record and approves it as shown. A form that passes without a person has nothing to be approved.
fn approve(store: &SqliteStore, supervisor: &Scope, filled: &Filled) -> Result<()> {
    let shown = store.record_get(supervisor, filled.record, &At::ToReview)?;
    if shown.line.state == RecordState::Approved {
        return Ok(());
    }
    let at_ms = now_ms();
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let review = NewReview {
        id: ObjectId::mint(u64::try_from(at_ms).unwrap_or_default(), random),
        decision: Decision::Approve,
        heads: shown.heads,
        note: None,
        comments: Vec::new(),
        waivers: Vec::new(),
        at_ms,
    };
    match store.review_decide(supervisor, filled.record, &review)? {
        Decided::Taken(_) => Ok(()),
        Decided::Refused(refused) => {
            bail!("{} in {} cannot be approved: {:?}", filled.record, filled.area, refused.refusal)
        }
    }
}

/// That every form the chapter needs is there; answers those that copy answers of their subject.
fn check_forms(phones: &[Enumerator], chapter: &dyn Chapter) -> Result<BTreeSet<&'static str>> {
    let office = phones.first().context("a chapter without a phone")?;
    let mut copying = BTreeSet::new();
    for (form, version) in chapter.forms() {
        let published = office.newest_form(form)?;
        let newest = published.manifest().version;
        ensure!(newest >= *version, "it needs version {version} of {form}, but {newest} is the newest");
        if !published.preloads().is_empty() {
            copying.insert(*form);
        }
    }
    Ok(copying)
}
