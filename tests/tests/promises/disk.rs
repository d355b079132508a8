//! Promise 1 on a disk that is full and on one that fails: the real server under load and the real phone program. What was
//! not kept is not acknowledged, a full disk passes, and a disk that failed ends the server, which finds all again.

use std::path::PathBuf;
use std::sync::mpsc::channel;

use doorstep_client_core::device::Surroundings;
use doorstep_client_core::driver::{HttpTransport, SystemClock, SystemEntropy};
use doorstep_client_core::sync::{Policy, SyncFailure};
use doorstep_client_core::{Device, DeviceError};
use doorstep_protocol::ProblemKind;
use doorstep_records::RecordId;
use doorstep_server::store::operations::Operations;
use doorstep_tests::binaries::Server;
use doorstep_tests::durability::faults::{self, Fault, sampled};
use doorstep_tests::durability::under_shim;
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::scratch;
use serde_json::{Value, json};

use crate::killed::values_of;
use crate::phone::Program;
use crate::town::Town;

/// A server whose disk can be made to fill or to fail.
struct Disk<'t> {
    town: &'t Town,
    faults: PathBuf,
}

impl<'t> Disk<'t> {
    fn of(town: &'t Town) -> Disk<'t> {
        let faults = town.beside("faults");
        std::fs::create_dir(&faults).unwrap();
        Disk { town, faults }
    }

    /// Serves; syncs fail on files whose name ends in `on` only.
    fn serve(&self, on: &str) -> Server {
        let data = self.town.data();
        Server::start_as(&data, "127.0.0.1:0", |command| {
            under_shim(command, &data).env("FAULT_FOLDER", &self.faults).env("FAULT_ON", on)
        })
        .unwrap()
    }

    fn begin(&self, fault: &str) {
        std::fs::write(self.faults.join(fault), "").unwrap();
    }

    fn end(&self, fault: &str) {
        std::fs::remove_file(self.faults.join(fault)).unwrap();
    }
}

/// A phone that asks once and does not wait.
struct Worker {
    device: Device,
    record: RecordId,
    acked: Vec<(RecordId, String)>,
    open: Vec<(RecordId, String)>,
}

impl Worker {
    fn enrol(town: &Town, name: &str, url: &str) -> Worker {
        let policy = Policy { attempts: 1, first_wait_ms: 1, longest_wait_ms: 1 };
        let around =
            Surroundings { policy, ..Surroundings::new(Box::new(SystemClock), Box::new(SystemEntropy)) };
        let mut device = Device::open(&town.beside(&format!("{name}.sqlite")), around).unwrap();
        let (transport, code) = (HttpTransport::new(url).unwrap(), town.core().invite("li").unwrap());
        device.enrol(&transport, url, &code, name).unwrap();
        device.sync(&transport).unwrap();
        let record = device.new_record(FORM, Some("A"), None).unwrap();
        Worker { device, record, acked: Vec::new(), open: Vec::new() }
    }

    fn answer(&mut self, value: String) {
        self.device.session(self.record).unwrap().answer("address", &json!(value)).unwrap();
        self.open.push((self.record, value));
    }

