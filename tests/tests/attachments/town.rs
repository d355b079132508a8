//! A town whose server is served over real HTTP in this process, and phones in files.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::thread::JoinHandle;

use doorstep_client_core::Device;
use doorstep_client_core::device::{FormCache, Surroundings};
use doorstep_client_core::driver::HttpTransport;
use doorstep_client_core::sync::Policy;
use doorstep_forms::FormPackage;
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_server::app::AppState;
use doorstep_server::http::{router, serve};
use doorstep_server::store::forms::Forms;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::{Scope, SqliteStore};
use doorstep_tests::sim::chance::{Chance, Dice};
use doorstep_tests::sim::server::Server;
use doorstep_tests::sim::time::{Time, WrongClock};
use serde_json::json;
use tokio::sync::watch;

/// Bytes that no compression makes smaller, behind the first ones of a JPEG.
pub(crate) fn photo(seed: u8, len: usize) -> Vec<u8> {
    let mut chance = Chance::new(u64::from(seed));
    let mut content = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01".to_vec();
    while content.len() < len {
        content.extend_from_slice(&chance.word().to_le_bytes());
    }
    content.truncate(len);
    content
}

fn house() -> FormPackage {
    let schema = json!({"title": "住房", "type": "object", "additionalProperties": false, "properties": {
        "name": {"title": "户主", "type": "string", "x-required": true},
        "photo": {"title": "住房照片", "type": "object", "x-attachment": {"max_bytes": 2_000_000}}}});
    let form = json!({"id": "house", "version": 1, "kind": "register", "entity": "household",
        "title": {"zh": "住房"}, "locales": ["zh"], "label": "doc.name"});
    let files = BTreeMap::from([
        ("form.json".to_owned(), form.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
    ]);
    FormPackage::from_files(files).unwrap()
}

pub(crate) struct Town {
    core: Server,
    time: Time,
    pub(crate) url: String,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

impl Town {
    /// `li` and `wang` in village A, `zhao` in village C, the supervisor `shen` of all.
    pub(crate) fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let time = Time::begin();
        let core = Server::begin(&folder.path().join("server"), Chance::new(1), &time).unwrap();
        let store = core.store().unwrap();
        store.form_publish(&store.operator_scope(), &house(), time.now_ms()).unwrap();
        for (name, role, area) in [
            ("shen", Role::Supervisor, "T"),
            ("li", Role::Enumerator, "A"),
            ("wang", Role::Enumerator, "A"),
            ("zhao", Role::Enumerator, "C"),
        ] {
            core.user_add(name, role, &[area]).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = AppState::with_sources(store, time.clone(), Dice::new(Chance::new(2)));
        let (stop, stopped) = watch::channel(false);
        let serving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                serve::serve(listener, router::router(state), stopped).await;
            });
        });
        Town { core, time, url, stop, serving: Some(serving), folder }
    }

    pub(crate) fn store(&self) -> SqliteStore {
        self.core.store().unwrap()
    }

    pub(crate) fn scope(&self, name: &str) -> Scope {
        self.core.scope_of(name).unwrap()
    }

    pub(crate) fn transport(&self) -> HttpTransport {
        HttpTransport::new(&self.url).unwrap()
    }

    /// The phone of a person, enrolled and synced the first time, opened again later.
    pub(crate) fn phone(&self, name: &str) -> Device {
        let path = self.folder.path().join(format!("{name}.sqlite"));
        let known = path.exists();
        let seed = name.bytes().map(u64::from).sum::<u64>() + u64::try_from(self.time.now_ms()).unwrap();
        let around = Surroundings {
            clock: Box::new(std::sync::Arc::new(WrongClock::new(&self.time))),
            entropy: Box::new(Chance::new(seed)),
            policy: Policy { attempts: 4, first_wait_ms: 1, longest_wait_ms: 2 },
            forms: FormCache::default(),
            civil_offset_s: 8 * 3600,
        };
        let mut device = Device::open(&path, around).unwrap();
        if !known {
            let code = self.core.invite(name).unwrap();
            device.enrol(&self.transport(), &self.url, &code, name).unwrap();
            device.sync(&self.transport()).unwrap();
        }
        device
    }

    /// The flags of a record, reconciled; none when the server does not know it.
    pub(crate) fn flags(&self, record: RecordId) -> Vec<String> {
        self.core.reconcile().unwrap();
        let Ok(view) = self.store().record_get(&self.scope("shen"), record, &At::Now) else {
            return Vec::new();
        };
        view.flags.iter().map(|flag| format!("{} {}", flag.kind.name(), flag.path)).collect()
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}
