//! What publishing a version would do to the stored records of its form, drafts included: nothing is written.
//!
//! Records are read in short snapshots and judged on every core, so that neither memory nor anybody's waiting grows with
//! their number; between two batches the run can be stopped. Counts are exact, lists of records are bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorstep_forms::{Context, Form, Mode, Severity};
use doorstep_records::{Record, RecordId, RowId};
use schemars::JsonSchema;
use serde::Serialize;

use super::read::read_under;
use crate::language::Said;
use crate::store::publishing::{Publishing, StoredAfter, StoredRecord};
use crate::store::{Scope, StoreError};

/// Records named for one rule, and records named as unreadable.
pub const NAMED_MAX: usize = 50;

/// What a run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct DryRun {
    /// Submitted records judged. Records entered by mistake are read and not judged.
    pub records: u64,
    /// Drafts judged, leniently as drafts are.
    pub drafts: u64,
    /// How many of them are valid now and would become invalid.
    pub invalid: u64,
    /// How many have errors already and would have others too.
    pub worse: u64,
    /// What would make them invalid, by rule and place, most records first.
    pub rules: Vec<RuleEffect>,
    /// How many could not be read under the version.
    pub unreadable_count: u64,
    /// Some of them.
    pub unreadable: Vec<Unreadable>,
}

/// What one rule would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleEffect {
    /// The rule: the keyword, or the key of a constraint.
    pub key: String,
    /// Where: `members/*/income`.
    pub path: String,
    /// How many valid records would break it.
    pub count: u64,
    /// Some of them, as far as the asker may see them.
    pub records: Vec<RecordId>,
}

/// A record that cannot be read under the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unreadable {
    /// The record; none when it lies outside what the asker may see.
    pub record: Option<RecordId>,
    /// The answers that no lens converts; empty when the record as a whole does not open.
    pub paths: Vec<String>,
}

impl DryRun {
    /// True when every record could be read.
    pub fn all_read(&self) -> bool {
        self.unreadable_count == 0
    }

    /// The result in a sentence.
    pub fn said(&self) -> Said {
        let DryRun { records, drafts, invalid, worse, unreadable_count, .. } = self;
        Said::new(
            format!(
                "{records} records and {drafts} drafts were tried: {invalid} would become invalid, {worse} with errors \
                 already would have more, {unreadable_count} cannot be read."
            ),
            format!(
                "试运行 {records} 条记录、{drafts} 份草稿：{invalid} 条将变为有错误，{worse} 条原有错误的将增加错误，\
                 {unreadable_count} 条无法读取。"
            ),
        )
    }
}

/// A rule broken at a place: its key, and the path with `*` for rows.
type Broken = (String, String);

/// What a version does to one record.
enum Effect {
    None,
    /// Valid now, and breaks these.
    Invalid(BTreeSet<Broken>),
    /// Has errors now, and would have others too.
    Worse,
    Unreadable(Vec<String>),
}

/// The versions a run compares.
pub struct Versions<'a> {
    /// The newest published version; none for the first.
    pub old: Option<&'a Form>,
    /// What would be published.
    pub new: &'a Form,
}

/// A finished run, and the log row up to which it has seen every record.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// What it found.
    pub found: DryRun,
    /// Records touched after this row were not seen, or not as they are now.
    pub read_to: i64,
}

