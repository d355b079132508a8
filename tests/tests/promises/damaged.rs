//! Promise 1 on a phone whose memory goes bad: whichever page of its store is noise, the store opens or is set aside, what
//! was not sent is sent from what is left, and the records come back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use doorstep_client_core::Device;
use doorstep_client_core::DeviceError;
use doorstep_client_core::device::{FormCache, Surroundings};
use doorstep_client_core::store::{Store, StoreError};
use doorstep_records::RecordId;
use doorstep_server::accounts::role::Role;
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::scratch;
use doorstep_tests::sim::server::{Cable, Server};
use doorstep_tests::sim::time::{START_MS, Time, WrongClock};
use serde_json::json;
use tempfile::TempDir;

use crate::killed::values_of;

const PAGE: usize = 4096;
const LATER_MS: i64 = START_MS + 1_000_000_000;

/// Files of a phone and of its server, closed.
struct Scene {
    folder: TempDir,
    forms: FormCache,
    /// What the server does not have yet: signed, and not signed.
    unsent: Vec<(RecordId, String)>,
    records: Vec<RecordId>,
}

fn device(folder: &Path, forms: &FormCache, chance: u64) -> Result<Device, DeviceError> {
    let clock = WrongClock::new(&Time::at(LATER_MS));
    let around = Surroundings {
        forms: forms.clone(),
        ..Surroundings::new(Box::new(std::sync::Arc::new(clock)), Box::new(Chance::new(chance)))
    };
    Device::open(&phone_of(folder), around)
}

fn phone_of(folder: &Path) -> PathBuf {
    folder.join("phone.sqlite")
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir_in(scratch()).unwrap();
        let forms = FormCache::default();
        let server = Server::begin(&folder.path().join("server"), Chance::new(1), &Time::begin()).unwrap();
        server.user_add("li", Role::Enumerator, &["A"]).unwrap();
        let code = server.invite("li").unwrap();
        let mut device = device(folder.path(), &forms, 2).unwrap();
        device.enrol(&Cable(&server), "http://127.0.0.1:1", &code, "phone").unwrap();
        device.sync(&Cable(&server)).unwrap();
        let (mut unsent, mut records) = (Vec::new(), Vec::new());
        let mut answer = |device: &mut Device, record: RecordId, value: &str, sent: bool| {
            device.session(record).unwrap().answer("address", &json!(value)).unwrap();
            if !sent {
                unsent.push((record, value.to_owned()));
            }
        };
        for at in 0..6 {
            let record = device.new_record(FORM, Some("A"), None).unwrap();
            records.push(record);
            answer(&mut device, record, &format!("第{at}户"), true);
        }
        device.sync(&Cable(&server)).unwrap();
        for (at, record) in records.clone().into_iter().enumerate() {
            answer(&mut device, record, &format!("第{at}户改"), false);
        }
        // The sync dies when everything is signed and nothing sent.
        let mut engine = device.engine().unwrap();
        let mut event = device.begin_sync().unwrap();
        loop {
            use doorstep_client_core::sync::{Effect, Event, Transport};
            match device.advance(&mut engine, event).unwrap() {
                Effect::Post(post) if post.route == doorstep_client_core::sync::route::PUSH => break,
                Effect::Post(post) => {
                    let reply = Cable(&server).post(post.route, post.token.as_deref(), post.body);
                    event = Event::Reply(reply);
                }
                effect => event = device.perform(&effect).unwrap(),
            }
        }
        for at in 0..6 {
            let record = device.new_record(FORM, Some("A"), None).unwrap();
            records.push(record);
            answer(&mut device, record, &format!("新{at}户 {}", "远".repeat(200)), false);
        }
        drop(device);
        server.stop();
        Scene { folder, forms, unsent, records }
    }

    /// A copy of everything with one page of the phone's store made noise.
    fn with_noise_in(&self, page: usize) -> TempDir {
        let copy = tempfile::tempdir_in(scratch()).unwrap();
        for folder in ["", "server"] {
            std::fs::create_dir_all(copy.path().join(folder)).unwrap();
            for entry in std::fs::read_dir(self.folder.path().join(folder)).unwrap() {
                let entry = entry.unwrap();
                if entry.path().is_file() {
                    std::fs::copy(entry.path(), copy.path().join(folder).join(entry.file_name())).unwrap();
                }
            }
        }
        let mut bytes = std::fs::read(phone_of(copy.path())).unwrap();
        let mut chance = Chance::new(page as u64);
        for byte in &mut bytes[page * PAGE..(page + 1) * PAGE] {
            *byte = chance.word() as u8;
        }
        std::fs::write(phone_of(copy.path()), bytes).unwrap();
        copy
    }

    fn pages(&self) -> usize {
        std::fs::metadata(phone_of(self.folder.path())).unwrap().len() as usize / PAGE
    }

    /// Looks at everything and syncs: what a person does. Damage may show at any of it.
    fn use_phone(&self, device: &mut Device, server: &Server) -> Result<(), DeviceError> {
        device.list()?;
        for record in &self.records {
            match device.show(*record) {
                Err(DeviceError::UnknownRecord(_) | DeviceError::Unreadable(..)) => {}
                shown => drop(shown?),
            }
        }
        device.sync(&Cable(server)).map(drop)
    }
}

