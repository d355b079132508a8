//! What every handler shares: the store, the clock, the randomness.

use std::sync::Arc;

use doorstep_protocol::{ObjectId, ProblemKind};
use tokio::sync::Semaphore;

use crate::accounts::doors::Doors;
use crate::accounts::password::{PasswordError, Passwords};
use crate::checks::CheckSet;
use crate::http::problem::HttpProblem;
use crate::language::Language;
use crate::reports::ReportSet;
use crate::source::{Clock, Entropy, Machine};
use crate::store::{Store, StoreError};
use crate::sync::door::{self, Reply, Route};

/// Pages built at the same time; other pulls wait. A page is built in memory, so that without a bound fifty phones at their
/// first sync would hold fifty pages. Pushes are not bounded: those that arrive together share a commit.
const PAGES_AT_ONCE: usize = 4;
/// Phones that send pieces of files at the same time: each holds a thread while its bytes come, slowly as they may.
const UPLOADS_AT_ONCE: usize = 64;

/// People who are told of changes while they look; each has the store asked once a second.
const STREAMS_AT_ONCE: usize = 200;

/// The state of the router; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    doors: Arc<Doors>,
    reports: Arc<ReportSet>,
    checks: Arc<CheckSet>,
    pages: Arc<Semaphore>,
    dry_runs: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl AppState {
    /// Over a store, with the machine's clock and randomness.
    pub fn new(store: impl Store) -> AppState {
        AppState::with_sources(store, Machine, Machine)
    }

    /// Over a store, with a clock and randomness of one's own: for tests and the simulator.
    pub fn with_sources(store: impl Store, clock: impl Clock, entropy: impl Entropy) -> AppState {
        AppState {
            store: Arc::new(store),
            clock: Arc::new(clock),
            entropy: Arc::new(entropy),
            doors: Arc::new(Doors::default()),
            reports: Arc::new(ReportSet::default()),
            checks: Arc::new(CheckSet::default()),
            pages: Arc::new(Semaphore::new(PAGES_AT_ONCE)),
            dry_runs: Arc::new(Semaphore::new(1)),
            uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
            streams: Arc::new(Semaphore::new(STREAMS_AT_ONCE)),
        }
    }

    /// The same, knowing these reports.
    pub fn with_reports(self, reports: ReportSet) -> AppState {
        AppState { reports: Arc::new(reports), ..self }
    }

    /// The same, knowing these checks over several records.
    pub fn with_checks(self, checks: CheckSet) -> AppState {
        AppState { checks: Arc::new(checks), ..self }
    }

    /// The checks over several records.
    pub fn checks(&self) -> &Arc<CheckSet> {
        &self.checks
    }

    /// The reports the server knows.
    pub fn reports(&self) -> &Arc<ReportSet> {
        &self.reports
    }

    /// Runs a use case that tries a form on every stored record: one at a time, since it takes every core.
    pub async fn try_form<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, HttpProblem> {
        let Ok(place) = Arc::clone(&self.dry_runs).try_acquire_owned() else {
            return Err(HttpProblem::new(ProblemKind::TooMany).detail(
                "Another form version is being tried on the stored records. Wait for it and try again.",
                "正在对已有记录试运行另一个表单版本，请稍候重试。",
            ));
        };
        self.run(move |store| {
            let _place = place;
            job(store)
        })
        .await
    }

    /// A place to send a piece of a file from, kept until it is dropped.
    pub(crate) async fn upload_place(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        // Never closed: waiting for a place cannot fail.
        Arc::clone(&self.uploads).acquire_owned().await.ok()
    }

    /// A place to be told of changes, kept until it is dropped; none while all are taken.
    pub(crate) fn stream_seat(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        Arc::clone(&self.streams).try_acquire_owned().ok()
    }

    /// The store, for blocking callers.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The randomness, for use cases that mint ids.
    pub fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.entropy)
    }

    /// Passwords and the throttle of sign-ins.
    pub fn doors(&self) -> &Arc<Doors> {
        &self.doors
    }

    /// A fresh id for a review, a comment...
    pub fn object_id(&self) -> Result<ObjectId, HttpProblem> {
        Ok(ObjectId::mint(u64::try_from(self.now_ms()).unwrap_or_default(), self.random()?))
    }

    /// Works with passwords on a blocking thread.
    pub async fn passwords<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Passwords) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, HttpProblem> {
        let doors = Arc::clone(&self.doors);
        match tokio::task::spawn_blocking(move || work(doors.passwords())).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(PasswordError::Busy)) => Err(ProblemKind::TooMany.into()),
            Ok(Err(PasswordError::Length)) => {
                let problem = HttpProblem::new(ProblemKind::Invalid);
                Err(problem.violation("/password", "The password is empty or too long.", "密码为空或过长。"))
            }
            Ok(Err(PasswordError::Hash(_))) | Err(_) => Err(ProblemKind::Internal.into()),
        }
    }

    /// The time.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], HttpProblem> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes).map_err(|_| HttpProblem::from(ProblemKind::Unavailable))?;
        Ok(bytes)
    }

    /// Runs a use case that reads, on a blocking thread.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, HttpProblem> {
        self.run(query).await
    }

    /// Runs a use case that writes, on a blocking thread; it answers after the commit.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, HttpProblem> {
        self.run(job).await
    }

    /// Answers a sync request, on a blocking thread.
    pub(crate) async fn sync(
        &self,
        route: Route,
        token: Option<String>,
        body: axum::body::Bytes,
        language: Language,
    ) -> Reply {
        // The semaphore is never closed, so that waiting for a place cannot fail.
        let place = match route {
            Route::Pull => Arc::clone(&self.pages).acquire_owned().await.ok(),
            _ => None,
        };
        let state = self.clone();
        let job = move || {
            let _place = place;
            let sources = (state.clock.as_ref(), state.entropy.as_ref());
            door::answer(state.store.as_ref(), sources, route, token.as_deref(), &body, language)
        };
        match tokio::task::spawn_blocking(job).await {
            Ok(reply) => reply,
            Err(_) => Reply::problem(ProblemKind::Internal, None, language),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, HttpProblem> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || job(store.as_ref())).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(problem(&error)),
            Err(_) => Err(ProblemKind::Internal.into()),
        }
    }
}

/// The problem a failed use case is at the border; failures of the server itself are logged here, once.
fn problem(error: &StoreError) -> HttpProblem {
    let kind = error.kind();
    if kind.status() >= 500 {
        tracing::error!(error = %error, error.source = ?std::error::Error::source(error), "a use case failed");
    }
    let mut problem = HttpProblem::from(kind);
    problem.detail = error.said();
    problem
}
