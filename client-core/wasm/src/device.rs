//! What JavaScript holds.

use doorstep_client_core::failure::Failure;
use doorstep_client_core::session::{Screen, Signer};
use doorstep_client_core::store::Store;
use doorstep_client_core::sync::{Event, Reply, SyncFailure, TransportError, route};
use doorstep_client_core::{Device, DeviceError};
use doorstep_forms::Kind;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::calls::{self, Call, Place};
use crate::sync::{self, Step, Sync};
use crate::{env, store, thrown};

/// The device of this browser.
#[wasm_bindgen]
pub struct WebDevice {
    device: Device,
    screen: Screen,
    sync: Option<Sync>,
}

#[wasm_bindgen]
impl WebDevice {
    /// Opens the store in a directory of the origin's private file system. `install` is the installation's marker, 16 bytes
    /// that are kept elsewhere.
    ///
    /// # Errors
    /// As all methods: JSON `{kind, en, zh, where?, help?, violations?}`.
    pub async fn open(directory: String, install: Vec<u8>) -> Result<WebDevice, JsValue> {
        let store = store::open(&directory).await.map_err(thrown)?;
        with_store(store, &install)
    }

    /// A device in memory, from the image that was kept of it: the worker keeps a new one after each change.
    pub fn open_in_memory(image: Option<Vec<u8>>, install: Vec<u8>) -> Result<WebDevice, JsValue> {
        let store = store::open_in_memory(image.as_deref()).map_err(thrown)?;
        with_store(store, &install)
    }

    /// The whole store, for a device in memory.
    pub fn image(&mut self) -> Result<Vec<u8>, JsValue> {
        self.device.image().map_err(thrown)
    }

    /// What a person does, as JSON.
    pub fn call(&mut self, call: &str) -> Result<String, JsValue> {
        let call: Call = serde_json::from_str(call).map_err(|error| {
            let failure = Failure::new(
                "call",
                "This page and its engine do not understand each other.",
                "页面与程序版本不一致。",
            )
            .help("Close all windows of this app and open it again.", "请关闭本应用的所有窗口后重新打开。");
            thrown(failure.at(error.to_string()))
        })?;
        let said = calls::run(&mut self.device, &mut self.screen, call).map_err(thrown)?;
        Ok(said.to_string())
    }

    /// Takes over what a damaged store, given as the bytes of its file and of its log, holds of unsent work. This device must
    /// be fresh.
    pub fn salvage(&mut self, damaged: Vec<u8>, log: Vec<u8>) -> Result<String, JsValue> {
        let saved = self.device.salvage(damaged, log).map_err(thrown)?;
        Ok(json!({"facts": saved.facts, "enrolled": saved.enrolled}).to_string())
    }

    /// Attaches a file and says what the screen shows then. To a signature belongs as what its name signs.
    pub fn attach(
        &mut self,
        at: &str,
        path: &str,
        content: &[u8],
        name: &str,
        role: Option<String>,
    ) -> Result<String, JsValue> {
        let at: Place = serde_json::from_str(at)
            .map_err(|error| thrown(Failure::new("call", error.to_string(), error.to_string())))?;
        let attached = |device: &mut Device, screen: &mut Screen| {
            let mut session = calls::session(device, &at)?;
            match session.form().question(path).map(|question| question.kind()) {
                // The picture of what was drawn; the name is who signs.
                Some(Kind::Signature) => {
                    let signer = Signer { by: name.to_owned(), role };
                    session.sign_by_hand(path, &signer, content)?;
                }
                _ => {
                    session.attach(path, content, Some(name))?;
                }
            }
            calls::tell(session, screen, &at)
        };
        Ok(attached(&mut self.device, &mut self.screen).map_err(thrown)?.to_string())
    }