    /// What was sent is acknowledged when nothing is left unsent.
    fn sync(&mut self, url: &str) -> Result<(), DeviceError> {
        let done = self.device.sync(&HttpTransport::new(url).unwrap()).map(|_| ());
        if self.device.standing().unwrap().unsent == 0 {
            self.acked.append(&mut self.open);
        }
        done
    }
}

/// Every acknowledged answer is on the server, and its chain holds.
fn all_there(town: &Town, acked: &[(RecordId, String)]) {
    let core = town.core();
    let there = values_of(&core, &acked.iter().map(|(record, _)| *record).collect());
    for edit in acked {
        assert!(there.contains(edit), "an acknowledged edit is gone: {edit:?}");
    }
    core.store().unwrap().log_verify().unwrap();
}

#[test]
fn promise_1_a_full_disk_is_told_and_nothing_is_acked_until_there_is_space() {
    let town = Town::new();
    let disk = Disk::of(&town);
    let server = disk.serve("");
    let mut worker = Worker::enrol(&town, "li", &server.url);
    for round in 0..4 {
        worker.answer(format!("第{round}次"));
        disk.begin("full");
        let told = worker.sync(&server.url).unwrap_err();
        let DeviceError::Sync(SyncFailure::Problem(problem)) = &told else { panic!("{told:?}") };
        assert_eq!(problem.kind(), Some(ProblemKind::StorageFailed));
        assert_eq!(worker.acked.len(), round, "acknowledged, and not kept");
        disk.end("full");
        worker.sync(&server.url).unwrap();
        assert_eq!(worker.acked.len(), round + 1);
    }
    server.kill().unwrap();
    all_there(&town, &worker.acked);
}

/// The server has ended by itself and says why.
fn ended_by_its_disk(server: Server) {
    let (code, said) = server.ended().unwrap();
    assert_eq!(code, Some(1), "{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["error"]["kind"], "disk_failed", "{said}");
}

#[test]
fn promise_1_a_disk_that_fails_ends_the_server_and_a_new_one_has_all_that_was_acked() {
    let town = Town::new();
    let disk = Disk::of(&town);
    let server = disk.serve("");
    let workers: Vec<Worker> =
        (0..3).map(|at| Worker::enrol(&town, &format!("w{at}"), &server.url)).collect();
    let (tell, told) = channel();
    let running: Vec<_> = workers
        .into_iter()
        .map(|mut worker| {
            let (tell, url) = (tell.clone(), server.url.clone());
            std::thread::spawn(move || {
                for round in 0.. {
                    worker.answer(format!("第{round}次"));
                    let came_through = worker.sync(&url).is_ok();
                    let _ = tell.send(());
                    if !came_through {
                        break;
                    }
                }
                worker
            })
        })
        .collect();
    for _ in 0..9 {
        told.recv().unwrap();
    }
    disk.begin("broken");
    ended_by_its_disk(server);
    let mut workers: Vec<Worker> = running.into_iter().map(|worker| worker.join().unwrap()).collect();
    let acked =
        |workers: &[Worker]| workers.iter().flat_map(|worker| worker.acked.clone()).collect::<Vec<_>>();
    assert!(acked(&workers).len() >= 6);
    all_there(&town, &acked(&workers));
    // The next life takes the rest.
    let server = disk.serve("");
    for worker in &mut workers {
        worker.sync(&server.url).unwrap();
        assert!(worker.open.is_empty());
    }
    server.kill().unwrap();
    all_there(&town, &acked(&workers));
}

#[test]
fn promise_1_a_disk_that_fails_when_pages_go_home_ends_the_server_too() {
    let town = Town::new();
    let disk = Disk::of(&town);
    let server = disk.serve("doorstep.sqlite");
    let mut worker = Worker::enrol(&town, "li", &server.url);
    disk.begin("broken");
    let mut chance = Chance::new(1);
    // Nothing that compresses: the log of the database soon is as long as it gets.
    let mut text = || -> String {
        let letter = |_| char::from_u32(0x4e00 + u32::try_from(chance.below(20_000)).unwrap()).unwrap();
        (0..8_000).map(letter).collect()
    };
    let url = server.url.clone();
    for _ in 0..200 {
        worker.answer(text());
        if worker.sync(&url).is_err() {
            break;
        }
    }
    ended_by_its_disk(server);
    all_there(&town, &worker.acked);
    let server = disk.serve("doorstep.sqlite");
    worker.sync(&server.url).unwrap();
    server.kill().unwrap();
    all_there(&town, &worker.acked);
}

#[test]
fn promise_1_a_phone_whose_disk_fills_or_fails_says_so_and_keeps_all_or_nothing() {
    let town = Town::new();
    let code = town.core().invite("li").unwrap();
    let server = Server::start(&town.data()).unwrap();
    std::fs::create_dir(town.beside("phone")).unwrap();
    let phone = Program::over(town.beside("phone/phone.sqlite"));
    phone.must(&["enrol", &server.url, &code]);
    phone.must(&["sync"]);
    let record = phone.must(&["new", FORM, "--area", "A"])["record"].as_str().unwrap().to_owned();
    phone.must(&["set", &record, "address=旧"]);
    let set = ["set", record.as_str(), "address=新"];
    let calls = {
        let folder = tempfile::tempdir_in(scratch()).unwrap();
        let copy = phone.copied(folder.path());
        faults::count_calls(&mut copy.command(&set), folder.path()).unwrap()
    };
    let mut told = 0;
    for (fault, kinds) in [
        (Fault::Full, ["disk_full", "store_not_opened"]),
        (Fault::Broken, ["disk_failed", "store_not_opened"]),
    ] {
        for at in sampled(calls) {
            let folder = tempfile::tempdir_in(scratch()).unwrap();
            let copy = phone.copied(folder.path());
            let mut command = copy.command(&set);
            faults::at_call(&mut command, folder.path(), fault, at);
            let output = command.output().unwrap();
            let said: Value = serde_json::from_slice(&output.stdout).unwrap();
            let stands = copy.answer(&record, "address");
            if output.status.success() {
                assert_eq!(stands, "新", "{fault:?} at call {at} of {calls}: {said}");
                continue;
            }
            told += 1;
            let kind = said["error"]["kind"].as_str().unwrap();
            assert!(kinds.contains(&kind), "{fault:?} at call {at} of {calls}: {said}");
            assert!(said["error"]["help"].is_string(), "{said}");
            assert!(stands == "旧" || (fault == Fault::Broken && stands == "新"), "{at}: {stands}");
            copy.must(&set);
            assert_eq!(copy.answer(&record, "address"), "新");
        }
    }
    assert!(told > 3, "{told} of {calls} calls told of their disk");
    server.kill().unwrap();
}
