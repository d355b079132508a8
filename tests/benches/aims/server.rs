//! A server in a process of its own, over HTTP on loopback: its memory is its own, its bytes are real.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use doorstep_server::app::AppState;
use doorstep_server::source::{Clock, Machine};
use doorstep_server::store::SqliteStore;
use doorstep_server::{background, http, runtime};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::machine;

/// The word that makes this program a server instead of a bench.
pub(crate) const SERVE: &str = "--serve";

pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts a server over a data folder.
    pub(crate) fn start(folder: &Path) -> Result<Server> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let out = child.stdout.take().context("a child without output")?;
        BufReader::new(out).read_line(&mut url)?;
        anyhow::ensure!(url.starts_with("http://"), "the server did not start: {url:?}");
        Ok(Server { child, url: url.trim().to_owned() })
    }

    /// Its memory now and at most, MiB.
    pub(crate) fn memory(&self) -> Option<(f64, f64)> {
        machine::resident_mib(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input stops it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The server's own `main`: serves as `doorstep serve` does until its input ends.
pub(crate) fn serve(folder: &Path) -> Result<()> {
    let runtime = runtime::build()?;
    let store = SqliteStore::open(folder, &Machine, Machine.now_ms())?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let (stop, stopped) = watch::channel(false);
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            let _ = stop.send(true);
        });
        let state = AppState::new(store);
        let reconciling = tokio::spawn(background::reconcile(state.clone(), stopped.clone()));
        http::serve::serve(listener, http::router::router(state), stopped).await;
        reconciling.await?;
        Ok(())
    })
}
