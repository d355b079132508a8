//! Promise 1: kill -9 of the real server under load and of the real phone program; no acknowledged edit is lost, and both
//! go on by themselves.

use std::collections::BTreeSet;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use doorstep_client_core::Device;
use doorstep_client_core::device::Surroundings;
use doorstep_client_core::driver::HttpTransport;
use doorstep_client_core::driver::{SystemClock, SystemEntropy};
use doorstep_client_core::sync::Policy;
use doorstep_records::RecordId;
use doorstep_server::store::operations::Operations;
use doorstep_tests::binaries::Server;
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::office::document;
use doorstep_tests::sim::server::Server as Core;
use serde_json::{Value, json};

use crate::phone::Program;
use crate::town::Town;

/// Rounds of a worker: two answers and a sync each.
const ROUNDS: usize = 12;
/// Syncs between two kills.
const SYNCS_PER_LIFE: usize = 9;

/// An answer the server has acknowledged.
pub(crate) type Acked = (RecordId, String);

fn surroundings() -> Surroundings {
    let policy = Policy { attempts: 40, first_wait_ms: 20, longest_wait_ms: 200 };
    Surroundings { policy, ..Surroundings::new(Box::new(SystemClock), Box::new(SystemEntropy)) }
}

/// Fills and syncs; tells after each sync; gives what was acknowledged. It is done only when everything was.
fn worker(town: &Town, name: &str, url: &str, code: &str, tell: Sender<()>) -> JoinHandle<Vec<Acked>> {
    let (path, url) = (town.beside(&format!("{name}.sqlite")), url.to_owned());
    let (code, name) = (code.to_owned(), name.to_owned());
    std::thread::spawn(move || {
        let transport = HttpTransport::new(&url).unwrap();
        let mut device = Device::open(&path, surroundings()).unwrap();
        device.enrol(&transport, &url, &code, &name).unwrap();
        device.sync(&transport).unwrap();
        let mut record = device.new_record(FORM, Some("A"), None).unwrap();
        let (mut open, mut acked) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            if round % 4 == 3 {
                record = device.new_record(FORM, Some("A"), None).unwrap();
            }
            for path in ["name", "address"] {
                let value = format!("{name} {round} {path}");
                device.session(record).unwrap().answer(path, &json!(value)).unwrap();
                open.push((record, value));
            }
            // A sync that fails leaves everything for the next one.
            let came_through = device.sync(&transport).is_ok();
            if came_through && device.standing().unwrap().unsent == 0 {
                acked.append(&mut open);
            }
            let _ = tell.send(());
        }
        while !open.is_empty() {
            device.sync(&transport).unwrap();
            if device.standing().unwrap().unsent == 0 {
                acked.append(&mut open);
            }
        }
        acked
    })
}

/// Every value ever given, by record, from the server's own documents.
pub(crate) fn values_of(core: &Core, records: &BTreeSet<RecordId>) -> BTreeSet<Acked> {
    let mut values = BTreeSet::new();
    for id in records {
        let Some(mut record) = document(core, *id).unwrap() else { continue };
        for put in record.history(None) {
            if let Value::String(text) = put.value.to_json() {
                values.insert((*id, text));
            }
        }
    }
    values
}

#[test]
fn promise_1_a_server_killed_under_load_has_every_acked_edit_and_resumes() {
    let town = Town::new();
    let core = town.core();
    let codes: Vec<(String, String)> = ["li", "wang", "li"]
        .iter()
        .enumerate()
        .map(|(at, user)| (format!("{user}-{at}"), core.invite(user).unwrap()))
        .collect();
    drop(core);
    let mut server = Server::start(&town.data()).unwrap();
    let (url, listen) = (server.url.clone(), server.listen().to_owned());
    let (tell, told) = channel();
    let workers: Vec<_> =
        codes.iter().map(|(name, code)| worker(&town, name, &url, code, tell.clone())).collect();
    drop(tell);
    let mut kills = 0;
    for count in 1.. {
        if told.recv().is_err() {
            break;
        }
        if count % SYNCS_PER_LIFE == 0 {
            server.kill().unwrap();
            kills += 1;
            server = Server::start_at(&town.data(), &listen).unwrap();
        }
    }
    let acked: Vec<Acked> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    server.kill().unwrap();
    assert!(kills >= 3, "{kills} kills");
    assert_eq!(acked.len(), codes.len() * ROUNDS * 2);
    let core = town.core();
    let kept = values_of(&core, &acked.iter().map(|(record, _)| *record).collect());
    for edit in &acked {
        assert!(kept.contains(edit), "an acknowledged edit is gone: {edit:?}");
    }
    core.store().unwrap().log_verify().unwrap();
}

/// Starts the phone program and kills it when it has been looked at so many times; true when it had ended well before.
fn killed_after(phone: &Program, words: &[&str], looks: usize) -> bool {
    let mut child = phone.command(words).spawn().unwrap();
    for _ in 0..looks {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap().success()
}

#[test]
fn promise_1_a_phone_killed_at_any_moment_keeps_what_it_said_it_kept_and_resumes() {
    let town = Town::new();
    let code = town.core().invite("li").unwrap();
    let server = Server::start(&town.data()).unwrap();
    let phone = Program::over(town.beside("phone.sqlite"));
    phone.must(&["enrol", &server.url, &code]);
    phone.must(&["sync"]);
    let record = phone.must(&["new", FORM, "--area", "A"])["record"].as_str().unwrap().to_owned();
    let (mut kept, mut killed) = (Vec::new(), 0);
    let (mut set_looks, mut sync_looks) = (16, 16);
    // Twice as many looks after each kill, until the program comes to its end: so every part of its life is reached,
    // whatever the machine's speed.
    for round in 0..200 {
        let value = format!("第{round}次");
        if killed_after(&phone, &["set", &record, &format!("address={value}")], set_looks) {
            kept.push(value);
            set_looks = 16;
        } else {
            (killed, set_looks) = (killed + 1, set_looks * 2);
        }
        sync_looks = if killed_after(&phone, &["sync"], sync_looks) { 16 } else { sync_looks * 2 };
        if kept.len() >= 3 && round >= 24 {
            break;
        }
    }
    assert!(kept.len() >= 3 && killed > 3, "{} kept, {killed} killed", kept.len());
    phone.must(&["set", &record, "address=最后"]);
    kept.push("最后".to_owned());
    phone.must(&["sync"]);
    server.kill().unwrap();
    let id: RecordId = record.parse().unwrap();
    let there = values_of(&town.core(), &BTreeSet::from([id]));
    for value in kept {
        assert!(there.contains(&(id, value.clone())), "{value} is gone");
    }
}