    /// The bytes of a file; none while they are not here: then the next sync fetches them.
    pub fn file(&mut self, record: &str, path: &str) -> Result<Option<Vec<u8>>, JsValue> {
        let device = &mut self.device;
        let mut content = || {
            let id = device.find(record)?;
            let file = device.file(id, path)?;
            let content = device.file_content(&file.attachment)?;
            if content.is_none() {
                device.want_file(id, path)?;
            }
            Ok::<_, DeviceError>(content)
        };
        content().map_err(thrown)
    }

    /// What waits to be sent, as files that only the server can read.
    pub fn bundle(&mut self) -> Result<Vec<js_sys::Uint8Array>, JsValue> {
        let bundles = self.device.bundle().map_err(thrown)?;
        Ok(bundles.files.iter().map(|file| js_sys::Uint8Array::from(file.as_slice())).collect())
    }

    /// The body of an enrolment, to be posted to [`WebDevice::enrol_route`].
    pub fn enrol_request(&mut self, code: &str, name: &str) -> Result<Vec<u8>, JsValue> {
        self.device.enrol_request(code, name).map_err(thrown)
    }

    /// Where an enrolment is posted.
    pub fn enrol_route() -> String {
        route::ENROL.to_owned()
    }

    /// Takes the answer to an enrolment.
    pub fn enrolled(&mut self, server: &str, status: u16, body: Vec<u8>) -> Result<String, JsValue> {
        let person = self.device.enrolled(server, &Reply { status, body }).map_err(thrown)?;
        Ok(json!({"name": person.name, "role": person.role}).to_string())
    }

    /// The failure of a request that got no answer.
    pub fn offline(text: &str) -> JsValue {
        let error = SyncFailure::Offline(TransportError::Unreachable(text.to_owned()));
        thrown(DeviceError::from(error))
    }

    /// The media types of requests: messages, and bytes of files.
    pub fn media_types() -> Vec<String> {
        vec![
            doorstep_protocol::version::MEDIA_TYPE.to_owned(),
            doorstep_protocol::attachment::RAW_MEDIA_TYPE.to_owned(),
        ]
    }

    /// Begins a sync; one that was under way is given up, which loses nothing.
    pub fn sync_begin(&mut self) -> Result<Step, JsValue> {
        let (sync, step) = Sync::begin(&mut self.device).map_err(thrown)?;
        self.sync = Some(sync);
        Ok(step)
    }

    /// A post or an upload was answered.
    pub fn sync_replied(&mut self, status: u16, body: Vec<u8>) -> Result<Step, JsValue> {
        self.go_on(sync::replied(status, body))
    }

    /// A download was answered, as far as it came.
    pub fn sync_fetched(&mut self, status: u16, body: Vec<u8>, cut: Option<String>) -> Result<Step, JsValue> {
        self.go_on(sync::fetched(status, body, cut))
    }

    /// A request was not answered: `unreachable`, `timed_out`, `cut`, `too_large`.
    pub fn sync_failed(&mut self, kind: &str, text: &str) -> Result<Step, JsValue> {
        self.go_on(sync::not_answered(kind, text))
    }

    /// The wait is over.
    pub fn sync_woke(&mut self) -> Result<Step, JsValue> {
        self.go_on(Event::Woke)
    }
}

impl WebDevice {
    fn go_on(&mut self, event: Event) -> Result<Step, JsValue> {
        match self.sync.as_mut() {
            Some(sync) => sync.go_on(&mut self.device, event).map_err(thrown),
            None => self.sync_begin(),
        }
    }
}

fn with_store(store: Store, install: &[u8]) -> Result<WebDevice, JsValue> {
    let install: [u8; 16] = install.try_into().map_err(|_| {
        thrown(Failure::new(
            "install",
            "The mark of this installation is not 16 bytes.",
            "本机安装标识无效。",
        ))
    })?;
    let device = Device::with_store(store, install, env::surroundings()).map_err(thrown)?;
    Ok(WebDevice { device, screen: Screen::default(), sync: None })
}
