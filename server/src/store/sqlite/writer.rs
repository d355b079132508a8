//! The one writer: jobs of many callers in one commit, and a reply only after it.
//!
//! Each job runs in a SAVEPOINT of its own inside one outer transaction, so that a job that fails takes nothing with it.
//! Replies leave after the COMMIT, which with `synchronous=FULL` has fsynced. Invariant: no reply of success before the
//! commit has answered, none ever again after a commit that failed for another reason than a full disk (after a failed
//! fsync nobody knows what the disk holds).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::JoinHandle;

use doorstep_plant::{Plant, is as planted};
use rusqlite::{Connection, ErrorCode};

use crate::store::StoreError;

/// Jobs in one commit: enough that an fsync is shared by all waiting callers, few enough that the first does not wait long.
const JOBS_PER_COMMIT: usize = 128;

/// Sends the reply of a job once the outcome of its commit is known.
type Reply = Box<dyn FnOnce(Result<(), BatchFailure>) + Send>;
/// Whether to keep what a job did; if not, what SQLite said.
type Kept = Result<(), Option<ErrorCode>>;
/// Runs a job on the connection and says whether to keep what it did; without a connection it only answers the failure.
type Job = Box<dyn FnOnce(Result<&Connection, BatchFailure>) -> Option<(Reply, Kept)> + Send>;

#[derive(Clone)]
enum BatchFailure {
    Commit(Arc<rusqlite::Error>),
    Failed,
}

impl From<BatchFailure> for StoreError {
    fn from(failure: BatchFailure) -> StoreError {
        match failure {
            BatchFailure::Commit(error) => StoreError::Commit(error),
            BatchFailure::Failed => StoreError::Failed,
        }
    }
}

impl From<rusqlite::Error> for BatchFailure {
    fn from(error: rusqlite::Error) -> BatchFailure {
        BatchFailure::Commit(Arc::new(error))
    }
}

/// The writer thread; dropping it ends the thread after the jobs in hand.
pub(super) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    failed: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(conn: Connection) -> Result<Writer, std::io::Error> {
        let (jobs, queue) = channel();
        let failed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&failed);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || serve(&conn, &queue, &flag))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread), failed })
    }

    /// True once nothing may be acknowledged any more.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Runs a job in the next commit and waits for its outcome.
    pub(super) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = sync_channel::<Result<T, StoreError>>(1);
        let boxed: Job = Box::new(move |conn| {
            // A caller that has gone away gets no answer; the work is done all the same.
            let conn = match conn {
                Ok(conn) => conn,
                Err(failure) => {
                    let _ = answer.send(Err(failure.into()));
                    return None;
                }
            };
            let result = catch_unwind(AssertUnwindSafe(|| job(conn))).unwrap_or(Err(StoreError::Panicked));
            let keep = result.as_ref().map(|_| ()).map_err(StoreError::sqlite_code);
            let reply: Reply = Box::new(move |committed| {
                let _ = answer.send(match (result, committed) {
                    (Ok(_), Err(failure)) => Err(failure.into()),
                    (result, _) => result,
                });
            });
            Some((reply, keep))
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Failed)?;
        jobs.send(boxed).map_err(|_| StoreError::Failed)?;
        answered.recv().map_err(|_| StoreError::Failed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(conn: &Connection, queue: &Receiver<Job>, failed: &AtomicBool) {
    while let Ok(first) = queue.recv() {
        if failed.load(Ordering::Acquire) {
            first(Err(BatchFailure::Failed));
            continue;
        }
        if let Err(error) = conn.execute_batch("BEGIN IMMEDIATE") {
            tracing::error!(error.kind = %error, "no transaction can begin");
            first(Err(error.into()));
            continue;
        }
        let mut replies = Vec::new();
        let outcome = batch(conn, first, queue, &mut replies);
        if let Err(BatchFailure::Commit(error)) = &outcome {
            let _ = conn.execute_batch("ROLLBACK");
            let survivable =
                matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy));
            failed.store(!survivable && !planted(Plant::AckAfterFailure), Ordering::Release);
            tracing::error!(error.kind = %error, survivable, "a commit failed; nothing was acknowledged");
        }
        for reply in replies {
            reply(outcome.clone());
        }
    }
}

/// Runs the waiting jobs and commits. When the answer is an error, none of them was recorded.
fn batch(
    conn: &Connection,
    first: Job,
    queue: &Receiver<Job>,
    replies: &mut Vec<Reply>,
) -> Result<(), BatchFailure> {
    let mut next = Some(first);
    for _ in 0..JOBS_PER_COMMIT {
        let Some(job) = next.take().or_else(|| queue.try_recv().ok()) else { break };
        if let Err(error) = conn.execute_batch("SAVEPOINT job") {
            let failure = BatchFailure::from(error);
            job(Err(failure.clone()));
            return Err(failure);
        }
        let Some((reply, keep)) = job(Ok(conn)) else { continue };
        replies.push(reply);
        if conn.is_autocommit() {
            // A full disk or a failing one inside a job ended the whole transaction.
            return Err(of_disk(keep.err().flatten()).into());
        }
        let keep = keep.is_ok() || planted(Plant::FailedJobKept);
        conn.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    }
    if planted(Plant::AckBeforeCommit) {
        replies.drain(..).for_each(|reply| reply(Ok(())));
    }
    Ok(conn.execute_batch("COMMIT")?)
}

fn of_disk(code: Option<ErrorCode>) -> rusqlite::Error {
    let code = match code {
        Some(ErrorCode::SystemIoFailure) => rusqlite::ffi::SQLITE_IOERR,
        _ => rusqlite::ffi::SQLITE_FULL,
    };
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
}
