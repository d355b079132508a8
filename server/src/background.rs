//! What a running server does by itself: it reconciles what has arrived, in bounded batches.

use std::time::Duration;

use tokio::sync::watch;

use crate::app::AppState;

/// Records of one batch: a batch is one transaction, and pushes wait for it.
const BATCH: usize = 100;
/// How often an idle server looks for work; other processes write to the same folder too.
const LOOK: Duration = Duration::from_millis(250);
/// How long it rests after a failure.
const REST: Duration = Duration::from_secs(5);

/// Reconciles until `stop` is true. It may be stopped anywhere: what is left is found again.
pub async fn reconcile(state: AppState, mut stop: watch::Receiver<bool>) {
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
                continue;
            }
            Ok(_) => LOOK,
            Err(_) => REST,
        };
        let _ = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
    }
}
