//! What a running server does by itself: it reconciles what has arrived, in bounded batches, and when nothing is left runs
//! the checks over several records.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::app::AppState;
use crate::checks::CheckError;
use crate::checks::sweep::civil_day;
use crate::store::Scope;

/// Records reconciled before it is asked whether to stop: several transactions, so that one is judged while another is written.
const BATCH: usize = 500;
/// How often an idle server looks for work; other processes write to the same folder too.
const LOOK: Duration = Duration::from_millis(250);
/// How long it rests after a failure.
const REST: Duration = Duration::from_secs(5);
/// The least time between two runs of the checks; a run that takes long makes it longer.
const CHECKS_APART: Duration = Duration::from_secs(5);
/// The checks walk over the whole dataset: they get at most one part in so many of the time.
const CHECKS_SHARE: u32 = 20;

/// Reconciles until `stop` is true. It may be stopped anywhere: what is left is found again.
pub async fn reconcile(state: AppState, mut stop: watch::Receiver<bool>) {
    let mut checks = Checking { due: true, next: Instant::now(), day: String::new() };
    while !*stop.borrow() {
        let (now_ms, entropy) = (state.now_ms(), state.entropy());
        let done = state.write(move |store| store.reconcile_pending(BATCH, now_ms, entropy.as_ref())).await;
        let pause = match done {
            Ok(done) if done.written > 0 || done.touched > 0 => {
                tracing::debug!(
                    reconcile.written = done.written,
                    reconcile.approved = done.approved,
                    "reconciled"
                );
                checks.due = true;
                continue;
            }
            Ok(_) => {
                checks.run(&state).await;
                LOOK
            }
            Err(_) => REST,
        };
        let _ = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
    }
}

/// When the checks run: once after something was reconciled, once on a new day (a posting ends, a follow-up is overdue though
/// nobody sent anything), and not too often.
struct Checking {
    due: bool,
    next: Instant,
    /// The civil day of the last run.
    day: String,
}

impl Checking {
    fn wanted(&self, now: Instant, today: &str) -> bool {
        (self.due || self.day != today) && now >= self.next
    }

    async fn run(&mut self, state: &AppState) {
        let (began, today) = (Instant::now(), civil_day(state.now_ms()));
        if !self.wanted(began, &today) || state.checks().definitions().is_empty() {
            return;
        }
        self.due = false;
        self.day.clone_from(&today);
        let checks = std::sync::Arc::clone(state.checks());
        let done = state
            .read(move |store| match checks.sweep(store, &Scope::server(), &today) {
                Err(CheckError::Store(error)) => Err(error),
                Err(CheckError::Faults(faults)) => {
                    tracing::error!(check.faults = faults.len(), "the checks do not fit the published forms");
                    Ok(())
                }
                Ok(_) => Ok(()),
            })
            .await;
        self.due = done.is_err();
        self.next = Instant::now() + CHECKS_APART.max(began.elapsed() * CHECKS_SHARE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_run_again_after_work_and_on_a_new_day_and_not_too_often() {
        let now = Instant::now();
        let mut checks = Checking { due: true, next: now, day: String::new() };
        assert!(checks.wanted(now, "2015-07-01"));
        checks = Checking { due: false, next: now + CHECKS_APART, day: "2015-07-01".to_owned() };
        assert!(!checks.wanted(now + CHECKS_APART, "2015-07-01"), "nothing has changed");
        assert!(checks.wanted(now + CHECKS_APART, "2015-07-02"), "a day has passed");
        checks.due = true;
        assert!(!checks.wanted(now, "2015-07-02"), "they ran a moment ago");
        assert!(checks.wanted(now + CHECKS_APART, "2015-07-01"));
    }
}