/// Opens the store, and what it was replaced by if it is set aside; what it was set aside with.
fn opened(folder: &Path, forms: &FormCache) -> (Device, Option<bool>) {
    let first = device(folder, forms, 3);
    match first {
        Ok(device) => (device, None),
        Err(DeviceError::Store(StoreError::Damaged { set_aside, saved })) => {
            assert!(Path::new(&set_aside).exists(), "the damaged file is kept");
            (device(folder, forms, 4).unwrap(), Some(saved.unwrap().enrolled))
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn promise_1_whichever_page_of_a_phone_is_noise_what_was_not_sent_is_sent() {
    let scene = Scene::new();
    // The pages that take a fact with them.
    let mut lost: BTreeMap<&(RecordId, String), Vec<usize>> = BTreeMap::new();
    let (mut set_aside, mut unusable) = (0, Vec::new());
    for page in 0..scene.pages() {
        let copy = scene.with_noise_in(page);
        let server = Server::begin(&copy.path().join("server"), Chance::new(9), &Time::at(LATER_MS)).unwrap();
        let (mut phone, aside) = opened(copy.path(), &scene.forms);
        let mut aside = aside;
        if let Err(error) = scene.use_phone(&mut phone, &server) {
            drop(phone);
            assert!(matches!(error, DeviceError::Store(StoreError::Corrupt)), "page {page}: {error:?}");
            let damaged = Store::quarantine(&phone_of(copy.path()), LATER_MS);
            let StoreError::Damaged { saved: Some(saved), .. } = damaged else { panic!("{damaged:?}") };
            aside = Some(saved.enrolled);
            phone = device(copy.path(), &scene.forms, 5).unwrap();
            scene.use_phone(&mut phone, &server).unwrap();
        }
        set_aside += usize::from(aside.is_some());
        if aside == Some(false) {
            unusable.push(page);
        }
        // The server's own eye: what arrived, and on the phone again.
        let there = values_of(&server, &scene.records.iter().copied().collect());
        for edit in scene.unsent.iter().filter(|edit| !there.contains(*edit)) {
            lost.entry(edit).or_default().push(page);
        }
        let shown = phone.list().unwrap().len();
        assert!(shown + 1 >= scene.records.len() / 2, "page {page}: {shown} records on the phone");
    }
    assert!(set_aside > scene.pages() / 3, "{set_aside} of {} pages were noticed", scene.pages());
    assert_eq!(unusable, Vec::<usize>::new(), "the key lies in two pages");
    // A fact is lost with the page it lies in, or the two when it is long, and with no other.
    let lost: Vec<&Vec<usize>> = lost.values().collect();
    assert!(lost.iter().all(|pages| pages.len() <= 2), "{lost:?}");
}
