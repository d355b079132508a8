//! Promise 1: the real server is lost with its whole data folder while phones work, and made again from a backup that was
//! taken in the middle; every acknowledged edit comes back, also of a phone that enrolled after the backup.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use doorstep_client_core::device::Surroundings;
use doorstep_client_core::driver::{HttpTransport, SystemClock, SystemEntropy};
use doorstep_client_core::sync::{Blocked, Policy, SyncFailure};
use doorstep_client_core::{Device, DeviceError};
use doorstep_records::RecordId;
use doorstep_server::store::operations::Operations;
use doorstep_tests::binaries::{Server, folder};
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::office::document;
use doorstep_tests::sim::server::Server as Core;
use doorstep_tests::sim::time::Time;
use serde_json::{Value, json};

use crate::town::Town;

/// An answer the server has acknowledged.
type Acked = (RecordId, String);

fn surroundings() -> Surroundings {
    let policy = Policy { attempts: 3, first_wait_ms: 5, longest_wait_ms: 20 };
    Surroundings { policy, ..Surroundings::new(Box::new(SystemClock), Box::new(SystemEntropy)) }
}

/// A phone that fills and syncs until it is told to stop.
struct Worker {
    name: String,
    path: PathBuf,
    acked: Arc<Mutex<Vec<Acked>>>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Worker {
    fn begin(town: &Town, name: &str, url: &str, code: &str, tell: Sender<()>) -> Worker {
        let path = town.beside(&format!("{name}.sqlite"));
        let (acked, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (url, code) = (url.to_owned(), code.to_owned());
        let work = (name.to_owned(), path.clone(), Arc::clone(&acked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let (name, path, acked, stop) = work;
            let transport = HttpTransport::new(&url).unwrap();
            let mut device = Device::open(&path, surroundings()).unwrap();
            device.enrol(&transport, &url, &code, &name).unwrap();
            device.sync(&transport).unwrap();
            let mut record = device.new_record(FORM, Some("A"), None).unwrap();
            let mut open = Vec::new();
            for round in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                if round % 4 == 3 {
                    record = device.new_record(FORM, Some("A"), None).unwrap();
                }
                let value = format!("{name} {round}");
                device.session(record).unwrap().answer("address", &json!(value)).unwrap();
                open.push((record, value));
                // A sync that fails leaves everything for the next one.
                if device.sync(&transport).is_ok() && device.standing().unwrap().unsent == 0 {
                    acked.lock().unwrap().append(&mut open);
                    let _ = tell.send(());
                }
            }
        });
        Worker { name: name.to_owned(), path, acked, stop, thread }
    }

    /// What was acknowledged until now.
    fn acked(&self) -> Vec<Acked> {
        self.acked.lock().unwrap().clone()
    }

    fn end(self) -> (PathBuf, Vec<Acked>) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_| panic!("{} failed", self.name));
        let acked = self.acked.lock().unwrap().clone();
        (self.path, acked)
    }
}

/// Waits until so many syncs more came through.
fn wait_for(told: &Receiver<()>, syncs: usize) {
    for _ in 0..syncs {
        told.recv().expect("the phones work");
    }
}

/// Runs a command of the real program that must do what it is asked; its JSON.
fn doorstep(words: &[&str], paths: &[(&str, &Path)]) -> Value {
    let mut command = Command::new(folder().join("doorstep"));
    command.args(words).arg("--json").stdin(Stdio::null());
    for (option, path) in paths {
        command.arg(option).arg(path);
    }
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words:?}: {out} {err}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn core(data: &Path) -> Core {
    Core::begin(data, Chance::new(1), &Time::at(1_500_000_000_000)).unwrap()
}

/// Those of the edits that the server's own documents do not hold.
fn lacking(core: &Core, edits: &[Acked]) -> Vec<Acked> {
    let mut there = BTreeSet::new();
    for id in edits.iter().map(|(record, _)| *record).collect::<BTreeSet<_>>() {
        let Some(mut record) = document(core, id).unwrap() else { continue };
        let texts = record.history(None).into_iter().filter_map(|put| match put.value.to_json() {
            Value::String(text) => Some((id, text)),
            _ => None,
        });
        there.extend(texts);
    }
    edits.iter().filter(|edit| !there.contains(edit)).cloned().collect()
}

