//! Reconciling in batches: read, judge on every core outside any transaction, write in one. While a batch is written and the
//! disk is waited for, the next one is read and judged.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::ObjectId;
use rusqlite::Connection;

use super::clerk::Clerk;
use super::operations::rebuilt;
use super::review::cases::{Loaded, case_dirty, case_load};
use super::review::judged::{Written, judged_write};
use super::review::library::{Shelf, TestShelf};
use super::{SqliteStore, moves};
use crate::log::feed::row_changed;
use crate::log::{By, LogEntry, ReviewedEntry, commit};
use crate::reconcile::flag::{Flag, FlagKind};
use crate::reconcile::judge::{Judged, judge};
use crate::review::rule::Decision;
use crate::source::Entropy;
use crate::store::StoreError;
use crate::store::reconciles::{Reconciled, Reconciles};

/// Records in one transaction, so that a batch never holds the writer for long: pushes wait for it.
const RECORDS_PER_COMMIT: usize = 100;

/// A judgement to be written, and the id of the review when the form lets the record pass.
struct Ready {
    loaded: Loaded,
    judged: Judged,
    review: ObjectId,
}

/// What is written at once, and how often everything was rebuilt when it was read.
pub(super) struct Batch {
    ready: Vec<Ready>,
    rebuilt: i64,
}

impl Reconciles for SqliteStore {
    fn reconcile_pending(
        &self,
        limit: usize,
        now_ms: i64,
        entropy: &dyn Entropy,
    ) -> Result<Reconciled, StoreError> {
        let mut total = Reconciled::default();
        std::thread::scope(|scope| {
            let mut writing: Option<Writing<'_>> = None;
            let (mut left, mut after) = (limit, 0);
            while left > 0 {
                let nums = self.read(|conn| Ok(case_dirty(conn, after, left.min(RECORDS_PER_COMMIT))?))?;
                let Some(last) = nums.last().copied() else { break };
                (left, after) = (left - nums.len(), last);
                // What the batch before it touches in this one was read too early: it is not written, and stays dirty.
                let batch = self.prepare(&nums, now_ms, entropy)?;
                total.add(finished(writing.take())?);
                writing = Some(scope.spawn(move || self.write_batch(batch, now_ms)));
            }
            total.add(finished(writing)?);
            Ok(total)
        })
    }
}

/// A batch on its way to the disk.
type Writing<'scope> = std::thread::ScopedJoinHandle<'scope, Result<Reconciled, StoreError>>;

fn finished(writing: Option<Writing<'_>>) -> Result<Reconciled, StoreError> {
    match writing.map(Writing::join) {
        None => Ok(Reconciled::default()),
        Some(Ok(done)) => done,
        Some(Err(panic)) => std::panic::resume_unwind(panic),
    }
}

impl SqliteStore {
    /// Reads and judges records; nothing is written.
    pub(super) fn prepare(
        &self,
        nums: &[i64],
        now_ms: i64,
        entropy: &dyn Entropy,
    ) -> Result<Batch, StoreError> {
        let (cases, shelf, rebuilt) = self.read(|conn| {
            let mut cases = Vec::with_capacity(nums.len());
            for num in nums {
                cases.extend(case_load(conn, *num)?);
            }
            let shelf = self.inner.forms.shelf(conn, cases.iter().map(|loaded| &loaded.case))?;
            Ok((cases, shelf, rebuilt(conn)?))
        })?;
        let judged = judge_all(&cases, &shelf);
        let mut ready = Vec::with_capacity(cases.len());
        for (loaded, judged) in cases.into_iter().zip(judged) {
            let review = mint(now_ms, entropy)?;
            ready.push(Ready { loaded, judged, review });
        }
        Ok(Batch { ready, rebuilt })
    }

    /// Writes judgements in one transaction, each unless its record was touched meanwhile.
    pub(super) fn write_batch(&self, batch: Batch, now_ms: i64) -> Result<Reconciled, StoreError> {
        let clerk = self.clerk();
        self.write(move |conn| match rebuilt(conn)? == batch.rebuilt || planted(Plant::JudgedBeforeRebuild) {
            true => write_all(conn, &clerk, &batch.ready, now_ms),
            // A judgement says what changes in rows that are there no more: it is made again.
            false => Ok(Reconciled { touched: batch.ready.len(), ..Reconciled::default() }),
        })
    }
}

/// A new object id.
pub(super) fn mint(now_ms: i64, entropy: &dyn Entropy) -> Result<ObjectId, StoreError> {
    let mut random = [0; 10];
    entropy.fill(&mut random).map_err(|_| StoreError::Damaged("the machine has no randomness"))?;
    Ok(ObjectId::mint(u64::try_from(now_ms).unwrap_or_default(), random))
}

/// Judges on every core. A record that cannot be judged is flagged and blocks nobody.
fn judge_all(cases: &[Loaded], shelf: &Shelf) -> Vec<Judged> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(cases.len());
    if threads < 2 {
        return cases.iter().map(|loaded| judge_one(loaded, shelf)).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(loaded) = cases.get(at)
        {
            done.push((at, judge_one(loaded, shelf)));
        }
        done
    };
    let mut judged: Vec<Judged> = vec![Judged::default(); cases.len()];
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        // A worker that panicked takes the batch with it: its records stay dirty.
        let others = workers.into_iter().flat_map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        for (at, one) in own.into_iter().chain(others) {
            judged[at] = one;
        }
    });
    judged
}

fn judge_one(loaded: &Loaded, shelf: &Shelf) -> Judged {
    let judged = match loaded.case.test {
        true => judge(&loaded.case, &TestShelf(shelf)),
        false => judge(&loaded.case, shelf),
    };
    judged.unwrap_or_else(|error| {
        tracing::error!(record.id = %loaded.case.record, error.kind = %error, "a record cannot be judged");
        Judged::unjudged(Flag::whole(FlagKind::Damaged, ""))
    })
}

fn write_all(
    conn: &Connection,
    clerk: &Clerk,
    ready: &[Ready],
    now_ms: i64,
) -> Result<Reconciled, StoreError> {
    let mut done = Reconciled::default();
    for Ready { loaded, judged, review } in ready {
        match judged_write(conn, loaded, judged)? {
            Written::Touched => {
                done.touched += 1;
                continue;
            }
            Written::Same => {}
            Written::LineChanged => row_changed(conn, loaded.num)?,
        }
        done.written += 1;
        if let Some(heads) = &judged.auto_approve {
            let entry = ReviewedEntry {
                id: *review,
                record: loaded.case.record,
                heads: heads.clone(),
                decision: Decision::Approve,
                note: None,
                comments: Vec::new(),
                waivers: Vec::new(),
                by: By { user: None, name: String::new() },
                auto: true,
            };
            let by = entry.by.clone();
            commit(conn, now_ms, &LogEntry::Reviewed(entry))?;
            let decision = moves::DecidedBy { review: *review, by, role: "server", at_ms: now_ms };
            clerk.follow(conn, loaded.num, &decision)?;
            done.approved += 1;
        }
        if !planted(Plant::CarrySkipped) {
            clerk.carry(conn, loaded.num, now_ms)?;
        }
    }
    Ok(done)
}
