//! A real HTTP connection to the server core of a test: the same store, behind the router and a port of this machine.

use std::thread::JoinHandle;

use doorstep_client_core::driver::HttpTransport;
use doorstep_server::app::AppState;
use doorstep_server::http;
use doorstep_server::source::Machine;
use doorstep_server::store::SqliteStore;
use doorstep_tests::sim::time::Time;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A served port; it is closed with the value.
pub(crate) struct Line {
    pub(crate) transport: HttpTransport,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    pub(crate) fn open(store: SqliteStore, time: Time) -> Line {
        let (stop, stopped) = watch::channel(false);
        let (told, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = doorstep_server::runtime::build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let state = AppState::with_sources(store, time, Machine);
                http::serve::serve(listener, http::router::router(state), stopped).await;
            });
        });
        let address = address.recv().unwrap();
        let transport = HttpTransport::new(&format!("http://{address}")).unwrap();
        Line { transport, stop, thread: Some(thread) }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
