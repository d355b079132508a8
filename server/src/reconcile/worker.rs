//! The background worker: whatever was touched is reconciled soon after its ack.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::source::{Clock, Entropy};
use crate::store::{Store, StoreError};

/// Records in one batch: the writer is never held for long, and a stop is never far.
const BATCH: usize = 200;
/// How often an idle worker looks whether something waits.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a worker rests after a failure.
const REST: Duration = Duration::from_secs(5);

/// A running worker. Dropping it stops it after the batch in hand; what then still waits is taken up at the next start.
pub struct Worker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a worker over a store.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Worker, std::io::Error> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("reconcile".into()).spawn(move || {
            loop {
                let pause = match drain(store.as_ref(), clock.as_ref(), entropy.as_ref(), &|| {
                    !matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty))
                }) {
                    Ok(()) => LOOK_EVERY,
                    Err(error) => {
                        tracing::error!(error.kind = %error, "reconciling failed; what waits is kept");
                        REST
                    }
                };
                if !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
                    return;
                }
            }
        })?;
        Ok(Worker { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reconciles until nothing waits, or until told to stop.
pub fn drain(
    store: &dyn Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    stop: &dyn Fn() -> bool,
) -> Result<(), StoreError> {
    loop {
        let done = store.reconcile_pending(BATCH, clock.now_ms(), entropy)?;
        if done.written + done.touched == 0 || stop() {
            return Ok(());
        }
    }
}