#[test]
fn promise_1_a_server_lost_and_restored_from_a_backup_taken_under_load_gets_every_acked_edit_back() {
    let town = Town::new();
    let (data, backup, again) = (town.data(), town.beside("backups/monday"), town.beside("restored"));
    let server = Server::start(&data).unwrap();
    let (url, listen) = (server.url.clone(), server.listen().to_owned());
    let (tell, told) = channel();
    let begin = |name: &str, user: &str, data: &Path| {
        let invited = doorstep(&["device", "invite", user], &[("--data", data)]);
        Worker::begin(&town, name, &url, invited["code"].as_str().unwrap(), tell.clone())
    };
    let mut workers: Vec<Worker> = [("li-0", "li"), ("wang-0", "wang"), ("li-1", "li")]
        .into_iter()
        .map(|(name, user)| begin(name, user, &data))
        .collect();
    wait_for(&told, 9);
    let taken = doorstep(&["backup"], &[("--data", &data), ("--to", &backup)]);
    // A phone that the backup does not know.
    workers.push(begin("wang-1", "wang", &data));
    let newcomer = workers.last().map(|worker| Arc::clone(&worker.acked)).unwrap();
    wait_for(&told, 9);
    while newcomer.lock().unwrap().len() < 3 {
        wait_for(&told, 1);
    }
    server.kill().unwrap();
    let before: Vec<Acked> = workers.iter().flat_map(Worker::acked).collect();
    std::fs::remove_dir_all(&data).unwrap();
    doorstep(&["restore", backup.to_str().unwrap(), "--verify"], &[]);
    let restored = doorstep(&["restore", backup.to_str().unwrap()], &[("--data", &again)]);
    assert_ne!(restored["new_epoch"], taken["epoch"]);
    let lost = lacking(&core(&again), &before);
    assert!(
        !lost.is_empty() && lost.len() < before.len(),
        "{} of {} were not in the backup",
        lost.len(),
        before.len()
    );

    while told.try_recv().is_ok() {}
    let server = Server::start_at(&again, &listen).unwrap();
    wait_for(&told, 9);
    let newcomer = workers.pop().unwrap();
    let mut ended: Vec<(PathBuf, Vec<Acked>)> = workers.into_iter().map(Worker::end).collect();
    ended.push(newcomer.end());
    let transport = HttpTransport::new(&url).unwrap();
    let mut devices: Vec<Device> =
        ended.iter().map(|(path, _)| Device::open(path, surroundings()).unwrap()).collect();
    // The phone that enrolled after the backup is a stranger; with a new code it comes back with all its work.
    let stranger = devices.last_mut().unwrap();
    assert!(matches!(
        stranger.sync(&transport),
        Err(DeviceError::Sync(SyncFailure::Blocked(Blocked::Unknown)))
    ));
    let code = doorstep(&["device", "invite", "wang"], &[("--data", &again)]);
    let wrong = doorstep(&["device", "invite", "li"], &[("--data", &again)]);
    assert!(stranger.enrol(&transport, &url, wrong["code"].as_str().unwrap(), "wang-1").is_err());
    stranger.enrol(&transport, &url, code["code"].as_str().unwrap(), "wang-1").unwrap();
    for _ in 0..3 {
        for device in &mut devices {
            device.sync(&transport).unwrap();
        }
    }
    server.kill().unwrap();

    let core = core(&again);
    let acked: Vec<Acked> = ended.into_iter().flat_map(|(_, acked)| acked).collect();
    assert!(before.iter().all(|edit| acked.contains(edit)) && acked.len() > before.len());
    assert_eq!(lacking(&core, &acked), Vec::<Acked>::new(), "acknowledged and gone");
    for device in &mut devices {
        assert_eq!(device.standing().unwrap().unsent, 0);
        for row in device.list().unwrap() {
            assert_eq!(row.needs_checking, 0);
            let server = document(&core, row.id).unwrap().unwrap().heads();
            assert_eq!(device.show(row.id).unwrap().heads, server, "{}", row.id);
        }
    }
    core.store().unwrap().log_verify().unwrap();
    drop(core);
    assert_eq!(doorstep(&["rebuild"], &[("--data", &again)])["identical"], json!(true));
}