/// Tries a version on the stored records of its form: all, or those touched after a log row. `None`: it was stopped.
pub fn run<S: Publishing + ?Sized>(
    store: &S,
    scope: &Scope,
    versions: &Versions<'_>,
    touched_after: Option<i64>,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Ran>, StoreError> {
    let form = &versions.new.manifest().id;
    let mut tally = Tally::default();
    let (mut after, mut read_to) = (0, None);
    loop {
        if stop() {
            return Ok(None);
        }
        let batch = store.stored_records(scope, form, StoredAfter { after, touched_after })?;
        // What is touched while the run goes on may have been passed already: only the first snapshot counts.
        let read_to = *read_to.get_or_insert(batch.read_to);
        let effects = on_every_core(&batch.records, |stored| effect(stored, versions));
        for (stored, effect) in batch.records.iter().zip(effects) {
            tally.add(stored, effect);
        }
        match batch.next {
            Some(next) => after = next,
            None => return Ok(Some(Ran { found: tally.finish(), read_to })),
        }
    }
}

fn effect(stored: &StoredRecord, versions: &Versions<'_>) -> Effect {
    let whole = || Effect::Unreadable(Vec::new());
    let opened = match stored.document.as_slice() {
        [] => Ok(Record::new()),
        bytes => Record::load(bytes),
    };
    let Ok(mut record) = opened else { return whole() };
    let Ok(read) = read_under(&mut record, None, versions.new) else { return whole() };
    if !read.unconverted.is_empty() {
        return Effect::Unreadable(read.unconverted);
    }
    if stored.discarded {
        return Effect::None;
    }
    let mode = if stored.draft { Mode::Draft } else { Mode::Full };
    let after = errors(&mut record, stored, versions.new, Some(read.answers), mode);
    // Most records have no error afterwards: what they have now need not be known.
    if after.is_empty() {
        return Effect::None;
    }
    let before = match versions.old {
        Some(old) => errors(&mut record, stored, old, None, mode),
        None => BTreeSet::new(),
    };
    let new: BTreeSet<Broken> = after.difference(&before).cloned().collect();
    match (before.is_empty(), new.is_empty()) {
        (_, true) => Effect::None,
        (true, false) => Effect::Invalid(new),
        (false, false) => Effect::Worse,
    }
}

/// The errors of a record under a version.
fn errors(
    record: &mut Record,
    stored: &StoredRecord,
    form: &Form,
    answers: Option<doorstep_forms::Answers>,
    mode: Mode,
) -> BTreeSet<Broken> {
    let answers = answers.or_else(|| read_under(record, None, form).ok().map(|read| read.answers));
    let now = record.heads();
    // Allowed moves of a state start from what was approved.
    let approved = stored.approved_heads.as_ref().filter(|approved| **approved != now);
    let previous = approved.and_then(|heads| read_under(record, Some(heads), form).ok());
    let context = Context { mode, previous: previous.as_ref().map(|read| &read.answers) };
    let outcome = form.evaluate(&answers.unwrap_or_default(), &context);
    let errors = outcome.violations.into_iter().filter(|violation| violation.severity == Severity::Error);
    errors.map(|violation| (violation.key, template(&violation.path))).collect()
}

/// `members/01J9.../income` -> `members/*/income`.
fn template(path: &str) -> String {
    let is_row = |segment: &str| {
        segment.parse::<RowId>().is_ok() || segment.len() == 4 && segment.bytes().all(|b| b.is_ascii_digit())
    };
    let segments: Vec<&str> =
        path.split('/').map(|segment| if is_row(segment) { "*" } else { segment }).collect();
    segments.join("/")
}

/// Counts as records come.
#[derive(Default)]
struct Tally {
    found: DryRun,
    rules: BTreeMap<Broken, (u64, Vec<RecordId>)>,
}

impl Tally {
    fn add(&mut self, stored: &StoredRecord, effect: Effect) {
        let found = &mut self.found;
        match (stored.discarded, stored.draft) {
            (true, _) => {}
            (false, true) => found.drafts += 1,
            (false, false) => found.records += 1,
        }
        match effect {
            Effect::None => {}
            Effect::Worse => found.worse += 1,
            Effect::Invalid(rules) => {
                found.invalid += 1;
                for rule in rules {
                    let (count, records) = self.rules.entry(rule).or_default();
                    *count += 1;
                    if stored.named && records.len() < NAMED_MAX {
                        records.push(stored.record);
                    }
                }
            }
            Effect::Unreadable(paths) => {
                found.unreadable_count += 1;
                if found.unreadable.len() < NAMED_MAX {
                    let record = stored.named.then_some(stored.record);
                    found.unreadable.push(Unreadable { record, paths });
                }
            }
        }
    }

    fn finish(self) -> DryRun {
        let mut rules: Vec<RuleEffect> = self
            .rules
            .into_iter()
            .map(|((key, path), (count, records))| RuleEffect { key, path, count, records })
            .collect();
        rules.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.key, &a.path).cmp(&(&b.key, &b.path))));
        DryRun { rules, ..self.found }
    }
}

/// Works on every core; results stand in the order of the items.
fn on_every_core<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(items.len());
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let part = || {
        let mut done = Vec::new();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(at)
        {
            done.push((at, work(item)));
        }
        done
    };
    let mut all = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(part)).collect();
        let mut all = part();
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, done)| done).collect()
}
