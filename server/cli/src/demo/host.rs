//! The demo's server: the real one, on a thread of its own, over a data folder of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow, bail};
use doorstep_forms::FormPackage;
use doorstep_protocol::UserId;
use doorstep_server::accounts::model::NewUser;
use doorstep_server::accounts::password::Passwords;
use doorstep_server::accounts::role::Role;
use doorstep_server::app::AppState;
use doorstep_server::source::Machine;
use doorstep_server::store::SqliteStore;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::reconciles::Reconciles;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::catalog::{check_set, report_set};
use crate::output::Failure;

/// Records reconciled in one transaction.
const BATCH: usize = 200;

/// A running server with its store.
pub struct Host {
    /// The store; commands and the server share it.
    pub store: SqliteStore,
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    /// True once the play is over and people go on: from then on the server reconciles by itself.
    open: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Opens the data folder and serves it on `listen`.
    pub fn start(data: &Path, listen: SocketAddr) -> Result<Host> {
        let store =
            SqliteStore::open(data, &Machine, now_ms()).context("the data folder cannot be opened")?;
        let runtime = doorstep_server::runtime::build()?;
        let listener =
            runtime.block_on(TcpListener::bind(listen)).context("the address cannot be listened on")?;
        let address = listener.local_addr()?;
        store.server_url_set(&format!("http://{address}"))?;
        let told = |failure: Failure| anyhow!("{failure:?}");
        let state = AppState::new(store.clone())
            .with_reports(report_set().map_err(told)?)
            .with_checks(check_set().map_err(told)?);
        let ((stop, stopped), (open, opened)) = (watch::channel(false), watch::channel(false));
        let thread = std::thread::Builder::new().name("demo-server".into()).spawn(move || {
            runtime.block_on(serve(listener, state, stopped, opened));
        })?;
        Ok(Host { store, address, stop, open, thread: Some(thread) })
    }

    /// Where the server is, without the bad network.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Imports the areas and publishes both forms.
    pub fn prepare(&self) -> Result<()> {
        let operator = self.store.operator_scope();
        self.store
            .areas_import(&operator, doorstep_schemas::areas_demo().as_bytes(), now_ms())?
            .map_err(|faults| anyhow!("the demo's areas have faults: {faults:?}"))?;
        for (form, version) in doorstep_schemas::forms() {
            let files: BTreeMap<String, Vec<u8>> =
                doorstep_schemas::form_files(&form, version).with_context(|| form.clone())?;
            let package = FormPackage::from_files(files).map_err(|faults| anyhow!("{form}: {faults:?}"))?;
            self.store.form_publish(&operator, &package, now_ms())?;
        }
        Ok(())
    }

    /// Adds an account.
    pub fn add_user(&self, name: &str, role: Role, area: &str, password_phc: &str) -> Result<()> {
        self.add_user_in(name, role, vec![area.to_owned()], password_phc)
    }

    /// Adds an account that covers several areas.
    pub fn add_user_in(&self, name: &str, role: Role, areas: Vec<String>, password_phc: &str) -> Result<()> {
        let at_ms = now_ms();
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(|error| anyhow!("no random numbers: {error}"))?;
        let new = NewUser {
            id: UserId::mint(u64::try_from(at_ms).unwrap_or_default(), random),
            name: name.to_owned(),
            role,
            areas,
            password_phc: password_phc.to_owned(),
            at_ms,
        };
        self.store.user_add(&self.store.operator_scope(), &new)?;
        Ok(())
    }

    /// Reconciles until nothing waits.
    pub fn settle(&self) -> Result<()> {
        loop {
            let done = self.store.reconcile_pending(BATCH, now_ms(), &Machine)?;
            if done.written == 0 && done.touched == 0 {
                return Ok(());
            }
        }
    }

    /// Leaves the server to whoever comes; blocks until it ends by itself (never, unless it fails).
    pub fn wait(mut self) -> Result<()> {
        self.open.send_replace(true);
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(_)) => bail!("the server ended with a fault"),
            _ => Ok(()),
        }
    }
}

async fn serve(
    listener: TcpListener,
    state: AppState,
    stopped: watch::Receiver<bool>,
    mut opened: watch::Receiver<bool>,
) {
    let router = doorstep_server::http::router::router(state.clone());
    let (stop, mut ended) = (stopped.clone(), stopped.clone());
    let reconciling = tokio::spawn(async move {
        let open = async { opened.wait_for(|open| *open).await.is_ok() };
        let end = async { ended.wait_for(|stop| *stop).await.is_ok() };
        if tokio::select! { open = open => open, _ = end => false } {
            doorstep_server::background::reconcile(state, stop).await;
        }
    });
    doorstep_server::http::serve::serve(listener, router, stopped).await;
    let _ = reconciling.await;
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Hashes a password as accounts keep it.
pub fn password_hash(password: &str) -> Result<String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| anyhow!("no random numbers: {error}"))?;
    Passwords::default().hash(password, salt).map_err(|error| anyhow!("password: {error}"))
}

/// The machine's clock, milliseconds since 1970 UTC.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
