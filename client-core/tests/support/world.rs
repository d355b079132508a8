//! Phones around one server.

use std::sync::Arc;

use doorstep_client_core::Device;
use doorstep_client_core::device::FormCache;
use doorstep_records::RecordId;

use super::server::TestServer;
use super::{Phone, START_MS, TestClock, visit_form};

pub struct World {
    pub folder: tempfile::TempDir,
    pub clock: Arc<TestClock>,
    pub forms: FormCache,
    pub server: TestServer,
}

impl World {
    pub fn new(seed: u64) -> World {
        World {
            folder: tempfile::tempdir().unwrap(),
            clock: TestClock::at(START_MS),
            forms: FormCache::default(),
            server: TestServer::new(seed, &[&visit_form()]),
        }
    }

    /// A phone of `person`, enrolled and synced.
    pub fn phone(&self, person: &str, seed: u64) -> Phone {
        let mut phone =
            Phone::new(self.folder.path(), &format!("{person}{seed}.sqlite"), &self.clock, &self.forms, seed);
        phone.open().enrol(&self.server, "http://127.0.0.1:1", person, person).unwrap();
        self.sync(&mut phone);
        phone
    }

    pub fn sync(&self, phone: &mut Phone) {
        phone.open().sync(&self.server).unwrap();
    }
}

pub fn begin(device: &mut Device) -> RecordId {
    device.new_record("visit", Some("v1"), None).unwrap()
}

pub fn answer(device: &mut Device, id: RecordId, path: &str, value: serde_json::Value) {
    device.session(id).unwrap().answer(path, &value).unwrap();
}

pub fn shown(phone: &mut Phone, id: RecordId) -> String {
    phone.open().show(id).unwrap().to_json().to_string()
}
