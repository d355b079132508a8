//! `doorstep verify`: one wrong byte in a stored file, one in the log, one file gone; each is found, none hides another.

use std::fs;
use std::path::{Path, PathBuf};

use doorstep_client_core::Device;
use doorstep_client_core::driver::{HttpTransport, surroundings};
use serde_json::json;

use crate::support::{arg, doorstep};
use crate::survey::Survey;

fn photo(seed: u8) -> Vec<u8> {
    let mut content = b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec();
    content.extend((0..5_000_u32).map(|at| (at as u8) ^ seed));
    content
}

/// Two records with a photo each at the server, and one whose photo is still on the phone.
fn attached(survey: &Survey) -> (Vec<String>, Vec<PathBuf>) {
    let transport = HttpTransport::new(&survey.served.url).expect("address");
    let path = survey.folder.path().join("phone.db");
    let mut phone = Device::open(&path, surroundings()).expect("phone");
    let code = survey.run(&["device", "invite", "li"])["code"].as_str().expect("code").to_owned();
    phone.enrol(&transport, &survey.served.url, &code, "phone").expect("enrolled");
    phone.sync(&transport).expect("first sync");
    let (mut records, mut files) = (Vec::new(), Vec::new());
    for seed in [1, 2] {
        let record = phone.new_record("small", Some("9911"), None).expect("record");
        let mut session = phone.session(record).expect("session");
        let file = session.attach("photo", &photo(seed), None).expect("attached");
        session.submit(None, false).expect("complete");
        records.push(record.to_string());
        files.push(data(survey).join("attachments").join(&file.sha256[..2]).join(file.sha256));
    }
    phone.sync(&transport).expect("sync");
    let record = phone.new_record("small", Some("9911"), None).expect("record");
    let mut session = phone.session(record).expect("session");
    let missing = json!({"bytes": 9, "sha256": "5f".repeat(32), "type": "image/png"});
    session.answer("photo", &json!(missing.to_string())).expect("answered");
    session.submit(None, false).expect("complete");
    phone.sync(&transport).expect("sync");
    records.push(record.to_string());
    (records, files)
}

fn data(survey: &Survey) -> PathBuf {
    survey.folder.path().join("data")
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).expect("the file");
    bytes[at] ^= 1;
    fs::write(file, bytes).expect("written");
}

/// One byte of a payload of the log, changed behind the server's back.
fn flip_log(survey: &Survey, seq: i64) {
    let conn = rusqlite::Connection::open(data(survey).join("doorstep.sqlite")).expect("database");
    let sql = "SELECT bytes FROM log_payload WHERE seq = ?1";
    let mut bytes: Vec<u8> = conn.query_row(sql, [seq], |row| row.get(0)).expect("a payload");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    conn.execute("UPDATE log_payload SET bytes = ?2 WHERE seq = ?1", rusqlite::params![seq, bytes])
        .expect("written");
}

#[test]
fn one_wrong_byte_is_found_in_a_file_and_in_the_log() {
    let survey = Survey::begin();
    let (records, files) = attached(&survey);
    let sound = survey.run(&["verify"]);
    assert_eq!(sound["sound"], true);
    assert_eq!(sound["attachments"]["sound"], 2);
    assert_eq!(sound["attachments"]["awaited"][0]["record"], records[2].as_str());
    assert!(sound["log"]["rows"].as_u64().is_some_and(|rows| rows >= 4), "{sound}");

    flip(&files[0], 4_000);
    let damaged = survey.refused(&["verify"]);
    assert_eq!((&damaged["sound"], &damaged["log"]["sound"]), (&json!(false), &json!(true)));
    assert_eq!(damaged["attachments"]["damaged"][0]["records"], json!([records[0]]));
    assert_eq!(damaged["attachments"]["sound"], 1);

    fs::remove_file(&files[1]).expect("removed");
    flip_log(&survey, 3);
    let both = survey.refused(&["verify"]);
    assert_eq!(both["log"], json!({"sound": false, "rows": 2, "broken_at": 3, "unreadable": null}));
    assert_eq!(both["attachments"]["damaged"].as_array().map(Vec::len), Some(1));
    assert_eq!(both["attachments"]["gone"][0]["records"], json!([records[1]]));
    for (lang, words) in [
        ("en", ["LOG: broken at row 3", "1 damaged, 1 gone, 1 not arrived yet", "DAMAGED", "GONE"]),
        ("zh", ["第 3 行起链已断", "损坏 1 个，丢失 1 个，尚未上传 1 个", "  损坏 ", "  丢失 "]),
    ] {
        let said = doorstep(&["verify", "--lang", lang, "--data", arg(&data(&survey))]);
        assert_eq!(said.code, 1);
        assert!(words.iter().all(|word| said.out.contains(word)), "{}", said.out);
    }

    flip_log(&survey, 3);
    flip(&files[0], 4_000);
    fs::write(&files[1], photo(2)).expect("restored from a copy");
    assert_eq!(survey.run(&["verify"]), sound);
}
